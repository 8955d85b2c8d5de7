"""The state of rules that change weights, between ranks and a checkpoint."""

from __future__ import annotations

import numpy as np

from distsnn.assemble.rank.saved_state import local_neurons
from distsnn.assemble.tables.plastic_tables import kept_entries, put_entries
from distsnn.assemble.tables.rule_values import TRACES
from distsnn.codegen.program_arguments import OfHistory, OfTable
from distsnn.exchange import World
from distsnn.run.engine import Engine
from distsnn.run.state.creation_order import EdgeOrder, SavedEdges
from distsnn.run.state.state_in_memory import StateReader, StateWriter

# The step before which weights have taken in spikes of targets, where delays were others then.
FLUSHED = "flushed"


class PlasticState:
    """Weights by edge and histories by neuron; all methods are collective.

    Parameters
    ----------
    edges : SavedEdges
        Keeps the order of local edges among those of all ranks.

    Notes
    -----
    When weights take in spikes of targets depends on how full the histories of a rank are, but
    changes no result. Before anything is written all have taken in the same, so that the bytes
    do not depend on ranks either.
    """

    def __init__(self, world: World, engine: Engine, edges: SavedEdges) -> None:
        self._world, self._edges = world, edges
        self._engine = engine
        self._build = engine.build

    def write(self, file: StateWriter) -> None:
        """Write the state as it is between two steps."""
        self._engine.flush_histories()
        values = self._engine.values
        for t, name, array in self._arrays():
            for projection, edges in self._edges_of(t).items():
                edges.write(file, f"synapses/{projection}/{name}", array)
        for h, part in enumerate(self._build.plastic.history_parts):
            lid, entries = kept_entries(values, h, part.stride)
            local = np.column_stack([local_neurons(self._build, part.group)[lid], entries])
            rows = np.concatenate(self._world.allgather_object(local))
            file.write(f"histories/{h}", rows[np.lexsort((rows[:, 1], rows[:, 0]))])

    def read(self, file: StateReader) -> None:
        """Take the state over from a checkpoint of the same network."""
        values = self._engine.values
        for t, name, array in self._arrays():
            for projection, edges in self._edges_of(t).items():
                edges.read(file, f"synapses/{projection}/{name}", array)
        for h, part in enumerate(self._build.plastic.history_parts):
            rows = file.read(f"histories/{h}")
            local = local_neurons(self._build, part.group)
            at = np.searchsorted(local, rows[:, 0])
            mine = np.flatnonzero(np.append(local, -1)[at] == rows[:, 0])
            flushed = max(file.step - 2 * values[OfHistory(h)["longest"]], 0)
            if f"{FLUSHED}/{h}" in file:
                flushed = int(file.read(f"{FLUSHED}/{h}")[0])
            put_entries(values, h, at[mine], rows[mine, 1:], flushed)

    def _arrays(self) -> list[tuple[int, str, np.ndarray]]:
        """Index of the table, name and array of all that each synapse has."""
        found = []
        for t, part in enumerate(self._build.plastic.parts):
            names = [] if part is None else ["weight", *part.traces]
            # Those that synapses will have from now on.
            names += [n for n in TRACES if OfTable(t)[n] in self._engine.values and n not in names]
            found += [(t, name, self._engine.values[OfTable(t)[name]]) for name in names]
        return found

    def _edges_of(self, t: int) -> dict[str, EdgeOrder]:
        """Edges of a table by the name of their projection."""
        build, builder = self._build, self._build.builder
        names = [builder.description.projections[p].name for p in build.plans[t].projections]
        # Tables may get other indices when weights of other synapses are set.
        orders = self._edges.of(
            f"table of {names[0]}", lambda: builder.local_edges(build.plans[t], build.tables[t])
        )
        return dict(zip(names, orders, strict=True))
