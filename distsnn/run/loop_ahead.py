"""The loop over steps, compiled by another process while a network is built.

It is the same for all networks, and takes two fifths of the time of compiling the first one.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from distsnn.exchange import World
from distsnn.exchange.usable_cores import usable_cores
from distsnn.kernels import step_loop
from distsnn.kernels.compiled import is_to_be_kept
from distsnn.kernels.shared_code import VARIABLE

_COMMAND = f"from {step_loop.__name__} import compile_advance; compile_advance()"
# Seconds after which this process does not rely on it.
_LONGEST = 120.0
_running: list[subprocess.Popen[bytes]] = []


def begin_compiling(world: World) -> None:
    """Start the process, if the loop has to be compiled and there is a core for it.

    Ranks would compete with it for their cores.
    """
    if _running or world.size > 1 or len(usable_cores()) == 1 or VARIABLE in os.environ:
        return
    # A program that has Python in it is no Python.
    if "python" not in Path(sys.executable or "").name or not is_to_be_kept(step_loop.advance):
        return
    quiet = subprocess.DEVNULL
    # Without it this process compiles the loop.
    with suppress(OSError):
        process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND], stdin=quiet, stdout=quiet, stderr=quiet
        )
        _running.append(process)
        atexit.register(process.kill)


def wait_until_compiled() -> None:
    """Wait until the process has ended, if there is one."""
    while _running:
        process = _running.pop()
        try:
            process.wait(_LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        atexit.unregister(process.kill)
