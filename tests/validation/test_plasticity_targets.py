r"""What theory and publications say of plastic synapses.

- The window of the pair rule: a pair of spikes changes the weight by :math:`A_+ e^{-s/\tau_+}` or
  :math:`-A_- e^{-s/\tau_-}`, exactly; to rounding of the clock.
- Tsodyks-Markram at a regular rate with period T: :math:`u = U/(1 - (1 - U) e^{-T/\tau_f})` and
  :math:`x = (1 - e^{-T/\tau_d})/(1 - (1 - u) e^{-T/\tau_d})` before a spike (the fixed point of
  both maps), for every convention of which of them is transmitted. The approach is exponential;
  after 60 spikes less than 1e-12 is missing.
- Morrison, Aertsen & Diesmann 2007 (eq. 6): uncorrelated spikes drive a weight of the power-law
  rule to :math:`w_0 (\kappa_+/(\alpha \kappa_-))^{1/(1-\mu)}`, where :math:`\kappa = q/(1 - q)`,
  :math:`q = e^{-dt/\tau}`, is what a trace adds up to. Weights spread around it by single spikes,
  which change them by 1%: the spread stays below a tenth of the mean, and the mean of thousands
  of them is within 2% (the bias is of the order of the squared spread).
- Song, Miller & Abbott 2000 (fig. 2): the additive rule drives most weights to either bound.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import distsnn as snn
from distsnn import Hz, ms

DT = 0.1


def kicked(steps: list[int] | snn.PoissonGroup, n: int) -> tuple[snn.NeuronGroup, list[object]]:
    """Cells that spike two steps after they are told to, and what tells them."""
    cells = snn.NeuronGroup(n, snn.LIF(t_ref=0.0), name="cells")
    told = (
        snn.SpikeGeneratorGroup(1, [0] * len(steps), np.array(steps) * DT - 2 * DT, name="told")
        if isinstance(steps, list)
        else steps
    )
    kick = snn.Synapses(told, cells, snn.Exponential(tau=0.002), weight=1e8, delay=DT)
    kick.connect() if isinstance(steps, list) else kick.connect(snn.OneToOne())
    return cells, [told, kick]


def test_window() -> None:
    at = np.setdiff1d(np.arange(10, 800, 13), [400])
    cells, parts = kicked([400], 1)
    pre = snn.SpikeGeneratorGroup(at.size, np.arange(at.size), at * DT, name="pre")
    rule = snn.STDP(0.3, 0.2, tau_plus=12.0, tau_minus=25.0, w_max=5.0)
    made = snn.Synapses(pre, cells, snn.Exponential(2.0), weight=1.0, delay=0.0, stdp=rule)
    made.connect()
    spikes = snn.SpikeMonitor(cells)
    snn.Network(cells, pre, parts, made, spikes, dt=DT).run(90.0)
    assert np.rint(spikes.t / DT).tolist() == [400]
    s = (400 - at) * DT
    window = np.where(s > 0, 0.3 * np.exp(-s / 12.0), -0.2 * np.exp(s / 25.0))
    assert np.allclose(made.w - 1.0, window, rtol=1e-11, atol=1e-14)


CONVENTIONS = [("after", "before"), ("after", "after"), ("before", "before"), ("before", "after")]


def test_steady_states_of_short_term_plasticity() -> None:
    period, tau, U, tau_f, tau_d = 200, 1.0, 0.3, 80.0, 50.0
    pre = snn.SpikeGeneratorGroup(1, [0] * 70, (np.arange(70) * period + 10) * DT, name="pre")
    cells = snn.NeuronGroup(1, snn.LIF(), name="cells")
    made = []
    for u, x in CONVENTIONS:
        stp = snn.STP(U=U, tau_f=tau_f, tau_d=tau_d, u=u, x=x, u_0=0.0)
        made.append(snn.Synapses(pre, cells, snn.Exponential(tau), weight=2.0, delay=DT, stp=stp))
        made[-1].connect()
    currents = snn.StateMonitor(cells, True, record=True)
    snn.Network(pre, cells, made, currents, dt=DT).run(70 * period * DT)
    decay_f, decay_d = math.exp(-period * DT / tau_f), math.exp(-period * DT / tau_d)
    u_after = U / (1 - (1 - U) * decay_f)
    x_before = (1 - decay_d) / (1 - (1 - u_after) * decay_d)
    u_before, x_after = u_after * decay_f, x_before * (1 - u_after)
    wanted = [u_after * x_before, u_after * x_after, u_before * x_before, u_before * x_after]
    names = [v for v in currents.record_variables if v.startswith("I_syn")]
    # The event of step m acts at the end of step m + 1.
    step = 69 * period + 10 + 2
    for name, value in zip(names, wanted, strict=True):
        trace = getattr(currents, name)[0]
        jump = trace[step] - trace[step - 1] * math.exp(-DT / tau)
        assert jump == pytest.approx(2.0 * value, rel=1e-9)


def test_power_law_fixed_point() -> None:
    mu, alpha, w_0, tau_plus, tau_minus = 0.4, 0.0513, 1.0, 15.0, 30.0
    pre = snn.PoissonGroup(300, rates=50 * Hz, name="pre")
    cells, parts = kicked(snn.PoissonGroup(12, rates=50 * Hz, name="told"), 12)
    q = [math.exp(-DT / tau) for tau in (tau_plus, tau_minus)]
    kappa = [one / (1 - one) for one in q]
    fixed = w_0 * (kappa[0] / (alpha * kappa[1])) ** (1 / (1 - mu))
    rule = snn.STDP(
        0.1, 0.1 * alpha, tau_plus=tau_plus, tau_minus=tau_minus, dependence="power_law",
        mu_plus=mu, w_0=w_0, coincidence="ignore", transmits="after",
    )  # fmt: skip
    made = snn.Synapses(
        pre, cells, snn.Exponential(0.5), weight=snn.Uniform(0.7 * fixed, 1.3 * fixed), delay=0.0,
        dendritic_delay=1.5 * ms, stdp=rule,
    )  # fmt: skip
    made.connect()
    snn.Network(pre, cells, parts, made, dt=DT, seed=3).run(25_000.0)
    w = made.w
    assert w.mean() == pytest.approx(fixed, rel=0.02)
    assert w.std() / w.mean() < 0.1
    # Unimodal: no weight is left where it began far away, all are around the mean.
    counts = np.histogram(w, np.linspace(0.6 * fixed, 1.4 * fixed, 9))[0]
    assert counts.sum() == w.size
    peak = int(counts.argmax())
    assert (np.diff(counts[: peak + 1]) >= 0).all()
    assert (np.diff(counts[peak:]) <= 0).all()


def song(duration: float) -> np.ndarray:
    """Weights in units of their bound, after some time of Brian's example of 1,000 inputs."""
    pre = snn.PoissonGroup(1000, rates=15 * Hz, name="pre")
    cells = snn.NeuronGroup(
        1,
        snn.LIF(C_m=10.0, tau_m=10.0, E_L=-74.0, V_th=-54.0, V_reset=-60.0, t_ref=0.0),
        name="cells",
    )
    cells.V_m = -60.0
    rule = snn.STDP(1e-4, 1.05e-4, w_max=0.01)
    made = snn.Synapses(
        pre, cells, snn.Exponential(5.0, output=snn.COBA(E=0.0)), weight=snn.Uniform(0.0, 0.01),
        delay=0.0, stdp=rule,
    )  # fmt: skip
    made.connect()
    snn.Network(pre, cells, made, dt=DT, seed=13).run(duration)
    return made.w / 0.01


@pytest.mark.long
def test_bimodal_weights() -> None:
    """In equilibrium most weights are at either bound, and few between (fig. 2 of the paper).

    The tenths that were chosen, and what they must hold, were fixed on two other seeds.
    """
    counts = np.histogram(song(1_000_000.0), np.linspace(0.0, 1.0, 11))[0]
    # 200 of 1,000 where weights are drawn evenly.
    assert counts[0] + counts[-1] > 400
    assert min(counts[0], counts[-1]) > 2 * counts[2:8].max()
