"""Values of neurons that synapses on all ranks read, exchanged in every step."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.exchange import World
from distsnn.layout.partition import Owners


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
        ends = np.cumsum([widest[shot.group] for shot in self._shots])
        self._offset = ends - [widest[shot.group] for shot in self._shots]
        # Where the value of each member is in what is received.
        self._place = [
            places[shot.group][0] * self._width + places[shot.group][1] + offset
            for shot, offset in zip(self._shots, self._offset, strict=True)
        ]

    def exchange(self, values: dict[str, Any]) -> None:
        """Fill the snapshots among the program's arguments `values`. Collective."""
        if not self._shots:
            return
        for shot, offset in zip(self._shots, self._offset, strict=True):
            own = values[shot.own]
            self._send[offset : offset + own.size] = own
        self.world.allgather_into(self._send, self._receive)
        for shot, place in zip(self._shots, self._place, strict=True):
            np.take(self._receive, place, out=values[shot.name])
