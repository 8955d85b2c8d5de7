"""What the probes of all ranks have read, brought together at the end of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distsnn.build.probes import LocalProbe
from distsnn.equations.probes import SPIKE_INDEX, SPIKE_STEP, SpikeSamples
from distsnn.exchange import World


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
        wanted neurons). Spikes: (spikes, 2 + variables), sorted by step and index.
    """
    own = [(probe.columns, part) for probe, part in zip(probes, samples, strict=True)]
    if not own:
        return []
    all_parts = world.allgather_object(own) if world.size > 1 else [own]
    return [
        _sorted_spikes([parts[m][1] for parts in all_parts])
        if isinstance(probe.samples, SpikeSamples)
        else _side_by_side([parts[m] for parts in all_parts])
        for m, probe in enumerate(probes)
    ]


def _side_by_side(parts: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    n_columns = sum(columns.size for columns, _ in parts)
    times, variables, _ = parts[0][1].shape
    whole = np.empty((times, variables, n_columns))
    for columns, values in parts:
        whole[:, :, columns] = values
    return whole


def _sorted_spikes(parts: list[np.ndarray]) -> np.ndarray:
    rows = np.concatenate(parts)
    return rows[np.lexsort((rows[:, SPIKE_INDEX], rows[:, SPIKE_STEP]))]
