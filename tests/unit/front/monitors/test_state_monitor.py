from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.monitors import probe
from distsnn.errors import EquationError, ParameterError, UnknownNameError

DT = 0.1


def driven(n: int = 6) -> snn.NeuronGroup:
    """Neurons that spike at different times."""
    model = snn.LIF(I_e=np.linspace(300.0, 900.0, n), t_ref=1.0)
    return snn.NeuronGroup(n, model, name="cells")


def stepwise(n_steps: int, **assigned: Any) -> np.ndarray:
    """V_m (n_steps + 1, n) at the times t_0, t_1, ..., read between runs of one step."""
    cells = driven()
    network = snn.Network(cells, dt=DT)
    values = [cells.V_m[:]]
    for _ in range(n_steps):
        network.run(DT)
        values.append(cells.V_m[:])
    return np.array(values)


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return stepwise(120)


def recorded(*given: Any, duration: float = 12.0, **options: Any) -> snn.StateMonitor:
    cells = driven()
    monitor = snn.StateMonitor(cells, *given, **options)
    snn.Network(cells, monitor, dt=DT).run(duration)
    return monitor


def test_start_is_before_the_update_and_end_after_the_reset(truth: np.ndarray) -> None:
    start, end = (recorded("V_m", True, when=when) for when in ("start", "end"))
    np.testing.assert_array_equal(start.V_m, truth[:-1].T)
    np.testing.assert_array_equal(end.V_m, truth[1:].T)
    np.testing.assert_array_equal(start.t, np.arange(120) * DT)
    np.testing.assert_array_equal(end.t, start.t)


def test_thresholds_are_before_the_reset(truth: np.ndarray) -> None:
    at_threshold = recorded("V_m", True, when="thresholds").V_m
    reset = at_threshold != truth[1:].T
    assert reset.any()
    assert (at_threshold[reset] >= -55.0).all()
    assert (truth[1:].T[reset] == -70.0).all()


@pytest.mark.parametrize(
    ("record", "index"),
    [
        (True, [0, 1, 2, 3, 4, 5]),
        ([4, 0, 4], [4, 0, 4]),
        (np.array([5, 2]), [5, 2]),
        (range(2, 4), [2, 3]),
        (slice(None, None, 2), [0, 2, 4]),
        (3, [3]),
        (np.int32(3), [3]),
        (False, []),
        ([], []),
    ],
)
def test_what_is_recorded_and_in_which_order(
    record: Any, index: list[int], truth: np.ndarray
) -> None:
    monitor = recorded("V_m", record)
    assert monitor.record.tolist() == index
    assert monitor.n_indices == len(index)
    assert monitor.V_m.shape == (len(index), 120)
    np.testing.assert_array_equal(monitor.V_m, truth[:-1, index].T)


def test_an_index_means_a_neuron_of_the_source(truth: np.ndarray) -> None:
    monitor = recorded("V_m", [4, 1])
    np.testing.assert_array_equal(monitor[1].V_m, truth[:-1, 1])
    np.testing.assert_array_equal(monitor[[1, 4]].V_m, truth[:-1, [1, 4]].T)
    np.testing.assert_array_equal(monitor[1:2].V_m, truth[:-1, 1:2].T)
    np.testing.assert_array_equal(monitor[4].t, monitor.t)
    with pytest.raises(ParameterError, match=r"neuron 2 is not recorded; recorded are 4, 1"):
        monitor[2]
    with pytest.raises(AttributeError, match="recorded variables are V_m"):
        monitor[4].I_e  # noqa: B018 - the read is what is tested


def test_slices_count_from_their_start(truth: np.ndarray) -> None:
    cells = driven()
    part = cells[2:5]
    some, named = snn.StateMonitor(part, "V_m", [2, 0]), snn.StateMonitor(part, "V_m", cells[3:5])
    snn.Network(cells, some, named, dt=DT).run(12.0)
    np.testing.assert_array_equal(some.V_m, truth[:-1, [4, 2]].T)
    assert named.record.tolist() == [1, 2]
    np.testing.assert_array_equal(named[2].V_m, truth[:-1, 4])


def test_dt_reads_at_its_multiples_in_every_run(truth: np.ndarray) -> None:
    cells = driven()
    rare = snn.StateMonitor(cells, "V_m", True, dt=0.7)
    late = snn.StateMonitor(cells, "V_m", True, dt=0.3, when="end")
    network = snn.Network(cells, rare, late, dt=DT)
    for duration in (1.0, 0.2, 0.0, 10.8):
        network.run(duration)
    np.testing.assert_allclose(rare.t, np.arange(0, 12.0, 0.7), rtol=1e-14)
    np.testing.assert_array_equal(rare.V_m, truth[:-1:7].T)
    np.testing.assert_array_equal(late.V_m, truth[1::3].T)
    assert len(rare) == rare.N == 18


def test_parameters_and_assignments_between_runs() -> None:
    cells = driven(3)
    monitor = snn.StateMonitor(cells, ["tau_m", "I_e", "V_m"], [2, 0])
    network = snn.Network(cells, monitor, dt=DT)
    network.run(0.2)
    cells.V_m = -60.0
    cells.tau_m = 15.0
    cells[2:].I_e = 100.0
    network.run(0.1)
    np.testing.assert_array_equal(monitor.tau_m, [[10.0, 10.0, 15.0]] * 2)
    np.testing.assert_array_equal(monitor.I_e, [[900.0, 900.0, 100.0], [300.0, 300.0, 300.0]])
    np.testing.assert_array_equal(monitor.V_m[:, 2], [-60.0, -60.0])


def test_all_variables_with_those_of_receptors_attached_later() -> None:
    cells = driven(2)
    monitor = snn.StateMonitor(cells, True, True)
    synapses = snn.Synapses(cells, cells, snn.Exponential(5.0, name="exc"), weight=10.0, delay=1.0)
    synapses.connect()
    snn.Network(cells, synapses, monitor, dt=DT).run(20.0)
    assert set(monitor.record_variables) == {*cells.variables()}
    assert monitor.I_syn_exc.max() > 0
    np.testing.assert_array_equal(monitor.I_syn_exc[0], monitor.I_syn_exc[1])


@pytest.mark.parametrize("room", [1, 50])
def test_full_buffers_are_emptied(
    monkeypatch: pytest.MonkeyPatch, room: int, truth: np.ndarray
) -> None:
    monkeypatch.setattr(probe, "_BUFFER_VALUES", room)
    np.testing.assert_array_equal(recorded("V_m", True).V_m, truth[:-1].T)
    np.testing.assert_array_equal(recorded("V_m", True, dt=0.5, when="end").V_m, truth[1::5].T)


def test_before_a_run_there_is_nothing() -> None:
    monitor = snn.StateMonitor(driven(), "V_m", [1, 2])
    assert monitor
    assert monitor.t.shape == (0,)
    assert monitor.V_m.shape == (2, 0)
    assert monitor[1].V_m.shape == (0,)


def test_errors_name_what_is_wrong() -> None:
    cells = driven()
    with pytest.raises(ParameterError, match="neuron 6 does not exist in cells; indices are 0 to"):
        snn.StateMonitor(cells, "V_m", [0, 6])
    with pytest.raises(ParameterError, match="neuron -1 does not exist"):
        snn.StateMonitor(cells, "V_m", -1)
    with pytest.raises(ParameterError, match="are no indices"):
        snn.StateMonitor(cells, "V_m", [0.5])
    with pytest.raises(ParameterError, match=r"when='begin'; when is one of"):
        snn.StateMonitor(cells, "V_m", True, when="begin")
    with pytest.raises(ParameterError, match=r"noise has no variables"):
        snn.StateMonitor(snn.PoissonGroup(3, rates=0.01, name="noise"), "V_m", True)
    with pytest.raises(ParameterError, match=r"variables=3; variables is a name"):
        snn.StateMonitor(cells, 3, True)
    with pytest.raises(ParameterError, match=r"dt=0.25 ms; dt is a multiple of the network's"):
        snn.Network(cells, snn.StateMonitor(cells, "V_m", True, dt=0.25), dt=DT)
    with pytest.raises(ParameterError, match=r"dt=0 ms; dt is one number > 0"):
        snn.StateMonitor(cells, "V_m", True, dt=0)
    with pytest.raises(UnknownNameError, match=r"unknown name 'V'; valid names are V_m"):
        snn.Network(cells, snn.StateMonitor(cells, "V", True)).run(1.0)


def test_noise_cannot_be_recorded() -> None:
    text = "dv/dt = (x - v)/(5*ms) : 1\nx = xi*ms**0.5 : 1"
    cells = snn.NeuronGroup(2, text, method="euler", name="cells")
    with pytest.raises(EquationError, match="cells: a monitor reads x, which depends on noise; "):
        snn.Network(cells, snn.StateMonitor(cells, "x", True), dt=DT).run(1.0)


def test_a_timed_array_that_only_a_monitor_reads() -> None:
    wave = snn.TimedArray([0.5, 1.5], dt=0.1)
    text = "dx/dt = -x/ms : 1\ny = wave(t) : 1"
    cells = snn.NeuronGroup(1, text, method="euler", namespace={"wave": wave})
    seen = snn.StateMonitor(cells, "y", record=True)
    snn.Network(cells, seen, dt=0.1).run(0.2)
    assert seen.y.tolist() == [[0.5, 1.5]]
