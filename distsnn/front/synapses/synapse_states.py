"""Variables of all synapses, brought together at the end of a run in the order of creation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from distsnn.assemble.edges.connections import ObjectEdges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.synapse_variables import Member, Moment, SynapseVariables
from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.rank.saved_state import own_edges
from distsnn.describe.synapses.equation_based import SynapseAssignment
from distsnn.errors import ParameterError
from distsnn.exchange import World

_MOST_VALUES = 4_000_000
# Keys of synapses in the order of creation, and the values of their variables.
_Keyed = tuple[np.ndarray, dict[str, np.ndarray]]


class SynapseStates:
    """Values of the variables of all synapses after a run.

    Parameters
    ----------
    world : World
    builds : sequence of RankBuild
        Those of this rank's threads.

    Notes
    -----
    Made collectively; afterwards any rank may ask alone. In a world of several ranks nothing is
    held if there are more than 4 million values in all.
    """

    def __init__(self, world: World, builds: Sequence[RankBuild]) -> None:
        self._builds = builds
        self._alone = world.size == 1
        self._values: list[dict[str, np.ndarray] | None] = []
        for s in range(len(builds[0].synapses)):
            self._values.append(None if self._alone else self._gathered(world, s))

    def read(self, s: int, variable: str) -> np.ndarray:
        """Values (float64 (n,)) of a variable of object number `s`, in the order of creation."""
        if self._alone:
            if len(self._builds) == 1:
                return _own(self._builds[0], s, variable)
            return _in_order([_keyed(built, s, [variable]) for built in self._builds])[variable]
        values = self._values[s]
        if values is None:
            raise ParameterError(
                self._builds[0].synapses[s].description.name,
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
        edges: Edges,
        step: int,
    ) -> None:
        """Carry out an assignment before `step`; `edges` are all synapses of the object."""
        one = self._builds[0]
        described = one.synapses[s].description
        variables = SynapseVariables(one.description, described, Moment(step, member))

        def carried_out(some: Edges, current: Callable[[str], np.ndarray]) -> np.ndarray:
            now = current(made.variable).copy()
            variables.at(some, current).assign(made, now)
            return now

        own = [
            carried_out(built.synapses[s].edges, partial(_own, built, s)) for built in self._builds
        ]
        gathered = self._values[s]
        if gathered is not None:
            gathered[made.variable] = carried_out(edges, lambda name: gathered[name])
        for built, values in zip(self._builds, own, strict=True):
            synapses = built.synapses[s]
            built.arrays[f"s{s}_{made.variable}"][synapses.place] = values
            synapses.touched.add(made.variable)

    def _gathered(self, world: World, s: int) -> dict[str, np.ndarray] | None:
        names = self._builds[0].synapses[s].part.form.variables
        mine = sum(built.synapses[s].n_synapses for built in self._builds)
        if sum(world.allgather_object(mine)) * max(1, len(names)) > _MOST_VALUES:
            return None
        own = [_keyed(built, s, names) for built in self._builds]
        return _in_order([part for of_rank in world.allgather_object(own) for part in of_rank])


def _own(built: RankBuild, s: int, variable: str) -> np.ndarray:
    """Values of a build's own synapses of object `s`, in the order of creation."""
    own: np.ndarray = built.arrays[f"s{s}_{variable}"][built.synapses[s].place]
    return own


def _keyed(built: RankBuild, s: int, names: Iterable[str]) -> _Keyed:
    keys, _ = own_edges(built, s)
    return keys, {name: _own(built, s, name) for name in names}


def _in_order(parts: list[_Keyed]) -> dict[str, np.ndarray]:
    """The values of several parts in the order of creation."""
    joined = [np.concatenate(columns) for columns in zip(*(k for k, _ in parts), strict=True)]
    order = np.lexsort(joined[::-1])
    return {
        name: np.concatenate([values[name] for _, values in parts])[order] for name in parts[0][1]
    }


def all_edges(built: RankBuild, s: int) -> Edges:
    """All synapses of object number `s`."""
    return ObjectEdges.of(built.description, built.synapses[s].description).edges()
