"""File systems on which SQLite's locks and write-ahead log do not work."""

from __future__ import annotations

from pathlib import Path

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

NETWORK = ("nfs", "cifs", "smb", "lustre", "gpfs", "ceph", "afs", "9p", "glusterfs", "fuse.")


def network(path: Path) -> str | None:
    """Return the type of the network file system a file lies on, None for a local one."""
    resolved = path.resolve()
    found = ""
    kind = None
    for partition in psutil.disk_partitions(all=True):
        mount = partition.mountpoint
        if len(mount) >= len(found) and resolved.is_relative_to(mount):
            found, kind = mount, partition.fstype
    return str(kind) if kind is not None and kind.lower().startswith(NETWORK) else None
