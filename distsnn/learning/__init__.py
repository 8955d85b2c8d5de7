"""Exact gradients of spiking networks, on any number of ranks.

`Adjoint` makes a network one that learns: after a run, `Adjoint.backward` gives the gradient of a
loss with respect to weights, delays, external currents and times of spikes.
"""

from __future__ import annotations

from distsnn.learning.adjoint import Adjoint
from distsnn.learning.gradient import Gradient
from distsnn.learning.losses import (
    FirstSpikeCrossEntropy,
    Loss,
    RateRegularization,
    SpikeCount,
    SpikeTimes,
    VoltageIntegral,
    VoltageLoss,
)
from distsnn.learning.optimizers import SGD, Adam, Optimizer
from distsnn.learning.recorded_run import Recorded, RecordedTimes
from distsnn.learning.spike_times_function import SpikeTimesFunction
from distsnn.learning.surrogate_spikes import Surrogate

__all__ = [
    "SGD",
    "Adam",
    "Adjoint",
    "FirstSpikeCrossEntropy",
    "Gradient",
    "Loss",
    "Optimizer",
    "RateRegularization",
    "Recorded",
    "RecordedTimes",
    "SpikeCount",
    "SpikeTimes",
    "SpikeTimesFunction",
    "Surrogate",
    "VoltageIntegral",
    "VoltageLoss",
]
