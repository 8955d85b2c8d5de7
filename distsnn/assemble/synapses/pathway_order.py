"""The order in which the synapses of one object act, by the spikes of sources or of targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.kernels.deliver.deliver import NEVER


def pathway_order(spiking: np.ndarray, delay: np.ndarray) -> np.ndarray:
    """Order (int64 (n,)) by what spikes, then by delay, then as given.

    Parameters
    ----------
    spiking, delay : int64 arrays (n,)
        Number of the neuron whose spikes reach each synapse; delay in steps.
    """
    return np.lexsort((delay, spiking))


def pathway_table(spiking: np.ndarray, delay: np.ndarray, n_spiking: int) -> dict[str, Any]:
    """Rows and segments of synapses in the order of `pathway_order`.

    Parameters
    ----------
    spiking, delay : int64 arrays (n,)
        Sorted.
    n_spiking : int
        Numbers in `spiking` are below it.

    Returns
    -------
    dict
        Arrays as in `distsnn.kernels.deliver.deliver`, with one tile.
    """
    first = np.flatnonzero(_changes(spiking) | _changes(delay))
    starts_row = _changes(spiking)[first]
    row = np.cumsum(starts_row) - 1
    sources = spiking[first[starts_row]]
    n_rows, n_segments = sources.size, first.size + sources.size
    # Each row ends with one more segment, of no synapses.
    at = np.arange(first.size) + row
    segment_delay = np.full(n_segments, NEVER, dtype=np.uint16)
    segment_delay[at] = delay[first]
    segment_synapse = np.empty(n_segments + 1, dtype=np.int64)
    segment_synapse[at] = first
    row_segment = np.append(at[starts_row], n_segments)
    ends = row_segment[1:] - 1
    segment_synapse[ends] = np.append(first[starts_row][1:], spiking.size)[:n_rows]
    segment_synapse[-1] = spiking.size
    row_of = np.full(n_spiking, -1, dtype=np.int32)
    row_of[sources] = np.arange(n_rows)
    return {
        "row_of": row_of,
        "row_segment": row_segment.astype(np.int64),
        "segment_delay": segment_delay,
        "segment_synapse": segment_synapse,
        "delays": np.unique(delay)[::-1].astype(np.int64).copy(),
    }


def _changes(values: np.ndarray) -> np.ndarray:
    """Whether each value differs from the one before it (bool (n,); the first does)."""
    changed = np.ones(values.size, dtype=bool)
    changed[1:] = values[1:] != values[:-1]
    return changed
