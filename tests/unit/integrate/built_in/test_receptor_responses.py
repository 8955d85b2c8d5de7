"""What receptors give the membrane in a step: integrals, by quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

import distsnn as snn
from distsnn.integrate.built_in.receptor_responses import responses

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
    given = {"dt": dt, "tau_m": 10.0, "C_m": C_M, "tau_I_syn": tau}
    for course, gain, mean in zip(courses(receptor), response.gains, response.means, strict=True):
        expected, _ = quad(lambda s, f=course: f(s) * np.exp(-(dt - s) / 10.0) / C_M, 0, dt)
        np.testing.assert_allclose(gain.evaluate(given), expected, rtol=1e-12)
        expected, _ = quad(lambda s, f=course: f(s) / dt / C_M, 0, dt)
        np.testing.assert_allclose(mean.evaluate(given), expected, rtol=1e-12)
    given["tau_m"] = np.array([10.0, tau, 3.0])
    assert np.isfinite([gain.evaluate(given) for gain in response.gains]).all()


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


class Decay(snn.Receptor):
    """The equations of `Exponential`, without its closed form."""

    tau = snn.Parameter(None, "ms", "> 0")
    equations = "dx/dt = -x/tau"


class Peak(snn.Receptor):
    """The equations of `Alpha`."""

    tau = snn.Parameter(None, "ms", "> 0")
    equations = """
    dx/dt = exp(1)*rise/tau - x/tau
    drise/dt = -(rise + rise)/(2*tau)
    """


@pytest.mark.parametrize(("own", "built_in"), [(Decay, snn.Exponential), (Peak, snn.Alpha)])
@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_solved_equations_are_the_closed_forms(own: type, built_in: type, dt: float) -> None:
    taus = np.array([0.2, 2.0, 9.99, 10.0, 10.0 + 1e-9, 15.0, 300.0])
    given = {"dt": dt, "tau_m": 10.0, "C_m": C_M, "tau_I_syn": taus}
    (found,), (expected,) = responses((own(tau=taus),)), responses((built_in(taus),))
    for name in ("gains", "means"):
        for one, other in zip(getattr(found, name), getattr(expected, name), strict=True):
            np.testing.assert_allclose(one.evaluate(given), other.evaluate(given), rtol=2e-13)
            assert set(one.depends_on) == {"C_m", "tau_I_syn"} | {"tau_m"} & set(other.depends_on)
    steps = []
    for response in (found, expected):
        values = {c.name: np.asarray(c.evaluate(given)) for c in response.step.coefficients}
        states = {state: 1.5 + n for n, state in enumerate(response.states)}
        steps.append([eval(text, {}, values | states) for _, text in response.step.statements])
    np.testing.assert_allclose(*steps, rtol=2e-13)


@pytest.mark.parametrize("kind", [snn.Exponential, snn.Alpha, Peak])
def test_arrays_of_time_constants_have_the_bits_of_numbers(kind: type) -> None:
    """Wherever a neuron stands among others, so that ranks do not matter."""
    taus = np.append(np.linspace(0.05, 20.0, 63), 10.0)
    options = [{}] if kind is not snn.Exponential else [{}, {"method": "rk4"}, {"method": "euler"}]
    for option in options:
        (response,) = responses((kind(tau=1.0, **option),))
        for coefficient in (*response.step.coefficients, *response.gains, *response.means):
            given = {"dt": 0.1, "tau_m": 10.0, "C_m": C_M}
            together = coefficient.evaluate(given | {"tau_I_syn": taus})
            part = coefficient.evaluate(given | {"tau_I_syn": taus[5:12]})
            alone = [coefficient.evaluate(given | {"tau_I_syn": tau}) for tau in taus.tolist()]
            assert np.asarray(together).tolist() == [float(x) for x in alone], coefficient.name
            assert np.asarray(part).tolist() == np.asarray(together)[5:12].tolist()
