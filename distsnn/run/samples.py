"""What the probes of all ranks have read, brought together at the end of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distsnn.build.local_probe import LocalProbe
from distsnn.equations.probes import SPIKE_INDEX, SPIKE_STEP, HistogramSamples, SpikeSamples
from distsnn.exchange import World

# Bytes of all ranks in one exchange; MPI counts them in 32 bits.
_MOST_BYTES = 1 << 28


def gather_samples(
    world: World, probes: Sequence[LocalProbe], samples: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Give every rank what all ranks have read. Collective.

    Parameters
    ----------
    world : World
    probes : sequence of LocalProbe
    samples : sequence of float64 array
        What each probe of this rank has read, see `LocalProbe.take`.

    Returns
    -------
    list of float64 array
        For each probe, the same on every rank and number of ranks. States: (times, variables,
        wanted neurons), of histograms (times, 1, bins). Spikes: (spikes, 2 + variables), sorted
        by step and index.
    """
    if not probes:
        return []
    own = [(probe.columns, part.nbytes) for probe, part in zip(probes, samples, strict=True)]
    of_ranks = world.allgather_object(own) if world.size > 1 else [own]
    gathered = []
    for m, (probe, part) in enumerate(zip(probes, samples, strict=True)):
        n_bytes = max(of_rank[m][1] for of_rank in of_ranks)
        parts = _gather_rows(world, part, n_bytes)
        columns = [of_rank[m][0] for of_rank in of_ranks]
        if isinstance(probe.samples, SpikeSamples):
            gathered.append(_sorted_spikes(parts))
        elif isinstance(probe.samples, HistogramSamples):
            # Whole numbers, whose sum has no rounding.
            gathered.append(np.sum(parts, axis=0))
        else:
            gathered.append(_side_by_side(columns, parts))
    return gathered


def _gather_rows(world: World, own: np.ndarray, n_bytes: int) -> list[np.ndarray]:
    """The arrays of all ranks, of which none has more than `n_bytes`, a few rows at a time."""
    if world.size == 1:
        return [own]
    n_pieces = max(1, -(-n_bytes * world.size // _MOST_BYTES))
    pieces = [world.allgather_object(piece) for piece in np.array_split(own, n_pieces)]
    return [np.concatenate(of_rank) for of_rank in zip(*pieces, strict=True)]


def _side_by_side(columns: list[np.ndarray], parts: list[np.ndarray]) -> np.ndarray:
    n_columns = sum(c.size for c in columns)
    # One rank's lists of wanted neurons are often in order already; then nothing is copied.
    if columns[0].size == n_columns and (columns[0] == np.arange(n_columns)).all():
        return parts[0]
    whole = np.empty((*parts[0].shape[:2], n_columns))
    for of_rank, values in zip(columns, parts, strict=True):
        whole[:, :, of_rank] = values
    return whole


def _sorted_spikes(parts: list[np.ndarray]) -> np.ndarray:
    if len(parts) == 1:
        return parts[0]
    rows = np.concatenate(parts)
    return rows[np.lexsort((rows[:, SPIKE_INDEX], rows[:, SPIKE_STEP]))]
