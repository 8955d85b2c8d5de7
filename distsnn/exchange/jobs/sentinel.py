"""Saying which rank was killed.

A process that is killed cannot say so, launchers do not all say which rank it was, and they end
the other ranks at once, or never. So on each host a small process of its own, which no launcher
ends, holds a connection to every rank there: the first one that breaks without a word before is
the one, and the other ranks are told to end.

On several hosts these processes are connected too, since the ranks of one end after those of
another: only the first that has seen a rank break off says so. Where hosts do not let each other
connect over TCP, nobody watches.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from distsnn.exchange.jobs import watch
from distsnn.exchange.jobs.hosts import connect_hosts
from distsnn.exchange.worlds.world import World

_SECONDS_FOR_LAUNCHER = 1.0
_SECONDS_TO_BEGIN = 10.0


class Sentinel:
    """Connection of a rank to the process that watches all ranks. Collective."""

    def __init__(self, world: World) -> None:
        self._connection: socket.socket | None = None
        hosts = world.allgather_object(world.host)
        first = hosts.index(world.host)
        links = connect_hosts(world, hosts)
        # Kept, so that nobody asks for its end before it comes.
        address, self._process = _begin(world, links) if world.rank == first else (None, None)
        addresses = world.allgather_object(address)
        if all(addresses[hosts.index(host)] for host in hosts):
            with suppress(OSError):
                self._connect(addresses[first], world.rank)
        # All have come, or will not.
        world.barrier()
        if address is not None:
            _connect_last(address)
        # Nobody goes on, and can be killed, before all are watched.
        world.barrier()

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
        said = " ".join([str(rank), *_shared_memory()])
        socket.send_fds(connection, [said.encode() + b"\n"], _launcher_ends())
        self._connection = connection
        atexit.register(self.dismiss)
        threading.Thread(target=_follow, args=[connection], name="sentinel", daemon=True).start()


def _shared_memory() -> list[str]:
    """Files of MPICH's shared memory, which it removes at a good end only."""
    try:
        mapped = Path("/proc/self/maps").read_text(encoding="utf8")
    except OSError:
        return []
    return sorted(set(re.findall(rf"({watch.SHARED_MEMORY.decode()}\S+)$", mapped, re.MULTILINE)))


def _launcher_ends() -> list[int]:
    """Descriptors by whose end MPICH's launcher notices that of a rank.

    Another process holds them too, or the launcher could end other ranks of this host before the
    connection of the first breaks.
    """
    number = os.environ.get("PMI_FD", "")
    try:
        return [int(number)] if stat.S_ISSOCK(os.fstat(int(number)).st_mode) else []
    except (ValueError, OSError):
        return []


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


def _begin(
    world: World, links: list[socket.socket] | None
) -> tuple[str | None, subprocess.Popen[bytes] | None]:
    """Start the process of this host; the address where it listens, None if that fails."""
    if links is None:
        return None, None
    try:
        with ExitStack() as stack, ExitStack() as unless_begun:
            passed = [stack.enter_context(link) for link in links]
            folder = tempfile.mkdtemp(prefix="distsnn-")
            unless_begun.callback(shutil.rmtree, folder, ignore_errors=True)
            address = os.path.join(folder, "ranks")
            listening = stack.enter_context(socket.socket(socket.AF_UNIX))
            listening.bind(address)
            listening.listen(world.size + 1)
            descriptors = [link.fileno() for link in passed]
            numbers = [listening.fileno(), world.size, int(world.rank == 0), *descriptors]
            # Out of reach of signals to the launcher's processes; it ends with the last rank.
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(watch.__file__), *map(str, numbers)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[listening.fileno(), *descriptors],
                start_new_session=True,
                env={},
            )
            unless_begun.pop_all()
    except OSError:
        return None, None
    return address, process


def _connect_last(address: str) -> None:
    """Tell the process that no more ranks will come, wait until it knows, remove its address."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_SECONDS_TO_BEGIN)
        connection.connect(address)
        connection.sendall(watch.NO_MORE)
        connection.shutdown(socket.SHUT_WR)
        # It closes the connection.
        connection.recv(1)
    with suppress(OSError):
        os.unlink(address)
        os.rmdir(os.path.dirname(address))
