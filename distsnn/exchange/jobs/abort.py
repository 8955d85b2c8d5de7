"""An error on any rank ends the whole job, with one message."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from types import TracebackType
from typing import NoReturn

from distsnn.beginning import STATUS_OF_STOP, beginning
from distsnn.errors import DistsnnError, RankError, user_frames
from distsnn.exchange.jobs import watch
from distsnn.exchange.jobs.departure import Departure
from distsnn.exchange.jobs.sentinel import Sentinel
from distsnn.exchange.worlds.mpi import MpiWorld
from distsnn.exchange.worlds.world import World

_STATUS_OF_INTERRUPT = 130
_SOON = 8
_SECONDS_OF_UNCONNECTED = 5.0
_GONE = "ended while other ranks wait for it; all ranks must run to the end."
_installed: list[World] = []
_sentinels: list[Sentinel] = []
# Processes of the other ranks of this host.
_neighbours: dict[int, int] = {}


def install_abort(world: World) -> None:
    """Make any uncaught error on any rank end the whole job. Collective.

    From now on an exception that nobody catches, in any thread of any rank, prints one
    message that names the rank and ends all ranks within seconds with a status that is not
    zero. A rank that ends while others wait for it (``sys.exit`` on one rank only, or a
    script that returns early) is noticed too. With one rank only the message is made; the
    process ends as Python ends it. Calling it again for the same world does nothing, nor does
    calling it for ranks that are threads of this process. For a part of a world it is done for
    the whole, which must have been asked for before.
    """
    if world in _installed or not world.owns_process or world.whole is not None:
        return
    _installed.append(world)

    def end_process(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        del kind, trace
        fail(world, error)

    def end_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            fail(world, args.exc_value)

    sys.excepthook = end_process
    threading.excepthook = end_thread
    if isinstance(world, MpiWorld) and world.size > 1:
        # Before the departure, so that at the end it is dismissed after that.
        _sentinels.append(Sentinel(world))
        Departure(world, lambda rank: _end_without(world, rank)).watch()
        of_ranks = world.allgather_object((world.host, os.getpid()))
        _neighbours.update(
            (rank, pid)
            for rank, (host, pid) in enumerate(of_ranks)
            if host == world.host and rank != world.rank
        )
        beginning.met(lambda what: end_all(world, what, STATUS_OF_STOP))


def end_all(world: World, message: str, status: int) -> NoReturn:
    """Say a message, unless a lower rank says one as well, and end all ranks.

    Parameters
    ----------
    status : int
        That of the job.
    """
    _log_and_abort(world, world.rank, message, status, _seconds_to_wait(world.rank))


def suspended() -> list[int]:
    """The ranks of this host that do not run because a signal has stopped them, ascending."""
    found = []
    for rank, pid in _neighbours.items():
        try:
            with open(f"/proc/{pid}/stat", encoding="utf8", errors="replace") as file:
                state = file.read().rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            continue
        if state in "Tt":
            found.append(rank)
    return found


def install_unconnected(rank: int, size: int) -> None:
    """Let only the first of several processes that are not connected print their error.

    The others leave after it, or as soon as they are told to: a launcher that ends a job when one
    of its processes fails would else end the first before it has said anything.

    Parameters
    ----------
    rank, size : int
        Which process this is and how many there are, as the launcher says.
    """

    def end_process(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        del kind, trace
        if rank == 0:
            _write(f"distsnn: rank {rank} of {size}: {_describe(error)}\n")
        else:
            signal.signal(signal.SIGTERM, lambda *_: os._exit(1))
            time.sleep(_SECONDS_OF_UNCONNECTED)

    sys.excepthook = end_process


def fail(world: World, error: BaseException) -> None:
    """Print the one message of an error and end all ranks.

    Parameters
    ----------
    world : World
        The ranks. With one rank, this returns after printing.
    error : BaseException
        What was raised on this rank.
    """
    status = _STATUS_OF_INTERRUPT if isinstance(error, KeyboardInterrupt) else 1
    if world.size == 1:
        _write(f"distsnn: {_describe(error)}\n")
        return
    beginning.fail()
    rank = error.rank if isinstance(error, RankError) else world.rank
    _log_and_abort(world, rank, _describe(error), status, _seconds_to_wait(world.rank))


def _end_without(world: World, rank: int) -> NoReturn:
    beginning.fail()
    # Ranks look for departures at different moments, so leave more time than usual.
    _log_and_abort(world, rank, _GONE, 1, 3 * _seconds_to_wait(world.rank))


def _log_and_abort(
    world: World, rank: int, message: str, status: int, seconds_first: float
) -> NoReturn:
    try:
        # An error that all ranks see is printed by the lowest one, which ends the others
        # while they wait here.
        time.sleep(seconds_first)
        for sentinel in _sentinels:
            sentinel.dismiss(watch.SAID)
        _write(f"distsnn: rank {rank} of {world.size}: {message}\n")
    finally:
        world.abort(status)


def _seconds_to_wait(rank: int) -> float:
    """Seconds that a rank leaves to lower ranks to print the message."""
    return 0.25 * rank if rank < _SOON else 2.0 + min(0.01 * (rank - _SOON), 3.0)


def _describe(error: BaseException) -> str:
    """Message of an error, with a traceback unless distsnn raised it on purpose."""
    if isinstance(error, RankError):
        return f"{error.message}\n{error.trace}".rstrip()
    if isinstance(error, DistsnnError):
        return f"{error}{_origin(error)}"
    if isinstance(error, KeyboardInterrupt):
        return "interrupted."
    trace = "".join(traceback.format_exception(error)).rstrip()
    return f"{type(error).__name__}: {error}\n{trace}"


def _origin(error: BaseException) -> str:
    """Name the user's own line that led to an error."""
    frames = user_frames(error)
    if not frames:
        return ""
    return f"\n  raised from {frames[-1].filename}, line {frames[-1].lineno}"


def _write(text: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(text)
    sys.stderr.flush()
