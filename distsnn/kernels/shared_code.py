"""A folder of compiled code that an administrator fills and all users of a machine read.

``DISTSNN_SHARED_CACHE`` names it. Loading code runs it, so it is read only where nobody but its
owner can change it, and only if the owner is one whose code this user runs anyway: root, this
user, or who has installed distsnn.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from numba.core.caching import IndexDataCacheFile

from distsnn.kernels.private_folder import writable_by_others

VARIABLE = "DISTSNN_SHARED_CACHE"
_log = logging.getLogger("distsnn")
# Where compiled code is put besides, while an administrator fills a folder.
_filled: list[Path] = []


def load_shared(index_name: str, stamp: Any, key: Any) -> Any:
    """Code of a function in the shared folder for a key of numba, None without."""
    folder = _shared_folder()
    if folder is None:
        return None
    file = IndexDataCacheFile(str(folder), index_name.removesuffix(".nbi"), stamp)
    try:
        return file.load(key)
    except (OSError, EOFError, pickle.UnpicklingError):
        return None


def fill_shared(index_name: str, key: Any, data: Any, file_type: Any, stamp: Any) -> None:
    """Put what was compiled or loaded into the folder that is being filled, if one is."""
    for folder in _filled:
        file = file_type(str(folder), index_name.removesuffix(".nbi"), stamp)
        if key not in file.keys:
            file.put(key, data)


@contextmanager
def filling(folder: Path) -> Iterator[None]:
    """Put all that is compiled or loaded in this process into a folder, for all to read."""
    before = os.umask(0o022)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _filled.append(folder)
        yield
    finally:
        _filled.clear()
        os.umask(before)


@cache
def _shared_folder() -> Path | None:
    given = os.environ.get(VARIABLE)
    if not given:
        return None
    folder = Path(os.path.realpath(given))
    owners = {os.stat(__file__).st_uid, 0} if hasattr(os, "geteuid") else set()
    try:
        why = writable_by_others(folder, owners) or _changeable_file(folder, owners)
    except OSError as error:
        why = str(error)
    if why:
        _log.warning("%s=%s is not read: %s, who could run code as you", VARIABLE, given, why)
        return None
    return folder


def _changeable_file(folder: Path, owners: set[int]) -> str:
    """The first file in a folder that others can write; empty if there is none."""
    for path in folder.iterdir():
        found = path.stat()
        if found.st_uid not in {*owners, os.geteuid()} or found.st_mode & 0o022:
            return f"others can write {path.name}"
    return ""
