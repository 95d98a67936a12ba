"""`symspace backends`."""

from __future__ import annotations

from symbolic.cli.listing import listing

command = listing("backends")
