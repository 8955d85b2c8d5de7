"""Variables of synapses whose texts have become the pair rule: read and set between runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from distsnn.assemble.edges.connections import local_ranges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.synapse_variables import Member, Moment, SynapseVariables
from distsnn.assemble.rank.pair_variables import (
    pair_table,
    pair_table_number,
    pair_variables,
)
from distsnn.describe.synapses.equation_based import SynapseAssignment
from distsnn.errors import ParameterError
from distsnn.exchange import World
from distsnn.run.engine import Engine

_MOST_VALUES = 4_000_000
# Keys of synapses in the order of creation, and the values of their variables.
_Keyed = tuple[np.ndarray, dict[str, np.ndarray]]


class PairStates:
    """Values of all their variables as they are between two steps.

    Parameters
    ----------
    world : World
    engines : sequence of Engine
        Those of this rank's threads.

    Notes
    -----
    Made collectively; afterwards any rank may ask alone. In a world of several ranks nothing is
    held of an object with more than 4 million values in all.
    """

    def __init__(self, world: World, engines: Sequence[Engine]) -> None:
        self._engines, self._alone = engines, world.size == 1
        self._gathered: dict[int, dict[str, np.ndarray] | None] = {}
        if self._alone:
            return
        for number, synapses in enumerate(engines[0].build.description.synapses):
            if synapses.pair is None:
                continue
            t = pair_table_number(engines[0].build, number)
            n = sum(engine.build.tables[t].n_synapses for engine in engines)
            self._gathered[number] = None
            if 4 * sum(world.allgather_object(n)) > _MOST_VALUES:
                continue
            own = [_keyed(engine, number) for engine in engines]
            parts = [part for of_rank in world.allgather_object(own) for part in of_rank]
            self._gathered[number] = _in_order(parts)

    def read(self, number: int, variable: str) -> np.ndarray:
        """Values (float64 (n,)) of a variable of object `number`, in the order of creation."""
        if self._alone:
            return _in_order([_keyed(engine, number) for engine in self._engines])[variable]
        values = self._gathered[number]
        if values is None:
            raise ParameterError(
                self._engines[0].build.description.synapses[number].name,
                f"{variable} of all synapses is not held by every rank",
                "in large networks on several ranks values stay where they are",
                "record what you need",
            )
        return values[variable].copy()

    def own(self, number: int) -> list[dict[str, np.ndarray]]:
        """Values of all variables of own synapses of object `number`, in that order, by thread."""
        return [_keyed(engine, number)[1] for engine in self._engines]

    def assigned(
        self, number: int, made: SynapseAssignment, member: Member
    ) -> tuple[list[np.ndarray], np.ndarray | None]:
        """Weights after an assignment: of own synapses by thread, and of all if they are held."""
        build = self._engines[0].build
        synapses = build.description.synapses[number]
        moment = Moment(self._engines[0].step, member)
        variables = SynapseVariables(build.description, synapses, moment)

        def carried_out(some: Edges, current: Callable[[str], np.ndarray]) -> np.ndarray:
            now = current(made.variable).copy()
            variables.at(some, current).assign(made, now)
            return now

        held = self._gathered.get(number)
        own = [
            carried_out(
                variables.connections.edges(local_ranges(engine.build.partition, synapses.target)),
                now.__getitem__,
            )
            for engine, now in zip(self._engines, self.own(number), strict=True)
        ]
        if held is None:
            return own, None
        return own, carried_out(variables.connections.edges(), held.__getitem__)

    def set_weights(
        self, number: int, own: list[np.ndarray], everything: np.ndarray | None
    ) -> None:
        """Take over what `assigned` gave."""
        for engine, values in zip(self._engines, own, strict=True):
            # What spikes of targets have changed must not be added to the new weights later.
            engine.sweep_histories()
            table = pair_table(engine.build, number)
            engine.values[f"t{table.table}_weight"][table.place] = values
        held = self._gathered.get(number)
        pair = self._engines[0].build.description.synapses[number].pair
        if held is not None and everything is not None and pair is not None:
            held[pair.weight] = everything


def _keyed(engine: Engine, number: int) -> _Keyed:
    """Keys and values of a thread's synapses of object `number`, in the order of creation."""
    build, table = engine.build, pair_table(engine.build, number)
    pair = build.description.synapses[number].pair
    assert pair is not None
    weight = engine.weights(table.table)[table.place]
    now = pair_variables(build, engine.values, engine.step, table, pair)
    return table.keys, {pair.weight: weight, **now}


def _in_order(parts: list[_Keyed]) -> dict[str, np.ndarray]:
    """The values of several parts in the order of creation."""
    order = np.lexsort(np.concatenate([keys for keys, _ in parts], axis=1)[::-1])
    return {
        name: np.concatenate([values[name] for _, values in parts])[order] for name in parts[0][1]
    }
