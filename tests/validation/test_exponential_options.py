"""The exponential synapse with each of BrainPy's options, against its update equations.

The loops below are written from the equations and from the order of a step in the design
(section 4), for two groups of neurons with zero rest, unit resistance and no refractoriness:

- g <- g exp(-dt/tau) or a step of another method, then g += weight * release for every event
  that is due;
- release: u and x relax, at a spike u += U (1 - u), x -= u x (depression alone: x -= U x);
- CUBA: exact membrane; COBA: exponential under the mean conductance of the step; MgBlock: the
  same with the block at the potential half a step on, which is found with the block at the old.

Spikes are compared exactly, g and V_m to 1e-12. The same models give the same bits on any
number of ranks, and whether they are stored dense or sparse.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

import distsnn as snn
from distsnn.exchange import World
from tests.invariance.test_ranks import check

DT = 0.1
TAU_M, THRESHOLD, RESET = 10.0, 20.0, -5.0
MODEL = snn.LIF(C_m=TAU_M, tau_m=TAU_M, E_L=0.0, V_th=THRESHOLD, V_reset=RESET, t_ref=0.0)
RNG = np.random.default_rng(3)
N_SOURCE, N_TARGET, TAU = 6, 5, 8.0
CURRENT = np.linspace(25.0, 60.0, N_SOURCE)
DRAWN = RNG.uniform(0.2, 2.0, (N_SOURCE, N_TARGET))
HOLES = RNG.random((N_SOURCE, N_TARGET)) < 0.6
SOURCES, TARGETS = np.nonzero(HOLES)


def test_example_of_the_page() -> None:
    """Two neurons, input 25 to the first, g_max 5: numbers found with BrainPy itself."""
    pre, post = snn.NeuronGroup(1, MODEL), snn.NeuronGroup(1, MODEL)
    pre.I_e = 25 * snn.pA
    S = snn.Synapses(pre, post, snn.Exponential(tau=8 * snn.ms, output=snn.CUBA()), weight=5.0)
    S.connect()
    first, second = snn.SpikeMonitor(pre), snn.SpikeMonitor(post)
    network = snn.Network(pre, post, S, first, second, dt=DT)
    largest = 0.0
    for _ in range(1500):
        network.run(DT)
        largest = max(largest, post.I_syn[0])
    assert np.rint(first.t / DT).tolist() == [160, 340, 520, 700, 880, 1060, 1240, 1420]
    assert second.t.size == 0
    assert largest == pytest.approx(5.58908516639875, rel=1e-14)


class Loop:
    """The update equations: every event of every synapse, one at a time."""

    def __init__(self, output, weight, delay, stp, decayed) -> None:
        self.decayed = decayed
        self.output, self.weight, self.delay, self.stp = output, weight, delay, stp
        self.pre, self.post = np.zeros(N_SOURCE), np.zeros(N_TARGET)
        self.g = np.zeros(N_TARGET)
        self.x = np.ones(N_SOURCE)
        self.u = np.full(N_SOURCE, getattr(stp, "u_0", 0.0))
        self.spikes: tuple[list, list] = ([], [])
        self.due: list[tuple[int, int, float]] = []

    def membrane(self, V: float, g: float) -> float:
        output = self.output
        if isinstance(output, snn.CUBA):
            m, s = math.exp(-DT / TAU_M), math.exp(-DT / TAU)
            return V * m + g / TAU_M * TAU_M * TAU / (TAU_M - TAU) * (m - s)
        g *= (1 - math.exp(-DT / TAU)) / (DT / TAU)
        if not isinstance(output, snn.MgBlock):
            return self.course(V, g, DT)
        middle = self.course(V, self.opened(g, V), DT / 2)
        return self.course(V, self.opened(g, middle), DT)

    def opened(self, g: float, V: float) -> float:
        output = self.output
        return g / (1 + output.cc_Mg / output.beta * math.exp(-output.alpha * V))

    def course(self, V: float, g: float, duration: float) -> float:
        a, b = (1 + g) / TAU_M, g * self.output.E / TAU_M
        return b / a + (V - b / a) * math.exp(-a * duration)

    def release(self, i: int) -> float:
        stp, u, x = self.stp, self.u[i], self.x[i]
        if stp is None:
            return 1.0
        if isinstance(stp, snn.STD):
            self.x[i] = x - stp.U * x
            return self.x[i] if stp.x == "after" else x
        self.u[i] = u + stp.U * (1 - u)
        self.x[i] = x - self.u[i] * x
        return (self.u[i] if stp.u == "after" else u) * (self.x[i] if stp.x == "after" else x)

    def relax(self) -> None:
        tau_d = getattr(self.stp, "tau_d", getattr(self.stp, "tau", 1.0))
        self.x = 1 - (1 - self.x) * math.exp(-DT / tau_d)
        self.u *= math.exp(-DT / getattr(self.stp, "tau_f", 1.0))

    def step(self, n: int) -> None:
        self.pre = CURRENT + (self.pre - CURRENT) * math.exp(-DT / TAU_M)
        self.post = np.array([self.membrane(*s) for s in zip(self.post, self.g, strict=True)])
        self.g = self.decayed(self.g)
        if n > 0:
            self.relax()
        fired = np.flatnonzero(self.pre >= THRESHOLD), np.flatnonzero(self.post >= THRESHOLD)
        for found, now in zip(self.spikes, fired, strict=True):
            found.extend((n, int(k)) for k in now)
        for i in fired[0]:
            released = self.release(i)
            for j in range(N_TARGET):
                if not np.isnan(self.weight[i, j]):
                    arrives = n + math.floor(self.delay[i, j] / DT + 0.5 + 1e-9)
                    self.due.append((arrives, j, self.weight[i, j] * released))
        for _, j, w in [event for event in self.due if event[0] == n]:
            self.g[j] += w
        self.due = [event for event in self.due if event[0] > n]
        self.pre[fired[0]] = RESET
        self.post[fired[1]] = RESET


def slope(g: np.ndarray) -> np.ndarray:
    return -g / TAU


def rk2(g: np.ndarray) -> np.ndarray:
    return g + DT * slope(g + DT / 2 * slope(g))


def rk3(g: np.ndarray) -> np.ndarray:
    k1 = slope(g)
    k2 = slope(g + DT / 2 * k1)
    k3 = slope(g - DT * k1 + 2 * DT * k2)
    return g + DT / 6 * (k1 + 4 * k2 + k3)


def rk4(g: np.ndarray) -> np.ndarray:
    k1 = slope(g)
    k2 = slope(g + DT / 2 * k1)
    k3 = slope(g + DT / 2 * k2)
    k4 = slope(g + DT * k3)
    return g + DT / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def exact(g: np.ndarray) -> np.ndarray:
    return g * math.exp(-DT / TAU)


METHODS = {
    **dict.fromkeys(("exact", "exponential_euler", "exp_euler", "exp_auto"), exact),
    "euler": lambda g: g + DT * slope(g),
    **dict.fromkeys(("rk2", "midpoint", "heun2"), rk2),
    "rk3": rk3,
    "rk4": rk4,
}


def simulate(rule, output, *, method="exact", **given):
    """What distsnn finds."""
    pre, post = snn.NeuronGroup(N_SOURCE, MODEL), snn.NeuronGroup(N_TARGET, MODEL)
    pre.I_e = CURRENT
    S = snn.Synapses(pre, post, snn.Exponential(TAU, output, method=method), **given)
    S.connect(rule)
    monitors = [snn.SpikeMonitor(pre), snn.SpikeMonitor(post)]
    network = snn.Network(pre, post, S, monitors, dt=DT, seed=4)
    network.run(80.0)
    name = "I_syn" if isinstance(output, snn.CUBA) else "g"
    found = {"g": np.array(getattr(post, name)), "V": np.array(post.V_m), "i": S.i, "j": S.j}
    for k, monitor in enumerate(monitors):
        found |= {f"t{k}": np.rint(monitor.t / DT), f"i{k}": monitor.i}
    return found, S


def full(S, values):
    """Values of synapses as a matrix, NaN where there is none."""
    matrix = np.full((N_SOURCE, N_TARGET), np.nan)
    matrix[S.i, S.j] = values
    return matrix


OUTPUTS = {
    "CUBA": (snn.CUBA(), 6.0),
    "COBA": (snn.COBA(E=45.0), 0.5),
    "MgBlock": (snn.MgBlock(E=60.0), 0.8),
    "MgBlock, other": (snn.MgBlock(E=60.0, alpha=0.1, beta=2.0, cc_Mg=0.5), 0.8),
}
PLASTICITY = {
    "none": None,
    "STD": snn.STD(tau=50.0, U=0.3),
    "STD before": snn.STD(tau=50.0, U=0.3, x="before"),
    "STP": snn.STP(U=0.3, tau_f=40.0, tau_d=30.0),
    "STP u after x before": snn.STP(U=0.3, tau_f=40.0, tau_d=30.0, x="before", u_0=0.0),
    "STP before": snn.STP(U=0.3, tau_f=40.0, tau_d=30.0, u="before", x="before"),
}
RULES = {
    "all": snn.AllToAll(),
    "p": snn.Bernoulli(0.5),
    "dense": HOLES.astype(float),
    "sparse": sparse.csr_matrix(HOLES),
    "lists": snn.Pairs(SOURCES, TARGETS),
    "strengths": snn.Matrix(DRAWN * HOLES, strengths=True),
}
DELAYS = {
    "none": 0.0,
    "number": 1.5,
    "per source": snn.PerSource(np.linspace(0.0, 2.0, N_SOURCE)),
    "drawn": snn.Uniform(0.0, 3.0),
}


def compare(rule="all", output="CUBA", delay="number", stp="none", **given) -> dict:
    decayed = METHODS[given.get("method", "exact")]
    made, weight = OUTPUTS[output]
    given = {"weight": weight, "delay": DELAYS[delay], "stp": PLASTICITY[stp], **given}
    found, S = simulate(RULES[rule], made, **given)
    loop = Loop(made, full(S, S.weight), full(S, S.delay), PLASTICITY[stp], decayed)
    for n in range(800):
        loop.step(n)
    for k, spikes in enumerate(loop.spikes):
        assert list(zip(found[f"t{k}"], found[f"i{k}"], strict=True)) == spikes
    assert len(loop.spikes[0]) > 30
    np.testing.assert_allclose(found["g"], loop.g, rtol=1e-12)
    np.testing.assert_allclose(found["V"], loop.post, rtol=1e-11, atol=1e-11)
    assert loop.g.max() > 0
    return found


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("stp", PLASTICITY)
def test_outputs_and_plasticity(output: str, stp: str) -> None:
    compare(output=output, stp=stp)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("output", ["CUBA", "MgBlock"])
def test_methods(method: str, output: str) -> None:
    compare(method=method, output=output, stp="STD")


def test_methods_differ() -> None:
    found = [
        compare(method=method, stp="STD")["g"].tobytes()
        for method in ("exact", "euler", "rk2", "rk3", "rk4")
    ]
    assert len(set(found)) == 5


def test_a_method_that_is_not_known() -> None:
    with pytest.raises(snn.errors.ParameterError, match=r"'rk5'; methods are rk2, .*'rk2'\?"):
        snn.Exponential(TAU, method="rk5")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("delay", DELAYS)
def test_connections_and_delays(rule: str, delay: str) -> None:
    compare(rule=rule, delay=delay, stp="STP")


@pytest.mark.parametrize(
    "weight", [DRAWN * 6, snn.Normal(5.0, 1.0), 7.0], ids=["array", "drawn", "number"]
)
@pytest.mark.parametrize("delay", ["none", "drawn"])
@pytest.mark.parametrize("stp", ["none", "STD"])
def test_storage(weight: object, delay: str, stp: str) -> None:
    found = [
        compare(weight=weight, delay=delay, stp=stp, storage=storage)
        for storage in ("auto", "dense", "sparse")
    ]
    for other in found[1:]:
        assert all(found[0][name].tobytes() == other[name].tobytes() for name in other)


def test_forms_of_one_connection() -> None:
    """A matrix, dense or sparse, and lists of indices are the same synapses."""
    found = [compare(rule=rule, output="COBA") for rule in ("dense", "sparse", "lists")]
    for other in found[1:]:
        assert all(found[0][name].tobytes() == other[name].tobytes() for name in other)


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("storage", ["dense", "sparse"])
@pytest.mark.parametrize("stp", ["STD before", "STP"])
def test_ranks(delay: str, storage: str, stp: str) -> None:
    def job(world: World) -> dict[str, np.ndarray]:
        output = OUTPUTS["MgBlock"][0]
        given = {"delay": DELAYS[delay], "stp": PLASTICITY[stp], "storage": storage}
        found, _ = simulate(RULES["p"], output, weight=snn.Uniform(0.5, 1.5), **given)
        return found

    assert check(job)["t0"].size > 30


def test_many_spikes_in_flight() -> None:
    """The releases of spikes move along when the ring of spikes in flight grows."""

    def job(world: World) -> dict[str, np.ndarray]:
        cells = snn.NeuronGroup(1500, snn.LIF(I_e=40_000.0, t_ref=0.3))
        one = snn.NeuronGroup(1, snn.LIF(V_th=1e9, V_reset=0.0))
        S = snn.Synapses(
            cells, one, snn.Exponential(5.0), weight=1.0, delay=4.0, stp=snn.STD(tau=5.0, U=0.5)
        )
        S.connect()
        network = snn.Network(cells, one, S, dt=DT)
        network.run(15.0)
        return {"g": np.array(one.I_syn)}

    found = check(job, (1, 3))["g"][0]
    x, g, due = 1.0, 0.0, []
    spikes = snn.SpikeMonitor(cells := snn.NeuronGroup(1, snn.LIF(I_e=40_000.0, t_ref=0.3)))
    snn.Network(cells, spikes, dt=DT).run(15.0)
    for n in range(150):
        g *= math.exp(-DT / 5.0)
        x = 1 - (1 - x) * math.exp(-DT / 5.0)
        if n in np.rint(spikes.t / DT):
            x -= 0.5 * x
            due.append((n + 40, x))
        g += sum(1500 * release for at, release in due if at == n)
    assert found == pytest.approx(g, rel=1e-9)
    assert len(due) > 10
