"""Rules that change weights, as users give them and read what they did."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import ParameterError, UnknownNameError

RULES: dict[str, Any] = {
    "p": snn.Bernoulli(0.3),
    "indegree": snn.FixedIndegree(12),
    "outdegree": snn.FixedOutdegree(7),
    "total": snn.FixedTotalNumber(150),
}


def network(rule: Any, weight: Any) -> tuple[snn.Network, snn.Synapses]:
    cells = snn.NeuronGroup(20, snn.LIF(I_e=snn.Uniform(400.0, 700.0)), name="cells")
    rule_of_weights = snn.STDP(2.0, 1.0, w_max=40.0)
    made = snn.Synapses(
        cells, cells, snn.Exponential(tau=4.0), weight=weight, delay=snn.Uniform(0.5, 2.0),
        stdp=rule_of_weights, name="plastic",
    )  # fmt: skip
    if rule == "text":
        made.connect(j="k for k in sample(N_post, p=0.4)")
    else:
        made.connect(RULES[rule])
    return snn.Network(cells, made, seed=2), made


@pytest.mark.parametrize("rule", [*RULES, "text"])
def test_weights_given_back(rule: str) -> None:
    """Saved weights as initial values of the same rule are the same network again."""
    first, made = network(rule, snn.Uniform(0.0, 40.0))
    first.run(60.0)
    again, copied = network(rule, made.w)
    assert np.array_equal(copied.i, made.i)
    assert np.array_equal(copied.j, made.j)
    assert copied.w.tobytes() == made.w.tobytes()
    again.run(0.0)
    assert copied.w.tobytes() == made.w.tobytes()
    assert np.unique(made.w).size > 50


def test_another_number_of_weights() -> None:
    with pytest.raises(ParameterError, match="weight has 7 values; there are 240 synapses"):
        network("indegree", np.ones(7))[0].run(1.0)


def synapses(**given: Any) -> snn.Synapses:
    cells = snn.NeuronGroup(4, snn.LIF(), name="cells")
    return snn.Synapses(cells, cells, snn.Exponential(tau=4.0), **{"weight": 1.0, **given})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.STDP(1.0, 1.0, tau_plus=0.0), "tau_plus=0 ms; tau_plus must be > 0 ms"),
        (lambda: snn.STDP(1, 1, tau_minus=[1.0, 0.0]), "tau_minus=0 to 1 ms; tau_minus must be"),
        (lambda: snn.STDP(1, 1, tau_plus=snn.Normal(9, 1)), "tau_plus must be > 0 ms"),
        (lambda: snn.TripletSTDP(tau_minus=[1.0, 2.0]), "tau_minus is one number"),
        (lambda: snn.STDP(1.0, 1.0, w_min=2.0, w_max=1.0), "w_min=2 is above w_max=1"),
        (lambda: snn.STDP(1.0, 1.0, dependence="guetig"), "needs finite bounds"),
        (lambda: snn.STDP(1.0, 1.0, mu_plus=0.3), "mu_plus belongs to 'guetig' and 'power_law'"),
        (lambda: snn.STDP(1.0, 1.0, dependence="hebb"), "dependence is 'additive'"),
        (lambda: snn.STDP(1.0, 1.0, pairing="all"), "pairing is 'all_to_all'"),
        (lambda: snn.STDP(1.0, 1.0, dependence="power_law", w_min=-1.0), "needs w_min >= 0"),
        (lambda: snn.TripletSTDP("minimal", A2_plus=1.0), "of the minimal rule are A3_plus"),
        (lambda: snn.VogelsSTDP(1.0, -1.0), "rho_0 must be >= 0"),
        (lambda: synapses(stdp=snn.STP()), "STD\\(...\\) and STP\\(...\\) are given as stp="),
        (lambda: synapses(weight=9.0, stdp=snn.STDP(1.0, 1.0, w_max=5.0)), "between w_min=0"),
        (lambda: synapses(dendritic_delay=-1.0), "dendritic_delay can be -1.0 ms"),
        (lambda: snn.WeightMonitor(synapses()), "has no rule"),
        (lambda: snn.WeightMonitor(synapses(stdp=snn.STDP(1, 1)), bins=3), "finite bounds"),
    ],
)
def test_errors(make: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()


def test_unknown_parameter() -> None:
    with pytest.raises(UnknownNameError, match="A_plus"):
        snn.STDP(A_pluss=1.0, A_minus=1.0)


def test_groups_without_spikes() -> None:
    silent = snn.NeuronGroup(3, "v : 1", name="silent")
    cells = snn.NeuronGroup(4, snn.LIF(), name="cells")
    with pytest.raises(
        ParameterError, match="source silent has no threshold; its neurons never spike"
    ):
        snn.Synapses(silent, cells, snn.Exponential(tau=4.0), weight=1.0, stdp=snn.STDP(1.0, 1.0))


def test_drawn_weight_outside_the_bounds() -> None:
    made = synapses(weight=snn.Uniform(0.0, 9.0), stdp=snn.STDP(1.0, 1.0, w_max=5.0))
    made.connect()
    with pytest.raises(ParameterError, match="weights lie between w_min=0 and w_max=5"):
        snn.Network(made.target.group, made).run(1.0)


def test_rule_switched_off_is_a_static_table() -> None:
    made = synapses(stdp=snn.STDP(0.0, 0.0), delay=1.0)
    made.connect()
    net = snn.Network(made.target.group, made)
    net.run(1.0)
    assert net._state.built.build is not None
    assert net._state.built.build.plans[0].timing is None
    assert made.w.tolist() == [1.0] * 16
