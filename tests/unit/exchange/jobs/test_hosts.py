from __future__ import annotations

import socket
from contextlib import ExitStack

import pytest

from distsnn.exchange import World, run_loopback
from distsnn.exchange.jobs import hosts

HOSTS = ["a", "a", "b", "c", "b"]


def connections(world: World) -> list[socket.socket] | None:
    world.host = HOSTS[world.rank]
    return hosts.connect_hosts(world, HOSTS)


def test_the_first_host_is_connected_with_each_other() -> None:
    found = run_loopback(len(HOSTS), connections)
    assert [len(links) for links in found] == [2, 0, 1, 1, 0]
    with ExitStack() as stack:
        for link in (link for links in found for link in links):
            stack.enter_context(link)
        for number in (2, 3):
            found[number][0].sendall(b"%d" % number)
        assert sorted(link.recv(8) for link in found[0]) == [b"2", b"3"]


def test_one_host_needs_none() -> None:
    assert run_loopback(2, lambda world: hosts.connect_hosts(world, ["a", "a"])) == [[], []]


def test_hosts_that_do_not_reach_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "_addresses", list)
    monkeypatch.setattr(hosts, "_SECONDS_TO_CONNECT", 0.2)
    assert run_loopback(len(HOSTS), connections) == [None, [], None, None, []]


def test_a_stranger_is_not_let_in() -> None:
    token = bytes(hosts._TOKEN_BYTES)
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as stack:
        # They stand in line before anybody looks.
        address = listening.getsockname()
        stranger, friend = (
            stack.enter_context(socket.create_connection(address)) for _ in range(2)
        )
        stranger.sendall(b"x" * hosts._TOKEN_BYTES)
        friend.sendall(token)
        (accepted,) = hosts._accepted(listening, 1, token)
        with accepted:
            assert accepted.getpeername() == friend.getsockname()
        assert stranger.recv(8) == b""
