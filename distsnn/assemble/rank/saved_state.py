"""The state of one rank that a checkpoint holds, keyed by neuron, source and synapse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.assemble.rank.array_roles import (
    EDGE,
    FLIGHT,
    NEURON,
    SOURCE,
    Declared,
    declared_arrays,
)
from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.tables.kept_sources import LocalSources
from distsnn.layout.partition import index_of, local_gids


@dataclass(frozen=True)
class SavedArray:
    """One array of state.

    Attributes
    ----------
    argument : str
        Its name in the program.
    path : str
        Its name in a checkpoint, without any number of a rank in it.
    owner : int
        Index of the group, plasticity or synapses.
    """

    argument: str
    path: str
    owner: int


def saved_arrays(build: RankBuild) -> dict[str, list[SavedArray]]:
    """The state of a rank by role (see `assemble.rank.array_roles`), in the order of the program.

    Arrays of a group or of synapses that no step writes are not among it, nor second traces where a
    rule has none.
    """
    found: dict[str, list[SavedArray]] = {NEURON: [], SOURCE: [], EDGE: [], FLIGHT: []}
    arguments = [d for d in declared_arrays(build) if d.role in found and not _is_absent(build, d)]
    for declared in arguments:
        owner = declared.owner
        kind = {"r": "releases", "k": "traces"}.get(declared.argument[0])
        if declared.role == NEURON:
            space = f"neurons/{build.description.groups[owner].name}"
        elif declared.role == EDGE:
            space = f"synapses/{build.synapses[owner].description.name}"
        else:
            space = f"{'flight/' * (declared.role == FLIGHT)}{kind}/{owner}"
        found[declared.role].append(
            SavedArray(declared.argument, f"{space}/{declared.name}", owner)
        )
    # Synapse variables that only users write are no arguments of the program.
    for s, synapses in enumerate(build.synapses):
        space = f"synapses/{synapses.description.name}"
        known = {saved.path for saved in found[EDGE]}
        found[EDGE] += [
            SavedArray(f"s{s}_{name}", f"{space}/{name}", s)
            for name in sorted(synapses.changing)
            if f"{space}/{name}" not in known
        ]
    return found


def _is_absent(build: RankBuild, declared: Declared) -> bool:
    return (
        declared.argument[0] == "k"
        and declared.name == "last_slow"
        and build.plastic.sources[declared.owner].slow is None
    )


def sources_of(build: RankBuild, argument: str) -> LocalSources:
    """The sources that the plasticity or the traces have which an argument belongs to."""
    space = argument.partition("_")[0]
    return LocalSources(build.arrays[f"{space}_first_gid"], build.arrays[f"{space}_number_of"])


def are_local(build: RankBuild, gid: np.ndarray) -> np.ndarray:
    """Whether each gid (int64 (n,)) is a neuron of this rank (bool (n,))."""
    runs = np.array(local_gids(build.description, build.partition), dtype=np.int64).reshape(-1, 2)
    # Runs ascend and do not touch what is between them.
    return np.asarray(np.searchsorted(runs.ravel(), gid, side="right") % 2 == 1)


def local_neurons(build: RankBuild, group: int) -> np.ndarray:
    """Index (int64, ascending) within its group of each local neuron."""
    return index_of(build.partition.ranges[group])
