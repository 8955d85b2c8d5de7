"""Devices of PyNEST scripts: what they send and count is what NEST's do, or follows its law."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import distsnn.nest
from distsnn.errors import DistsnnError, ParameterError


def counted(nest: Any) -> dict[str, Any]:
    """Detectors of given spikes, meters of devices, windows that are moved, and connections."""
    rng = np.random.default_rng(3)
    nest.ResetKernel()
    nest.resolution = 0.1
    given = nest.Create("spike_generator", 3)
    for one in given:
        one.spike_times = np.unique(np.round(rng.uniform(0.1, 190.0, 150), 1)).tolist()
    parrots = nest.Create("parrot_neuron", 3)
    nest.Connect(given, parrots, "one_to_one")
    two = nest.Create("correlation_detector", params={
        "delta_tau": 0.5, "tau_max": 10.0, "Tstart": 20.0, "Tstop": 150.0})  # fmt: skip
    many = nest.Create("correlomatrix_detector", params={
        "N_channels": 3, "delta_tau": 0.9, "tau_max": 4.5, "start": 5.0})  # fmt: skip
    for port in range(3):
        spec = {"receptor_type": port, "weight": 1.0 + port}
        if port < 2:
            nest.Connect(parrots[port], two, syn_spec=spec)
        nest.Connect(parrots[port], many, syn_spec=spec)
    devices = [
        nest.Create("ac_generator", params={"amplitude": 3.0, "frequency": 40.0, "stop": 50.0}),
        nest.Create("step_current_generator", params={
            "amplitude_times": [3.0, 9.5], "amplitude_values": [5.0, 7.0], "start": 4.0}),
        nest.Create("dc_generator", params={"amplitude": 3.0, "start": 20.0}),
        nest.Create("sinusoidal_poisson_generator", params={
            "rate": 20.0, "amplitude": 30.0, "frequency": 25.0, "phase": 40.0}),
    ]  # fmt: skip
    meters = [
        nest.Create("multimeter", params={"record_from": list(one.recordables), "interval": 0.7})
        for one in devices
    ]
    for meter, one in zip(meters, devices, strict=True):
        nest.Connect(meter, one)
    moved = nest.Create("spike_recorder", params={"start": 10.0, "stop": 40.0})
    nest.Connect(parrots, moved)
    found = {"connections": nest.GetConnections().get(["source", "target", "weight", "receptor"])}
    nest.Simulate(100.0)
    moved.origin = 120.0
    nest.Simulate(100.0)
    found |= {"moved": moved.events, "two": two.get(["histogram", "count_histogram", "n_events"])}
    found |= {"many": many.get(["covariance", "count_covariance", "n_events"])}
    found |= {f"meter {k}": meter.events for k, meter in enumerate(meters)}
    # NEST has spikes of one exchange in the order of their senders.
    order = np.lexsort((found["moved"]["senders"], found["moved"]["times"]))
    found["moved"] = {name: values[order] for name, values in found["moved"].items()}
    return found


def test_detectors_meters_of_devices_and_moved_windows_give_what_nest_gives(peer: Any) -> None:
    theirs, ours = counted(peer), counted(distsnn.nest)
    assert ours.keys() == theirs.keys()
    for name, columns in theirs.items():
        assert ours[name].keys() == columns.keys(), name
        for column, values in columns.items():
            np.testing.assert_allclose(
                np.asarray(ours[name][column], dtype=float), np.asarray(values, dtype=float),
                rtol=1e-9, atol=1e-9, err_msg=f"{name} {column}",
            )  # fmt: skip


def test_trains_of_renewal_processes_have_their_rates_and_variations() -> None:
    nest = distsnn.nest
    nest.ResetKernel()
    seconds, n = 4.0, 40
    made = {
        "gamma_sup_generator": {"rate": 20.0, "gamma_shape": 4, "n_proc": 1},
        "ppd_sup_generator": {"rate": 50.0, "dead_time": 10.0, "n_proc": 1},
        "sinusoidal_gamma_generator": {"rate": 40.0, "amplitude": 0.0, "order": 3.0},
        "mip_generator": {"rate": 60.0, "p_copy": 0.5},
    }
    recorders = {}
    for model, params in made.items():
        parrots, recorders[model] = nest.Create("parrot_neuron", n), nest.Create("spike_recorder")
        nest.Connect(nest.Create(model, params=params), parrots)
        nest.Connect(parrots, recorders[model])
    nest.Simulate(seconds * 1000.0)
    # A renewal process with variation c has c**2 times its mean as the variance of its counts.
    variations = {
        "gamma_sup_generator": 0.5,
        "ppd_sup_generator": 0.5,
        "sinusoidal_gamma_generator": 3**-0.5,
    }
    for model, variation in variations.items():
        events = recorders[model].events
        mean = made[model]["rate"] * seconds * n
        assert abs(len(events["times"]) - mean) < 5 * variation * np.sqrt(mean), model
        intervals = np.concatenate(
            [np.diff(events["times"][events["senders"] == s]) for s in np.unique(events["senders"])]
        )
        # The relative error of a standard deviation is at most 1/sqrt(m) for these laws.
        error = 5 / np.sqrt(intervals.size)
        assert abs(intervals.std() / intervals.mean() - variation) < variation * error + 0.005
    events = recorders["mip_generator"].events
    counts = np.zeros((n, round(seconds * 10000)))
    first = int(events["senders"].min())
    steps = np.round(events["times"] * 10).astype(int) - 1
    np.add.at(counts, (events["senders"] - first, steps), 1)
    # Each spike of the mother reaches two given trains together with probability p**2.
    together = (counts[0] * counts[1:]).sum()
    expected = 60.0 * seconds * 0.25
    assert abs(together / (n - 1) - expected) < 5 * np.sqrt(expected)
    assert abs(len(events["times"]) - 2 * expected * n) < 5 * n * np.sqrt(60.0 * seconds) * 0.5


def test_pulse_packets_have_their_number_center_and_width() -> None:
    nest = distsnn.nest
    nest.ResetKernel()
    packets = nest.Create("pulsepacket_generator", 2, params={
        "pulse_times": [100.0, 300.0], "activity": 2000, "sdev": 8.0})  # fmt: skip
    recorder = nest.Create("spike_recorder")
    nest.Connect(packets, recorder)
    nest.Simulate(400.0)
    events = recorder.events
    times = events["times"][(events["senders"] == packets[0].global_id) & (events["times"] < 200.0)]
    assert (times.size, recorder.n_events) == (2000, 8000)
    assert abs(times.mean() - 100.1) < 5 * 8.0 / np.sqrt(2000)
    assert abs(times.std() - 8.0) < 5 * 8.0 / np.sqrt(4000)


@pytest.mark.parametrize(
    ("model", "params"),
    [
        ("poisson_generator", {"rate": -1.0}),
        ("mip_generator", {"p_copy": 1.5}),
        ("pulsepacket_generator", {"sdev": -1.0}),
        ("noise_generator", {"dt": 0.25}),
        ("multimeter", {"interval": 0.05}),
        ("inhomogeneous_poisson_generator", {"rate_values": [10.0]}),
        ("step_current_generator", {"amplitude_times": [2.0, 1.0], "amplitude_values": [1.0, 2.0]}),
        ("spike_generator", {"spike_times": [1.23]}),
        ("sinusoidal_gamma_generator", {"rate": 1.0, "amplitude": 2.0}),
    ],
)
def test_devices_refuse_what_nest_refuses_and_stay_as_they_were(
    model: str, params: dict[str, Any]
) -> None:
    nest = distsnn.nest
    nest.ResetKernel()
    device = nest.Create(model)
    before = device.get(list(params))
    with pytest.raises(DistsnnError):
        device.set(params)
    after = device.get(list(params))
    assert all(np.array_equal(after[name], before[name]) for name in params)
    with pytest.raises(DistsnnError):
        nest.SetDefaults(model, params)
    assert np.array_equal(nest.GetDefaults(model, next(iter(params))), before[next(iter(params))])


def test_parrots_repeat_what_chance_lets_pass() -> None:
    nest = distsnn.nest
    p, found = (0.25, 0.6), []
    for durations in ((1002.0,), (100.0, 302.5, 599.5)):
        nest.ResetKernel()
        times = np.arange(1.0, 1000.0)
        given = nest.Create("spike_generator", params={
            "spike_times": times, "spike_multiplicities": [1 + k % 2 for k in range(times.size)]
        })  # fmt: skip
        first, parrots = nest.Create("parrot_neuron"), nest.Create("parrot_neuron", 2)
        recorder = nest.Create("spike_recorder")
        nest.Connect(given, first)
        spec = {"synapse_model": "bernoulli_synapse", "p_transmit": [[x] for x in p]}
        nest.Connect(first, parrots, syn_spec=spec)
        nest.Connect(parrots, recorder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for duration in durations:
                nest.Simulate(duration)
        found.append([recorder.events[name].tolist() for name in ("times", "senders")])
    assert found[0] == found[1]
    n = 999 + 499
    for gid, x in zip(parrots.tolist(), p, strict=True):
        assert abs(found[0][1].count(gid) - n * x) <= 4.5 * np.sqrt(n * x * (1 - x))
    with pytest.raises(ParameterError, match="those onto parrots keep it"):
        nest.GetConnections(first, parrots).p_transmit = 0.5
    for source, model in (
        ("iaf_psc_exp", "bernoulli_synapse"),
        ("parrot_neuron", "quantal_stp_synapse"),
    ):
        nest.ResetKernel()
        ends = nest.Create(source), nest.Create("parrot_neuron")
        nest.Connect(*ends, syn_spec={"synapse_model": model})
        with pytest.raises(ParameterError, match=f"{model} leads to a parrot_neuron"):
            nest.Simulate(1.0)
    nest.ResetKernel()
    ends = nest.Create("parrot_neuron"), nest.Create("parrot_neuron")
    nest.SetDefaults("bernoulli_synapse", {"weight_recorder": nest.Create("weight_recorder")})
    nest.Connect(*ends, syn_spec="bernoulli_synapse")
    with pytest.raises(ParameterError, match="without a weight_recorder"):
        nest.Simulate(1.0)


def metered(nest: Any) -> dict[str, Any]:
    """Samples of neurons that are set between runs."""
    nest.ResetKernel()
    cells = nest.Create("iaf_psc_exp", 3, params={"I_e": 420.0})
    meters = nest.Create("multimeter", 2, params={"record_from": ["V_m"]})
    meters.set(interval=[0.1, 0.4], offset=[0.0, 0.2])
    nest.Connect(meters, cells)
    nest.Simulate(3.0)
    cells.V_m = [-69.0, -60.0, -58.0]
    cells[0].V_m = -57.0
    nest.Simulate(1.8)
    cells[1:].V_m = -61.5
    nest.Simulate(1.0)
    return {k: {n: np.asarray(v) for n, v in m.events.items()} for k, m in enumerate(meters)}


def test_a_sample_is_taken_before_neurons_are_set(peer: Any) -> None:
    ours, theirs = metered(distsnn.nest), metered(peer)
    for k, events in theirs.items():
        order = np.lexsort((events["senders"], events["times"]))
        for name, values in events.items():
            np.testing.assert_allclose(ours[k][name], values[order], rtol=1e-12)
