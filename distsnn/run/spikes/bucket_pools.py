"""The buckets of tables in rows: made, filled from the spikes in flight, and enlarged.

What is in buckets follows from the spikes in flight, so that checkpoints hold these alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.codegen.program_arguments import NETWORK, Argument, OfTable
from distsnn.kernels.deliver import buckets as kernels

FEWEST_CHUNKS = 64
_TABLE = (
    "row_lookup",
    "row_synapse",
    "first_delay",
    "slot_bits",
    "packed",
    "weight",
    "weight_stop",
)
_BUCKETS = (
    *("pool_state", "bucket_first", "bucket_end", "next_chunk"),
    *("pool", "pool_single", "pool_value"),
)


@dataclass(frozen=True)
class BucketTable:
    """A table in rows, as buckets need to know it.

    Attributes
    ----------
    owner : OfTable
    efficacy : Argument or None
        Of the factor of each spike in flight; None without short-term plasticity.
    since : int
        The step before which spikes do not act.
    """

    owner: OfTable
    efficacy: Argument | None
    since: int = 0


def is_wide(weight: np.dtype[Any], weighted: bool, changing: bool) -> bool:
    """Whether entries keep what they add in double precision.

    Parameters
    ----------
    weighted : bool
        Whether each synapse has a weight of its own.
    changing : bool
        Whether something multiplies it.
    """
    return changing or (weighted and weight == np.float64)


def empty_buckets(table: BucketTable, values: dict[Argument, Any]) -> None:
    """Make the buckets of a table, for as many steps as there are in the ring of spikes."""
    window = values[NETWORK["begin"]].size
    local = {
        "least_delay": np.zeros(0, dtype=np.int64),
        "filing": np.zeros(kernels.WORK_SIZE, dtype=np.int64),
        "pool_state": np.zeros(kernels.STATE_SIZE, dtype=np.int64),
        "bucket_first": np.full(window, -1, dtype=np.int64),
        "bucket_end": np.zeros(window, dtype=np.int64),
        "next_chunk": np.zeros(0, dtype=np.int32),
        "pool": np.zeros(0, dtype=np.uint32),
        "pool_value": np.zeros(0),
    }
    local["pool_state"][kernels.FREE] = -1
    values |= table.owner.named(local)
    grow_pool(table, values)


def grow_pool(table: BucketTable, values: dict[Argument, Any]) -> None:
    """Enlarge the pool of a table to twice its chunks."""
    local = table.owner
    state, before = values[local["pool_state"]], values[local["next_chunk"]]
    n = max(FEWEST_CHUNKS, 2 * before.size)
    chunks = np.arange(1, n + 1, dtype=np.int32)
    chunks[-1] = state[kernels.FREE]
    state[kernels.FREE] = before.size
    state[kernels.N_FREE] += n - before.size
    chunks[: before.size] = before
    values[local["next_chunk"]] = chunks
    weighted = values[local["weight_stop"]].size == 0
    wide = is_wide(values[local["weight"]].dtype, weighted, table.efficacy is not None)
    for argument, words in ((local["pool"], 2), (local["pool_value"], int(wide))):
        old = values[argument]
        # What is not written yet takes no memory.
        values[argument] = np.zeros(n * kernels.CHUNK * words, dtype=old.dtype)
        values[argument][: old.size] = old
    values[local["pool_single"]] = values[local["pool"]].view(np.float32)


def fill_buckets(
    table: BucketTable,
    values: dict[Argument, Any],
    flight: tuple[np.ndarray, np.ndarray, np.ndarray | None],
    least: np.ndarray,
    next_step: int,
    tail: int,
) -> None:
    """Fill the buckets of a table with what spikes in flight still add.

    Parameters
    ----------
    values : dict
        Arguments of the program, in/out.
    flight : step, neuron (int64 arrays), efficacy (float64 array or None)
        The spikes, sorted by step and neuron.
    least : int64 array
        The shortest delay with which each still acts.
    next_step : int
        The step that comes next.
    tail : int
        Number that the next spike gets.
    """
    empty_buckets(table, values)
    step, neuron, efficacy = flight
    capacity = 1 << max(1, int(step.size)).bit_length()
    gids, factor = np.zeros(capacity, dtype=np.uint32), np.ones(capacity)
    gids[: step.size] = neuron
    if efficacy is not None:
        factor[: step.size] = efficacy
    first = int(step.min(initial=next_step))
    steps = np.arange(first, next_step + 2)
    begin = np.empty(steps.size, dtype=np.int64)
    begin[steps % steps.size] = np.searchsorted(step, steps)
    local = table.owner
    state = values[local["pool_state"]]
    state[[kernels.NEXT_STEP, kernels.NEXT_SPIKE]] = first, 0
    while not kernels.file_spikes(
        next_step + 1,
        gids,
        begin,
        *(values[local[name]] for name in _TABLE),
        factor,
        least,
        values[local["filing"]],
        *(values[local[name]] for name in _BUCKETS),
    ):
        grow_pool(table, values)
    state[[kernels.NEXT_STEP, kernels.NEXT_SPIKE]] = next_step, tail
