"""Saying which rank was killed.

A process that is killed cannot say so, launchers do not all say which rank it was, and they end
the other ranks at once, or never. So a small process of its own, which no launcher ends, holds a
connection to every rank: the first one that breaks without a word before is the one, and the
other ranks are told to end.

Only jobs on one host have it: on several, nobody could tell which host's ranks ended first.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from distsnn.exchange import watch
from distsnn.exchange.world import World

_SECONDS_FOR_LAUNCHER = 1.0


class Sentinel:
    """Connection of a rank to the process that watches all ranks. Collective.

    Parameters
    ----------
    world : World
    """

    def __init__(self, world: World) -> None:
        self._connection: socket.socket | None = None
        # Kept, so that nobody asks for its end before it comes.
        address, self._process = _begin(world.size) if world.rank == 0 else (None, None)
        found = world.allgather_object((world.host, address))
        address = found[0][1]
        if address is None:
            return
        if len({host for host, _ in found}) == 1:
            with suppress(OSError):
                self._connect(address, world.rank)
        # All have come, or will not.
        world.barrier()
        if world.rank == 0:
            _connect_last(address)

    def dismiss(self, word: bytes = watch.FAREWELL) -> None:
        """Say that this rank ends by itself, or (`watch.SAID`) has said why all end."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.sendall(word)
                # Wakes the thread.
                self._connection.shutdown(socket.SHUT_RDWR)
            self._connection = None

    def _connect(self, address: str, rank: int) -> None:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address)
        connection.sendall(b"%d\n" % rank)
        self._connection = connection
        atexit.register(self.dismiss)
        threading.Thread(target=_follow, args=[connection], name="sentinel", daemon=True).start()


def _follow(connection: socket.socket) -> None:
    """End this rank after another was killed, where the launcher does not."""
    try:
        gone = connection.recv(1)
    except OSError:
        return
    if gone:
        time.sleep(_SECONDS_FOR_LAUNCHER)
        # It may be waiting inside MPI for the other one.
        os._exit(1)


def _begin(size: int) -> tuple[str | None, subprocess.Popen[bytes] | None]:
    """Start the process for `size` ranks; the address where it listens, None if that fails."""
    try:
        address = str(Path(tempfile.mkdtemp(prefix="distsnn-")) / "ranks")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(address)
            listening.listen(size + 1)
            command = [sys.executable, "-I", "-S", str(watch.__file__)]
            # Out of reach of signals to the launcher's processes; it ends with the last rank.
            process = subprocess.Popen(
                [*command, str(listening.fileno()), str(size)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[listening.fileno()],
                start_new_session=True,
                env={},
            )
    except OSError:
        return None, None
    return address, process


def _connect_last(address: str) -> None:
    """Tell the process that no more ranks will come, and remove its address."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        connection.sendall(watch.NO_MORE)
    with suppress(OSError):
        os.unlink(address)
        os.rmdir(os.path.dirname(address))
