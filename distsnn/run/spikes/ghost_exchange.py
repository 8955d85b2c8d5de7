"""Ghost copies of neurons of other ranks, exchanged in every step."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.codegen.program_arguments import Argument
from distsnn.exchange import World
from distsnn.layout.partition import Owners


class GhostExchange:
    """Gives every rank the values of some variables of all members of their groups.

    Parameters
    ----------
    moment : str
        Which of the program's ghost copies; see `distsnn.codegen.synapses.ghost_copies`.
    """

    def __init__(self, world: World, build: RankBuild, moment: str) -> None:
        self.world = world
        self._ghosts = [s for s in build.program.ghost_copies if s.moment == moment]
        if world.ranks.size == 1 or not self._ghosts:
            self._ghosts = []
            return
        description = build.description
        groups = {ghost.group for ghost in self._ghosts}
        owners, widest, positions = Owners(description, world.size), {}, {}
        for g in groups:
            gid = description.first_gids[g] + np.arange(description.groups[g].size)
            positions[g] = owners.of(gid), owners.lids(gid)
            widest[g] = int(positions[g][1].max(initial=-1)) + 1
        self._width = sum(widest[ghost.group] for ghost in self._ghosts)
        self._send = np.zeros(self._width)
        self._receive = np.zeros(self._width * world.size)
        ends = np.cumsum([widest[ghost.group] for ghost in self._ghosts])
        self._offset = ends - [widest[ghost.group] for ghost in self._ghosts]
        # Where the value of each member is in what is received.
        self._positions = [
            positions[ghost.group][0] * self._width + positions[ghost.group][1] + offset
            for ghost, offset in zip(self._ghosts, self._offset, strict=True)
        ]

    def exchange(self, values: dict[Argument, Any]) -> None:
        """Fill the ghost copies among the program's arguments `values`. Collective."""
        if not self._ghosts:
            return
        for ghost, offset in zip(self._ghosts, self._offset, strict=True):
            local = values[ghost.local]
            self._send[offset : offset + local.size] = local
        self.world.allgather_into(self._send, self._receive)
        for ghost, position in zip(self._ghosts, self._positions, strict=True):
            np.take(self._receive, position, out=values[ghost.argument])
