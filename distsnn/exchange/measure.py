"""Time that this machine's MPI takes for an Allgather, measured by a job of two ranks."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from time import perf_counter

import numpy as np

from distsnn.errors import LauncherError
from distsnn.exchange.current import current_world
from distsnn.exchange.jobs.launch import launch
from distsnn.exchange.worlds.world import World

_RANKS = 2
_SHORT, _LONG = 1 << 8, 1 << 18
_REPEATED = 200
_TIMEOUT = 180.0


@dataclass(frozen=True)
class LinkSpeed:
    """Latency and bandwidth of an exchange.

    Attributes
    ----------
    latency : float
        Seconds of an Allgather of little between two ranks.
    per_byte : float
        Seconds for each further byte received.
    """

    latency: float
    per_byte: float


def measure_link() -> LinkSpeed | None:
    """Start two ranks and measure; None where there is no MPI to start them with."""
    command = [sys.executable, "-m", "distsnn.exchange.measure"]
    try:
        done = launch(command, _RANKS, timeout=_TIMEOUT, capture=True)
        return LinkSpeed(**json.loads(done.stdout.splitlines()[-1]))
    except (LauncherError, subprocess.TimeoutExpired, ValueError, IndexError, TypeError):
        return None


def _measured(world: World, n_words: int) -> float:
    """Seconds of an Allgather of so many words, when nothing else happens."""
    send = np.zeros(n_words, dtype=np.uint32)
    receive = np.zeros(world.size * n_words, dtype=np.uint32)
    seconds = []
    for _ in range(_REPEATED):
        world.barrier()
        begin = perf_counter()
        world.allgather_into(send, receive)
        seconds.append(perf_counter() - begin)
    # Of a machine that others use too, what it takes while they do not.
    return float(np.quantile(seconds, 0.05))


def _main() -> None:
    world = current_world()
    short, long = _measured(world, _SHORT), _measured(world, _LONG)
    per_byte = max(0.0, long - short) / (4 * (_LONG - _SHORT) * (world.size - 1))
    if world.rank == 0:
        print(json.dumps(asdict(LinkSpeed(short, per_byte))))  # noqa: T201 - its result


if __name__ == "__main__":
    _main()
