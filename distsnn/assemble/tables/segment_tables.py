"""Tables in segments: the synapses of one source with one delay lie together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distsnn.assemble.tables.row_tables import row_lookup_bytes
from distsnn.kernels.connect import table as kernels
from distsnn.kernels.deliver.deliver import NEVER
from distsnn.kernels.deliver.deliver_dense import count_runs, write_runs
from distsnn.layout.shared_tables import TablePlan
from distsnn.layout.slots import SlotPlan

_BYTE = 256
# How the arrays of a table are stored; `distsnn.forecast.memory_budget` counts by them. The weights
# and further values are stored as the plan and the rule say.
TYPES: dict[str, np.dtype[Any]] = {
    "row_of": np.dtype(np.int32),
    "row_segment": np.dtype(np.int64),
    "segment_delay": np.dtype(np.uint16),
    "segment_synapse": np.dtype(np.int64),
    "delays": np.dtype(np.int64),
    "target": np.dtype(np.uint16),
    "segment_run": np.dtype(np.int64),
    "run_target": np.dtype(np.uint16),
    "run_synapse": np.dtype(np.int64),
}
OF_SEGMENTS: np.dtype[Any] = np.dtype(np.float64)


def delay_type(n_delays: int) -> np.dtype[Any]:
    """Type of the delay of each synapse while a table is built that has so many delays."""
    return np.dtype(np.uint8 if n_delays <= _BYTE else np.uint16)


@dataclass(eq=False)
class Table:
    """Arrays of one table; see `distsnn.kernels.deliver.deliver` for their meaning.

    `weight` has one entry per synapse (float32 or float64), or per segment (float64) where all
    synapses of a source have the same weight, or two numbers (float64), the unit and the smallest
    one in units, where `target` (uint32) has weights of 16 bits above the slots. With dense storage
    `target` is empty, and the targets of a segment are runs of consecutive slots (see
    `distsnn.kernels.deliver.deliver_dense`). `values` are further values of each synapse, which
    plastic tables have.
    """

    row_of: np.ndarray
    row_segment: np.ndarray
    segment_delay: np.ndarray
    segment_synapse: np.ndarray
    delays: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    segment_run: np.ndarray
    run_target: np.ndarray
    run_synapse: np.ndarray
    values: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        return {name: a for name, a in vars(self).items() if name != "values"} | self.values

    @property
    def n_synapses(self) -> int:
        """Number of synapses."""
        return int(self.segment_synapse[-1])

    @property
    def n_bytes(self) -> int:
        """Memory in bytes."""
        return sum(a.nbytes for a in self.arrays.values())

    def has_row(self, n_sources: int) -> np.ndarray:
        """Whether each neuron of the network has a row here (bool (n_sources,))."""
        return np.asarray((self.row_of.reshape(-1, n_sources) >= 0).any(axis=0))


def lookup_bytes(plan: TablePlan, slots: SlotPlan, n_sources: int) -> int:
    """Bytes that say which row of a table each neuron of the network has."""
    if plan.in_rows:
        return row_lookup_bytes(n_sources)
    return TYPES["row_of"].itemsize * slots.n_tiles * n_sources


def finds_state(plan: TablePlan, n_tiles: int) -> bool:
    """Whether the rows of a table find the state of its sources too, if no other table has it."""
    return n_tiles == 1 and not plan.in_rows


def present_delays(segment_delay: np.ndarray) -> np.ndarray:
    """The delays that there are (int64), descending."""
    present = np.zeros(NEVER + 1, dtype=np.uint8)
    kernels.mark_delays(segment_delay, present)
    return np.flatnonzero(present[:NEVER])[::-1].astype(TYPES["delays"])


def runs_of(
    segment_synapse: np.ndarray, target: np.ndarray, dense: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The runs of segments, their targets and their synapses; empty unless storage is `dense`."""
    n = count_runs(segment_synapse, target) if dense else 0
    segment_run = np.empty(segment_synapse.size if dense else 0, TYPES["segment_run"])
    run_target = np.empty(n, TYPES["run_target"])
    run_synapse = np.empty(n + 1 if dense else 0, TYPES["run_synapse"])
    if dense:
        write_runs(segment_synapse, target, segment_run, run_target, run_synapse)
    return segment_run, run_target, run_synapse
