"""The memory that the ranks of each host may still take."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from distsnn.exchange.worlds.world import World

# Where Linux shows control groups: of version 2, and those of memory of version 1.
_GROUPS, _OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_NAMES = {
    2: ("memory.max", "memory.current", "inactive_file"),
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}
# Version 1 says "no limit" by a number near 2^63.
_NO_LIMIT = 1 << 60


@dataclass(frozen=True)
class FreeMemory:
    """Memory that some ranks share.

    Attributes
    ----------
    what : str
        Whose it is, for messages.
    key : str
        The same on all ranks that share it, and on no others.
    n_bytes : int
        How much of it is free.
    """

    what: str
    key: str
    n_bytes: int


@dataclass(frozen=True)
class Shortage:
    """Memory that ranks need and that there is not.

    Attributes
    ----------
    free : FreeMemory
    needed : float
        Bytes that the ranks need which share it.
    ranks : int
        How many these are.
    """

    free: FreeMemory
    needed: float
    ranks: int


def shortage(world: World, needed: float) -> Shortage | None:
    """The memory that is too small for what each rank needs (bytes), or None. Collective.

    Returns
    -------
    Shortage or None
        The same on all ranks; the one of which most is missing.
    """
    local = [(free, needed) for free in free_memory(world)]
    shared: dict[str, list[tuple[FreeMemory, float]]] = {}
    for of_rank in world.allgather_object(local):
        for free, bytes_of_rank in of_rank:
            shared.setdefault(free.key, []).append((free, bytes_of_rank))
    found = [
        Shortage(
            min((free for free, _ in users), key=lambda free: free.n_bytes),
            sum(bytes_of_rank for _, bytes_of_rank in users),
            len(users),
        )
        for users in shared.values()
    ]
    short = [one for one in found if one.needed > one.free.n_bytes]
    return max(short, key=lambda one: one.needed / max(1, one.free.n_bytes), default=None)


def free_memory(world: World) -> list[FreeMemory]:
    """The free memory of this host, of its control groups, and of this process's own limit."""
    host, process = world.host, f"{world.host} process {os.getpid()}"
    found = [FreeMemory(f"on {host}", host, psutil.virtual_memory().available)]
    found += [
        FreeMemory(f"within the limit of the job or container on {host}", f"{host} {key}", free)
        for key, free in _of_control_groups()
    ]
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        free = limit - psutil.Process().memory_info().vms
        found.append(FreeMemory("within the limit of a process (ulimit -v)", process, free))
    return found


def _of_control_groups() -> Iterator[tuple[str, int]]:
    """A name and the free bytes of each control group with a limit, from this process's up."""
    for version, folder, root in _own_groups():
        limit_name, used_name, cached_name = _NAMES[version]
        for group in (folder, *folder.parents):
            try:
                limit = int((group / limit_name).read_text())
                used = int((group / used_name).read_text())
                cached = _entry(group / "memory.stat", cached_name)
                if limit < _NO_LIMIT:
                    # Files that were read and can be forgotten count as used.
                    free = limit - max(0, used - cached)
                    yield f"control group {group.stat().st_ino}", free
            except (OSError, ValueError):
                # It has no limit ("max"), or its files are not shown here.
                pass
            if group == root:
                break


def _own_groups() -> Iterator[tuple[int, Path, Path]]:
    """Version, folder, and the folder above which there are none, of this process's groups."""
    try:
        lines = _OWN.read_text(encoding="utf8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        version = 1 if controllers else 2
        root = _GROUPS / "memory" if controllers else _GROUPS
        folder = root / path.lstrip("/")
        # A container may see its own group as the root, under a name of the host's.
        yield version, folder if folder.is_dir() else root, root


def _entry(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0
