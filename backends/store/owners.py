"""Which process a trial belongs to, and whether that process still lives.

An owner is `host/pid/start time/random`: a process id alone is reused, also after a reboot. The host carries the boot id and
the process-id namespace, so that containers on one machine do not take each other's ids for their own.
"""

from __future__ import annotations

import os
import socket
import uuid
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

DEAD_AFTER_S = 60.0
BEAT_S = 15.0
_SAME_START_S = 1.0


def host() -> str:
    """Return what tells this machine, since its boot and inside its container, from others."""
    return f"{socket.gethostname()}-{_boot()}-{_namespace()}"


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return str(int(psutil.boot_time()))


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid").removeprefix("pid:").strip("[]")
    except OSError:
        return "0"


def this_process() -> str:
    """Return a new owner for this process."""
    process = psutil.Process()
    return f"{host()}/{process.pid}/{process.create_time():.2f}/{uuid.uuid4().hex[:8]}"


def alive(owner: str, beat_s: float | None, now_s: float) -> bool:
    """Return whether an owner's process lives: by its id and start time on this host, else by a beat in the last minute."""
    where, _, rest = owner.rpartition("/")[0].partition("/")
    pid, _, started = rest.partition("/")
    if not pid.isdigit():
        return False
    if where != host():
        return beat_s is not None and now_s - beat_s < DEAD_AFTER_S
    try:
        process = psutil.Process(int(pid))
        return bool(process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - float(started)) < _SAME_START_S)
    except psutil.Error:
        return False


def shown(owner: str) -> str:
    """Return an owner as a person reads it."""
    where, _, rest = owner.partition("/")
    return f"process {rest.partition('/')[0]} on {where.rpartition('-')[0].rpartition('-')[0]}"
