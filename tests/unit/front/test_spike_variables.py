from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.monitors import probe
from distsnn.errors import ParameterError, UnknownNameError

DT = 0.1


def driven() -> snn.NeuronGroup:
    return snn.NeuronGroup(
        5, snn.LIF(I_e=np.array([0.0, 300.0, 500.0, 700.0, 900.0]), t_ref=1.0), name="cells"
    )


def recorded(start: int = 0) -> tuple[snn.SpikeMonitor, snn.StateMonitor]:
    """Spikes with variables in two runs, and what they should be."""
    cells = driven()
    spikes = snn.SpikeMonitor(cells[start:], variables=["V_m", "I_e"])
    states = snn.StateMonitor(cells[start:], "V_m", True, when="thresholds")
    network = snn.Network(cells, spikes, states, dt=DT)
    network.run(40.0)
    network.run(25.0)
    return spikes, states


@pytest.mark.parametrize("start", [0, 2])
@pytest.mark.parametrize("room", [1 << 17, 1])
def test_values_are_those_at_the_threshold(
    monkeypatch: pytest.MonkeyPatch, start: int, room: int
) -> None:
    monkeypatch.setattr(probe, "_BUFFER_VALUES", room)
    spikes, states = recorded(start)
    assert spikes.num_spikes == spikes.N > 20
    step = np.rint(spikes.t / DT).astype(int)
    np.testing.assert_array_equal(spikes.V_m, states.V_m[spikes.i, step])
    assert (spikes.V_m >= -55.0).all()
    np.testing.assert_array_equal(spikes.I_e, np.array([0, 300, 500, 700, 900])[spikes.i + start])


def test_values_by_neuron() -> None:
    spikes, _ = recorded()
    assert list(spikes.values("V_m")) == [0, 1, 2, 3, 4]
    assert spikes.values("V_m")[0].size == 0
    for i, values in spikes.values("V_m").items():
        np.testing.assert_array_equal(values, spikes.V_m[spikes.i == i])
        assert values.size == spikes.count[i]
    assert set(spikes.all_values()) == {"t", "V_m", "I_e"}
    trains = spikes.spike_trains()
    for i, times in spikes.all_values()["t"].items():
        np.testing.assert_array_equal(times, trains[i])
        np.testing.assert_array_equal(times, spikes.t[spikes.i == i])
    np.testing.assert_array_equal(spikes.it[0], spikes.i)


def test_only_counting() -> None:
    cells = driven()
    counts, spikes = snn.SpikeMonitor(cells, record=False), snn.SpikeMonitor(cells)
    network = snn.Network(cells, counts, spikes, dt=DT)
    network.run(40.0)
    network.run(20.0)
    np.testing.assert_array_equal(counts.count, spikes.count)
    assert counts.num_spikes == spikes.num_spikes > 0
    for name in ("t", "i"):
        with pytest.raises(ParameterError, match="record=False only counts"):
            getattr(counts, name)
    with pytest.raises(ParameterError, match="record=False only counts"):
        counts.spike_trains()


def test_before_a_run_there_is_nothing() -> None:
    spikes = snn.SpikeMonitor(driven(), "V_m")
    assert spikes.V_m.size == spikes.t.size == spikes.num_spikes == 0
    assert spikes.count.tolist() == [0] * 5


def test_errors_name_what_is_wrong() -> None:
    cells = driven()
    with pytest.raises(ParameterError, match="noise has no variables"):
        snn.SpikeMonitor(snn.PoissonGroup(3, rates=0.01, name="noise"), "V_m")
    with pytest.raises(ParameterError, match="variables=True"):
        snn.SpikeMonitor(cells, True)
    with pytest.raises(ParameterError, match="record='cells'; record is True or False"):
        snn.SpikeMonitor(cells, record="cells")  # type: ignore[arg-type]  # is what is tested
    with pytest.raises(UnknownNameError, match="unknown name 'v'"):
        snn.Network(cells, snn.SpikeMonitor(cells, "v")).run(1.0)
    with pytest.raises(AttributeError, match="'V_m' is not recorded; recorded variables are none"):
        snn.SpikeMonitor(cells).V_m  # noqa: B018 - the read is what is tested
