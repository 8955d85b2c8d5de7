"""Connections between the hosts of a job, over TCP, for what must be said when MPI is gone."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

from distsnn.exchange.worlds.world import World

_SECONDS_TO_CONNECT = 5.0
_SECONDS_FOR_ADDRESS = 1.0
_WELCOME = b"welcome\n"
_TOKEN_BYTES = 16


def connect_hosts(world: World, hosts: list[str]) -> list[socket.socket] | None:
    """Connect the first host with every other one. Collective.

    Only the lowest rank of each host has connections. Nobody listens when this has ended.

    Parameters
    ----------
    hosts : list of str
        The host of each rank.

    Returns
    -------
    list of socket or None
        On rank 0 one to every other host; on the lowest rank of another host one to rank 0; on
        other ranks, and in a job on one host, none. None if this rank misses one: the hosts may
        not let each other.
    """
    n_others = len(set(hosts)) - 1
    if n_others == 0:
        return []
    listening = _listen() if world.rank == 0 else None
    token = secrets.token_bytes(_TOKEN_BYTES)
    offer = listening and (_addresses(), listening.getsockname()[1], token)
    offer = world.bcast_object(offer)
    if listening is not None:
        with listening:
            made = list(_accepted(listening, n_others, token))
        if len(made) == n_others:
            return made
        for one in made:
            one.close()
        return None
    if hosts.index(world.host) != world.rank:
        return []
    connection = _connected(*offer) if offer else None
    return None if connection is None else [connection]


def _listen() -> socket.socket | None:
    try:
        return socket.create_server(("", 0))
    except OSError:
        return None


def _addresses() -> list[str]:
    """Addresses at which other hosts may reach this one."""
    return [
        one.address
        for card in psutil.net_if_addrs().values()
        for one in card
        if one.family == socket.AF_INET and not one.address.startswith("127.")
    ]


def _accepted(listening: socket.socket, n: int, token: bytes) -> Iterator[socket.socket]:
    """Connections of those who know the token, until there are `n` or time is up."""
    until = time.monotonic() + _SECONDS_TO_CONNECT
    while n:
        listening.settimeout(max(until - time.monotonic(), 0.001))
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with suppress(OSError):
            connection.settimeout(_SECONDS_FOR_ADDRESS)
            if secrets.compare_digest(_read(connection, len(token)), token):
                connection.sendall(_WELCOME)
                connection.settimeout(None)
                yield connection
                n -= 1
                continue
        connection.close()


def _connected(addresses: list[str], port: int, token: bytes) -> socket.socket | None:
    for address in addresses:
        with suppress(OSError):
            connection = socket.create_connection((address, port), _SECONDS_FOR_ADDRESS)
            with suppress(OSError):
                # Somebody is there, perhaps busy.
                connection.settimeout(_SECONDS_TO_CONNECT)
                connection.sendall(token)
                if _read(connection, len(_WELCOME)) == _WELCOME:
                    connection.settimeout(None)
                    return connection
            connection.close()
    return None


def _read(connection: socket.socket, n_bytes: int) -> bytes:
    """Receive this number of bytes, or what came before the other side closed."""
    found = b""
    while len(found) < n_bytes and (part := connection.recv(n_bytes - len(found))):
        found += part
    return found
