"""Poisson input: its law, in the forms of Brian 2 and of NEST."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import distsnn as snn
from distsnn.errors import ParameterError
from distsnn.exchange import run_loopback
from distsnn.units import ms

CELLS, STEPS = 400, 200
FORMS = [(1, 0.3), (20, 0.5), (20, 1.0), (50, 0.97), (1000, 0.004), (100_000, 1e-3), (30_000, 0.4)]


def counts(threads: int) -> dict[tuple[int, float], np.ndarray]:
    """Events of each cell in each step, of every form."""
    names = [f"x{n}" for n in range(len(FORMS))]
    group = snn.NeuronGroup(CELLS, "\n".join(f"{name} : 1" for name in names), name="sums")
    inputs = [
        snn.PoissonInput(group, name, number, p / (0.1 * ms), 1.0, name=f"input_{name}")
        for name, (number, p) in zip(names, FORMS, strict=True)
    ]
    seen = snn.StateMonitor(group, names, record=True)
    snn.Network(group, inputs, seen, seed=3, threads=threads).run((STEPS + 1) * 0.1 * ms)
    found = [np.diff(getattr(seen, name), axis=1) for name in names]
    return dict(zip(FORMS, found, strict=True))


@pytest.fixture(scope="module")
def drawn() -> dict[tuple[int, float], np.ndarray]:
    return counts(1)


@pytest.mark.parametrize("form", FORMS)
def test_events_of_a_variable_are_binomial(drawn: dict, form: tuple[int, float]) -> None:
    """Mean and variance (5 sigma), chi-square of the counts, and no correlation in time.

    Brian 2.9 has the same law: at N = 20 and rate dt = 0.5 the variance is 5 (a Poisson count has
    10), at rate dt = 1 there are always N events.
    """
    (number, p), found = form, drawn[form]
    assert found.shape == (CELLS, STEPS)
    exact = stats.binom(number, p)
    n, variance = found.size, exact.var()
    if p == 1.0:
        assert (found == number).all()
        return
    assert abs(found.mean() - exact.mean()) < 5 * np.sqrt(variance / n)
    kurtosis = float(exact.stats(moments="k"))
    assert abs(found.var() - variance) < 5 * variance * np.sqrt((2 + kurtosis) / n)
    low, high = (int(x) for x in exact.ppf([0.002, 0.998]))
    edges = np.arange(low, high + 1)
    seen = np.array([(found <= low).sum(), *((found == k).sum() for k in edges[1:-1]), 0])
    seen[-1] = n - seen.sum()
    expected = n * np.diff([0.0, *exact.cdf(edges[:-1]), 1.0])
    if seen.size > 1:
        assert stats.chisquare(seen, expected).pvalue > 1e-4
    steps = found - found.mean()
    assert abs((steps[:, 1:] * steps[:, :-1]).mean()) < 5 * variance / np.sqrt(n)


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_events_are_the_same_on_any_ranks_and_threads(drawn: dict) -> None:
    """The reference is drawn by all ranks alike; the other runs have two threads each."""
    for form, found in counts(2).items():
        assert found.tobytes() == drawn[form].tobytes()
    found = drawn[20, 0.5].ravel()
    # Any other bit of any draw changes this sum.
    assert int((found * np.arange(found.size)).sum()) == 31_997_055_361


def test_receptors_get_poisson_counts() -> None:
    """NEST's poisson_generator: variance and mean are both N rate dt."""
    cells = snn.NeuronGroup(CELLS, snn.LIF(V_th=1e9, tau_m=1e9 * ms))
    noise = snn.PoissonInput(cells, snn.Delta(), 20, 0.5 / (0.1 * ms), 1.0)
    seen = snn.StateMonitor(cells, "V_m", record=True)
    snn.Network(cells, noise, seen).run((STEPS + 1) * 0.1 * ms)
    found = np.rint(np.diff(seen.V_m, axis=1))
    assert abs(found.mean() - 10) < 5 * np.sqrt(10 / found.size)
    assert abs(found.var() - 10) < 5 * 10 * np.sqrt(2.1 / found.size)


def test_more_events_than_fit_into_a_step_are_refused_by_the_run() -> None:
    """Until then a smaller time step may be set."""
    group = snn.NeuronGroup(1, "x : 1", name="group")
    noise = snn.PoissonInput(group, "x", 20, 1.01 / (0.1 * ms), 1.0)
    with pytest.raises(ParameterError, match=r"at most one event in a step of 0\.1 ms"):
        snn.Network(group, noise).run(1 * ms)
    net = snn.Network(group, noise)
    net.dt = 0.05 * ms
    assert net.run(1 * ms)
    with pytest.raises(ParameterError, match=r"at most one event in a step of 0\.05 ms"):
        noise.rate = 30.0
    assert noise.rate == pytest.approx(10.1)
    for rates in (20.0, [1.0, 20.0], snn.LogNormal(6.0, 0.1)):
        P = snn.PoissonGroup(2, rates)
        with pytest.raises(ParameterError, match=r"at most once in a step"):
            snn.Network(P).run(1 * ms)


def counted(_: object) -> dict[str, np.ndarray]:
    """Counts that expressions draw, and an input whose weight is one."""
    G = snn.NeuronGroup(
        400, "l : 1\nw : 1\nx : integer\ny : 1\nz : volt\none : 1\ng : 1\ngamma : 1", name="counts"
    )  # fmt: skip
    G.l, G.w = "i % 4 * 2.5", "0.5*(i % 2)"
    G.one, G.gamma = "poisson(3)", "2 + exponential(0.5)"
    G.run_regularly("x = poisson(l)\ny = binomial(20, 0.3)\ng = gamma(gamma, l)")
    noise = snn.PoissonInput(G[100:], "z", 50, 2 * snn.kHz, "w*volt")
    seen = snn.StateMonitor(G, ["x", "y", "z", "g"], record=True, when="end")
    net = snn.Network(G, noise, seen, seed=5)
    net.run(20 * ms)
    noise.active = False
    net.run(1 * ms)
    assert np.array_equal(seen.z[:, -10:], np.repeat(seen.z[:, -11:-10], 10, axis=1))
    with pytest.raises(ParameterError, match="an input whose weight is an expression"):
        noise.rate = 3.0
    return {"x": seen.x, "y": seen.y, "z": seen.z / snn.volt, "one": np.array(G.one),
            "g": seen.g, "gamma": np.array(G.gamma)}  # fmt: skip


def test_expressions_draw_counts() -> None:
    """The laws within 5 standard deviations, and the same bits on any number of ranks."""
    (found,) = run_loopback(1, counted)
    for count in (2, 3, 4, 7):
        for again in run_loopback(count, counted):
            assert all(found[name].tobytes() == again[name].tobytes() for name in found)
    steps = found["x"].shape[1]
    n = 100 * steps
    for k in range(4):
        mean, part = 2.5 * k, found["x"][k::4]
        assert abs(part.mean() - mean) <= 5 * np.sqrt(mean / n)
        assert abs(part.var() - mean) <= 5 * np.sqrt((2 * mean**2 + mean) / n)
    assert abs(found["y"].mean() - 6) < 5 * np.sqrt(4.2 / (4 * n))
    assert abs(found["y"].var() - 4.2) < 5 * 4.2 * np.sqrt(2 / (4 * n))
    jumps = np.diff(found["z"][:, :200], axis=1, prepend=0.0)
    assert not jumps[:100].any()
    assert not jumps[::2].any()
    assert abs(2 * jumps[101::2].mean() - 10) < 5 * np.sqrt(8 / jumps[101::2].size)
    assert abs(found["one"].mean() - 3) < 5 * np.sqrt(3 / 400)
    # A variable may have the name of a function that Brian 2 has not.
    assert abs(found["gamma"].mean() - 2.5) < 5 * 0.5 / np.sqrt(400)
    assert found["gamma"].min() >= 2
    for k in range(4):
        shape, part = found["gamma"][k::4], found["g"][k::4]
        error = 5 * 2.5 * k * np.sqrt(shape.mean() / n)
        assert abs(part.mean() - shape.mean() * 2.5 * k) <= error
