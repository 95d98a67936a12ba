"""The command `symspace`: one file a command, loaded when it is called.

Exit codes: 0 done; 1 a study without a usable result, or a check that found something; 2 wrong input or usage; 70 a fault of
ours; 130 and 143 interrupted (the study goes on with `symspace resume`).
"""

from symbolic.cli.main import main as main
