"""Folders of compiled code that nobody else can write.

Compiled code is loaded by running it, so whoever can put a file where it is looked for runs code
as this user. A folder is used only if it belongs to this user and nobody else can change it or
put another one under its name.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path

import platformdirs

try:
    import grp
    import pwd
except ImportError:  # pragma: no cover - systems without POSIX users
    pass

_log = logging.getLogger("distsnn")
_OTHERS = stat.S_IWOTH
_GROUP = stat.S_IWGRP
# In a container the owner of what lies outside of it, such as root, has this number.
_UNMAPPED = 65534


def private_folder(path: str | os.PathLike[str], log: Callable[[str], None] = _log.warning) -> bool:
    """Make a folder for this user alone, unless it is there; return whether it can be trusted.

    Parameters
    ----------
    path : path
        The folder, which is made with mode 0700.
    log : callable
        Called with the reason if others could write it. A folder that cannot be made is no news.
    """
    folder = Path(os.path.realpath(path))
    try:
        for missing in [*reversed(folder.parents), folder]:
            if not missing.exists():
                missing.mkdir(mode=0o700, exist_ok=True)
        why = writable_by_others(folder)
    except OSError:
        return False
    if why:
        log(f"{path} is not used for compiled code: {why}, who could run code as you")
    return not why


@cache
def cache_folder() -> Path:
    """Folder for what is found once: DISTSNN_CACHE_DIR, else the user's cache, else a new one.

    One that others can write is not used, since what lies there is loaded by running it.
    """
    chosen = os.environ.get("DISTSNN_CACHE_DIR")
    candidates = [Path(chosen)] if chosen else []
    candidates.append(Path(platformdirs.user_cache_dir("distsnn")))
    for folder in candidates:
        if not private_folder(folder):
            continue
        try:
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="distsnn-"))


def writable_by_others(folder: Path, trusted: Collection[int] = ()) -> str:
    """Other users who could change a folder or replace it; empty if nobody can.

    Parameters
    ----------
    folder : Path
        A real path, without links.
    trusted : collection of int
        Users besides this one who may own the folder.

    Raises
    ------
    OSError
        If it cannot be looked at.
    """
    if not hasattr(os, "geteuid"):  # pragma: no cover - systems without POSIX users
        return ""
    status = os.stat(folder)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {os.geteuid(), *trusted}:
        return f"it belongs to {_name_of(status.st_uid)}"
    for location in (folder, *folder.parents):
        found = os.stat(location)
        if found.st_uid not in {0, os.geteuid(), _UNMAPPED, *trusted}:
            return f"{location} belongs to {_name_of(found.st_uid)}"
        # In a sticky folder such as /tmp others cannot rename what is not theirs.
        if location != folder and found.st_mode & stat.S_ISVTX:
            continue
        if found.st_mode & _OTHERS:
            return f"{location} can be written by everybody"
        if found.st_mode & _GROUP and not _is_private_group(found.st_gid):
            return f"{location} can be written by its group"
    return ""


@cache
def _is_private_group(group_id: int) -> bool:
    """Whether a group has this user as its only member, as many systems give each user one."""
    if group_id == 0:
        # Root may do everything anyway.
        return True
    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(group_id)
    except KeyError:
        return False
    return group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
