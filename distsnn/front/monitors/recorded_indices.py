"""The neurons or synapses that a monitor of states records, and the point of a step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from distsnn.describe.operations import AT_END, AT_RESETS, AT_START, AT_THRESHOLDS
from distsnn.errors import ParameterError, WrongIndexError
from distsnn.front.neurons.group_base import Subgroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.equation_synapses import EquationSynapses

# Brian's slots in which nothing else changes than at these places. Thresholds change spikes alone.
BEFORE_THRESHOLDS = ("after_groups", "before_thresholds")
PLACES = {
    "groups": AT_THRESHOLDS,
    "synapses": AT_RESETS,
    "resets": AT_END,
    **dict.fromkeys(("before_start", "start", "after_start", "before_groups"), AT_START),
    **dict.fromkeys(BEFORE_THRESHOLDS, AT_THRESHOLDS),
    **dict.fromkeys(("thresholds", "after_thresholds", "before_synapses"), AT_THRESHOLDS),
    **dict.fromkeys(("after_synapses", "before_resets"), AT_RESETS),
    **dict.fromkeys(("after_resets", "before_end", "end", "after_end"), AT_END),
}


Source = Subgroup | EquationSynapses | ReadySynapses


def recorded_indices(where: str, record: Any, source: Source) -> np.ndarray:
    """Indices (int64 (n,)) that the argument `record` means, if it is not True."""
    if record is False:
        return np.empty(0, dtype=np.int64)
    if isinstance(record, int | np.integer):
        record = [record]
    if isinstance(source, ReadySynapses) and not isinstance(record, slice):
        # How many there are the network knows; then this is checked.
        return np.atleast_1d(np.asarray(record))
    return indices_within(where, record, source)


def indices_within(where: str, given: Any, source: Source) -> np.ndarray:
    """Indices within `source` (int64 (n,)) that a sequence, slice or part of a group means."""
    if isinstance(given, slice):
        return np.arange(len(source), dtype=np.int64)[given]
    if isinstance(given, Subgroup):
        if not isinstance(source, Subgroup) or given.group is not source.group:
            raise ParameterError(
                where,
                f"{given.name} is no part of {source.name}",
                "the recorded neurons belong to the source",
                "correct it",
            )
        given = np.arange(given.start, given.stop) - source.start
    try:
        index = np.asarray(given)
    except ValueError:
        # Lists of different lengths.
        index = np.empty((1, 1))
    if index.size == 0:
        return np.empty(0, dtype=np.int64)
    if index.ndim != 1 or index.dtype.kind not in "iu":
        raise ParameterError(
            where,
            f"{given!r} are no indices of neurons",
            "neurons are given as True, an index, a sequence of indices or a slice",
            "correct it",
        )
    low, high = int(index.min()), int(index.max())
    if low < 0 or high >= len(source):
        raise WrongIndexError(
            where,
            f"neuron {low if low < 0 else high} does not exist in {source.name}",
            f"indices are 0 to {len(source) - 1}",
            "correct it",
            index=low if low < 0 else high,
        )
    return index.astype(np.int64)


def refuse_thresholds(where: str, names: Iterable[str], when: str) -> None:
    """Raise ParameterError if one of the variables is what thresholds change."""
    for name in names:
        if name.removesuffix("_post").removesuffix("_pre") in {"lastspike", "not_refractory"}:
            raise ParameterError(
                where,
                f"{name} is recorded with when={when!r}",
                "between the update and the threshold there are other variables",
                "choose 'start' or 'thresholds'",
            )
