"""Waiting for other ranks, with open ears."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

# MPICH's own setting: ranks that wait give way, because others need their cores.
_GIVE_WAY = os.environ.get("MPIR_CVAR_ENABLE_HEAVY_YIELD", "0") not in {"", "0"}
# Looks in a row, some tens of microseconds, before the core is offered to others.
_TESTS_IN_A_ROW = 16 if _GIVE_WAY else 64
_SECONDS_AWAKE = 0.0 if _GIVE_WAY else 0.01
_LONGEST_SLEEP = 0.005


def wait(request: Any, idle: Callable[[], None] | None = None) -> None:
    """Wait until an operation of MPI has ended.

    A call that waits within MPI is deaf: Python answers signals between its own steps only.

    Parameters
    ----------
    request : mpi4py.MPI.Request
        Of a nonblocking operation.
    idle : callable, optional
        Called now and then while this takes long.
    """
    for _ in range(_TESTS_IN_A_ROW):
        if request.Test():
            return
    begin = time.monotonic()
    while not request.Test():
        waited = time.monotonic() - begin
        if waited < _SECONDS_AWAKE:
            os.sched_yield()
            continue
        if idle is not None:
            idle()
        time.sleep(min(0.05 * waited, _LONGEST_SLEEP))
