"""Weights agree with NEST's plastic synapses: all of the delay dendritic, coincidences ignored.

NEST labels a spike with the end of its step, so its times are one step later than here; the
differences between spikes, on which rules depend, are the same. NEST keeps traces of synapses
and targets in another order of multiplications: both are sums of at most 200 exponentials, each
with a relative error of some units in the last place, so that weights differ by less than 1e-12
of their size per event. ``stdp_synapse`` moves weights in units of ``Wmax``.

In the middle delays and numbers of the rules are set to others. NEST changes a weight when the next
spike of its source comes, by the numbers of that moment. So all sources spike once before, and no
target does.

Sources are generators, which spike where they are told to; targets are made to spike by strong
currents from another generator, so that both simulators have the same spikes on both sides.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import distsnn as snn

DT = 0.1
N_PRE, N_POST, DURATION = 8, 6, 400.0
W_MAX = 60.0
DELAYS = np.random.default_rng(4).integers(1, 40, (N_PRE, N_POST)) * DT
START = np.random.default_rng(5).uniform(5.0, 55.0, (N_PRE, N_POST))
TAU_PLUS, TAU_MINUS, TAU_X, TAU_Y = 17.0, 23.0, 61.0, 79.0
_COMMON: dict[str, Any] = {
    "tau_plus": TAU_PLUS,
    "tau_minus": TAU_MINUS,
    "coincidence": "ignore",
    "transmits": "after",
}
_STDP: dict[str, Any] = {"lambda": 0.05, "alpha": 1.1, "Wmax": W_MAX, "tau_plus": TAU_PLUS}


def guetig(mu_plus: float, mu_minus: float) -> snn.STDP:
    return snn.STDP(
        0.05,
        1.1 * 0.05,
        w_max=W_MAX,
        dependence="guetig",
        mu_plus=mu_plus,
        mu_minus=mu_minus,
        **_COMMON,
    )


# Name of NEST's model, its parameters, and the rule here.
MODELS: dict[str, tuple[str, dict[str, float], snn.STDP | snn.TripletSTDP | snn.VogelsSTDP]] = {
    "guetig": ("stdp_synapse", {**_STDP, "mu_plus": 0.3, "mu_minus": 0.7}, guetig(0.3, 0.7)),
    "multiplicative": (
        "stdp_synapse",
        {**_STDP, "mu_plus": 1.0, "mu_minus": 1.0},
        snn.STDP(0.05, 1.1 * 0.05, w_max=W_MAX, dependence="multiplicative", **_COMMON),
    ),
    "additive": (
        "stdp_synapse",
        {**_STDP, "mu_plus": 0.0, "mu_minus": 0.0},
        snn.STDP(0.05 * W_MAX, 1.1 * 0.05 * W_MAX, w_max=W_MAX, **_COMMON),
    ),
    "power law": (
        "stdp_pl_synapse_hom",
        {"lambda": 0.1, "alpha": 0.0513, "mu": 0.4, "tau_plus": TAU_PLUS},
        snn.STDP(0.1, 0.00513, dependence="power_law", **_COMMON),
    ),
    "triplet": (
        "stdp_triplet_synapse",
        {
            "tau_plus": TAU_PLUS,
            "tau_plus_triplet": TAU_X,
            "Aplus": 0.4,
            "Aplus_triplet": 0.7,
            "Aminus": 0.6,
            "Aminus_triplet": 0.3,
            "Wmax": W_MAX,
        },
        snn.TripletSTDP(
            "full", 0.4, 0.6, 0.7, 0.3, tau_x=TAU_X, tau_y=TAU_Y, w_max=W_MAX, **_COMMON
        ),
    ),
    "vogels": (
        "vogels_sprekeler_synapse",
        # At a bound NEST clips between the two parts of a change; here none is reached.
        {"tau": TAU_MINUS, "eta": 0.01, "alpha": 2 * 0.02 * TAU_MINUS, "Wmax": 1e4},
        snn.VogelsSTDP(0.01, 0.02, TAU_MINUS, w_max=1e4, coincidence="ignore"),
    ),
    "nearest": (
        "stdp_nn_symm_synapse",
        {**_STDP, "mu_plus": 0.0, "mu_minus": 0.0},
        snn.STDP(0.05 * W_MAX, 0.055 * W_MAX, w_max=W_MAX, pairing="nearest_symmetric", **_COMMON),
    ),
    "centered": (
        "stdp_nn_pre_centered_synapse",
        {**_STDP, "mu_plus": 0.0, "mu_minus": 0.0},
        snn.STDP(
            0.05 * W_MAX, 0.055 * W_MAX, w_max=W_MAX, pairing="presynaptic_centered", **_COMMON
        ),
    ),
}

# Each rule is compiled, for seconds; these differ most.
FEW = ("guetig", "triplet", "centered")


def spikes(n: int, seed: int) -> list[np.ndarray]:
    """Steps of the spikes of each source, from 1 on; on average one in 8 ms, with bursts."""
    rng = np.random.default_rng(seed)
    n_steps = round(DURATION / DT) - 60
    rate = np.where(rng.random((n, n_steps // 50 + 1)) < 0.2, 0.06, 0.002).repeat(50, axis=1)
    return [np.flatnonzero(rng.random(n_steps) < p[:n_steps]) + 1 for p in rate]


# All sources spike before any target does: NEST's nearest-neighbor synapses take the time 0 for
# that of a spike of the source.
PRE = [np.append(i + 1, steps[steps > 20]) for i, steps in enumerate(spikes(N_PRE, 1))]
TOLD = [steps[steps > 20] for steps in spikes(N_POST, 2)]
CHANGE = 2000
PRE = [
    np.unique(np.append(steps[(steps < CHANGE - 30) | (steps > CHANGE + 5)], CHANGE - 10))
    for steps in PRE
]
TOLD = [steps[(steps < CHANGE - 80) | (steps > CHANGE + 5)] for steps in TOLD]
LATER = DELAYS[::-1]
# What NEST's parameters, and the fields of the rule, are in the second half.
_LATER: tuple[dict[str, float], dict[str, float]] = (
    {"lambda": 0.03, "tau_plus": 9.0},
    {"A_plus": 0.03 * W_MAX, "A_minus": 1.1 * 0.03 * W_MAX, "tau_plus": 9.0},
)
_FRACTION = {**_LATER[1], "A_plus": 0.03, "A_minus": 1.1 * 0.03}
_NEAREST = {**_LATER[0], "alpha": 1.0}, {**_LATER[1], "A_minus": 0.03 * W_MAX}
CHANGES: dict[str, tuple[dict[str, float], dict[str, float]]] = {
    "guetig": (_LATER[0], _FRACTION),
    "multiplicative": (_LATER[0], _FRACTION),
    "additive": _LATER,
    "triplet": (
        {"Aplus": 0.2, "Aminus_triplet": 0.5, "tau_plus": 9.0, "tau_plus_triplet": 80.0},
        {"A2_plus": 0.2, "A3_minus": 0.5, "tau_plus": 9.0, "tau_x": 80.0},
    ),
    "vogels": ({"eta": 0.02, "Wmax": 2e4}, {"eta": 0.02, "w_max": 2e4}),
    "nearest": _NEAREST,
    "centered": _NEAREST,
}


@cache
def ours(names: tuple[str, ...]) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """Final weights (N_PRE, N_POST) by model, and the steps of the targets' spikes."""

    def generator(steps: list[np.ndarray], name: str) -> snn.SpikeGeneratorGroup:
        index = np.repeat(np.arange(len(steps)), [s.size for s in steps])
        return snn.SpikeGeneratorGroup(len(steps), index, np.concatenate(steps) * DT, name=name)

    pre, told = generator(PRE, "pre"), generator(TOLD, "told")
    post = snn.NeuronGroup(N_POST, snn.LIF(t_ref=0.0, tau_m=10.0, C_m=250.0), name="post")
    receptor = snn.Exponential(tau=0.5)
    kick = snn.Synapses(told, post, snn.Exponential(tau=0.002), weight=1e8, delay=0.1)
    kick.connect(snn.OneToOne())
    made = {}
    for name in names:
        rule = MODELS[name][2]
        made[name] = snn.Synapses(
            pre, post, receptor, weight=START, delay=0.0, dendritic_delay=DELAYS, stdp=rule,
            name=name.replace(" ", "_"),
        )  # fmt: skip
        made[name].connect(snn.AllToAll())
    monitor = snn.SpikeMonitor(post)
    net = snn.Network(pre, told, post, kick, *made.values(), monitor, dt=DT)
    net.run(CHANGE * DT)
    for name, synapses in made.items():
        synapses.dendritic_delay = LATER.ravel()
        if name in CHANGES:
            synapses.stdp = replace(MODELS[name][2], **CHANGES[name][1])
    net.run(DURATION - CHANGE * DT)
    fired = [np.rint(monitor.t[monitor.i == j] / DT).astype(int) for j in range(N_POST)]
    return {name: s.w.reshape(N_PRE, N_POST) for name, s in made.items()}, fired


@pytest.mark.parametrize("name", FEW)
def test_weights(name: str, peer: Any) -> None:
    check_weights(name, peer, FEW)


@pytest.mark.long
@pytest.mark.parametrize("name", MODELS)
def test_weights_of_all(name: str, peer: Any) -> None:
    check_weights(name, peer, tuple(MODELS))


def check_weights(name: str, nest: Any, together: tuple[str, ...]) -> None:
    """Compare the weights of one model, all of which are in one network here."""
    model, parameters, _ = MODELS[name]
    weights, fired = ours(together)
    nest.ResetKernel()
    nest.SetKernelStatus({"resolution": DT})
    # Both kinds of spikes are told: parrots repeat them a step of delay later.
    pre = nest.Create("spike_generator", N_PRE)
    for one, steps in zip(pre, PRE, strict=True):
        one.spike_times = np.round(steps * DT, 3)
    told = nest.Create("spike_generator", N_POST)
    for one, steps in zip(told, fired, strict=True):
        one.spike_times = np.round(steps * DT, 3)
    parrots = nest.Create("parrot_neuron", N_PRE)
    targets = nest.Create(
        "parrot_neuron", N_POST, {"tau_minus": TAU_MINUS, "tau_minus_triplet": TAU_Y}
    )
    nest.Connect(pre, parrots, "one_to_one", {"delay": DT})
    nest.Connect(told, targets, "one_to_one", {"delay": DT})
    nest.CopyModel(model, "plastic", parameters)
    # Parrots do not repeat what reaches their second port.
    for i in range(N_PRE):
        nest.Connect(
            parrots[i],
            targets,
            "all_to_all",
            {
                "synapse_model": "plastic",
                "weight": START[i][:, None],
                "delay": DELAYS[i][:, None],
                "receptor_type": 1,
            },
        )
    nest.Simulate((CHANGE + 1) * DT)
    joined = nest.GetConnections(parrots, targets)
    ends = joined.get(["source", "target"])
    pairs = [np.array(ends[side]) for side in ("source", "target")]
    places = pairs[0] - parrots[0].global_id, pairs[1] - targets[0].global_id
    joined.set([{"delay": delay, **CHANGES.get(name, ({},))[0]} for delay in LATER[places]])
    nest.Simulate(DURATION - CHANGE * DT)
    found = np.full((N_PRE, N_POST), np.nan)
    rows = nest.GetConnections(parrots, targets).get(["source", "target", "weight"])
    for i, j, weight in zip(rows["source"], rows["target"], rows["weight"], strict=True):
        found[i - parrots[0].global_id, j - targets[0].global_id] = weight
    # NEST's synapses are as they were at the last spike of their source.
    seen = np.rint(LATER / DT) + [steps.max() for steps in fired]
    done = seen <= np.array([steps.max() for steps in PRE])[:, None]
    assert done.sum() > 10
    assert np.allclose(weights[name][done], found[done], rtol=1e-11, atol=1e-11)
    assert not np.allclose(found, START)


def test_short_term_plasticity(peer: Any) -> None:
    """``tsodyks2_synapse`` transmits u after and x before its jump, and begins at rest.

    The current of one target, from a source with bursts.
    """
    stp = snn.STP(U=0.35, tau_f=60.0, tau_d=110.0, u="after", x="before", u_0=0.0)
    times = PRE[0] * DT
    pre = snn.SpikeGeneratorGroup(1, np.zeros(times.size, int), times, name="pre")
    cells = snn.NeuronGroup(1, snn.LIF(), name="cells")
    made = snn.Synapses(pre, cells, snn.Exponential(tau=3.0), weight=20.0, delay=1.5, stp=stp)
    made.connect()
    ours = snn.StateMonitor(cells, "I_syn", record=True)
    snn.Network(pre, cells, made, ours, dt=DT).run(DURATION)
    peer.ResetKernel()
    peer.SetKernelStatus({"resolution": DT})
    source = peer.Create("spike_generator", params={"spike_times": np.round(times, 3)})
    parrot = peer.Create("parrot_neuron")
    cell = peer.Create("iaf_psc_exp", params={"tau_syn_ex": 3.0})
    meter = peer.Create("multimeter", params={"record_from": ["I_syn_ex"], "interval": DT})
    peer.Connect(source, parrot, syn_spec={"delay": DT})
    parameters = {"U": 0.35, "u": 0.35, "x": 1.0, "tau_fac": 60.0, "tau_rec": 110.0}
    peer.Connect(
        parrot,
        cell,
        syn_spec={"synapse_model": "tsodyks2_synapse", "weight": 20.0, "delay": 1.5, **parameters},
    )
    peer.Connect(meter, cell)
    peer.Simulate(DURATION)
    theirs = meter.get("events")["I_syn_ex"]
    # Their first sample is that of one step; a parrot adds the step by which labels differ.
    assert np.ptp(theirs) > 5.0
    n = theirs.size - 1
    assert np.allclose(ours.I_syn[0][1 : n + 1], theirs[:n], rtol=1e-11, atol=1e-11)
