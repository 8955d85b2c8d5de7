"""Lines that say what is being compiled, while it lasts."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from time import perf_counter
from typing import Any

from numba.core import event
from tqdm import tqdm

from distsnn.codegen.compiled_program import COMPILED_BLOCK

_log = logging.getLogger("distsnn.compiling")
_FUNCTION, _PASS = "numba:compile", "numba:run_pass"
# Seconds of compiling after which the first line comes, and by which each of the next is later.
_FIRST, _GROWTH = 0.7, 2.0


@contextmanager
def told_of_compiling(shown: bool) -> Iterator[None]:
    """Log lines while functions are compiled in this thread, if that takes longer than a moment.

    They are warnings of the logger ``distsnn.compiling``, so that scripts, notebooks and logs
    show them. ``DISTSNN_COMPILE_LINES=0`` in the environment turns them off.

    Parameters
    ----------
    shown : bool
        Whether this rank says anything.
    """
    if not shown or os.environ.get("DISTSNN_COMPILE_LINES") == "0":
        yield
        return
    notice = _Notice()
    for kind in (COMPILED_BLOCK, _FUNCTION, _PASS):
        event.register(kind, notice)
    try:
        yield
    finally:
        for kind in (COMPILED_BLOCK, _FUNCTION, _PASS):
            event.unregister(kind, notice)
        notice.end()


class _Notice(event.Listener):
    """Follows what numba and a program do, and tells from time to time."""

    def __init__(self) -> None:
        self._thread = get_ident()
        self._begin = self._spent = 0.0
        self._next = _FIRST
        self._depth = self._functions = 0
        self._inner = ""
        self._block: dict[str, Any] | None = None

    def on_start(self, e: Any) -> None:
        """Something begins."""
        if get_ident() != self._thread:
            return
        if e.kind != _PASS:
            if self._depth == 0:
                self._begin = perf_counter()
            self._depth += 1
        if e.kind == COMPILED_BLOCK:
            self._block = e.data
        elif e.kind == _FUNCTION:
            self._functions += 1
            self._inner = e.data["dispatcher"].py_func.__name__
        self._look()

    def on_end(self, e: Any) -> None:
        """Something ends."""
        if get_ident() != self._thread:
            return
        self._look()
        if e.kind != _PASS:
            self._depth -= 1
            if self._depth == 0:
                self._spent += perf_counter() - self._begin
        if e.kind == COMPILED_BLOCK:
            self._block = None

    def end(self) -> None:
        """Say how long it took, if anything was said before."""
        if self._next > _FIRST:
            self._say(f"compiled in {self._spent:.1f} s; later runs find it")

    def _look(self) -> None:
        if self._depth == 0 or self._functions == 0:
            return
        spent = self._spent + perf_counter() - self._begin
        if spent < self._next:
            return
        self._next = _GROWTH * spent
        if self._block is None:
            what = f"function {self._functions} of the package, {self._inner}"
        else:
            what = "part {number} of {total} of this network, {name}".format_map(self._block)
        self._say(f"compiling what this machine has not run before ({spent:.0f} s): {what}")

    def _say(self, line: str) -> None:
        # Bars make room for it.
        with tqdm.external_write_mode():
            _log.warning("%s", line)
