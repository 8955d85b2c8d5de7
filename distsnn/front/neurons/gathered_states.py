"""States of all neurons, brought together at the end of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.exchange import World
from distsnn.layout.partition import Range

_MOST_VALUES = 4_000_000

# Not names of variables: what every group keeps besides them.
LAST_SPIKE, ACTIVE = ":last spike", ":active"

States = dict[tuple[int, str], np.ndarray]


def gather_states(world: World, builds: Sequence[RankBuild], step: int) -> States:
    """State variables (float64 (N,)) of every group by (group index, name), before `step`.

    `builds` are those of this rank's threads. Collective. Empty in a world of several ranks if
    there are more than 4 million values in all.
    """
    built = builds[0]
    groups = built.description.groups
    n_values = sum(groups[g].size * (len(form.states) + 2) for g, form in built.forms.items())
    if world.size > 1 and n_values > _MOST_VALUES:
        return {}
    mine = [_own_states(built, step) for built in builds]
    states = {(g, state): np.empty(groups[g].size) for g, state in mine[0][1]}
    for of_rank in world.allgather_object(mine) if world.size > 1 else [mine]:
        for ranges, part in of_rank:
            for (g, state), values in part.items():
                for r in ranges[g]:
                    states[g, state][r.start : r.stop] = values[
                        r.first_lid : r.first_lid + r.stop - r.start
                    ]
    return states


def _own_states(built: RankBuild, step: int) -> tuple[tuple[tuple[Range, ...], ...], States]:
    """The states of one build, with its ranges.

    Assignments after the build cut the description, not the partition.
    """
    own = {
        (g, state): built.arrays[f"g{g}_{state}"]
        for g, form in built.forms.items()
        for state in form.states
    }
    for g in built.forms:
        own[g, LAST_SPIKE] = built.arrays[f"g{g}__last_spike"]
        own[g, ACTIVE] = built.active(g, step)
    return built.partition.ranges, own
