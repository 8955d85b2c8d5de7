"""Memory of spikes on their way, and of the messages that bring them."""

from __future__ import annotations

import numpy as np

from distsnn.exchange.worlds.shared import may_share
from distsnn.forecast.memory_budget import Budget
from distsnn.forecast.table_budget import TableSize
from distsnn.kernels.deliver.buckets import CHUNK
from distsnn.layout.job_shape import JobShape
from distsnn.layout.message_sizes import buffer_words, power_of_two, shared_buffer_words
from distsnn.run.engine import SMALLEST_LOG, SMALLEST_RING
from distsnn.run.spikes.bucket_pools import is_wide
from distsnn.run.spikes.rings import WORK_TYPES

# For each spike in the ring: its gid; for each table and tile, its next segment and when.
_OF_SPIKE = np.dtype(np.uint32).itemsize
_OF_TABLE = np.dtype(np.int32).itemsize + np.dtype(np.int64).itemsize
_OF_EFFICACY = np.dtype(np.float64).itemsize
_OF_ENTRY = 2 * np.dtype(np.uint32).itemsize
_OF_VALUE = np.dtype(np.float64).itemsize
_WORD = np.dtype(np.uint32).itemsize
_OF_LOG = np.dtype(np.int64).itemsize + np.dtype(np.uint32).itemsize


def flight_bytes(budget: Budget, spikes_per_step: float) -> float:
    """Bytes of the ring of spikes that can still act, and of what is kept to each of them.

    Parameters
    ----------
    spikes_per_step : float
        Of all ranks.
    """
    waiting = spikes_per_step * (budget.longest + budget.interval + 1)
    capacity = max(SMALLEST_RING, power_of_two(int(1.2 * waiting) + 1))
    in_segments = sum(not table.plan.in_rows for table in budget.tables)
    of_each = _OF_SPIKE + _OF_EFFICACY + _OF_TABLE * in_segments * budget.n_tiles
    if in_segments:
        of_each += sum(np.dtype(dtype).itemsize for dtype in WORK_TYPES.values())
    merging = 16 * spikes_per_step * budget.interval
    buckets = sum(
        _bucket_bytes(table, budget, spikes_per_step)
        for table in budget.tables
        if table.plan.in_rows
    )
    return capacity * of_each + SMALLEST_LOG * _OF_LOG + merging + buckets


def _bucket_bytes(table: TableSize, budget: Budget, spikes_per_step: float) -> float:
    """Bytes of the entries that wait in buckets, if all neurons spike alike."""
    plan = table.plan
    of_spike = table.synapses / max(1, table.n_sources)
    entries = spikes_per_step * of_spike * (table.mean_delay + budget.interval)
    # The last chunk of each bucket is half full.
    entries += CHUNK / 2 * min(entries, budget.longest)
    weight = np.dtype(plan.weight_type or np.float64)
    wide = plan.timing is None and is_wide(
        weight, plan.weight_type is not None, plan.plasticity is not None
    )
    return entries * (_OF_ENTRY + wide * _OF_VALUE)


def message_buffer_bytes(shape: JobShape, budget: Budget) -> tuple[int, bool]:
    """Bytes of the message buffers that a node, or a rank, shares, and whether all share them.

    Parameters
    ----------
    budget : Budget
        Of any of its parts.

    Returns
    -------
    bytes : int
    in_shared_memory : bool
        Whether all of the job read each other's messages there, so that none are sent.
    """
    capacity = buffer_words(budget.interval, budget.interval * budget.partition.max_count)
    common = _WORD * shared_buffer_words(shape.size, capacity)
    if shape.ranks == 1:
        return common, True
    if shape.nodes == 1 and not budget.ghost_copies and may_share(common):
        return common, True
    return _WORD * shared_buffer_words(shape.threads, capacity), False
