"""Signals that ask a run to end: all ranks finish the same interval and leave together."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, NoReturn

from distsnn.exchange import World

# EX_TEMPFAIL of sysexits.h: nothing failed, the job can be started again.
STATUS_OF_STOP = 75


class StopRequest:
    """Notes SIGTERM, SIGUSR1 and SIGINT while it is used as a context.

    Signals that the user's own code answers or ignores are left to it, and so are those of
    ranks that are threads. A second SIGINT ends the process at once, whatever it is doing.

    Parameters
    ----------
    world : World
    stop : callable
        Called at a signal; it makes all ranks end soon.
    """

    def __init__(self, world: World, stop: Callable[[], None]) -> None:
        self._world = world
        self._stop = stop
        self._before: dict[int, Any] = {}
        self._noted: int | None = None

    def __enter__(self) -> StopRequest:
        if self._world.owns_process and threading.current_thread() is threading.main_thread():
            answered = {
                signal.SIGTERM: signal.SIG_DFL,
                signal.SIGUSR1: signal.SIG_DFL,
                signal.SIGINT: signal.default_int_handler,
            }
            for number, usual in answered.items():
                if signal.getsignal(number) in (usual, _come_late):
                    self._before[number] = usual
                    signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
        self._noted = self._noted or number
        if number == signal.SIGINT:
            signal.signal(number, signal.SIG_DFL)
        self._stop()


def _come_late(number: int, frame: FrameType | None) -> None:
    """Answer a signal to all ranks that has reached another one sooner, when this one leaves."""


def leave(world: World, number: int, t: float, checkpoint: object) -> NoReturn:
    """End the run after a signal, with one message.

    Parameters
    ----------
    world : World
    number : int
        The signal.
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
    raise SystemExit(STATUS_OF_STOP)
