"""`python -m symbolic.cli` is the command `symspace`."""

from symbolic.cli.main import main

main()
