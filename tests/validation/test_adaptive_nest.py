"""Models that follow their spikes agree with NEST's, and one that spikes by chance in its rates.

``mat2_psc_exp`` is integrated exactly there and here. ``iaf_cond_exp_sfa_rr`` and ``hh_psc_alpha``
have adaptive solvers. NEST labels a spike with the end of its step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import distsnn as snn

N, N_SOURCES, DURATION = 10, 6, 300.0
Spikes = list[tuple[int, int]]


def inputs(scale: float) -> tuple[list[np.ndarray], np.ndarray]:
    """Spike times of each source, and weights (sources, N): half of the sources inhibit."""
    rng = np.random.default_rng(7)
    times = [np.unique(np.round(rng.uniform(2, DURATION - 5, 60), 1)) for _ in range(N_SOURCES)]
    return times, scale * rng.uniform(0.2, 1.0, (N_SOURCES, N))


def by_nest(nest: Any, model: str, scale: float, dt: float = 0.1, **values: float) -> Spikes:
    nest.ResetKernel()
    nest.resolution = dt
    cells, recorder = nest.Create(model, N, values), nest.Create("spike_recorder")
    for k, (times, weights) in enumerate(zip(*inputs(scale), strict=True)):
        source = nest.Create("spike_generator", 1, {"spike_times": times})
        sign = 1.0 if k < N_SOURCES // 2 else -1.0
        nest.Connect(source, cells, "all_to_all", {"weight": sign * weights[:, None], "delay": 1.0})
    nest.Connect(cells, recorder)
    nest.Simulate(DURATION)
    steps = np.rint(recorder.events["times"] / dt).astype(int) - 1
    return sorted(zip(steps.tolist(), (recorder.events["senders"] - 1).tolist(), strict=True))


def by_distsnn(
    model: snn.NeuronModel,
    receptors: tuple[snn.Receptor, snn.Receptor],
    scale: float,
    dt: float = 0.1,
) -> Spikes:
    cells = snn.NeuronGroup(N, model, name="cells")
    times, weights = inputs(scale)
    index = np.repeat(np.arange(N_SOURCES), [t.size for t in times])
    given = snn.SpikeGeneratorGroup(N_SOURCES, index, np.concatenate(times) - dt, name="given")
    half, synapses = N_SOURCES // 2, []
    for receptor, sources in zip(receptors, (slice(0, half), slice(half, None)), strict=True):
        inhibits = sources.start > 0 and receptor.weight_unit == "pA"
        signed = -weights[sources] if inhibits else weights[sources]
        made = snn.Synapses(given[sources], cells, receptor, weight=signed, delay=1.0)
        made.connect(snn.AllToAll())
        synapses.append(made)
    spikes = snn.SpikeMonitor(cells)
    snn.Network(cells, given, synapses, spikes, dt=dt).run(DURATION)
    steps = np.rint(spikes.t / dt).astype(int)
    return sorted(zip(steps.tolist(), spikes.i.tolist(), strict=True))


def test_mat_spike_for_spike(peer: Any) -> None:
    receptors = snn.Exponential(1.0), snn.Exponential(3.0)
    expected = by_nest(peer, "mat2_psc_exp", 1500.0, I_e=900.0)
    assert len(expected) > 80
    assert by_distsnn(snn.MAT(I_e=900.0), receptors, 1500.0) == expected


def test_adaptive_conductances(peer: Any) -> None:
    receptors = snn.Exponential(1.5, snn.COBA(0.0)), snn.Exponential(10.0, snn.COBA(-75.0))
    expected = by_nest(peer, "iaf_cond_exp_sfa_rr", 40.0, I_e=1300.0)
    found = by_distsnn(snn.AdaptiveLIF(I_e=1300.0), receptors, 40.0)
    assert len(expected) > 100
    assert abs(len(found) - len(expected)) <= 0.01 * len(expected)
    assert len(set(found) & set(expected)) > 0.9 * len(expected)


def test_hodgkin_huxley_converges_to_it(peer: Any) -> None:
    """The peaks of all spikes, in ms: of second order in the step."""
    expected = by_nest(peer, "hh_psc_alpha", 300.0, dt=0.01, I_e=650.0)
    errors = []
    for dt in (0.02, 0.01):
        receptors = snn.Alpha(0.2), snn.Alpha(2.0)
        found = by_distsnn(snn.HodgkinHuxley(I_e=650.0), receptors, 300.0, dt)
        assert len(found) == len(expected) > 100
        times = [
            np.array([step * h for i in range(N) for step, j in spikes if j == i])
            for spikes, h in ((found, dt), (expected, 0.01))
        ]
        errors.append(float(np.abs(times[0] - times[1]).max()))
    assert errors[1] < 0.05
    assert errors[0] < 0.15


def test_gif_spikes_as_often(peer: Any) -> None:
    """Rates in three windows of a population, which adapts."""
    n, window = 800, 100.0
    values = {"lambda_0": 10.0, "V_T_star": -48.0, "Delta_V": 2.0, "I_e": 250.0, "t_ref": 4.0}
    lists = {"tau_sfa": [120.0, 20.0], "q_sfa": [2.0, 5.0], "tau_stc": [30.0], "q_stc": [15.0]}
    peer.ResetKernel()
    peer.resolution, peer.rng_seed = 0.1, 3
    cells, recorder = peer.Create("gif_psc_exp", n, values | lists), peer.Create("spike_recorder")
    peer.Connect(cells, recorder)
    peer.Simulate(3 * window)
    expected = np.histogram(recorder.events["times"], 3, (0, 3 * window))[0]
    group = snn.NeuronGroup(
        n,
        snn.GIF(
            lambda_0=10 * snn.Hz,
            V_T_star=-48.0,
            Delta_V=2.0,
            I_e=250.0,
            tau_sfa_1=120.0,
            q_sfa_1=2.0,
            tau_sfa_2=20.0,
            q_sfa_2=5.0,
            tau_stc_1=30.0,
            q_stc_1=15.0,
        ),
        name="cells",
    )
    spikes = snn.SpikeMonitor(group)
    snn.Network(group, spikes, seed=3).run(3 * window)
    found = np.histogram(spikes.t, 3, (0, 3 * window))[0]
    assert expected.min() > 1000
    assert expected[0] > 1.05 * expected[2]
    # Counts vary less than Poisson numbers: neurons are refractory, and adapt.
    np.testing.assert_allclose(found, expected, atol=0, rtol=4 / np.sqrt(expected.min()))
