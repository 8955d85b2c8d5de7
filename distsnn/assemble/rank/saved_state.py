"""The state of one rank that a checkpoint holds, keyed by neuron, source and synapse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.tables.kept_sources import LocalSources
from distsnn.codegen.program_arguments import (
    Argument,
    OfEfficacy,
    OfGroup,
    OfSynapses,
    OfTraces,
    Role,
)
from distsnn.layout.partition import index_of, local_gids


@dataclass(frozen=True)
class SavedArray:
    """One array of state.

    Attributes
    ----------
    argument : Argument
        What it is in the program.
    path : str
        Its name in a checkpoint, without any number of a rank in it.
    """

    argument: Argument
    path: str

    @property
    def owner(self) -> int:
        """Index of the group, plasticity or synapses."""
        return self.argument.owner.index


_SAVED = (Role.NEURON, Role.SOURCE, Role.EDGE)


def saved_arrays(build: RankBuild) -> dict[Role, list[SavedArray]]:
    """The state of neurons, sources and synapses of a rank, in the order of the program.

    Variables of synapses that neither events nor users change are not among it, nor second traces
    where a rule has none.
    """
    # Synapse variables that only users write are no arguments of the program.
    set_by_users = [
        OfSynapses(s).variable(name)
        for s, synapses in enumerate(build.synapses)
        for name in sorted(synapses.changing)
    ]
    # Nor are those of neurons that tables add to and no statement names.
    of_neurons = [
        argument
        for g, form in build.forms.items()
        for argument in (OfGroup(g)["last_spike"], *map(OfGroup(g).state, form.states))
    ]
    found: dict[Role, list[SavedArray]] = {role: [] for role in _SAVED}
    for argument in dict.fromkeys((*build.program.arguments, *of_neurons, *set_by_users)):
        if argument.role in found and _is_state(build, argument):
            found[argument.role].append(SavedArray(argument, path_of(build, argument)))
    return found


def _is_state(build: RankBuild, argument: Argument) -> bool:
    match argument.owner:
        case OfSynapses(s):
            return argument.name in build.synapses[s].changing
        case OfTraces(k):
            return argument.name != "last_slow" or build.plastic.sources[k].slow is not None
    return True


def path_of(build: RankBuild, argument: Argument) -> str:
    """The name of an array of state in a checkpoint."""
    match argument.owner:
        case OfGroup(g):
            space = f"neurons/{build.description.groups[g].name}"
        case OfSynapses(s):
            space = f"synapses/{build.synapses[s].description.name}"
        case OfEfficacy(r):
            space = f"releases/{r}"
        case OfTraces(k):
            space = f"traces/{k}"
        case owner:
            raise TypeError(f"{owner} has no state")
    return f"{space}/{argument.name}"


def sources_of(build: RankBuild, argument: Argument) -> LocalSources:
    """The sources that the plasticity or the traces have which an argument belongs to."""
    owner = argument.owner
    return LocalSources(build.arrays[owner["first_gid"]], build.arrays[owner["number_of"]])


def are_local(build: RankBuild, gid: np.ndarray) -> np.ndarray:
    """Whether each gid (int64 (n,)) is a neuron of this rank (bool (n,))."""
    runs = np.array(local_gids(build.description, build.partition), dtype=np.int64).reshape(-1, 2)
    # Runs ascend and do not touch what is between them.
    return np.asarray(np.searchsorted(runs.ravel(), gid, side="right") % 2 == 1)


def local_neurons(build: RankBuild, group: int) -> np.ndarray:
    """Index (int64, ascending) within its group of each local neuron."""
    return index_of(build.partition.ranges[group])
