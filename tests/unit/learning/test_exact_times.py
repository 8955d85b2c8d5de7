"""Runs in continuous time: what arrives in steps with spikes, and too many spikes."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn import learning
from distsnn.errors import DistsnnError
from distsnn.exchange import run_loopback

N, STEPS, DT = 3, 300, 0.1


def gradients(amounts: np.ndarray | None) -> tuple[np.ndarray, list[np.ndarray]]:
    """Those of cells with Poisson input, or with spikes that bring the same amounts.

    Then, for each step, the current that each cell has gained.
    """
    cells = snn.NeuronGroup(N, snn.LIF(sensitivities=True), name="cells")
    cells.V_m = snn.Uniform(-70.0, -60.0)
    current = snn.Exponential(tau=5.0)
    if amounts is None:
        feed = [snn.PoissonInput(cells, current, N=30, rate=0.1, weight=130.0, name="feed")]
    else:
        # A spike of step k arrives with the next one.
        steps = np.arange(STEPS - 1)
        source = snn.SpikeGeneratorGroup(STEPS, steps, (steps + 0.5) * DT, name="source")
        step, cell = np.nonzero(amounts)
        S = snn.Synapses(source, cells, current, weight=amounts[step, cell], delay=DT)
        S.connect(i=step - 1, j=cell)
        feed = [source, S]
    trace = snn.StateMonitor(cells, "I_syn", record=True)
    network = snn.Network(cells, *feed, trace, seed=7)
    adjoint = learning.Adjoint(network, exact_times=True)
    network.run(STEPS * DT)
    losses = learning.SpikeCount(cells, 5.0, 25.0, 5.0), learning.VoltageIntegral(cells, -65.0)
    found = adjoint.backward(*losses)
    assert adjoint.recorded().spikes(cells).t.size > 5
    gained = np.diff(trace.I_syn * np.exp(np.arange(STEPS) * DT / 5.0), axis=1)
    gained *= np.exp(-np.arange(1, STEPS) * DT / 5.0)
    values = [np.array(found.value), found.current(cells)]
    values += [found.time_constant(cells, name) for name in ("tau_m", "tau_I_syn")]
    return np.vstack([gained.T, np.zeros(N)]), values


def test_poisson_input_acts_in_steps_with_spikes() -> None:
    amounts, found = gradients(None)
    # Nothing arrives in the first step, in which no spike can.
    amounts = np.round(amounts / 130.0) * 130.0
    assert not amounts[0].any()
    assert amounts.sum() > 20 * 130.0
    for values, known in zip(found, gradients(amounts)[1], strict=True):
        np.testing.assert_allclose(values, known, rtol=1e-9)


def too_many(_: object = None) -> None:
    source = snn.SpikeGeneratorGroup(1, [0], [0.05])
    cells = snn.NeuronGroup(3, snn.LIF(t_ref=0.0))
    S = snn.Synapses(source, cells, snn.Exponential(tau=5.0), weight=1e9, delay=0.5)
    S.connect(i=[0], j=[1])
    network = snn.Network(source, cells, S)
    adjoint = learning.Adjoint(network, exact_times=True)
    network.run(3.0)
    adjoint.backward(learning.SpikeCount(cells, 1.0, 2.0, 1.0))


def test_too_many_spikes_in_a_step_are_refused() -> None:
    with pytest.raises(DistsnnError, match="a neuron spikes more than once in nearly every step"):
        too_many()
    with pytest.raises(DistsnnError, match="a neuron spikes more than once in nearly every step"):
        run_loopback(2, too_many)
