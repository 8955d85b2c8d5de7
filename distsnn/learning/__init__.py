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
    Recorded,
    RecordedTimes,
    SpikeCount,
    SpikeTimes,
    VoltageIntegral,
)
from distsnn.learning.optimizers import SGD, Adam, Optimizer

__all__ = [
    "SGD",
    "Adam",
    "Adjoint",
    "FirstSpikeCrossEntropy",
    "Gradient",
    "Loss",
    "Optimizer",
    "Recorded",
    "RecordedTimes",
    "SpikeCount",
    "SpikeTimes",
    "VoltageIntegral",
]
