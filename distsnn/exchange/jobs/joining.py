"""Ending ranks that wait in the start of MPI for one that will not come.

MPI's start is deaf, and launchers end the other ranks of one that has failed before it, or do
not: so the process that started the launcher looks which ranks there are until MPI has started.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType

import psutil

from distsnn.beginning import SECONDS_TO_ACT, STATUS_OF_STOP, launched, say
from distsnn.exchange.worlds.mpi import JOINING_FOLDER

_SECONDS_BETWEEN_CHECKS = 0.25
# For ranks that end together, on a busy machine.
_SECONDS_ALONE = 5.0


class Joining:
    """Looks after the ranks of a launcher until MPI has started; a context.

    Parameters
    ----------
    watches : bool
        Whether all of them start MPI; nothing is done for others.

    Attributes
    ----------
    environment : dict of str to str
        Variables for the ranks.
    status : int or None
        Status of the job, if it was ended here.
    """

    def __init__(self, ranks: int, watches: bool) -> None:
        self._ranks, self._watches = ranks, watches
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.environment: dict[str, str] = {}
        self.status: int | None = None
        self._asked_at: float | None = None
        self._alone_since: float | None = None

    def __enter__(self) -> Joining:
        if self._watches:
            folder = tempfile.TemporaryDirectory(prefix="distsnn-", ignore_cleanup_errors=True)
            self._folder, self.environment = folder, {JOINING_FOLDER: folder.name}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def started(self) -> bool:
        """Whether MPI has started, or nobody asks."""
        return self._folder is None or os.path.exists(os.path.join(self._folder.name, "started"))

    def asked_to_stop(self) -> None:
        """A signal has been passed on to the ranks."""
        self._asked_at = self._asked_at or time.monotonic()

    def stopped_early(self) -> bool:
        """Whether ranks that were asked to stop had not met yet: they can be started again."""
        return self._asked_at is not None and not self.started

    def watch(self, launcher: int, ended: Callable[[float], bool], end: Callable[[], None]) -> None:
        """Look until MPI has started or the job has ended; for a thread.

        Parameters
        ----------
        ended : callable
            Waits so many seconds for the end of the job; whether it has come.
        end : callable
            Ends all ranks.
        """
        while not ended(_SECONDS_BETWEEN_CHECKS) and not self.started:
            found = ranks_of(launcher)
            now = time.monotonic()
            if self._asked_at is not None and now - self._asked_at > 2 * SECONDS_TO_ACT:
                self.status = STATUS_OF_STOP
                end()
            missing = sorted(set(range(self._ranks)) - found.keys())
            if not missing or not found:
                self._alone_since = None
                continue
            self._alone_since = self._alone_since or now
            if now - self._alone_since > _SECONDS_ALONE:
                self.status = 1
                say(
                    f"rank {missing[0]} of {self._ranks}: ended before it had met the other "
                    "ranks, which waited for it.\n"
                )
                end()


def ranks_of(launcher: int) -> Mapping[int, psutil.Process]:
    """The processes of the ranks that a launcher on this machine has started, by rank."""
    found: dict[int, psutil.Process] = {}
    with suppress(psutil.Error):
        for process in psutil.Process(launcher).children(recursive=True):
            with suppress(psutil.Error):
                known = launched(process.environ())
                if known is not None and process.status() != psutil.STATUS_ZOMBIE:
                    found.setdefault(known[2], process)
    return found
