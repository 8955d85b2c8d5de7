"""Arguments of runs; how many steps they take that do not last whole steps: Brian 2's rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn import ParameterError, ms
from distsnn.describe.values.time_steps import steps_until
from distsnn.errors import UnknownNameError


def network() -> snn.Network:
    return snn.Network(snn.PoissonGroup(1, rates=0.0, name="source"), dt=0.1 * ms)


@pytest.mark.parametrize(
    ("durations", "steps"),
    [
        ([0.25, 0.25], [3, 5]),
        ([0.26, 0.26, 0.1, 0.1], [3, 6, 7, 8]),
        ([0.31, 0.31, 0.31], [4, 7, 10]),
        ([1 / 3] * 3, [4, 7, 10]),
        ([0.55, 0.05], [6, 6]),
        ([0.05] * 3, [1, 1, 2]),
        ([0.1] * 12, list(range(1, 13))),
        ([0.10001], [1]),
        ([0.10002], [2]),
    ],
)
def test_runs_end_where_the_sum_of_durations_does(durations: list[float], steps: list[int]) -> None:
    net, found = network(), []
    for duration in durations:
        net.run(duration)
        found.append(round(net.t / 0.1))
    assert found == steps


def test_an_unfinished_step_survives_a_checkpoint(tmp_path: Path) -> None:
    net = network()
    net.run(0.25 * ms)
    net.save(tmp_path / "state.h5")
    again = network()
    again.load(tmp_path / "state.h5")
    again.run(0.25 * ms)
    assert again.t == pytest.approx(0.5)


def test_whole_steps_are_whole_up_to_1e_minus_4() -> None:
    assert [steps_until(x, 0.1) for x in (0.0, 0.300009, 0.30002, 0.29999, 0.25)] == [0, 3, 4, 3, 3]


def test_what_cannot_spike_or_is_not_connected_is_an_error() -> None:
    silent = snn.NeuronGroup(2, "x : 1", name="silent")
    spiking = snn.NeuronGroup(2, "x : 1", threshold="x > 1", name="spiking")
    for make in (
        lambda: snn.Synapses(silent, spiking, on_pre="x_post += 1"),
        lambda: snn.Synapses(spiking, silent, on_post="x_post += 1"),
        lambda: snn.SpikeMonitor(silent[:1]),
        lambda: snn.PopulationRateMonitor(silent),
    ):
        with pytest.raises(ParameterError, match=r"silent.* has no threshold"):
            make()
    snn.Synapses(silent, silent, "w : 1")
    synapses = snn.Synapses(spiking, silent, on_pre="x_post += 1", name="S")
    net = snn.Network(silent, spiking, synapses)
    with pytest.raises(ParameterError, match=r"S: connect\(\) was not called"):
        net.run(1 * ms)


def test_arguments_of_brian_2_are_taken_or_named(capsys: pytest.CaptureFixture[str]) -> None:
    net = network()
    net.run(0.1 * ms, None)
    assert capsys.readouterr().err == ""
    net.run(0.1 * ms, "text", 1 * snn.second)
    assert "ms" in capsys.readouterr().out
    net.run(0.1 * ms, report="stderr")
    assert "ms" in capsys.readouterr().err
    for given in ({"report": "unknown"}, {"report": 3}, {"report_period": 0}):
        with pytest.raises(ParameterError, match=rf"{next(iter(given))}="):
            net.run(1 * ms, **given)


def test_a_function_is_told_how_far_a_run_has_come() -> None:
    """Brian 2 calls it with 0 s and the fraction 0, every period, and with the fraction 1."""
    brian2 = pytest.importorskip("brian2")
    brian2.prefs.codegen.target = "numpy"
    told: dict[str, list[tuple[float, ...]]] = {}
    for b in (brian2, snn):
        calls = told[b.__name__] = []

        def report(*given: float, to: list = calls, unit: float = b.second) -> None:
            elapsed, completed, start, duration = given
            to.append(tuple(map(float, (elapsed / unit, completed, start / unit, duration / unit))))

        # As exact as each step takes time, in both.
        net = b.Network(b.NeuronGroup(1, "x : 1"))
        net.run(2 * b.ms)
        net.run(5 * b.ms, report=report)
        net.run(2000 * b.ms, report=report, report_period=1e-6 * b.second)
        net.run(0 * b.ms, report)
    for calls in told.values():
        seconds, completed, start, duration = np.transpose(calls)
        assert completed[:3].tolist() == [0, 1, 0]
        assert completed[-3:].tolist() == [1, 0, 1]
        assert len(calls) > 6
        assert np.all(np.diff(completed[2:-2]) >= 0)
        assert start[:3] == pytest.approx([0.002, 0.002, 0.007])
        assert duration[[0, 1, 2, -1]] == pytest.approx([0.005, 0.005, 2.0, 0.0])
        assert seconds[0] == seconds[2] == 0 < seconds[1] < 100


def test_poisson_input_takes_arguments_as_brian_2_does() -> None:
    cells = snn.NeuronGroup(200, "x : 1", name="cells")
    net = snn.Network(cells, snn.PoissonInput(cells, "x", 100, 10 * snn.Hz, 0.5))
    net.run(50 * ms)
    # Mean 100 * 0.01/ms * 50 ms * 0.5 = 25, standard error 0.5 * sqrt(50)/sqrt(200) = 0.25.
    assert cells.x.mean() == pytest.approx(25.0, abs=6 * 0.25)
    others = snn.NeuronGroup(2, "x : 1", name="others")
    with pytest.raises(UnknownNameError, match="'y'"):
        snn.PoissonInput(others, "y", 100, 10 * snn.Hz, 0.5)
