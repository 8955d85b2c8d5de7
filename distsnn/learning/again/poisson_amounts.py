"""Amounts that Poisson inputs add to neurons, drawn again."""

from __future__ import annotations

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.codegen.program_arguments import OfInput
from distsnn.describe.groups import NeuronDescription
from distsnn.kernels.draws.poisson import deliver_poisson
from distsnn.learning.again.neurons_again import NeuronsAgain

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


class PoissonAmounts:
    """The Poisson inputs of one worker, with the draws of the run."""

    def __init__(self, build: RankBuild) -> None:
        description = build.description
        self._inputs = []
        for p, given in enumerate(description.poisson_inputs):
            if given.name in description.inactive:
                continue
            group = description.groups[given.target.group]
            assert isinstance(group, NeuronDescription)
            values = [build.arrays[OfInput(p)[name]] for name in _NAMES]
            values = [x.copy() if isinstance(x, np.ndarray) else x for x in values]
            values[0][:] = -1
            self._inputs.append((given.target.group, given.receptor, values))
        self._slots = np.zeros(build.slots.size)

    def add(self, g: int, neurons: NeuronsAgain, low: int, high: int, arriving: np.ndarray) -> None:
        """Add what arrives at a group in some steps; `arriving` as in `deliver_between`."""
        n, R = neurons.index.size, neurons.n_receptors
        of_steps = arriving.reshape(n, R, high - low + 1, 2)
        for group, receptor, values in self._inputs:
            if group != g or not n:
                continue
            first = neurons.slots[receptor]
            amounts = self._slots[first : first + n]
            for step in range(low, high + 1):
                amounts[:] = 0.0
                deliver_poisson(step, *values, self._slots)
                of_steps[:, receptor, step - low, 0] += amounts
