"""Variables of synapses whose texts have become the pair rule: read and set between runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from distsnn.build.own_edges import drawn_synapse_edges
from distsnn.build.pair_variables import (
    PairTable,
    pair_table,
    pair_table_number,
    pair_variables,
)
from distsnn.build.synapse_edges import Member, SynapseEdges, synapse_edges
from distsnn.build.synapses import parse_description, synapse_values
from distsnn.describe.synapses import SynapseAssignment
from distsnn.errors import ParameterError
from distsnn.exchange import World
from distsnn.run.engine import Engine

_MOST_VALUES = 4_000_000


class PairStates:
    """Values of all their variables as they are between two steps.

    Parameters
    ----------
    world : World
    engine : Engine

    Notes
    -----
    Made collectively; afterwards any rank may ask alone. In a world of several ranks nothing is
    held of an object with more than 4 million values in all.
    """

    def __init__(self, world: World, engine: Engine) -> None:
        self._engine, self._alone = engine, world.size == 1
        self._gathered: dict[int, dict[str, np.ndarray] | None] = {}
        if self._alone:
            return
        for number in engine.build.pairs:
            t = pair_table_number(engine.build, number)
            n = sum(world.allgather_object(engine.build.tables[t].n_synapses))
            self._gathered[number] = None
            if 4 * n > _MOST_VALUES:
                continue
            table = pair_table(engine.build, number)
            parts = world.allgather_object((table.keys, self._of(table, number)))
            order = np.lexsort(np.concatenate([keys for keys, _ in parts], axis=1)[::-1])
            self._gathered[number] = {
                name: np.concatenate([values[name] for _, values in parts])[order]
                for name in parts[0][1]
            }

    def read(self, number: int, variable: str) -> np.ndarray:
        """Values (float64 (n,)) of a variable of object `number`, in the order of creation."""
        if self._alone:
            return self.own(number)[variable]
        values = self._gathered[number]
        if values is None:
            raise ParameterError(
                self._engine.build.description.synapses[number].name,
                f"{variable} of all synapses is not held by every rank",
                "in large networks on several ranks values stay where they are",
                "record what you need",
            )
        return values[variable].copy()

    def own(self, number: int) -> dict[str, np.ndarray]:
        """Values of all variables of this rank's synapses of object `number`, in that order."""
        return self._of(pair_table(self._engine.build, number), number)

    def _of(self, table: PairTable, number: int) -> dict[str, np.ndarray]:
        engine = self._engine
        pair = engine.build.pairs[number]
        weight = engine.weights(table.table)[table.place]
        now = pair_variables(engine.build, engine.values, engine.step, table, pair)
        return {pair.weight: weight, **now}

    def assigned(
        self, number: int, made: SynapseAssignment, member: Member
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Weights after an assignment: of own synapses, and of all if they are held."""
        build = self._engine.build
        synapses = build.description.synapses[number]
        text = parse_description(build.description, synapses)

        def carried_out(some: SynapseEdges, current: Callable[[str], np.ndarray]) -> np.ndarray:
            values = synapse_values(build.description, synapses, some, text)
            values.member, values.known = member, current
            now = current(made.variable).copy()
            values.assigned(made, now)
            return now

        mine = drawn_synapse_edges(build.description, build.partition, synapses)
        now, held = self.own(number), self._gathered.get(number)
        own = carried_out(mine, now.__getitem__)
        if held is None:
            return own, None
        return own, carried_out(synapse_edges(build.description, synapses), held.__getitem__)

    def set_weights(self, number: int, own: np.ndarray, everything: np.ndarray | None) -> None:
        """Take over what `assigned` gave."""
        engine = self._engine
        # What spikes of targets have changed must not be added to the new weights later.
        engine.sweep_histories()
        table = pair_table(engine.build, number)
        engine.values[f"t{table.table}_weight"][table.place] = own
        held = self._gathered.get(number)
        if held is not None and everything is not None:
            held[engine.build.pairs[number].weight] = everything
