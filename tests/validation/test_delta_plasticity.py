"""Plastic synapses onto `Delta`, which acts before the threshold.

What a rule makes of the same spikes is the same whatever the receptor is, so that weights are
compared bit for bit with those onto `Exponential`, which other tests compare with loops.
"""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import World
from tests.invariance.test_ranks import check
from tests.plastic_networks import (
    DELAYS,
    DT,
    N_POST,
    N_PRE,
    given_spikes,
    initial_weights,
    rules,
)

N_STEPS = 400
CHOSEN = [
    ("additive", "axonal"),
    ("nearest ignoring", "both"),
    ("guetig", "dendritic drawn"),
    ("centered", "axonal drawn"),
]


def weights(delta: bool) -> dict[str, np.ndarray]:
    """Weights of each rule over time and at the end; targets fire when they are told to."""
    pre = snn.SpikeGeneratorGroup(N_PRE, *given_spikes(N_PRE, N_STEPS, 1), name="pre")
    told = snn.SpikeGeneratorGroup(N_POST, *given_spikes(N_POST, N_STEPS, 101), name="told")
    post = snn.NeuronGroup(N_POST, snn.LIF(t_ref=0.0, V_th=1e6), name="post")
    kick = snn.Synapses(told, post, snn.Exponential(tau=0.002), weight=1e12, delay=0.3)
    kick.connect(snn.OneToOne())
    receptor = snn.Delta() if delta else snn.Exponential(tau=4.0)
    made, monitors = [], {}
    for name, delays in CHOSEN:
        delay, dendritic = DELAYS[delays]
        S = snn.Synapses(
            pre, post, receptor, weight=initial_weights(name), delay=delay,
            dendritic_delay=dendritic, stdp=rules()[name], name=name.replace(" ", "_"),
        )  # fmt: skip
        S.connect(snn.AllToAll())
        made.append(S)
        monitors[name] = snn.StateMonitor(S, "w", record=[0, 11, 40])
    for when in ("thresholds", "end"):
        monitors[f"dendritic {when}"] = snn.StateMonitor(made[2], "w", record=True, when=when)
    spikes = snn.SpikeMonitor(post)
    net = snn.Network(pre, told, post, kick, made, spikes, *monitors.values(), dt=DT, seed=7)
    net.run(N_STEPS * DT)
    found = {S.name: np.array(S.w) for S in made} | {n: m.w for n, m in monitors.items()}
    return found | {"t": spikes.t, "i": spikes.i}


def test_weights_are_those_of_other_receptors() -> None:
    expected = weights(False)
    assert expected["t"].size > 100

    def job(world: World) -> dict[str, np.ndarray]:
        return weights(True)

    found = check(job, (1, 3))
    for name, values in expected.items():
        assert values.tobytes() == found[name].tobytes(), name


def test_what_arrives_is_the_weight_times_the_efficacy() -> None:
    """Short-term depression onto a Delta: jumps of V_m, against the same onto a current."""
    cells = snn.NeuronGroup(2, snn.LIF(E_L=0.0, V_th=1e9, V_reset=0.0, tau_m=4.0), name="cells")
    pre = snn.SpikeGeneratorGroup(1, np.zeros(5, int), [1.0, 1.3, 2.0, 2.1, 5.0], name="pre")
    made = []
    for k, receptor in enumerate((snn.Delta(), snn.Exponential(tau=4.0))):
        S = snn.Synapses(
            pre, cells, receptor, weight=2.0, delay=0.4, stp=snn.STP(U=0.4, tau_f=30.0, tau_d=20.0)
        )
        S.connect(i=[0], j=[k])
        made.append(S)
    values = snn.StateMonitor(cells, ["V_m", "I_syn"], record=True)
    snn.Network(pre, cells, made, values, dt=0.1).run(8.0)
    assert values.V_m[0].max() > 0.5
    np.testing.assert_allclose(values.V_m[0], values.I_syn[1], rtol=1e-13)


def test_coincidences_cannot_be_ignored_without_a_dendritic_delay() -> None:
    pre, post = snn.PoissonGroup(2, 0.01), snn.NeuronGroup(2, snn.LIF())
    rule = snn.STDP(0.1, 0.1, w_max=5.0, coincidence="ignore")
    S = snn.Synapses(pre, post, snn.Delta(), weight=1.0, delay=1.0, stdp=rule, name="S")
    S.connect()
    with pytest.raises(snn.errors.ParameterError, match=r"S: coincidence=.*dendritic_delay="):
        snn.Network(pre, post, S).run(1.0)
