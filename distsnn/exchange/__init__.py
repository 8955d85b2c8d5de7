"""Everything that happens between ranks.

A `World` is a set of ranks that can talk to each other: one process (`SerialWorld`), the
processes of an MPI job, or threads that play ranks in tests (`run_loopback`). A rank may have
several threads (`Team`), each of which sees a world of all threads of all ranks. This room
alone imports mpi4py, and all of it in one file, ``mpi.py``.
"""

from __future__ import annotations

from distsnn.exchange.agreement import Call, agree, ranks_named
from distsnn.exchange.current import current_world, join_job, using
from distsnn.exchange.jobs.abort import install_abort
from distsnn.exchange.jobs.launch import launch
from distsnn.exchange.loopback import run_loopback
from distsnn.exchange.raising_together import one_per_host_first, raising_together
from distsnn.exchange.spike_exchange import SpikeExchange
from distsnn.exchange.worlds.serial import SerialWorld
from distsnn.exchange.worlds.threads import Team
from distsnn.exchange.worlds.world import World

__all__ = [
    "Call",
    "SerialWorld",
    "SpikeExchange",
    "Team",
    "World",
    "agree",
    "current_world",
    "install_abort",
    "join_job",
    "launch",
    "one_per_host_first",
    "raising_together",
    "ranks_named",
    "run_loopback",
    "using",
]
