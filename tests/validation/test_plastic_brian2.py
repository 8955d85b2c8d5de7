"""A network whose synapses change agrees with Brian 2: spikes exactly, weights to 1e-12.

All of the delay is axonal, as in Brian. Cells excite and inhibit one another through synapses
with the pair rule, the triplet rule and the rule of Vogels et al., the first of them with short-
term plasticity; so the spikes depend on the weights. How cells are written in Brian is said in
``test_brian2.py``. Both add the same numbers; traces are sums of exponentials in another order,
some units in the last place for each of at most a hundred spikes.

How the pair rule as text compares is shown in ``test_plastic_texts.py``.
"""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn

brian2 = pytest.importorskip("brian2")

DT, DURATION, N = 0.1, 300.0, 40
N_SYNAPSES = {"pair": 700, "triplet": 500, "vogels": 400}
W_MAX = 120.0
rng = np.random.default_rng(3)
CURRENT = rng.uniform(380.0, 520.0, N)
V_START = rng.uniform(-70.0, -50.0, N)
EDGES = {name: rng.integers(0, N, (2, n)) for name, n in N_SYNAPSES.items()}
STEPS = {
    "pair": rng.integers(1, 80, N_SYNAPSES["pair"]),
    "triplet": rng.integers(0, 30, N_SYNAPSES["triplet"]),
    "vogels": np.full(N_SYNAPSES["vogels"], 12),
}
START = {
    "pair": rng.uniform(0.0, W_MAX, N_SYNAPSES["pair"]),
    "triplet": rng.uniform(0.0, 40.0, N_SYNAPSES["triplet"]),
    "vogels": rng.uniform(-60.0, 0.0, N_SYNAPSES["vogels"]),
}
RULES: dict[str, snn.STDP | snn.TripletSTDP | snn.VogelsSTDP] = {
    "pair": snn.STDP(9.0, 8.0, tau_plus=12.0, tau_minus=19.0, w_max=W_MAX),
    "triplet": snn.TripletSTDP("full", 0.3, 1.0, 1.2, 0.4, w_max=60.0, transmits="after"),
    "vogels": snn.VogelsSTDP(-4.0, 0.03, 15.0, w_min=-90.0, w_max=0.0),
}
STP = snn.STP(U=0.4, tau_f=40.0, tau_d=60.0, u="after", x="before", u_0=0.0)

CELLS = """dv/dt = (-70*mV - v)/(12*ms) + (current + I)/(250*pF) : volt (unless refractory)
           dI/dt = -I/(4*ms) : amp
           current : amp (constant)"""
TEXTS = {
    "pair": (
        """w : 1
           u : 1
           x : 1
           last : second
           dapre/dt = -apre/(12*ms) : 1 (event-driven)
           dapost/dt = -apost/(19*ms) : 1 (event-driven)""",
        """u = u*exp(-(t - last)/(40*ms))
           x = 1 + (x - 1)*exp(-(t - last)/(60*ms))
           u += 0.4*(1 - u)
           I_post += w*u*x*pA
           x -= u*x
           last = t
           apre += 9.0
           w = clip(w + apost, 0, 120)""",
        """apost -= 8.0
           w = clip(w + apre, 0, 120)""",
    ),
    "triplet": (
        """w : 1
           dr1/dt = -r1/(16.8*ms) : 1 (event-driven)
           dr2/dt = -r2/(101*ms) : 1 (event-driven)
           do1/dt = -o1/(33.7*ms) : 1 (event-driven)
           do2/dt = -o2/(125*ms) : 1 (event-driven)""",
        """w = clip(w - o1*(1.0 + 0.4*r2), 0, 60)
           I_post += w*pA
           r1 += 1
           r2 += 1""",
        """w = clip(w + r1*(0.3 + 1.2*o2), 0, 60)
           o1 += 1
           o2 += 1""",
    ),
    "vogels": (
        """w : 1
           dpre_trace/dt = -pre_trace/(15*ms) : 1 (event-driven)
           dpost_trace/dt = -post_trace/(15*ms) : 1 (event-driven)""",
        """pre_trace += 1
           w = clip(w - 4.0*(post_trace - 2*0.03*15), -90, 0)
           I_post += w*pA""",
        """post_trace += 1
           w = clip(w - 4.0*pre_trace, -90, 0)""",
    ),
}


@pytest.fixture(scope="module")
def brian() -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Steps and indices of spikes, and final weights, from Brian with interpreted numpy."""
    b = brian2
    before = b.prefs.codegen.target
    b.prefs.codegen.target = "numpy"
    b.defaultclock.dt = DT * b.ms
    cells = b.NeuronGroup(
        N,
        CELLS,
        threshold="v >= -52*mV",
        reset="v = -62*mV",
        refractory=(10 + 1) * DT * b.ms,
        method="exact",
    )
    cells.v, cells.current = V_START * b.mV, CURRENT * b.pA
    made = {}
    for name, (model, on_pre, on_post) in TEXTS.items():
        made[name] = b.Synapses(cells, cells, model, on_pre=on_pre, on_post=on_post)
        made[name].connect(i=EDGES[name][0], j=EDGES[name][1])
        made[name].w = START[name]
        made[name].delay = STEPS[name] * DT * b.ms
    made["pair"].x = 1
    spikes = b.SpikeMonitor(cells)
    b.Network(cells, *made.values(), spikes).run(DURATION * b.ms)
    b.prefs.codegen.target = before
    step = np.rint(np.asarray(spikes.t / b.ms) / DT).astype(int)
    order = np.lexsort((np.asarray(spikes.i), step))
    return step[order], np.asarray(spikes.i)[order], {k: np.asarray(s.w) for k, s in made.items()}


def test_rules(brian: tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]) -> None:
    cells = snn.NeuronGroup(
        N,
        snn.LIF(C_m=250.0, tau_m=12.0, E_L=-70.0, V_th=-52.0, V_reset=-62.0, t_ref=1.0),
        name="cells",
    )
    cells.I_e, cells.V_m = CURRENT, V_START
    receptor = snn.Exponential(tau=4.0)
    made = {}
    for name, rule in RULES.items():
        made[name] = snn.Synapses(
            cells, cells, receptor, weight=START[name], delay=STEPS[name] * DT, stdp=rule,
            stp=STP if name == "pair" else None, name=name,
        )  # fmt: skip
        made[name].connect(i=EDGES[name][0], j=EDGES[name][1])
    spikes = snn.SpikeMonitor(cells)
    snn.Network(cells, *made.values(), spikes, dt=DT).run(DURATION)
    steps, index, weights = brian
    assert steps.size > 500
    np.testing.assert_array_equal(np.rint(spikes.t / DT).astype(int), steps)
    np.testing.assert_array_equal(spikes.i, index)
    for name, synapses in made.items():
        np.testing.assert_allclose(synapses.w, weights[name], rtol=1e-12, atol=1e-10)
        moved = np.abs(weights[name] - START[name])
        assert moved.max() > 1.0
    assert (weights["pair"] == 0).any()
    assert (weights["pair"] == W_MAX).any()
