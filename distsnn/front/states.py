"""States of all neurons, brought together at the end of a run."""

from __future__ import annotations

import numpy as np

from distsnn.build.rank import RankBuild
from distsnn.exchange import World

_MOST_VALUES = 4_000_000

# Not names of variables: what every group keeps besides them.
LAST_SPIKE, ACTIVE = ":last spike", ":active"

States = dict[tuple[int, str], np.ndarray]


def gather_states(world: World, built: RankBuild, step: int) -> States:
    """State variables (float64 (N,)) of every group by (group index, name), before `step`.

    Collective. Empty in a world of several ranks if there are more than 4 million values in all.
    """
    groups = built.description.groups
    n_values = sum(groups[g].size * (len(form.states) + 2) for g, form in built.forms.items())
    if world.size > 1 and n_values > _MOST_VALUES:
        return {}
    own = {
        (g, state): built.arrays[f"g{g}_{state}"]
        for g, form in built.forms.items()
        for state in form.states
    }
    for g in built.forms:
        own[g, LAST_SPIKE] = built.arrays[f"g{g}__last_spike"]
        own[g, ACTIVE] = built.active(g, step)
    states = {(g, state): np.empty(groups[g].size) for g, state in own}
    # With their ranges: assignments after the build cut the description, not the partition.
    mine = (built.partition.ranges, own)
    for ranges, part in world.allgather_object(mine) if world.size > 1 else [mine]:
        for (g, state), values in part.items():
            for r in ranges[g]:
                states[g, state][r.start : r.stop] = values[
                    r.first_lid : r.first_lid + r.stop - r.start
                ]
    return states
