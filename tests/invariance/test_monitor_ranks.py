"""Every rank of every number of ranks holds the same complete monitors, to the last bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.monitors import probe
from distsnn.errors import ParameterError, UnknownNameError
from distsnn.exchange import World, run_loopback
from distsnn.run import samples

DT = 0.1
COUNTS = (1, 2, 3, 4, 7)
Result = dict[str, np.ndarray]


def network(delay: float) -> tuple[snn.Network, snn.NeuronGroup, dict[str, object]]:
    """Two groups with recurrent synapses and noise, under many monitors."""
    cells = snn.NeuronGroup(11, snn.LIF(I_e=np.linspace(280.0, 700.0, 11), t_ref=0.5), name="cells")
    cells.V_m = snn.Uniform(-70.0, -56.0)
    few = snn.NeuronGroup(2, snn.LIF(I_e=350.0), name="few")
    noise = snn.PoissonGroup(6, rates=0.05, name="noise")
    exc = snn.Exponential(4.0, name="exc")
    within = snn.Synapses(cells, cells, exc, weight=snn.Normal(40.0, 10.0), delay=delay)
    within.connect(p=0.4)
    to_few = snn.Synapses(cells[3:8], few, snn.Delta(), weight=1.5, delay=delay)
    to_few.connect()
    from_noise = snn.Synapses(noise, cells, exc, weight=60.0, delay=snn.Uniform(delay, 2.0))
    from_noise.connect(p=0.5)
    monitors: dict[str, object] = {
        "all": snn.StateMonitor(cells, True, True),
        "some": snn.StateMonitor(cells, "V_m", [9, 0, 9, 4], dt=0.3, when="end"),
        "one": snn.StateMonitor(cells[4:], ["I_syn_exc", "I_e"], 2, when="thresholds"),
        "few": snn.StateMonitor(few, "V_m", [1], dt=0.7),
        "none": snn.StateMonitor(few, "V_m", False),
        "spikes": snn.SpikeMonitor(cells, ["V_m", "I_syn_exc", "tau_m"]),
        "slice": snn.SpikeMonitor(cells[7:], "V_m"),
        "counts": snn.SpikeMonitor(noise, record=False),
        "rates": snn.PopulationRateMonitor(cells[:5]),
    }
    made = snn.Network(
        cells, few, noise, within, to_few, from_noise, *monitors.values(), dt=DT, seed=5
    )
    return made, cells, monitors


def result_of(monitors: dict[str, object]) -> Result:
    found: Result = {}
    for key, monitor in monitors.items():
        if isinstance(monitor, snn.StateMonitor | snn.SpikeMonitor):
            for name in monitor.record_variables:
                found[f"{key} {name}"] = getattr(monitor, name)
        if isinstance(monitor, snn.SpikeMonitor):
            found[f"{key} count"] = monitor.count
        else:
            assert isinstance(monitor, snn.StateMonitor | snn.PopulationRateMonitor)
            found[f"{key} t"] = monitor.t
        if isinstance(monitor, snn.SpikeMonitor) and monitor.record:
            found |= {f"{key} t": monitor.t, f"{key} i": monitor.i}
        if isinstance(monitor, snn.PopulationRateMonitor):
            found[f"{key} smooth"] = monitor.smooth_rate("gaussian", width=1.0)
    return found


def job(delay: float, durations: tuple[float, ...]) -> Callable[[World], Result]:
    """Several runs with assignments between them."""

    def run(world: World) -> Result:
        made, cells, monitors = network(delay)
        for k, duration in enumerate(durations):
            made.run(duration)
            if world.rank == k % world.size:
                # One rank alone may look.
                result_of(monitors)
            cells[2:6].V_m = -60.0 - k
            cells.I_e = np.linspace(300.0, 720.0, 11) + 10.0 * k
            cells.tau_m = 12.0 + k
        return result_of(monitors)

    return run


@pytest.mark.parametrize("delay", [0.0, 0.5])
@pytest.mark.parametrize("room", [1 << 17, 40])
def test_monitors_do_not_depend_on_ranks(
    monkeypatch: pytest.MonkeyPatch, delay: float, room: int
) -> None:
    monkeypatch.setattr(probe, "_BUFFER_VALUES", room)
    monkeypatch.setattr(samples, "_MOST_BYTES", 100 * room)
    first: Result | None = None
    for count in COUNTS:
        for found in run_loopback(count, job(delay, (13.3, 0.1, 20.0, 6.6))):
            first = first or found
            assert found.keys() == first.keys()
            for name, values in first.items():
                assert found[name].shape == values.shape, name
                # As bytes: 0.0 and -0.0 differ, and so does every last bit.
                assert found[name].tobytes() == values.tobytes(), name
    assert first is not None
    assert first["spikes V_m"].size > 20
    assert first["all V_m"].shape == (11, 400)
    assert first["none V_m"].shape == (0, 400)


def text_job(world: World) -> Result:
    """Everything a model as text computes, in two runs."""
    cells = snn.NeuronGroup(
        11,
        """dv/dt = (drive - v)/tau : 1 (unless refractory)
           drive = I + 0.3*sin(t/(3*ms)) + gain*i/N : 1
           I : 1
           tau : second""",
        threshold="v > 1",
        reset="v = 0",
        refractory="2*ms*I",
        method="euler",
        namespace={"gain": 0.5},
        name="cells",
    )
    cells.I = "1 + rand()"
    cells.tau = 9.0
    monitors: dict[str, object] = {
        "all": snn.StateMonitor(cells, True, True),
        "some": snn.StateMonitor(cells[3:], ["lastspike", "not_refractory", "i"], [7, 0], dt=0.3),
        "spikes": snn.SpikeMonitor(cells[:9], ["v", "drive"]),
    }
    made = snn.Network(cells, *monitors.values(), dt=DT, seed=8)
    made.run(25.0)
    cells.I = "I/2 + 0.7"
    made.run(20.0)
    return result_of(monitors)


def test_monitors_of_text_do_not_depend_on_ranks() -> None:
    (first,) = run_loopback(1, text_job)
    assert first["spikes v"].size > 10
    for count in COUNTS[1:]:
        for found in run_loopback(count, text_job):
            for name, values in first.items():
                assert found[name].tobytes() == values.tobytes(), name


def test_runs_are_one_run() -> None:
    def run(durations: tuple[float, ...]) -> Result:
        made, _, monitors = network(0.5)
        for duration in durations:
            made.run(duration)
        return result_of(monitors)

    whole, cut = run((40.0,)), run((7.3, 0.0, 0.1, 32.6))
    # The last value of a smoothed rate adds the same numbers; the counts are the same.
    for name, values in whole.items():
        assert cut[name].tobytes() == values.tobytes(), name


def test_a_rank_asking_alone_does_not_wait() -> None:
    def run(world: World) -> int:
        made, _, monitors = network(0.5)
        made.run(10.0)
        return len(result_of(monitors)) if world.rank == world.size - 1 else 0

    assert run_loopback(3, run, timeout=120.0)[2] > 0


def test_an_unknown_variable_is_the_error_of_all_ranks() -> None:
    def run(world: World) -> None:
        cells = snn.NeuronGroup(4, snn.LIF(), name="cells")
        snn.Network(cells, snn.StateMonitor(cells, "V", True), dt=DT).run(1.0)

    with pytest.raises(UnknownNameError, match="unknown name 'V'"):
        run_loopback(3, run)


def test_another_variable_on_one_rank_is_an_error() -> None:
    def run(world: World) -> None:
        cells = snn.NeuronGroup(4, snn.LIF(), name="cells")
        name = "V" if world.rank == 1 else "V_m"
        snn.Network(cells, snn.StateMonitor(cells, name, True), dt=DT).run(1.0)

    with pytest.raises(ParameterError, match=r"recording .*'V'\] to memory on rank 1"):
        run_loopback(2, run)
