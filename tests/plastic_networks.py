"""Networks of plastic synapses whose spikes on both sides are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import distsnn as snn
from tests.plastic_reference import Rule, Synapse, steps

DT = 0.1
N_PRE, N_POST = 7, 9
W_MAX = 5.0

_BOUNDS: dict[str, Any] = {"tau_plus": 3.0, "tau_minus": 5.0, "w_max": W_MAX}
_NEST: dict[str, Any] = {"coincidence": "ignore", "transmits": "after"}


def rules() -> dict[str, Rule]:
    """Every rule, with amplitudes that reach both bounds."""
    per_synapse = np.random.default_rng(3).uniform(0.5, 1.5, (N_PRE, N_POST))
    return {
        "additive": snn.STDP(1.0, 0.8, **_BOUNDS),
        "additive ignoring": snn.STDP(0.9, 1.0, **_BOUNDS, **_NEST),
        "per synapse": snn.STDP(
            0.5 * per_synapse, 1.0 - 0.5 * per_synapse, 3.0, 5.0, 0.0, 4.0 + per_synapse
        ),
        "multiplicative": snn.STDP(0.1, 0.1, **_BOUNDS, dependence="multiplicative"),
        "guetig": snn.STDP(
            0.1, 0.11, **_BOUNDS, **_NEST, dependence="guetig", mu_plus=0.3, mu_minus=0.6
        ),
        "van rossum": snn.STDP(0.2, 0.1, 3.0, 5.0, dependence="van_rossum", transmits="after"),
        "power law": snn.STDP(0.1, 0.06, 3.0, 5.0, **_NEST, dependence="power_law", w_0=2.0),
        "nearest": snn.STDP(1.0, 0.9, **_BOUNDS, pairing="nearest_symmetric"),
        "nearest ignoring": snn.STDP(1.0, 0.9, **_BOUNDS, **_NEST, pairing="nearest_symmetric"),
        "centered": snn.STDP(1.0, 0.9, **_BOUNDS, pairing="presynaptic_centered"),
        "centered ignoring": snn.STDP(1.0, 0.9, **_BOUNDS, **_NEST, pairing="presynaptic_centered"),
        "triplet": snn.TripletSTDP(
            "full", 0.3, 0.5, 0.2, 0.1, 3.0, 5.0, 7.0, 11.0, w_max=W_MAX, **_NEST
        ),
        "triplet nearest": snn.TripletSTDP(
            "full", 0.3, 0.5, 0.2, 0.1, 3.0, 5.0, 7.0, 11.0, 0.5, W_MAX, "nearest_symmetric"
        ),
        "triplet minimal": snn.TripletSTDP(
            "minimal", A2_minus=0.3, A3_plus=0.2, tau_plus=3.0, tau_minus=5.0, w_max=W_MAX
        ),
        "vogels": snn.VogelsSTDP(0.05, 0.6, 6.0, w_max=W_MAX),
        "own times": snn.STDP(1.0, 0.8, 3.0 * per_synapse, 5.0 / per_synapse, w_max=W_MAX),
        "own times ignoring": snn.STDP(0.9, 1.0, 3.0, 5.0 * per_synapse, w_max=W_MAX, **_NEST),
        "own times nearest": snn.STDP(
            1.0, 0.9, 4.0 * per_synapse, w_max=W_MAX, pairing="nearest_symmetric"
        ),
        "own times centered": snn.STDP(
            1.0, 0.9, 4.0 * per_synapse, 6.0, 0.0, W_MAX, pairing="presynaptic_centered", **_NEST
        ),
        "own exponents": snn.STDP(
            0.1,
            0.11,
            **_BOUNDS,
            dependence="guetig",
            mu_plus=0.3 * per_synapse,
            mu_minus=0.5 / per_synapse,
        ),
        "own rates": snn.VogelsSTDP(0.05, 0.6 * per_synapse, 6.0 / per_synapse, w_max=W_MAX),
    }


# Axonal and dendritic delay in ms; all are at least 3 steps together.
DELAYS: dict[str, tuple[Any, Any]] = {
    "axonal": (0.4, 0.0),
    "dendritic": (0.0, 0.5),
    "both": (0.3, 1.1),
    "axonal drawn": (snn.Uniform(0.3, 3.0), 0.2),
    "dendritic drawn": (0.2, snn.Uniform(0.1, 3.0)),
    "both drawn": (snn.Uniform(0.0, 2.0), snn.Uniform(0.3, 2.0)),
}


@dataclass
class Made:
    """A network, and what its spikes and synapses are."""

    network: snn.Network
    pre: snn.SpikeMonitor
    post: snn.SpikeMonitor
    synapses: dict[str, snn.Synapses]
    currents: snn.StateMonitor

    def current(self, name: str) -> np.ndarray:
        """Recorded current (N_POST, times) of one kind of synapses."""
        # The first variable is that of what makes targets fire.
        variables = [v for v in self.currents.record_variables if v.startswith("I_syn")][1:]
        recorded: np.ndarray = getattr(self.currents, variables[list(self.synapses).index(name)])
        return recorded

    def expected(
        self, name: str, end: int, changed: tuple[int, Rule, Rule] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Weights in the order of creation at step `end`, and current of each target over time.

        `changed` is the step at which the rule was set, the rule before and the one since.
        """
        made, n_steps = self.synapses[name], self.currents.t.size
        rule = made.stdp if changed is None else changed[1]
        assert rule is not None
        delays = [np.rint(d / DT).astype(int) for d in (made.delay, made.dendritic_delay)]
        weight, added = [], np.zeros((N_POST, n_steps + 1))
        # Before the run the weight is where it starts.
        start = initial_weights(name)
        events = []
        for k, (i, j) in enumerate(zip(made.i, made.j, strict=True)):
            a, d = delays[0][k], delays[1][k]
            synapse = Synapse(rule, float(start[i, j]), parameters_of(rule, i, j), DT)
            pre = [m + a for m in steps(self.pre, i, DT)]
            post = [n + d for n in steps(self.post, j, DT)]
            if changed is not None and changed[0] < end:
                step, _, later = changed
                synapse.run(pre, post, step)
                pre, post = ([x for x in of if x >= step] for of in (pre, post))
                sent = {x for x in pre if x - a < step}, {x for x in post if x - d < step}
                synapse.set_rule(later, parameters_of(later, i, j), *sent)
            synapse.run(pre, post, end)
            weight.append(synapse.weight)
            if end < n_steps:
                continue
            # What reaches the synapse before the end but acts after it does not count.
            events += [(s + d, j, w) for s, w in synapse.transmitted if s + d < n_steps]
        for step, j, w in events:
            added[j, step + 1] += w
        current = np.zeros((N_POST, n_steps))
        for n in range(1, n_steps):
            current[:, n] = current[:, n - 1] * np.exp(-DT / 4.0) + added[:, n]
        return np.array(weight), current


def parameters_of(rule: Rule, i: int, j: int) -> dict[str, float]:
    """The parameters and time constants of one synapse as numbers."""
    return {n: float(np.broadcast_to(v, (N_PRE, N_POST))[i, j]) for n, v in rule.values.items()}


def initial_weights(name: str) -> np.ndarray:
    """Weights (N_PRE, N_POST) at the start."""
    seed = sorted(rules()).index(name)
    return np.random.default_rng(seed).uniform(0.5, 3.5, (N_PRE, N_POST))


def given_spikes(n: int, n_steps: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices and times (ms) of spikes: quiet stretches, bursts, consecutive steps."""
    rng = np.random.default_rng(seed)
    rate = np.where(rng.random((n, n_steps // 40 + 1)) < 0.5, 0.02, 0.25).repeat(40, axis=1)
    index, step = np.nonzero(rng.random((n, n_steps)) < rate[:, :n_steps])
    return index, step * DT


def plastic_network(
    chosen: dict[str, tuple[Rule, str]], n_steps: int, seed: int = 1, stp: Any = None
) -> Made:
    """Synapses by name: each with its rule and delays; targets fire when they are told to."""
    pre = snn.SpikeGeneratorGroup(N_PRE, *given_spikes(N_PRE, n_steps, seed), name="pre")
    told = snn.SpikeGeneratorGroup(N_POST, *given_spikes(N_POST, n_steps, seed + 100), name="told")
    post = snn.NeuronGroup(N_POST, snn.LIF(t_ref=0.0), name="post")
    # A current that lasts a step, because a reset would wipe out what a Delta adds.
    kick = snn.Synapses(told, post, snn.Exponential(tau=0.002), weight=1e8, delay=0.3)
    kick.connect(snn.OneToOne())
    made = {}
    for name, (rule, delays) in chosen.items():
        delay, dendritic = DELAYS[delays]
        made[name] = snn.Synapses(
            pre,
            post,
            snn.Exponential(tau=4.0),
            weight=initial_weights(name),
            delay=delay,
            dendritic_delay=dendritic,
            stp=stp,
            stdp=rule,
            name=name.replace(" ", "_"),
        )
        made[name].connect(snn.AllToAll())
    spikes = snn.SpikeMonitor(pre), snn.SpikeMonitor(post)
    currents = snn.StateMonitor(post, True, record=True)
    network = snn.Network(pre, told, post, kick, *made.values(), *spikes, currents, dt=DT, seed=7)
    return Made(network, *spikes, made, currents)
