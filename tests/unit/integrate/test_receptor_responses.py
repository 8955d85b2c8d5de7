"""What receptors give the membrane in a step: integrals, by quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

import distsnn as snn
from distsnn.integrate.receptor_responses import responses

C_M = 200.0


def courses(receptor: snn.Exponential | snn.Alpha) -> list[object]:
    """What acts on the membrane, over time, for a unit of each variable at the beginning."""
    tau = receptor.tau
    found = [lambda s: np.exp(-s / tau)]
    if isinstance(receptor, snn.Alpha):
        found.append(lambda s: np.e * s / tau * np.exp(-s / tau))
    return found


@pytest.mark.parametrize("kind", [snn.Exponential, snn.Alpha])
@pytest.mark.parametrize("dt", [0.01, 0.1, 1.0])
@pytest.mark.parametrize("tau", [0.2, 2.0, 9.99, 10.0, 10.0 + 1e-9, 15.0, 300.0])
def test_gains_and_means(kind: type, dt: float, tau: float) -> None:
    receptor = kind(tau)
    (response,) = responses((receptor,))
    given = {"dt": dt, "tau_m": 10.0, "C_m": C_M}
    for course, gain, mean in zip(courses(receptor), response.gains, response.means, strict=True):
        expected, _ = quad(lambda s, f=course: f(s) * np.exp(-(dt - s) / 10.0) / C_M, 0, dt)
        np.testing.assert_allclose(gain(given), expected, rtol=1e-12)
        expected, _ = quad(lambda s, f=course: f(s) / dt / C_M, 0, dt)
        np.testing.assert_allclose(mean(given), expected, rtol=1e-12)
    given["tau_m"] = np.array([10.0, tau, 3.0])
    assert np.isfinite([gain(given) for gain in response.gains]).all()


def test_the_peak_of_an_alpha_function_is_its_weight_after_tau() -> None:
    cells = snn.NeuronGroup(1, snn.LIF(), name="cells")
    source = snn.SpikeGeneratorGroup(1, [0], [1.0], name="source")
    synapses = snn.Synapses(source, cells, snn.Alpha(3.0), weight=50.0, delay=0.5)
    synapses.connect()
    trace = snn.StateMonitor(cells, ["I_syn", "I_syn_rise"], record=True)
    snn.Network(cells, source, synapses, trace).run(20)
    # An event of step m that is due after d steps is there at the beginning of step m + d + 1.
    s = trace.t - 1.6
    expected = np.where(s >= 0, 50.0 * s / 3.0 * np.exp(1 - s / 3.0), 0.0)
    np.testing.assert_allclose(trace.I_syn[0], expected, atol=1e-11)
    assert trace.I_syn[0].max() == pytest.approx(50.0, rel=1e-12)
    assert trace.I_syn_rise[0, 16] == 50.0
