"""Signals that ask a job to end before its first step, from the first line of the command on.

Python has imported nothing else of the package when this is there, and nothing has been written:
the job ends at once, with a status that says it can be started again. Ranks that have not met the
others yet remember the signal until then, so that all end together.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType

# EX_TEMPFAIL of sysexits.h: nothing failed, the job can be started again.
STATUS_OF_STOP = 75
_STATUS_OF_INTERRUPT = 130
# What batch systems send before the time of a job is over, and at its end.
ASKS = (signal.SIGTERM, signal.SIGUSR1)
# How soon what a signal asks for must have happened.
SECONDS_TO_ACT = 4.0
# The same signal again, not sooner than this: launchers and batch systems both send it.
SECONDS_TO_REPEAT = 5.0

# What launchers tell each process: the number of ranks, and which one it is.
# SLURM_NTASKS is not among them, because it also stands in a batch script's own shell.
_LAUNCHED = {
    "PMI_SIZE": "PMI_RANK",
    "OMPI_COMM_WORLD_SIZE": "OMPI_COMM_WORLD_RANK",
    "MV2_COMM_WORLD_SIZE": "MV2_COMM_WORLD_RANK",
    "SLURM_STEP_NUM_TASKS": "SLURM_PROCID",
    "FLUX_JOB_SIZE": "FLUX_TASK_RANK",
    "JSM_NAMESPACE_SIZE": "JSM_NAMESPACE_RANK",
}


class Stopped(SystemExit):
    """The end that a signal has asked for."""


def launched(environment: Mapping[str, str]) -> tuple[str, int, int] | None:
    """The variable, number of processes and own rank that a launcher has set, if several."""
    for size_name, rank_name in _LAUNCHED.items():
        size, rank = environment.get(size_name, ""), environment.get(rank_name, "")
        if size.isdigit() and int(size) > 1:
            return size_name, int(size), int(rank) if rank.isdigit() else 0
    return None


class Beginning:
    """Handlers of signals for the time in which this process runs no step."""

    def __init__(self) -> None:
        self._noted: int | None = None
        self._since = 0.0
        # Whether a signal ends this process at once.
        self._acts = True
        self._holds = False
        self._fails = False
        self._end_all: Callable[[str], None] | None = None
        self._taken: list[int] = []

    def listen(self) -> None:
        """Answer signals that nobody else answers, also while Python waits within other code."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _interrupted)
        self._take()
        heard, told = socket.socketpair()
        told.setblocking(False)
        signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._follow, args=[heard, told], daemon=True).start()

    def imported(self, runs: bool) -> None:
        """The package has been imported; `runs` is whether the command runs a network."""
        if signal.getsignal(signal.SIGINT) is _interrupted:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if not runs:
            self._acts = False
            self._leave()

    @contextmanager
    def preparing(self, prepares: bool = True) -> Iterator[None]:
        """Answer signals within the block, if it prepares the first steps."""
        if not prepares or threading.current_thread() is not threading.main_thread():
            yield
            return
        before, self._taken = self._taken, []
        self.begin_anew()
        self._take()
        try:
            yield
        finally:
            self._leave()
            self._taken = before

    @contextmanager
    def between_runs(self) -> Iterator[None]:
        """Remember signals within the block until the next of its runs begins."""
        with self.preparing():
            before, self._holds = self._holds, True
            try:
                yield
            finally:
                self._holds = before

    def hold(self) -> None:
        """Remember signals until steps begin: other ranks have something to save."""
        self._holds = True

    def fail(self) -> None:
        """An error ends all ranks: a signal, which launchers send then, has nothing to say."""
        self._fails = True
        # Python sets signals in one thread alone.
        if threading.current_thread() is threading.main_thread():
            for number in ASKS:
                # The user's own answers are left to them.
                answer = getattr(signal.getsignal(number), "__module__", "")
                if answer.startswith("distsnn."):
                    signal.signal(number, signal.SIG_DFL)

    def met(self, end_all: Callable[[str], None]) -> None:
        """Ranks have met: from now on `end_all` says a message and ends all of them."""
        self._end_all = end_all
        if self._noted is not None and self._prepares():
            self._act(self._noted)

    def begin_steps(self) -> int | None:
        """Steps begin, which somebody else ends at a signal; one that has come already."""
        noted, self._noted = self._noted, None
        self._acts = False
        return noted

    def begin_anew(self) -> None:
        """A network is prepared."""
        self._acts = True
        if self._noted is not None and not self._holds:
            self._act(self._noted)

    def hear(self, number: int, frame: FrameType | None) -> None:
        """Answer a signal."""
        del frame
        if self._fails:
            os._exit(1)
        if not self._acts:
            self._finish(number)
        elif self._noted is None:
            self._noted = number
            if not self._waits_for_others:
                self._act(number)

    def _prepares(self) -> bool:
        return self._acts and not self._holds

    @property
    def _waits_for_others(self) -> bool:
        """Whether the other ranks must know before this one ends."""
        return self._holds or (self._end_all is None and launched(os.environ) is not None)

    def _take(self) -> None:
        for number in ASKS:
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, self.hear)
                self._taken.append(number)

    def _leave(self) -> None:
        for number in self._taken:
            if signal.getsignal(number) == self.hear:
                signal.signal(number, signal.SIG_DFL)
        self._taken = []

    def _act(self, number: int) -> None:
        if self._end_all is not None:
            self._end_all(_what(number))
        say(f"{_what(number)}\n")
        raise Stopped(STATUS_OF_STOP)

    def _finish(self, number: int) -> None:
        now = time.monotonic()
        if self._noted is None:
            self._noted, self._since = number, now
            if _speaks():
                name = signal.Signals(number).name
                say(f"{name}: the run is over, its files are still written; again ends it.\n")
        elif now - self._since > SECONDS_TO_REPEAT:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    def _follow(self, heard: socket.socket, told: socket.socket) -> None:
        """End this process where Python cannot: it waits within other code, for other ranks."""
        del told
        while number := heard.recv(1):
            if self._fails and number[0] in ASKS:
                os._exit(1)
            if number[0] not in ASKS or not self._prepares():
                continue
            time.sleep(SECONDS_TO_ACT)
            if not self._prepares():
                continue
            if self._noted is None or self._waits_for_others:
                if self._end_all is not None:
                    self._end_all(_what(number[0]))
                if _speaks():
                    say(f"{_what(number[0])}\n")
            os._exit(STATUS_OF_STOP)


def say(text: str) -> None:
    """Write a message of the command."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"distsnn: {text}")
        sys.stderr.flush()


def _what(number: int) -> str:
    name = signal.Signals(number).name
    return f"stopped by {name} before the first step, nothing was saved; it can be started again."


def _speaks() -> bool:
    """Whether this is the first of all ranks, as far as they know of each other."""
    known = launched(os.environ)
    return known is None or known[2] == 0


def _interrupted(number: int, frame: FrameType | None) -> None:
    """Answer Ctrl-C while the package is imported."""
    del number, frame
    if _speaks():
        say("interrupted.\n")
    os._exit(_STATUS_OF_INTERRUPT)


def _is_command() -> bool:
    """Whether this process is the command ``distsnn``."""
    if sys.argv[:1] == ["-m"]:
        return "distsnn.cli" in sys.orig_argv
    return os.path.basename(sys.argv[0] if sys.argv else "") == "distsnn"


beginning = Beginning()
if _is_command() and threading.current_thread() is threading.main_thread():
    beginning.listen()
