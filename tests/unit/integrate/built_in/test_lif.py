"""The ready model in the intermediate form, against scipy's matrix exponential and loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import expm

import distsnn as snn
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.group_receptors import receptor_values
from distsnn.describe.models.receptors.outputs import COBA, CUBA
from distsnn.integrate.built_in.lif import lif_form
from distsnn.integrate.neuron_form import NeuronForm
from distsnn.language.evaluate import evaluate

DT = 0.1
PARAMETERS = {
    "C_m": 250.0,
    "tau_m": 20.0,
    "E_L": -70.0,
    "V_th": -50.0,
    "V_reset": -60.0,
    "t_ref": 2.0,
    "I_e": 300.0,
}
# Parameters of the receptors of the last form.
OF_RECEPTORS: dict[str, object] = {}


def form_of(*receptors: Exponential | Delta) -> NeuronForm:
    OF_RECEPTORS.clear()
    OF_RECEPTORS.update(receptor_values(receptors))
    return lif_form(NeuronDescription("cells", 3, LIF(), receptors))


def coefficients(form: NeuronForm, **changes: float | np.ndarray) -> dict[str, float]:
    values = {**PARAMETERS, **OF_RECEPTORS, **changes, "dt": DT}
    return {c.name: c.evaluate(values) for c in form.coefficients}


def advanced(form: NeuronForm, states: dict[str, float], **changes: float) -> dict[str, float]:
    """States after one step: the statements evaluated one after the other."""
    values = {**coefficients(form, **changes), **states}
    for target, expression in form.statements:
        values[target] = evaluate(expression, values)
    return {state: float(values[f"_new_{state}"]) for state in form.states}


@pytest.mark.parametrize("tau_m", [20.0, 5.0, 3.0, 0.3])
def test_currents_are_integrated_exactly(tau_m: float) -> None:
    taus = (5.0, 0.5)
    form = form_of(*(Exponential(tau) for tau in taus))
    assert form.states == ("V_m", "I_syn", "I_syn_1")
    start = {"V_m": -63.0, "I_syn": 100.0, "I_syn_1": -40.0}
    A = np.zeros((4, 4))
    A[0] = [-1 / tau_m, 1 / 250, 1 / 250, -70.0 / tau_m + 300.0 / 250.0]
    A[1, 1], A[2, 2] = -1 / taus[0], -1 / taus[1]
    expected = expm(A * DT) @ np.array([*start.values(), 1.0])
    found = advanced(form, start, tau_m=tau_m)
    np.testing.assert_allclose(list(found.values()), expected[:3], rtol=1e-13)


@pytest.mark.parametrize("difference", [0.0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, -1e-12, -1e-6])
def test_the_gain_where_the_time_constants_meet(difference: float) -> None:
    tau = 5.0
    gain = coefficients(form_of(Exponential(tau)), tau_m=tau * (1 + difference))["gain_I_syn"]
    limit = DT / 250.0 * math.exp(-DT / tau)
    # To first order in the difference, dt/(2 tau) of it.
    assert gain == pytest.approx(limit * (1 + difference * DT / tau / 2), rel=1e-12 + difference**2)


def test_gains_of_arrays() -> None:
    tau_m = np.array([5.0, 20.0, 3.0])
    form = form_of(Exponential(5.0))
    together = coefficients(form, tau_m=tau_m)["gain_I_syn"]
    alone = [coefficients(form, tau_m=t)["gain_I_syn"] for t in tau_m.tolist()]
    assert np.asarray(together).tolist() == [float(x) for x in alone]


def test_conductances_by_their_means() -> None:
    form = form_of(Exponential(5.0, COBA(0.0)), Exponential(7.0, COBA(-80.0)), Exponential(3.0))
    assert form.states == ("V_m", "g", "g_1", "I_syn")
    start = {"V_m": -63.0, "g": 3.0, "g_1": 11.0, "I_syn": 25.0}
    means = [start["g"] * mean(5.0), start["g_1"] * mean(7.0), start["I_syn"] * mean(3.0)]
    a = 1 / 20.0 + (means[0] + means[1]) / 250.0
    b = -70.0 / 20.0 + (300.0 + means[0] * 0.0 + means[1] * -80.0 + means[2]) / 250.0
    found = advanced(form, start)
    assert found["V_m"] == pytest.approx(b / a + (-63.0 - b / a) * math.exp(-a * DT), rel=1e-14)
    for name, tau in (("g", 5.0), ("g_1", 7.0), ("I_syn", 3.0)):
        assert found[name] == pytest.approx(start[name] * math.exp(-DT / tau), rel=1e-14)


def mean(tau: float) -> float:
    """Mean of exp(-t/tau) over a step, by quadrature."""
    x, weight = np.polynomial.legendre.leggauss(8)
    return float(np.sum(weight * np.exp(-DT * (x + 1) / 2 / tau)) / 2)


def test_two_methods_agree_without_conductances() -> None:
    """With a conductance of zero both are the exact solution without synapses."""
    exact = advanced(form_of(), {"V_m": -63.0})
    euler = advanced(form_of(Exponential(5.0, COBA(0.0))), {"V_m": -63.0, "g": 0.0})
    assert exact["V_m"] == pytest.approx(euler["V_m"], rel=1e-14)


def test_delta_receptors_add_to_the_membrane() -> None:
    form = form_of(Delta(), Exponential(3.0, CUBA()))
    assert form.receptor_states == ("_arriving", "I_syn")
    assert form.states == ("V_m", "I_syn", "_arriving")
    assert form.arriving == (("V_m", "_arriving"),)
    assert form_of(Exponential(3.0)).arriving == ()
    start = {"V_m": -63.0, "I_syn": 10.0, "_arriving": 0.0}
    without, found = advanced(form, start), advanced(form, {**start, "_arriving": 4.0})
    assert found["V_m"] == pytest.approx(without["V_m"] + 4.0, rel=1e-14)
    assert found["_arriving"] == 0.0
    assert without["V_m"] == pytest.approx(
        advanced(form_of(Exponential(3.0)), {"V_m": -63.0, "I_syn": 10.0})["V_m"], rel=1e-14
    )


def test_delta_receptors_beside_conductances() -> None:
    form = form_of(Delta(), Exponential(5.0, COBA(0.0)))
    start = {"V_m": -63.0, "g": 3.0, "_arriving": 4.0}
    alone = advanced(form_of(Exponential(5.0, COBA(0.0))), {"V_m": -63.0, "g": 3.0})
    assert advanced(form, start)["V_m"] == pytest.approx(alone["V_m"] + 4.0, rel=1e-14)


def test_a_resting_neuron_with_delta_receptors_stays_to_the_last_bit() -> None:
    form = form_of(Delta())
    for tau_m in (3.0, 10.0, 20.0):
        found = advanced(form, {"V_m": -70.0, "_arriving": 0.0}, tau_m=tau_m, I_e=0.0)
        assert found["V_m"] == -70.0


def test_a_resting_neuron_stays_to_the_last_bit() -> None:
    E_L = np.random.default_rng(1).uniform(-90, -30, 500)
    for tau_m in (0.15, 0.9, 7.3, 10.0, 20.0, 351.0):
        cells = snn.NeuronGroup(500, snn.LIF(E_L=E_L, tau_m=tau_m, V_th=0.0))
        cells.V_m = E_L
        snn.Network(cells, dt=0.1).run(20.0)
        assert cells.V_m[:].tolist() == E_L.tolist(), tau_m


@pytest.mark.parametrize(
    ("t_ref", "steps"),
    [(0.0, 0), (0.05, 1), (0.1, 1), (0.3, 3), (0.30001, 4), (2.0, 20), (2.05, 21), (1000.0, 10000)],
)
def test_refractory_steps_are_rounded_up(t_ref: float, steps: int) -> None:
    found = np.asarray(coefficients(form_of(), t_ref=t_ref)["_refractory_steps"])
    assert found == steps
    assert found.dtype == np.int64
