"""Amounts that Poisson inputs add to neurons, drawn again."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.codegen.program_arguments import OfInput
from distsnn.describe.groups import NeuronDescription
from distsnn.kernels.draws.poisson import deliver_poisson

_NAMES = (
    "drawn_block",
    "k0",
    "k1",
    "lowest",
    "thresholds",
    "central",
    "central_base",
    "below",
    "above",
    "words",
    "near",
    "counts",
    "first_index",
    "first_slot",
    "n_of_range",
    "weight",
)
_OWN = "drawn_block", "words", "near", "counts", "first_slot"


class PoissonAmounts:
    """The Poisson inputs of one worker, with the draws of the run."""

    def __init__(self, build: RankBuild) -> None:
        description = build.description
        self._inputs: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
        for p, given in enumerate(description.poisson_inputs):
            if given.name in description.inactive:
                continue
            group = description.groups[given.target.group]
            assert isinstance(group, NeuronDescription)
            values = {name: build.arrays[OfInput(p)[name]] for name in _NAMES}
            # Of its own: what the run has drawn last, and from where slots are counted.
            for name in _OWN:
                values[name] = values[name].copy()
            values["drawn_block"][:] = -1
            slot = build.slots.first[given.target.group, group.receptor_variables[given.receptor]]
            values["first_slot"] -= slot
            key = given.target.group, given.receptor
            self._inputs.setdefault(key, []).append(tuple(values.values()))

    def add(self, g: int, receptor: int, low: int, amounts: np.ndarray) -> bool:
        """Add what arrives at a receptor of a group; whether there is anything.

        `amounts` (float64 (steps, n), in/out) are of the steps from `low` on.
        """
        inputs = self._inputs.get((g, receptor), ())
        for k, of_step in enumerate(amounts):
            for values in inputs:
                deliver_poisson(low + k, *values, of_step)
        return bool(inputs)
