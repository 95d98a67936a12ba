"""The error of networks that cannot be written as source."""

from __future__ import annotations

from backends.errors import BackendError


class CannotEmit(BackendError):
    """Something in a network that cannot be written as plain PyTorch: the message says what, and where."""

    exit_code = 1
