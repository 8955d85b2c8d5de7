from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from distsnn.exchange.jobs import watch


class Ranks:
    """Connections of the ranks of a host to the process that watches them."""

    def __init__(
        self,
        folder: Path,
        ranks: Sequence[int],
        size: int,
        links: Sequence[socket.socket] = (),
        silent: bool = False,
    ) -> None:
        self._address = str(folder / "ranks")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self._address)
            listening.listen(size + 1)
            passed = [listening.fileno(), *(link.fileno() for link in links)]
            numbers = [passed[0], size, int(0 in ranks), *passed[1:]]
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", watch.__file__, *map(str, numbers)],
                pass_fds=passed,
                stderr=subprocess.PIPE,
                text=True,
            )
        self.of = {rank: self._connected(b"%d\n" % rank) for rank in ranks}
        if silent:
            self._connected(b"").close()
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
        text = self._process.communicate(timeout=120)[1]
        self.end()
        return text

    def end(self) -> None:
        for connection in self.of.values():
            connection.close()
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def ranks(tmp_path: Path) -> Iterator[Ranks]:
    # Addresses of sockets are short.
    made = Ranks(tmp_path, range(3), 3)
    yield made
    made.end()


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


def test_a_rank_that_breaks_off_before_it_has_told_its_number(tmp_path: Path) -> None:
    ranks = Ranks(tmp_path, range(2), 3, silent=True)
    for rank in range(2):
        assert ranks.of[rank].recv(8) == watch.GONE
    assert ranks.said().startswith("distsnn: rank ? of 3: killed")


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


class Hosts:
    """Three hosts with a rank on each, watched by processes that know of each other."""

    def __init__(self, folder: Path) -> None:
        pairs = [socket.socketpair() for _ in range(2)]
        links = [[first for first, _ in pairs], *([other] for _, other in pairs)]
        self.of = []
        for number, own in enumerate(links):
            place = folder / str(number)
            place.mkdir()
            self.of.append(Ranks(place, [number], 3, own))
        for link in (one for pair in pairs for one in pair):
            link.close()

    def said(self) -> list[str]:
        return [host.said() for host in self.of]


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    made = Hosts(tmp_path)
    yield made
    for host in made.of:
        host.end()


@pytest.mark.parametrize("killed", [0, 1, 2])
def test_the_host_of_the_rank_that_breaks_off_speaks(hosts: Hosts, killed: int) -> None:
    hosts.of[killed].of[killed].close()
    others = [number for number in range(3) if number != killed]
    for number in others:
        assert hosts.of[number].of[number].recv(8) == watch.GONE
        # The launcher ends these now.
        hosts.of[number].of[number].close()
    texts = hosts.said()
    assert texts[killed].startswith(f"distsnn: rank {killed} of 3: killed")
    assert [texts[number] for number in others] == ["", ""]


@pytest.mark.parametrize("speaker", [0, 1])
def test_no_host_speaks_after_a_rank_has(hosts: Hosts, speaker: int) -> None:
    hosts.of[speaker].of[speaker].sendall(watch.SAID)
    hosts.of[speaker].of[speaker].close()
    assert hosts.said() == ["", "", ""]


def test_hosts_whose_ranks_end_one_after_the_other(hosts: Hosts) -> None:
    for number in (0, 2, 1):
        hosts.of[number].leave(number)
    assert hosts.said() == ["", "", ""]


def test_what_the_launcher_watches_ends_with_this_process(ranks: Ranks) -> None:
    launcher, end = socket.socketpair()
    launcher.settimeout(0.2)
    with launcher, end:
        socket.send_fds(ranks.of[1], [b"\n"], [end.fileno()])
        end.close()
        with pytest.raises(TimeoutError):
            launcher.recv(1)
        ranks.of[1].close()
        assert ranks.said().startswith("distsnn: rank 1 of 3: ")
        assert launcher.recv(1) == b""


@pytest.mark.parametrize("word", [b"", watch.SAID, watch.FAREWELL])
def test_shared_memory_of_ranks_that_were_ended_is_removed(ranks: Ranks, word: bytes) -> None:
    names = [f"{watch.SHARED_MEMORY.decode()}test_{os.getpid()}_{n}" for n in range(2)]
    other = Path("/dev/shm") / f"test_{os.getpid()}"
    for one in (*names, other):
        Path(one).touch()
    try:
        ranks.of[5] = ranks._connected(f"5 {names[0]} {names[1]} {other}\n".encode())
        for rank in range(3):
            ranks.leave(rank)
        ranks.of[5].sendall(word)
        ranks.of[5].close()
        ranks.said()
        left = [Path(one).exists() for one in (*names, other)]
        assert left == [word == watch.FAREWELL] * 2 + [True]
    finally:
        for one in (*names, other):
            Path(one).unlink(missing_ok=True)
