"""The groups in a recording of spikes, with their names and ids there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from distsnn.describe.groups import EventDescription, GroupDescription
from distsnn.describe.network_description import NetworkDescription


@dataclass(frozen=True, eq=False)
class RecordedAs:
    """Population and ids of a group in files.

    Attributes
    ----------
    population : str
        Name of the population, which several groups may share; empty if spikes are not recorded.
    size : int
        Number of nodes of the population.
    ids : int64 array (N,)
        Id of each neuron of the group there.
    """

    population: str
    size: int
    ids: np.ndarray


NOT_RECORDED = RecordedAs("", 0, np.empty(0, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class RecordedGroups:
    """The groups of a network as a recording of spikes has them.

    Attributes
    ----------
    description : NetworkDescription
    known : mapping of str to RecordedAs
        Groups that have another name or other ids in files, by name.
    late : int
        Steps by which spikes are labeled later than they are counted: NEST has the end of a step.
    """

    description: NetworkDescription
    known: Mapping[str, RecordedAs]
    late: int = 0

    def _recorded(self, group: GroupDescription) -> RecordedAs | None:
        """Name of a group in recordings, if not its own; events have none."""
        return NOT_RECORDED if isinstance(group, EventDescription) else self.known.get(group.name)

    @cached_property
    def populations(self) -> dict[str, int]:
        """Name and size of each population, in the order of the groups."""
        found = {}
        for group in self.description.groups:
            one = self._recorded(group)
            if one is None:
                found[group.name] = group.size
            elif one.population:
                found[one.population] = one.size
        return found

    @cached_property
    def _of_groups(self) -> np.ndarray:
        """Index (int64) of the population of each group, -1 if it is not recorded."""
        names = list(self.populations)
        found = []
        for group in self.description.groups:
            one = self._recorded(group)
            name = group.name if one is None else one.population
            found.append(names.index(name) if name else -1)
        return np.array(found, dtype=np.int64)

    def named(self, group: str, index: np.ndarray) -> tuple[str, np.ndarray]:
        """Population and ids (int64 (n,)) of some neurons of a group."""
        one = self.known.get(group)
        return (group, index) if one is None else (one.population or group, one.ids[index])

    def divided(self, gid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Index of the population (-1 if it has none) and id there (int64 (n,)) of some neurons."""
        first = np.array(self.description.first_gids, dtype=np.int64)
        group = np.searchsorted(first, gid, side="right") - 1
        ids = gid.astype(np.int64) - first[group]
        for name, one in self.known.items():
            g = next(n for n, x in enumerate(self.description.groups) if x.name == name)
            own = np.flatnonzero(group == g) if one.population else np.empty(0, np.int64)
            ids[own] = one.ids[ids[own]]
        return self._of_groups[group], ids
