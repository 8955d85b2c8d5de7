"""Noticing a rank that has ended while others wait for it.

A rank that ends cannot tell whether it is still needed, and a rank that waits inside an MPI
call cannot look up. So the rank that ends sends the others a note with the number of
collective calls it has made, and a thread of each rank looks for such notes once in a while.
A rank that has entered more calls than the one that ended waits for it in vain.

Where MPI forbids calls from several threads, only the notes are missing: such a job waits
until its time limit.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from distsnn.exchange.worlds.mpi import MpiWorld

_TAG = 17
_SECONDS_BETWEEN_CHECKS = 0.5
_SECONDS_UNTIL_NOTE = 1.0


class Departure:
    """Watches for ranks that end early, and announces this rank's own end.

    Parameters
    ----------
    world : MpiWorld
        The ranks. Collective: a communicator of its own is made.
    end : callable
        Called with the rank that is missed, from another thread; ends the job.
    """

    def __init__(self, world: MpiWorld, end: Callable[[int], NoReturn]) -> None:
        self._world = world
        self._end = end
        self._communicator = world.communicator.Dup()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._check, name="departure", daemon=True)
        self._left: dict[int, int] = {}

    def watch(self) -> None:
        """Begin to watch; at the end of the process, wait for the other ranks' end."""
        if not self._world.threads_allowed:
            return
        self._thread.start()
        atexit.register(self._leave)

    def _check(self) -> None:
        while not self._stop.wait(_SECONDS_BETWEEN_CHECKS):
            self._read_notes()
            for rank, n_made in self._left.items():
                if self._world.n_entered > n_made:
                    self._end(rank)

    def _read_notes(self) -> None:
        while self._communicator.iprobe(tag=_TAG):
            rank, n_made = self._communicator.recv(tag=_TAG)
            self._left[rank] = n_made

    def _leave(self) -> None:
        self._stop.set()
        self._thread.join()
        request = self._communicator.Ibarrier()
        begin = time.monotonic()
        notes: list[Any] = []
        while not request.Test():
            time.sleep(0.002)
            self._read_notes()
            if not notes and time.monotonic() - begin > _SECONDS_UNTIL_NOTE:
                note = (self._world.rank, self._world.n_entered)
                notes = [
                    self._communicator.isend(note, rank, _TAG)
                    for rank in range(self._world.size)
                    if rank != self._world.rank
                ]
        # MPI may only end when every note has been read.
        self._read_notes()
