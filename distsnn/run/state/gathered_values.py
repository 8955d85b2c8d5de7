"""Values of all neurons of a group or synapses of an object, gathered between two runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from distsnn.exchange import Call, World, agree
from distsnn.run.state.local_values import LocalValues

MOST_VALUES = 4_000_000


class GatheredValues:
    """Values of one object on all ranks, in the order of indices or of creation.

    Parameters
    ----------
    parts : sequence of LocalValues
        What each worker of this rank has of the object.
    copied : bool
        Whether a single rank gets copies too. Else it reads values where they are.
    later : bool
        Whether values are gathered when they are read for the first time, which all ranks then do
        together.

    Notes
    -----
    Made collectively; afterwards any rank may ask alone, unless `later`. On several ranks nothing
    is gathered if there are more than 4 million values in all: then all ranks read together, too.
    """

    def __init__(
        self,
        world: World,
        parts: Sequence[LocalValues],
        copied: bool = False,
        later: bool = False,
    ) -> None:
        self._parts, self._alone = parts, world.size == 1
        self._copied = copied
        self._values: dict[str, np.ndarray] | None = None
        self._ranks = world
        self._world = world if later and not self._alone else None
        if not later and (copied or not self._alone):
            self._gather(world)

    def _gather(self, world: World) -> None:
        names = self.variables
        size = sum(world.allgather_object(sum(part.size for part in self._parts)))
        if self._alone or size * len(names) <= MOST_VALUES:
            self._values = self._of_all_ranks(names)

    def _of_all_ranks(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Values of some variables, in order. Collective."""
        local = [(keys(), values) for keys, values in (part.read(names) for part in self._parts)]
        of_ranks = [local] if self._alone else self._ranks.allgather_object(local)
        return _in_order([part for of_rank in of_ranks for part in of_rank])

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that can be read."""
        return self._parts[0].variables

    @property
    def everywhere(self) -> dict[str, np.ndarray] | None:
        """The gathered values by variable, which may be changed; None if nothing is gathered."""
        return self._values

    def read(self, *variables: str) -> list[np.ndarray]:
        """Values (float64 (n,)) of each of some variables.

        Raises ParameterError if they are not gathered and other ranks do not ask for them, too.
        """
        if self._world is not None:
            self._gather(self._world)
            self._world = None
        if self._values is not None:
            return [self._values[name].copy() for name in variables]
        if not self._alone:
            asked = " and ".join(name.strip(":") for name in variables)
            agree(self._ranks, Call(f"reading {asked} of {self._parts[0].name}"))
            gathered = self._of_all_ranks(variables)
            return [gathered[name] for name in variables]
        found = [part.read(variables) for part in self._parts]
        if len(found) > 1:
            joined = _in_order([(keys(), values) for keys, values in found])
            return [joined[name] for name in variables]
        values = [found[0][1][name] for name in variables]
        return [one.copy() for one in values] if self._copied else values

    def local(self, variables: Iterable[str]) -> list[dict[str, np.ndarray]]:
        """Values (float64 (n,)) of some variables that each worker of this rank has."""
        return [part.read(variables)[1] for part in self._parts]


def _in_order(parts: Sequence[tuple[np.ndarray, dict[str, np.ndarray]]]) -> dict[str, np.ndarray]:
    """The values of several parts in the order of their keys; one part is in this order."""
    if len(parts) == 1:
        return {name: values.copy() for name, values in parts[0][1].items()}
    order = np.lexsort(np.concatenate([keys for keys, _ in parts], axis=1)[::-1])
    return {
        name: np.concatenate([values[name] for _, values in parts])[order] for name in parts[0][1]
    }
