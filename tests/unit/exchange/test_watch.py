from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from distsnn.exchange import watch


class Ranks:
    """Connections of ranks to the process that watches them."""

    def __init__(self, folder: Path, size: int) -> None:
        self._address = str(folder / "ranks")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self._address)
            listening.listen(size + 1)
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", watch.__file__, str(listening.fileno()), str(size)],
                pass_fds=[listening.fileno()],
                stderr=subprocess.PIPE,
                text=True,
            )
        self.of = [self._connected(b"%d\n" % rank) for rank in range(size)]
        self._connected(watch.NO_MORE).close()

    def _connected(self, word: bytes) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._address)
        connection.sendall(word)
        return connection

    def leave(self, rank: int) -> None:
        self.of[rank].sendall(watch.FAREWELL)
        self.of[rank].close()

    def said(self) -> str:
        """What it says at its end."""
        text = self._process.communicate(timeout=20)[1]
        for connection in self.of:
            connection.close()
        return text


@pytest.fixture
def ranks(tmp_path: Path) -> Iterator[Ranks]:
    # Addresses of sockets are short.
    made = Ranks(Path(tmp_path), 3)
    yield made
    made._process.kill()
    made._process.communicate()


def test_ranks_that_end_by_themselves(ranks: Ranks) -> None:
    for rank in (1, 0, 2):
        ranks.leave(rank)
    assert ranks.said() == ""


def test_the_rank_that_breaks_off_is_named_and_the_others_are_told(ranks: Ranks) -> None:
    ranks.leave(0)
    ranks.of[2].close()
    assert ranks.of[1].recv(8) == watch.GONE
    text = ranks.said()
    assert text.startswith("distsnn: rank 2 of 3: killed")
    assert text.count("\n") == 1


def test_a_rank_that_has_said_why_all_end_is_the_last_word(ranks: Ranks) -> None:
    ranks.of[1].sendall(watch.SAID)
    ranks.of[1].close()
    assert ranks.said() == ""


def test_what_the_system_has_counted() -> None:
    assert watch._message([1], 2, by_memory=True).startswith(
        "distsnn: rank 1 of 2: killed by the system, which had no memory left."
    )
    assert watch._message([0, 3], 4, by_memory=False).startswith("distsnn: rank 0 or 3 of 4: ")
    assert watch._kills_for_want_of_memory() >= 0
