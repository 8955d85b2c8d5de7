"""The cores that this process may use."""

from __future__ import annotations

import os


def usable_cores() -> set[int]:
    """Numbers of the cores that this process may use; macOS has no way to bind it to some."""
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(os.cpu_count() or 1))
