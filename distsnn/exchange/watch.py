"""The process that watches the ranks of a host; see `distsnn.exchange.sentinel`.

It is started as a file of its own, with nothing but the standard library, so that it is small
and there at once.
"""

from __future__ import annotations

import re
import selectors
import socket
import sys
from contextlib import suppress

FAREWELL = b"end\n"
SAID = b"said\n"
NO_MORE = b"no more\n"
GONE = b"!"


def watch(listening: socket.socket, size: int) -> str | None:
    """Wait until a rank breaks off, or all have ended.

    Parameters
    ----------
    listening : socket
        Where the ranks connect; each sends its number and a line break, and `FAREWELL` before it
        ends, or `SAID` if it has said why all end. A last connection sends `NO_MORE`.
    size : int
        Number of ranks.

    Returns
    -------
    str or None
        What to say, after the other ranks have been told; None if all have said farewell, or one
        has said why all end.
    """
    kills = _kills_for_want_of_memory()
    said: dict[socket.socket, bytes] = {}
    complete = False
    with selectors.DefaultSelector() as waiting:
        waiting.register(listening, selectors.EVENT_READ)
        while said or not complete:
            broken: list[int] = []
            for key, _ in waiting.select():
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                if connection is listening:
                    new, _ = listening.accept()
                    said[new] = b""
                    waiting.register(new, selectors.EVENT_READ)
                    continue
                part = _received(connection)
                said[connection] += part
                if part:
                    continue
                words = said.pop(connection)
                waiting.unregister(connection)
                connection.close()
                if words.endswith(NO_MORE):
                    complete = True
                    waiting.unregister(listening)
                elif words.endswith(SAID):
                    # The launcher ends the others now.
                    return None
                elif not words.endswith(FAREWELL):
                    broken.append(int(words.partition(b"\n")[0]))
            if broken:
                for connection in said:
                    with suppress(OSError):
                        connection.sendall(GONE)
                return _message(sorted(broken), size, _kills_for_want_of_memory() > kills)
    return None


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(64)
    except OSError:
        return b""


def _message(ranks: list[int], size: int, by_memory: bool) -> str:
    rank = " or ".join(str(one) for one in ranks)
    cause = (
        "killed by the system, which had no memory left. Use more nodes or a smaller network"
        if by_memory
        else "killed, or it crashed (by signal 9, for want of memory, or a fault in compiled code)"
    )
    return f"distsnn: rank {rank} of {size}: {cause}.\n"


def _kills_for_want_of_memory() -> int:
    """How many processes Linux has killed so since it started."""
    try:
        with open("/proc/vmstat", encoding="ascii") as file:
            found = re.search(r"^oom_kill (\d+)$", file.read(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


if __name__ == "__main__":
    message = watch(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
    if message:
        sys.stderr.write(message)
        sys.stderr.flush()
