"""The process that watches the ranks of a host; see `distsnn.exchange.jobs.sentinel`.

It is started as a file of its own, with nothing but the standard library, so that it is small
and there at once.
"""

from __future__ import annotations

import os
import re
import selectors
import socket
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

FAREWELL = b"end\n"
SAID = b"said\n"
NO_MORE = b"no more\n"
GONE = b"!"
# What the processes of other hosts ask that of the first one, and what it answers.
CLAIM = b"?"
GRANTED = b"+"
QUIET = b"-"
# What MPICH calls files of shared memory.
SHARED_MEMORY = b"/dev/shm/mpich_shm_"

_SECONDS_FOR_ANSWER = 5.0
# A rank that broke off before it had told its number.
_UNNAMED = -1


class Watch:
    """The watch over the ranks of a host.

    Parameters
    ----------
    listening : socket
        Where the ranks of this host connect. Each sends a line with its number and the files of
        its MPI's shared memory, and `FAREWELL` before it ends, or `SAID` if it has said why all
        end. A last connection sends `NO_MORE`. A descriptor that comes with the line is held
        until the rank says farewell, or until this process ends.
    size : int
        Number of ranks, on all hosts.
    hosts : sequence of socket
        On the first host, a connection to the process of each other one; elsewhere, that to the
        first. The ranks of one host end after those of another, so the first `CLAIM` that comes
        to the first host is granted, and no other host says anything.
    decides : bool
        Whether this is the first host.
    """

    def __init__(
        self,
        listening: socket.socket,
        size: int,
        hosts: Sequence[socket.socket] = (),
        decides: bool = True,
    ) -> None:
        self._listening = listening
        self._size = size
        self._hosts = set(hosts)
        self._decides = decides
        self._kills = _kills_for_want_of_memory()
        self._said: dict[socket.socket, bytes] = {}
        self._complete = False
        self._descriptors: dict[socket.socket, list[int]] = {}
        self._ended: list[bytes] = []
        self._waiting = selectors.DefaultSelector()

    def last_word(self) -> str | None:
        """Wait until a rank breaks off, or all have ended.

        Returns
        -------
        str or None
            What to say, after the other ranks have been told; None if all have said farewell, one
            has said why all end, or another host speaks.
        """
        with self._waiting:
            for one in (self._listening, *self._hosts):
                self._waiting.register(one, selectors.EVENT_READ)
            while self._said or not self._complete or (self._decides and self._hosts):
                ready: set[Any] = {key.fileobj for key, _ in self._waiting.select()}
                # What comes from far away has happened before.
                words = [(host, self._word_of_host(host)) for host in self._hosts & ready]
                broken = self._hear_ranks(ready - {host for host, _ in words})
                if broken is None or any(word in (SAID, QUIET) for _, word in words):
                    self._end_silently(broken is None)
                    return None
                if any(word in (CLAIM, GONE) for _, word in words):
                    self._let_speak(next((host for host, word in words if word == CLAIM), None))
                    return None
                if not self._decides and not self._hosts:
                    # Nobody can tell which host was the first.
                    return None
                if broken:
                    return self._speak(sorted(broken))
        return None

    def remove_shared_memory(self) -> None:
        """Remove the files of ranks that end without MPI's doing so; none after a good end."""
        for words in (*self._ended, *self._said.values()):
            for path in words.partition(b"\n")[0].split():
                if path.startswith(SHARED_MEMORY):
                    with suppress(OSError):
                        os.unlink(path)

    def _word_of_host(self, host: socket.socket) -> bytes:
        word = _received(host)
        if not word:
            self._waiting.unregister(host)
            self._hosts.remove(host)
            host.close()
        return word

    def _hear_ranks(self, ready: set[socket.socket]) -> list[int] | None:
        """The ranks that have broken off; None if one has said why all end."""
        broken = []
        for connection in ready:
            if connection is self._listening:
                new, _ = connection.accept()
                self._said[new] = b""
                self._waiting.register(new, selectors.EVENT_READ)
                continue
            part = self._word_of_rank(connection)
            self._said[connection] += part
            if part:
                continue
            words = self._leave(connection)
            if words.endswith(NO_MORE):
                self._complete = True
                self._waiting.unregister(self._listening)
            elif words.endswith(SAID):
                return None
            elif not words.endswith(FAREWELL):
                broken.append(int(words.split()[0]) if words else _UNNAMED)
        return broken

    def _word_of_rank(self, rank: socket.socket) -> bytes:
        try:
            word, descriptors, _, _ = socket.recv_fds(rank, 64, 1)
        except OSError:
            return b""
        self._descriptors.setdefault(rank, []).extend(descriptors)
        return word

    def _leave(self, rank: socket.socket) -> bytes:
        """Forget a connection that has ended; what it said."""
        words = self._said.pop(rank)
        self._waiting.unregister(rank)
        rank.close()
        if words.endswith(FAREWELL):
            for descriptors in self._descriptors.pop(rank, ()):
                os.close(descriptors)
        else:
            self._ended.append(words)
        return words

    def _end_silently(self, said_here: bool) -> None:
        """Tell the other hosts that the launcher ends all now."""
        if self._decides:
            _tell(self._hosts, QUIET)
        elif said_here:
            _tell(self._hosts, SAID)

    def _let_speak(self, host: socket.socket | None) -> None:
        """Let the first other host that asks speak, and end the ranks of all."""
        if host is not None:
            _tell({host}, GRANTED)
            _tell(self._hosts - {host}, GONE)
        _tell(self._said, GONE)

    def _speak(self, broken: list[int]) -> str | None:
        """End the ranks of all hosts; what to say, if this host speaks."""
        _tell(self._said, GONE)
        _tell(self._hosts, GONE if self._decides else CLAIM)
        for first in () if self._decides else self._hosts:
            first.settimeout(_SECONDS_FOR_ANSWER)
            if _received(first) != GRANTED:
                return None
        return _message(broken, self._size, _kills_for_want_of_memory() > self._kills)


def _tell(connections: Iterable[socket.socket], word: bytes) -> None:
    for connection in connections:
        with suppress(OSError):
            connection.sendall(word)


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(64)
    except OSError:
        return b""


def _message(ranks: list[int], size: int, by_memory: bool) -> str:
    rank = " or ".join("?" if one == _UNNAMED else str(one) for one in ranks)
    cause = (
        "killed by the system, which had no memory left. Use more nodes or a smaller network"
        if by_memory
        else "killed, or it crashed (by signal 9, for want of memory, or a fault in compiled code)"
    )
    return f"distsnn: rank {rank} of {size}: {cause}.\n"


def _kills_for_want_of_memory() -> int:
    """Number of processes that Linux has killed so since it started."""
    try:
        with open("/proc/vmstat", encoding="ascii") as file:
            found = re.search(r"^oom_kill (\d+)$", file.read(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _main(arguments: Sequence[str]) -> None:
    """Arguments: descriptor to listen on, ranks, whether this host decides, those of hosts."""
    listening, size, decides, *hosts = map(int, arguments)
    connected = [socket.socket(fileno=host) for host in hosts]
    watch = Watch(socket.socket(fileno=listening), size, connected, decides=bool(decides))
    message = watch.last_word()
    if message:
        # The launcher may have gone.
        with suppress(OSError):
            sys.stderr.write(message)
            sys.stderr.flush()
    watch.remove_shared_memory()


if __name__ == "__main__":
    _main(sys.argv[1:])
