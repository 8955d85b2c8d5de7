"""Variables of all synapses, brought together at the end of a run in the order of creation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from distsnn.build.rank import RankBuild
from distsnn.build.synapse_edges import Member, SynapseEdges, creation_keys_of, synapse_edges
from distsnn.build.synapses import SynapseBuild, synapse_values
from distsnn.describe.synapses import SynapseAssignment
from distsnn.errors import ParameterError
from distsnn.exchange import World

_MOST_VALUES = 4_000_000


class SynapseStates:
    """Values of the variables of all synapses after a run.

    Parameters
    ----------
    world : World
    built : RankBuild

    Notes
    -----
    Made collectively; afterwards any rank may ask alone. In a world of several ranks nothing is
    held if there are more than 4 million values in all.
    """

    def __init__(self, world: World, built: RankBuild) -> None:
        self._built = built
        self._alone = world.size == 1
        self._values: list[dict[str, np.ndarray] | None] = []
        for s, synapses in enumerate(built.synapses):
            self._values.append(None if self._alone else self._gathered(world, s, synapses))

    def read(self, s: int, variable: str) -> np.ndarray:
        """Values (float64 (n,)) of a variable of object number `s`, in the order of creation."""
        synapses = self._built.synapses[s]
        if self._alone:
            own: np.ndarray = self._built.arrays[f"s{s}_{variable}"][synapses.place]
            return own
        values = self._values[s]
        if values is None:
            raise ParameterError(
                synapses.description.name,
                f"{variable} of all synapses is not held by every rank",
                "in large networks on several ranks values stay where they are",
                "record what you need",
            )
        return values[variable].copy()

    def assign(
        self,
        s: int,
        made: SynapseAssignment,
        member: Member,
        edges: SynapseEdges,
    ) -> None:
        """Carry out an assignment; `edges` are all synapses of the object."""
        built, synapses = self._built, self._built.synapses[s]

        def carried_out(some: SynapseEdges, current: Callable[[str], np.ndarray]) -> np.ndarray:
            values = synapse_values(built.description, synapses.description, some, synapses.text)
            values.member, values.known = member, current
            now = current(made.variable).copy()
            values.assigned(made, now)
            return now

        own = carried_out(synapses.edges, lambda name: built.arrays[f"s{s}_{name}"][synapses.place])
        gathered = self._values[s]
        if gathered is not None:
            gathered[made.variable] = carried_out(edges, lambda name: gathered[name])
        built.arrays[f"s{s}_{made.variable}"][synapses.place] = own
        synapses.touched.add(made.variable)

    def _gathered(
        self, world: World, s: int, synapses: SynapseBuild
    ) -> dict[str, np.ndarray] | None:
        names = synapses.part.form.variables
        total = sum(world.allgather_object(synapses.n_synapses))
        if total * max(1, len(names)) > _MOST_VALUES:
            return None
        keys = creation_keys_of(synapses.description, synapses.edges)
        mine = (keys, {name: self._built.arrays[f"s{s}_{name}"][synapses.place] for name in names})
        parts = world.allgather_object(mine)
        joined = [np.concatenate(columns) for columns in zip(*(k for k, _ in parts), strict=True)]
        order = np.lexsort(joined[::-1])
        return {
            name: np.concatenate([values[name] for _, values in parts])[order] for name in names
        }


def all_edges(built: RankBuild, s: int) -> SynapseEdges:
    """All synapses of object number `s`."""
    return synapse_edges(built.description, built.synapses[s].description)
