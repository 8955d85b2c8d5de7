"""A derivative for what has no spike to move."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.learning.learning_checks import checked_number


class Surrogate:
    r"""A derivative of spikes that are not there, by the potential that missed the threshold.

    A neuron without spikes is taken as one that spikes with a strength of
    :math:`S(V_{max} - V_{th})` when its potential is highest. The strength multiplies the weights
    of its synapses, and is 0 now; its derivative by the potential is

    .. math:: S'(v) = \frac{1}{2w} \frac{1}{(1 + |v|/w)^2}

    It is no derivative of the loss, but lets a neuron learn from what a spike of it would change.
    Neurons with spikes keep their exact derivatives, and time constants have none from silent ones.

    Parameters
    ----------
    width : float, mV
        The width `w`; the integral of the derivative is 1.

    Notes
    -----
    The potentials of all neurons are recorded in all steps, 8 bytes each on every rank. In the
    backward pass a silent neuron costs as much as one spike. Surrogate gradients of all steps
    (Neftci, Mostafa & Zenke 2019, IEEE Signal Process. Mag. 36:51-63) would cost a spike of each
    neuron in each step. The form of the derivative: Zenke & Ganguli 2018, Neural Comput.
    30:1514-1541.

    Examples
    --------
    >>> import distsnn as snn
    >>> from distsnn import learning
    >>> source = snn.SpikeGeneratorGroup(1, [0], [1.0])
    >>> cell = snn.NeuronGroup(1, snn.LIF(tau_m=10.0))
    >>> S = snn.Synapses(source, cell, snn.Exponential(tau=5.0), weight=500.0, delay=1.0)
    >>> S.connect()
    >>> network = snn.Network(source, cell, S)
    >>> adjoint = learning.Adjoint(network, learning.Surrogate(width=5.0))
    >>> summary = network.run(20.0)
    >>> gradient = adjoint.backward(learning.SpikeCount(cell, 1.0, 20.0, 2.0))
    >>> bool(gradient.weight(S)[0] < 0)
    True
    """

    def __init__(self, width: float) -> None:
        self.width = checked_number("Surrogate", "width", width, 0.0)

    def derivative(self, v: Any) -> Any:
        """The derivative (float64, 1/mV) at some potentials, mV above the threshold."""
        return 0.5 / self.width / (1.0 + np.abs(v) / self.width) ** 2
