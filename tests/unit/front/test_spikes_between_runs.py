"""Sources whose rates and spikes are set between runs, and several spikes in one step."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import EquationError, ParameterError, UnitError
from distsnn.exchange import World, run_loopback
from distsnn.units import Hz, ms

N = 300


class Sources:
    """Sources, and synapses of every kind: tables, a rule, short-term plasticity, statements."""

    def __init__(self) -> None:
        self.P = snn.PoissonGroup(N, 20 * Hz, name="P")
        self.src = snn.SpikeGeneratorGroup(
            4, [0, 1, 1, 3, 1], [1.0, 2.0, 2.05, 2.0, 2.0] * ms, name="src", most_per_step=3
        )
        self.sums = snn.NeuronGroup(6, "x : 1\ny : 1", name="sums")
        self.cells = snn.NeuronGroup(6, snn.LIF(tau_m=1e6 * ms, V_th=1e6), name="cells")
        a, b, c = (snn.Exponential(tau=1e9 * ms, name=name) for name in "abc")
        rule = snn.STDP(0.1, 0.1, w_max=20.0)
        synapses = [
            snn.Synapses(self.src, self.sums, "w : 1", on_pre="x_post += w + 0*rand()", name="S"),
            snn.Synapses(self.src, self.sums, on_pre="y_post += 1", delay=0.4 * ms, name="T"),
            snn.Synapses(self.src, self.cells, a, weight=2.0, delay=0.5 * ms, name="table"),
            snn.Synapses(self.src, self.cells, b, weight=10.0, delay=0.5 * ms, stdp=rule, name="L"),
            snn.Synapses(self.src, self.cells, c, weight=8.0, stp=snn.STD(1e9, U=0.5), name="D"),
        ]
        for made in synapses:
            made.connect()
        synapses[0].w = 1.5
        self.of_P = snn.SpikeMonitor(self.P, name="of_P")
        self.of_src = snn.SpikeMonitor(self.src, name="of_src")
        self.rate = snn.PopulationRateMonitor(self.src, name="rate")
        monitors = self.of_P, self.of_src, self.rate
        self.net = snn.Network(self.P, self.src, self.sums, self.cells, synapses, monitors, seed=2)

    def results(self) -> dict[str, np.ndarray]:
        found = {f"t {n}": np.array(m.t) for n, m in enumerate((self.of_P, self.of_src, self.rate))}
        found |= {f"i {n}": np.array(m.i) for n, m in enumerate((self.of_P, self.of_src))}
        found |= {name: np.array(getattr(self.sums, name)) for name in ("x", "y")}
        found |= {name: np.array(getattr(self.cells, f"I_syn_{name}")) for name in "abc"}
        return found | {"rate": self.rate.rate}


def first(job: Sources, record: Path | None = None) -> None:
    job.net.run(20 * ms, record=record)


def second(job: Sources, record: Path | None = None) -> None:
    job.P.rates = np.linspace(0.0, 0.4, N)
    job.src.set_spikes([2, 0, 0, 0], [25.0, 21.0, 21.0, 21.0] * ms)
    job.net.run(20 * ms, record=record)


def third(job: Sources, record: Path | None = None) -> None:
    job.P.rates = "(i < 100)*50*Hz"
    job.src.times = [41.0, 41.0, 42.0, 43.0] * ms
    job.net.run(20 * ms, record=record)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sources, bytes]:
    job, record = Sources(), tmp_path_factory.mktemp("whole") / "spikes.h5"
    for part in (first, second, third):
        part(job, record)
    return job, record.read_bytes()


def test_several_spikes_of_a_step_all_count(whole: tuple[Sources, bytes]) -> None:
    """Twelve spikes: each acts on every synapse and is recorded, as often as it was given."""
    job, _ = whole
    given = [(1.0, 0), (2.0, 1), (2.0, 1), (2.0, 1), (2.0, 3)]
    given += [(21.0, 0)] * 3 + [(25.0, 2)] + [(41.0, 0), (41.0, 2), (42.0, 0), (43.0, 0)]
    found = list(zip(np.round(job.of_src.t, 9), np.array(job.of_src.i), strict=True))
    assert found == given
    assert job.of_src.count.tolist() == [7, 3, 2, 1]
    np.testing.assert_allclose(job.rate.rate[[10, 20, 210]] * 0.1 * 4, [1, 4, 3])
    assert np.array(job.sums.x).tolist() == [13 * 1.5] * 6
    assert np.array(job.sums.y).tolist() == [13.0] * 6
    np.testing.assert_allclose(job.cells.I_syn_a, 13 * 2.0, rtol=1e-6)
    np.testing.assert_allclose(job.cells.I_syn_b, 13 * 10.0, rtol=1e-6)
    # Each spike of a source finds half of what the one before it has found, in one step or not.
    released = sum(0.5**k for n in (7, 3, 2, 1) for k in range(n))
    scale = float(job.cells.I_syn_c[0]) / released
    assert scale == pytest.approx(8.0, rel=1e-4) or scale == pytest.approx(4.0, rel=1e-4)


def test_rates_that_were_set_between_runs(whole: tuple[Sources, bytes]) -> None:
    """Counts within 5 sigma of what the rates give, as in Brian 2."""
    job, _ = whole
    t, i = np.array(job.of_P.t), np.array(job.of_P.i)
    for begin, rates in (
        (0.0, np.full(N, 0.02)),
        (20.0, np.linspace(0.0, 0.4, N)),
        (40.0, 0.05 * (np.arange(N) < 100)),
    ):
        inside = (t > begin - 0.05) & (t < begin + 19.95)
        counts = np.bincount(i[inside], minlength=N)
        assert abs(counts.sum() - 20 * rates.sum()) < 5 * np.sqrt(20 * rates.sum())
        assert not counts[rates == 0].any()
    assert job.P.rates[[0, 150]].tolist() == [0.05, 0.0]


@pytest.mark.parametrize("ranks", [2, 3, 4])
def test_on_ranks_and_through_checkpoints(
    whole: tuple[Sources, bytes], ranks: int, tmp_path: Path
) -> None:
    record, state = tmp_path / "spikes.h5", tmp_path / "state.h5"

    def begin(_: World) -> None:
        snn.set_threads(3 - ranks // 2)
        job = Sources()
        first(job, record)
        second(job, record)
        job.P.rates = 7 * Hz
        job.src.set_spikes([2, 3], [41.0, 59.0])
        job.net.save(state)

    def go_on(_: World) -> tuple[dict[str, np.ndarray], Any]:
        job = Sources()
        job.net.load(state)
        set_then = job.P.rates, job.src.times.tolist(), job.src.indices.tolist()
        job.src.set_spikes([2, 0, 0, 0], [41.0] * 4)
        third(job, record)
        return job.results(), set_then

    run_loopback(ranks, begin)
    expected = whole[0].results()
    for found, set_then in run_loopback(5 - ranks, go_on):
        assert set_then == (0.007, [41.0, 59.0], [2, 3])
        assert found.keys() == expected.keys()
        for name, values in expected.items():
            assert found[name].tobytes() == values.tobytes(), name
    assert record.read_bytes() == whole[1]


def test_what_cannot_be_set(caplog: pytest.LogCaptureFixture) -> None:
    src = snn.SpikeGeneratorGroup(3, [0], [1.0])
    P = snn.PoissonGroup(3, 10 * Hz)
    spikes = snn.SpikeMonitor(src)
    net = snn.Network(src, P, spikes)
    net.run(2 * ms)
    wave = snn.TimedArray([0.0, 1.0], dt=1 * ms)  # noqa: F841 - the text refers to it
    for rates, error, message in (
        (-1.0, ParameterError, "rates must be >= 0"),
        ([1.0, 2.0], ParameterError, "shape"),
        (11.0, ParameterError, "at most once in a step"),
        ("nothing(t)*Hz", EquationError, "nothing"),
        ("i*ms", UnitError, "rates"),
    ):
        with pytest.raises(error, match=message):
            P.rates = rates
        assert P.rates == 0.01
    # As in Brian 2, a text gives what it says at this time; draws are those of this moment.
    P.rates = "(wave(t) + i)*Hz"
    assert P.rates.tolist() == [0.001, 0.002, 0.003]
    for _ in range(2):
        P.rates = "10*Hz*rand()"
    drawn = P.rates.tolist()
    P.rates = "10*Hz*rand()"
    assert len({*drawn, *P.rates}) == 6
    for indices, times, message in (
        ([0, 0], [3.0, 3.04], "most_per_step=2"),
        ([3], [3.0], "outside the group"),
        ([0], [-1.0], "negative"),
        ([0], [3.0, 4.0], "do not fit"),
    ):
        with pytest.raises(ParameterError, match=message):
            src.set_spikes(indices, times)
        assert src.times.tolist() == [1.0]
    for period, message in ((2.5 * ms, "lie before the period"), (-1.0, "period is one time")):
        with pytest.raises(ParameterError, match=message):
            src.set_spikes([0], [3.0], period=period)
    with pytest.raises(ParameterError, match="most_per_step=0"):
        snn.SpikeGeneratorGroup(3, [0], [1.0], most_per_step=0)
    with caplog.at_level(logging.WARNING, logger="distsnn"):
        src.set_spikes([0, 1], [1.0, 3.0], sorted=True)
    assert "1 of the spikes that were set lie before the time reached, 2 ms" in caplog.text
    net.run(2 * ms)
    assert spikes.t[:].tolist() == [1.0, 3.0]


def test_timed_arrays_may_be_other_ones_in_each_run() -> None:
    """As in Brian 2, a run looks names up anew: other values, steps, lengths and columns."""
    G = snn.NeuronGroup(2, "v = wave(t) + other(t, i) : 1")
    seen = snn.StateMonitor(G, "v", record=True, dt=1 * ms)
    net = snn.Network(G, seen)
    wave = snn.TimedArray([1.0, 2.0], dt=1 * ms)
    other = snn.TimedArray([[10.0, 20.0]], dt=1 * ms)
    net.run(2 * ms)
    wave = snn.TimedArray([3.0, 4.0, 5.0, 6.0, 7.0], dt=0.5 * ms)  # noqa: F841 - see the text
    other = snn.TimedArray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dt=2 * ms)  # noqa: F841 - too
    net.run(2 * ms)
    assert seen.v.tolist() == [[11, 12, 11, 11], [21, 22, 12, 12]]
