"""Signals that ask a run to end: all ranks finish the same interval and leave together."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, NoReturn

from distsnn.beginning import (
    SECONDS_TO_ACT,
    SECONDS_TO_REPEAT,
    STATUS_OF_STOP,
    Stopped,
    beginning,
    say,
)
from distsnn.exchange import World, ranks_named
from distsnn.exchange.jobs.abort import end_all, suspended


class StopRequest:
    """Notes SIGTERM, SIGUSR1 and SIGINT while it is used as a context.

    Signals that the user's own code answers or ignores are left to it, and so are those of
    ranks that are threads. A second SIGINT ends the process at once, whatever it is doing, and
    so does another signal that comes again after some seconds. If the end takes long, one message
    says so; ranks do not wait for one that does not run.

    Parameters
    ----------
    stop : callable
        Called at a signal; it makes all ranks end soon.
    """

    def __init__(self, world: World, stop: Callable[[], None]) -> None:
        self._world = world
        self._stop = stop
        self._before: dict[int, Any] = {}
        self._noted: int | None = None
        self._since = 0.0
        self._late: threading.Timer | None = None

    def __enter__(self) -> StopRequest:
        if self._world.owns_process and threading.current_thread() is threading.main_thread():
            answered = {
                signal.SIGTERM: signal.SIG_DFL,
                signal.SIGUSR1: signal.SIG_DFL,
                signal.SIGINT: signal.default_int_handler,
            }
            for number, usual in answered.items():
                before = signal.getsignal(number)
                if before in (usual, _come_late, beginning.hear):
                    self._before[number] = usual if before is _come_late else before
                    signal.signal(number, self._note)
            come = beginning.begin_steps()
            if come is not None:
                self._note(come, None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._late is not None:
            self._late.cancel()
        leaves = isinstance(error, SystemExit)
        for number, before in self._before.items():
            # A rank that all have stopped for may be told before this one.
            late = leaves and number != signal.SIGINT
            signal.signal(number, _come_late if late else before)

    def agreed(self) -> int | None:
        """The signal that some rank has got, the same on all; None without one. Collective."""
        noted = self._world.allgather_object(self._noted)
        return next((number for number in noted if number is not None), None)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del frame
        now = time.monotonic()
        if self._noted is None:
            self._noted, self._since = number, now
            self._late = threading.Timer(SECONDS_TO_ACT, self._log_that_it_is_late)
            self._late.daemon = True
            self._late.start()
        elif number != signal.SIGINT and now - self._since > SECONDS_TO_REPEAT:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        if number == signal.SIGINT:
            signal.signal(number, signal.SIG_DFL)
        self._stop()

    def _log_that_it_is_late(self) -> None:
        assert self._noted is not None
        name, world = signal.Signals(self._noted).name, self._world.whole or self._world
        ranks = suspended()
        if ranks:
            who = f"{ranks_named(ranks)} {'does' if len(ranks) == 1 else 'do'} not run"
            end_all(world, f"stopped by {name}; {who}, so nothing more was saved.", STATUS_OF_STOP)
        if world.rank == 0:
            say(f"{name}: ends when what is being done is done and saved; again ends at once.\n")


def _come_late(number: int, frame: FrameType | None) -> None:
    """Answer a signal to all ranks that has reached another one sooner, when this one leaves."""


def leave(world: World, number: int, t: float, checkpoint: object) -> NoReturn:
    """End the run after a signal, with one message.

    Parameters
    ----------
    t : float, ms
        Biological time reached.
    checkpoint : path or None
        Where the network has been saved.

    Raises
    ------
    KeyboardInterrupt
        After SIGINT.
    SystemExit
        After another, with `STATUS_OF_STOP`.
    """
    saved = "nothing was saved" if checkpoint is None else f"saved in {checkpoint}"
    if world.rank == 0:
        name = signal.Signals(number).name
        sys.stderr.write(f"distsnn: stopped by {name} at {t:g} ms, {saved}.\n")
        sys.stderr.flush()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Stopped(STATUS_OF_STOP)
