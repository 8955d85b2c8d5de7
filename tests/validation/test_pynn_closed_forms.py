"""Synapses of PyNN that draw, and rules of plasticity with parts of delays, beside closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN.common")

STEP = 0.125
TIMES = np.array([10.0, 22.0, 27.0, 80.0])
U, REC, FACIL, SITES, WEIGHT = 0.3, 60.0, 40.0, 5, 0.5
N = 900


def released(sim: Any, synapse: Any) -> tuple[Any, Any]:
    """Cells with one synapse each from one source."""
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=TIMES))
    cells = sim.Population(N, sim.IF_curr_exp(v_thresh=1e6))
    cells.record("isyn_exc")
    sim.Projection(source, cells, sim.AllToAllConnector(), synapse)
    return source, cells


def counts(cells: Any, tau: float = 5.0) -> np.ndarray:
    """Number of quanta of each spike and synapse, float64 (spikes, N)."""
    current = np.array(cells.get_data().segments[0].analogsignals[0])
    at = np.rint((TIMES + 1.0) / STEP).astype(int)
    found: np.ndarray = (current[at] - current[at - 1] * np.exp(-STEP / tau)) / WEIGHT
    return found


def release_of_each_spike() -> np.ndarray:
    """Probability with which a site releases: those of all sites are independent."""
    u, ready, last, found = 0.0, 1.0, 0.0, []
    for t in TIMES:
        u *= np.exp(-(t - last) / FACIL)
        u += U * (1.0 - u)
        ready += (1.0 - ready) * (1.0 - np.exp(-(t - last) / REC))
        found.append(u * ready)
        ready -= u * ready
        last = t
    return np.array(found)


def check_binomial(found: np.ndarray, n: int, p: np.ndarray) -> None:
    """The mean and the variance of binomial numbers, within five standard deviations."""
    np.testing.assert_allclose(found, np.rint(found), atol=1e-6)
    variance = n * p * (1 - p)
    assert np.all(np.abs(found.mean(axis=1) - n * p) < 5 * np.sqrt(variance / N))
    fourth = variance * (1 + (3 * n - 6) * p * (1 - p))
    spread = np.sqrt((fourth - variance**2) / N)
    assert np.all(np.abs(found.var(axis=1) - variance) < 5 * spread + variance / N)


def test_released_quanta() -> None:
    import distsnn.pynn as sim

    sim.setup(timestep=STEP, min_delay=STEP)
    joined = {"weight": WEIGHT, "delay": 1.0}
    tm = {"U": U, "tau_rec": REC, "tau_facil": FACIL, **joined}
    kinds = {
        "simple": sim.SimpleStochasticSynapse(p=0.35, **joined),
        "one site": sim.StochasticTsodyksMarkramSynapse(**tm),
        "several": sim.MultiQuantalSynapse(n=SITES, **tm),
    }
    cells = {name: released(sim, synapse)[1] for name, synapse in kinds.items()}
    sim.run(100.0)
    p = release_of_each_spike()
    check_binomial(counts(cells["simple"]), 1, np.full(4, 0.35))
    check_binomial(counts(cells["one site"]), 1, p)
    check_binomial(counts(cells["several"]), SITES, p)


def pairs_of_rule(pre: np.ndarray, post: np.ndarray, fraction: float, delay: float) -> float:
    """The weight after all spikes, by the definition of the additive rule."""
    dendritic = np.rint(fraction * delay / STEP) * STEP
    events = [(t + delay - dendritic, 0) for t in pre] + [(t + dendritic, 1) for t in post]
    w, traces, last = 1.0, [0.0, 0.0], 0.0
    taus, amplitudes = (15.0, 25.0), (0.04, 0.03)
    for t, side in sorted(events):
        traces = [x * np.exp(-(t - last) / tau) for x, tau in zip(traces, taus, strict=True)]
        last = t
        if side:
            w = min(w + amplitudes[0] * traces[0] * 2.0, 2.0)
            traces[1] += 1.0
        else:
            w = max(w - amplitudes[1] * traces[1] * 2.0, 0.0)
            traces[0] += 1.0
    return w


def vogels(pre: np.ndarray, post: np.ndarray, delay: float) -> float:
    """The weight after all spikes, by the definition of the rule; the delay is dendritic."""
    eta, rho, tau, w = 0.02, 12.0, 18.0, 0.5
    traces, last = [0.0, 0.0], 0.0
    for t, side in sorted([(t, 0) for t in pre] + [(t + delay, 1) for t in post]):
        traces = [x * np.exp(-(t - last) / tau) for x in traces]
        last = t
        change = traces[0] if side else traces[1] - 2.0 * rho * 1e-3 * tau
        w = min(max(w + eta * change, 0.0), 3.0)
        traces[side] += 1.0
    return w


def test_parts_of_delays_and_the_rule_of_vogels() -> None:
    import distsnn.pynn as sim

    sim.setup(timestep=STEP, min_delay=STEP)
    rng = np.random.default_rng(3)
    # Spikes of both sides lie on different steps, so that none meet at a synapse.
    pre = np.unique(rng.integers(20, 800, 14)) * 2 * STEP
    given = np.unique(rng.integers(20, 800, 12)) * 2 * STEP + STEP
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=pre))
    forcing = sim.Population(1, sim.SpikeSourceArray(spike_times=given))
    cell = sim.Population(1, sim.IF_curr_exp(tau_syn_E=0.1, tau_syn_I=3.0, tau_refrac=STEP))
    cell.record("spikes")
    strong = sim.StaticSynapse(weight=900.0, delay=STEP)
    sim.Projection(forcing, cell, sim.AllToAllConnector(), strong)
    fractions = [0.0, 0.25, 0.5, 0.8, 1.0]
    pairs = sim.SpikePairRule(tau_plus=15.0, tau_minus=25.0, A_plus=0.04, A_minus=0.03)
    made = [
        sim.Projection(
            source, cell, sim.AllToAllConnector(),
            sim.STDPMechanism(
                pairs, sim.AdditiveWeightDependence(w_max=2.0),
                dendritic_delay_fraction=f, weight=1.0, delay=2.0,
            ),
        )
        for f in fractions
    ]  # fmt: skip
    rule = sim.STDPMechanism(
        sim.Vogels2011Rule(tau=18.0, eta=0.02, rho=12.0),
        sim.AdditiveWeightDependence(w_max=3.0), weight=0.5, delay=1.0,
    )  # fmt: skip
    balancing = sim.Projection(source, cell, sim.AllToAllConnector(), rule)
    sim.run(220.0)
    post = np.array(cell.get_data().segments[0].spiketrains[0])
    assert post.size > 8
    for projection, fraction in zip(made, fractions, strict=True):
        ((_, _, w),) = projection.get("weight", format="list")
        assert w == pytest.approx(pairs_of_rule(pre, post, fraction, 2.0), abs=1e-9), fraction
    assert len({round(p.get("weight", format="list")[0][2], 6) for p in made}) == len(made)
    ((_, _, w),) = balancing.get("weight", format="list")
    assert w == pytest.approx(vogels(pre, post, 1.0), abs=1e-9)
