"""Values of neurons that synapses on all ranks read, exchanged in every step."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.build.rank import RankBuild
from distsnn.exchange import World
from distsnn.plan.partition import Owners


class SnapshotExchange:
    """Gives every rank the values of some variables of all members of their groups.

    Parameters
    ----------
    world : World
    build : RankBuild
    at_start : bool
        Which of the program's snapshots: those before the update of a step, else those after
        its threshold.
    """

    def __init__(self, world: World, build: RankBuild, at_start: bool) -> None:
        self.world = world
        self._shots = [s for s in build.program.snapshots if s.at_start == at_start]
        if world.ranks.size == 1 or not self._shots:
            self._shots = []
            return
        description = build.description
        groups = {shot.group for shot in self._shots}
        owners, widest, places = Owners(description, world.size), {}, {}
        for g in groups:
            gid = description.first_gids[g] + np.arange(description.groups[g].size)
            places[g] = owners.of(gid), owners.lids(gid)
            widest[g] = int(places[g][1].max(initial=-1)) + 1
        self._width = sum(widest[shot.group] for shot in self._shots)
        self._send = np.zeros(self._width)
        self._receive = np.zeros(self._width * world.size)
        # Where the value of each member is in what is received, less the variable's own offset.
        self._place = {g: rank * self._width + lid for g, (rank, lid) in places.items()}
        self._offset = np.cumsum([0, *(widest[shot.group] for shot in self._shots)])

    def exchange(self, values: dict[str, Any]) -> None:
        """Fill the snapshots among the program's arguments `values`. Collective."""
        if not self._shots:
            return
        for shot, offset in zip(self._shots, self._offset, strict=False):
            own = values[shot.own]
            self._send[offset : offset + own.size] = own
        self.world.allgather_into(self._send, self._receive)
        for shot, offset in zip(self._shots, self._offset, strict=False):
            np.take(self._receive, self._place[shot.group] + offset, out=values[shot.name])
