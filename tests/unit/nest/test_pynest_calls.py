"""The calls of PyNEST: collections, parameters, connections, and what they refuse."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from distsnn import DistsnnError, Normal, ParameterError, Uniform, nest
from distsnn.nest.kernel import kernel


@pytest.fixture(autouse=True)
def begin():
    nest.ResetKernel()
    yield
    nest.ResetKernel()


def test_collections_are_those_of_nest() -> None:
    a, b = nest.Create("iaf_psc_exp", 4), nest.Create("parrot_neuron", 2)
    both = a + b
    assert both.tolist() == [1, 2, 3, 4, 5, 6]
    assert (len(both), both[1:6:2].tolist(), both[-1].global_id) == (6, [2, 4, 6], 6)
    assert both[[0, 5]].tolist() == both[np.array([1, 0, 0, 0, 0, 1], bool)].tolist() == [1, 6]
    assert 5 in b
    assert 5 not in a
    assert [n.get("model") for n in both[3:5]] == ["iaf_psc_exp", "parrot_neuron"]
    assert both == nest.NodeCollection([6, 5, 4, 3, 2, 1])
    a.C_m = [100.0, 200.0, 300.0, 400.0]
    a[1:3].set({"tau_m": 5.0})
    assert a.C_m == (100.0, 200.0, 300.0, 400.0)
    assert a.get(["tau_m"]) == {"tau_m": (10.0, 5.0, 5.0, 10.0)}
    assert nest.GetStatus(a[:2], ["C_m", "tau_m"]) == ((100.0, 10.0), (200.0, 5.0))
    with pytest.raises(DistsnnError, match="V_thr"):
        a.V_thr = 3.0
    with pytest.raises(IndexError):
        a[4]


def test_models_have_defaults_and_copies() -> None:
    nest.SetDefaults("iaf_psc_exp", {"C_m": 100.0})
    nest.CopyModel("iaf_psc_exp", "mine", {"tau_m": 7.0})
    cells = nest.Create("mine", 2, params={"I_e": [1.0, 2.0]})
    assert (cells.C_m, cells.tau_m, cells.I_e) == ((100.0, 100.0), (7.0, 7.0), (1.0, 2.0))
    assert nest.GetDefaults("mine", ["tau_m", "t_ref"]) == [7.0, 2.0]
    assert "mine" in nest.node_models
    nest.CopyModel("static_synapse", "strong", {"weight": 7.0, "delay": 2.0})
    nest.Connect(cells, cells, syn_spec="strong")
    assert nest.GetDefaults("strong")["num_connections"] == nest.num_connections == 4
    assert nest.GetConnections(synapse_model="strong").weight == [7.0] * 4


def test_each_model_tells_its_values() -> None:
    for name in nest.node_models:
        node = nest.Create(name)
        assert node.get()["model"] == nest.GetDefaults(name)["model"] == name
        for kept in nest.GetDefaults(name).get("recordables", []):
            assert kept in node.get("recordables")
    for name in nest.synapse_models:
        assert nest.GetDefaults(name)["synapse_model"] == name


def test_parameters_keep_their_law() -> None:
    weight = 2.0 * nest.random.normal(1.0, 0.5) + 3.0
    assert weight.law == Normal(5.0, 1.0)
    assert (nest.math.redraw(-weight, -6.0, 0.0)).law == Normal(-5.0, 1.0, -6.0, 0.0)
    assert (nest.random.uniform(1.0, 2.0) / 2.0 - 1.0).law == Uniform(-0.5, 0.0)
    cells = nest.Create("iaf_psc_exp", 400, params={"V_m": nest.random.uniform(-70.0, -60.0)})
    # The mean of 400 numbers, within five standard deviations.
    assert abs(np.mean(cells.V_m) + 65.0) < 5 * 10 / np.sqrt(12 * 400)
    some = nest.logic.conditional(nest.random.uniform() < 0.25, 1.0, nest.math.exp(2.0))
    cells.I_e = some
    ones = cells.I_e.count(1.0)
    assert set(cells.I_e) == {1.0, np.exp(2.0)}
    assert abs(ones - 100) < 5 * np.sqrt(400 * 0.25 * 0.75)


def test_connections_have_values_one_by_one() -> None:
    a, b = nest.Create("iaf_psc_exp", 3), nest.Create("iaf_psc_exp", 2)
    nest.Connect(a, b, "all_to_all", {"weight": [[1.0, 2.0, 3.0], [-4.0, 5.0, 6.0]], "delay": 1.26})
    found = nest.GetConnections(a[1:], b)
    assert sorted(zip(found.source, found.target, found.weight, strict=True)) == [
        (2, 4, 2.0), (2, 5, 5.0), (3, 4, 3.0), (3, 5, 6.0)]  # fmt: skip
    assert found.delay == pytest.approx([1.3] * 4)
    found[0].weight = 9.0
    found[1:].set(delay=[2.0, 3.0, 4.0])
    assert nest.GetConnections(a[1:], b).weight[0] == 9.0
    assert sorted(nest.GetConnections().delay) == pytest.approx([1.3, 1.3, 1.3, 2.0, 3.0, 4.0])
    assert (nest.min_delay, nest.max_delay) == (1.3, 4.0)
    twice = nest.CollocatedSynapses({"weight": 1.0}, {"weight": -2.0, "delay": 3.0})
    nest.Connect(a, a, {"rule": "pairwise_bernoulli", "p": 0.5}, twice)
    first, second = (
        {(c.source, c.target) for c in nest.GetConnections(a, a) if c.weight == w}
        for w in (1.0, -2.0)
    )
    assert first == second


def test_connections_of_several_models() -> None:
    cells = nest.Create("iaf_psc_exp", 2)
    nest.Connect(cells, cells, "one_to_one", {"weight": 1275.0})
    nest.Connect(cells, cells, "one_to_one", {"synapse_model": "stdp_synapse", "alpha": 2.0})
    found = nest.GetConnections()
    assert found.alpha == found.get()["alpha"] == [None, None, 2.0, 2.0]
    assert str(found).splitlines()[2] == "      1        1  static_synapse    1275.   1.000"
    with pytest.raises(DistsnnError, match=r"valid names are .*weight"):
        found.alpha = 1.0
    found.weight = [1.0, 2.0, 3.0, 4.0]
    assert found[1:3].weight == [2.0, 3.0]


def test_recorders_write_files_of_nest(tmp_path: Path) -> None:
    nest.set(data_path=str(tmp_path), overwrite_files=True)
    cells = nest.Create("iaf_psc_exp", params={"I_e": 500.0})
    meter = nest.Create("voltmeter", params={"record_to": "ascii", "label": "trace"})
    spikes = nest.Create("spike_recorder", params={"record_to": "ascii"})
    nest.Connect(meter, cells)
    nest.Connect(cells, spikes)
    with nest.RunManager():
        nest.Run(20.0)
        nest.Run(20.0)
    lines = (tmp_path / "spike_recorder-3-0.dat").read_text(encoding="utf8").splitlines()
    assert lines[2] == "sender\ttime_ms"
    assert [float(line.split("\t")[1]) for line in lines[3:]] == spikes.events["times"].tolist()
    rows = (tmp_path / "trace-2-0.dat").read_text(encoding="utf8").splitlines()[2:]
    assert rows[0] == "sender\ttime_ms\tV_m"
    assert len(rows) == 1 + meter.n_events == 40
    spikes.n_events = 0
    assert spikes.n_events == 0


def test_what_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="no model 'iaf_psc_exp_ps'"):
        nest.Create("iaf_psc_exp_ps")
    with pytest.raises(AttributeError, match="SonataNetwork"):
        nest.SonataNetwork  # noqa: B018 - reading it is what raises
    with pytest.raises(DistsnnError, match="resolutoin"):
        nest.resolutoin = 0.1
    cells = nest.Create("iaf_psc_exp", 2)
    with pytest.raises(DistsnnError, match="resolution"):
        nest.resolution = 1.0
    with pytest.raises(DistsnnError, match="indegree of fixed_indegree is missing"):
        nest.Connect(cells, cells, "fixed_indegree")
    with pytest.raises(ParameterError, match=r"delay=0\.01 ms"):
        nest.Connect(cells, cells, syn_spec={"delay": 0.01})
    for several in ([1.0, 2.0], nest.random.uniform(0.0, 1.0)):
        with pytest.raises(ParameterError, match="a default is one value"):
            nest.SetDefaults("iaf_psc_exp", {"tau_m": several})
    for name, lags, message in (
        ("correlation_detector", (1.0, 2.5), "tau_max is a multiple of delta_tau"),
        ("correlomatrix_detector", (1.0, 5.0), "odd number of time steps"),
    ):
        with pytest.raises(ParameterError, match=message):
            nest.Create(name, params=dict(zip(("delta_tau", "tau_max"), lags, strict=True)))
    with pytest.raises(TypeError, match="whole numbers"):
        nest.Connect([1.0], [2.0])
    with pytest.raises(ParameterError, match="no node 9"):
        nest.Connect([1], [9], "one_to_one")
    with pytest.raises(ParameterError, match="ports are whole numbers"):
        nest.Connect(cells, cells, syn_spec={"receptor_type": 1.5})
    both_ways = {"rule": "symmetric_pairwise_bernoulli", "p": 0.5, "make_symmetric": True}
    with pytest.raises(ParameterError, match="allow_autapses is True"):
        nest.Connect(cells, cells, both_ways)
    both_ways = {"rule": "one_to_one", "make_symmetric": True}
    with pytest.raises(ParameterError, match="make_symmetric with random weight"):
        nest.Connect(cells, cells, both_ways, {"weight": nest.random.uniform(0.0, 1.0)})
    nest.ResetKernel()
    cells = nest.Create("iaf_psc_exp", 2)
    with pytest.raises(ParameterError, match="min is not above max"):
        nest.math.redraw(nest.random.normal(), 1.5, 1.0)
    flat = nest.Create("iaf_psc_exp", positions=nest.spatial.grid([2, 2]))
    for wrong in (nest.spatial.pos.n(-1), nest.spatial.pos.z):
        with pytest.raises(ParameterError, match="x and y are there"):
            flat.V_m = wrong
    nest.Connect(flat, flat, syn_spec={"weight": nest.spatial.distance.n(-1)})
    with pytest.raises(ParameterError, match="x and y are there"):
        nest.GetConnections()
    nest.ResetKernel()
    cells = nest.Create("iaf_psc_exp", 2)
    by_chance = {"synapse_model": "bernoulli_synapse", "p_transmit": -0.1}
    for wrong in (by_chance, by_chance | {"p_transmit": [[0.5, 1.1], [0.0, 1.0]]}):
        with pytest.raises(ParameterError, match="p_transmit is at least 0 and at most 1"):
            nest.Connect(cells, cells, syn_spec=wrong)
    with pytest.raises(ParameterError, match="tau_rec is more than 0"):
        nest.SetDefaults("tsodyks2_synapse", {"tau_rec": 0.0})
    nest.Connect(cells, cells, syn_spec=by_chance | {"p_transmit": nest.random.uniform(1.0, 1.5)})
    with pytest.raises(ParameterError, match="p_transmit is at least 0 and at most 1"):
        nest.GetConnections()
    nest.ResetKernel()
    cells = nest.Create("iaf_psc_exp", 2)
    several = nest.Create("iaf_psc_exp_multisynapse", params={"tau_syn": [1.0, 2.0]})
    parrot, current = nest.Create("parrot_neuron"), nest.Create("dc_generator")
    wang = nest.Create("iaf_bw_2001")
    for source, target, port in ((cells, cells, 3), (cells, several, 0), (cells, several, 3),
                                 (cells, parrot, 2), (current, several, 1), (cells, wang, 4),
                                 (cells, wang, 3)):  # fmt: skip
        with pytest.raises(nest.NESTError, match=f"receptor_type={port}"):
            nest.Connect(source, target, syn_spec={"receptor_type": port})
    nest.Connect(cells, several, syn_spec={"receptor_type": 2})
    nest.Connect(cells, cells)
    assert nest.num_connections == 6
    nest.Simulate(1.0)
    with pytest.raises(ParameterError, match="after the first Simulate"):
        nest.GetConnections().delay = 3.0


def test_random_connections_of_whole_collections_are_drawn_by_the_network() -> None:
    nest.ResetKernel()
    cells, others = nest.Create("iaf_psc_exp", 40), nest.Create("iaf_psc_exp", 30)
    weight = nest.math.redraw(nest.random.normal(mean=50.0, std=10.0), min=0.0, max=90.0)
    delay = nest.random.uniform(1.0, 2.0)
    nest.Connect(cells, others, {"rule": "fixed_total_number", "N": 300},
                 {"weight": weight, "delay": delay})  # fmt: skip
    nest.Connect(others, cells, {"rule": "fixed_indegree", "indegree": 4}, {"weight": -3.0})
    nest.Prepare()
    # None has been listed one by one, which each rank would do for all.
    assert [connection.edges for connection in kernel.connections] == [None, None]
    made = nest.GetConnections(cells)
    assert len(made) == 300
    assert 0.0 < min(made.weight) < 50.0 < max(made.weight) <= 90.0
    assert set(np.round(np.array(made.delay) * 10) / 10) <= {x / 10 for x in range(10, 21)}


@pytest.mark.parametrize(
    ("model", "values", "message"),
    [
        ("iaf_psc_exp", {"C_m": -1.0}, "C_m must be > 0 pF"),
        ("iaf_psc_alpha", {"tau_syn_ex": [2.0, 0.0]}, "tau must be > 0 ms"),
        ("aeif_cond_exp", {"V_reset": 10.0}, "V_reset lies below V_peak"),
        ("glif_psc", {"asc_init": [1.0, 2.0, 3.0]}, "asc_init has 3 values"),
    ],
)
def test_wrong_values_of_neurons_are_refused_when_they_are_set(
    model: str, values: dict[str, Any], message: str
) -> None:
    nest.ResetKernel()
    cells = nest.Create(model, 2)
    before = cells.get()
    for call in (lambda: nest.Create(model, 2, values), lambda: cells.set(values)):
        with pytest.raises(ParameterError, match=message):
            call()
    np.testing.assert_equal(cells.get(), before)
    assert nest.network_size == 2


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("pp_cond_exp_mc_urbanczik", "has compartments"),
        ("iaf_psc_alpha_ps", "has spikes between time steps"),
        ("urbanczik_synapse", "learns from the dendrite of pp_cond_exp_mc_urbanczik"),
        ("static_synapse_lbl", "has labels"),
    ],
)
def test_models_that_are_not_there_say_why(model: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        nest.GetDefaults(model)


def test_nodes_that_models_of_synapses_name() -> None:
    nest.ResetKernel()
    recorder, cells = nest.Create("weight_recorder"), nest.Create("iaf_psc_exp", 3)
    assert recorder.senders.tolist() == recorder.targets.tolist() == []
    recorder.senders = cells[1:]
    assert recorder.senders.tolist() == [3, 4]
    nest.CopyModel("stdp_synapse", "recorded", {"weight_recorder": recorder})
    assert nest.GetDefaults("recorded", "weight_recorder") == recorder
    with pytest.raises(ParameterError, match="it is one weight_recorder"):
        nest.CopyModel("stdp_synapse", "wrong", {"weight_recorder": cells[0]})
    with pytest.raises(ParameterError, match="weight_recorder was connected"):
        nest.Connect(cells, recorder)
    nest.Connect(cells, cells, syn_spec={"synapse_model": "stdp_dopamine_synapse"})
    with pytest.raises(ParameterError, match="its model names no volume_transmitter"):
        nest.Simulate(1.0)


def test_weights_of_rules_without_chance_are_set_before_the_network_is_made() -> None:
    nest.ResetKernel()
    cells, others = nest.Create("iaf_psc_exp", 3), nest.Create("iaf_psc_exp", 2)
    nest.Connect(cells, others, "all_to_all", {"weight": 2.0})
    nest.GetConnections(cells[1]).weight = [5.0, 7.0]
    assert kernel.running is None
    assert nest.GetConnections().weight == [2.0, 2.0, 5.0, 7.0, 2.0, 2.0]
    nest.Prepare()
    assert nest.GetConnections().weight == [2.0, 2.0, 5.0, 7.0, 2.0, 2.0]
    assert nest.GetConnections().target == [4, 5] * 3


def test_spikes_of_now_and_meters_that_come_later() -> None:
    nest.ResetKernel()
    cell = nest.Create("iaf_psc_exp", params={"I_e": 100.0})
    given = nest.Create("spike_generator", params={
        "shift_now_spikes": True, "spike_times": [0.0, 2.0]})  # fmt: skip
    spikes = nest.Create("spike_recorder", params={"time_in_steps": True})
    nest.Connect(given, spikes)
    nest.Simulate(10.0)
    given.spike_times = [10.0, 11.0]
    meter = nest.Create("voltmeter")
    nest.Connect(meter, cell)
    nest.Simulate(5.0)
    # Both are NEST's.
    assert spikes.events["times"].tolist() == [1, 20, 101, 110]
    assert meter.events["times"].tolist() == [11.0, 12.0, 13.0, 14.0]


def test_connect_says_at_once_what_cannot_be() -> None:
    nest.ResetKernel()
    cells = nest.Create("iaf_psc_alpha", 3)
    calls: list[tuple[Any, Any, Any, Any]] = [
        (cells, cells[:2], "one_to_one", None),
        (cells, cells, {"rule": "fixed_indegree", "indegree": 4, "allow_multapses": False}, None),
        (cells, cells, {"rule": "fixed_total_number", "N": 10, "allow_multapses": False}, None),
        (nest.Create("multimeter", 1, {"record_from": ["g_ex"]}), cells, None, None),
        (cells, nest.Create("spike_recorder", 2), "one_to_one", None),
    ]
    for source, target, rule, spec in calls:
        with pytest.raises(DistsnnError):
            nest.Connect(source, target, rule, spec)
    assert nest.num_connections == 0
    nest.Simulate(1.0)


ALL, IN_2, OUT_2 = (
    "all_to_all",
    {"rule": "fixed_indegree", "indegree": 2},
    {"rule": "fixed_outdegree", "outdegree": 2},
)
WRONG_CONNECTIONS = [
    (ALL, {"weight": np.ones((4, 3))}, "weight has shape"),
    (IN_2, {"weight": np.ones((3, 3))}, "weight has shape"),
    (OUT_2, {"weight": np.ones((3, 2))}, "weight has shape"),
    ({"rule": "fixed_total_number", "N": 5}, {"delay": np.ones(4)}, "delay has shape"),
    # There might be as many by chance.
    ({"rule": "pairwise_bernoulli", "p": 1.0}, {"weight": np.ones(12)}, "takes a number or"),
    (ALL, {"weight": "a"}, "weight='a'"),
    (ALL, {"weight": float("nan")}, "weight=nan"),
    (ALL, {"synapse_model": "stdp_synapse", "tau_plus": -1.0}, "tau_plus"),
    (ALL, {"synapse_model": "stdp_synapse", "weight": -1.0, "Wmax": 9.0}, "different signs"),
    (ALL, {"synapse_model": "stdp_triplet_synapse", "Wmax": -1.0}, "different signs"),
]


def few_neurons() -> tuple[Any, Any]:
    nest.ResetKernel()
    return nest.Create("iaf_psc_exp", 4), nest.Create("iaf_psc_exp", 3)


@pytest.mark.parametrize(("rule", "synapse", "message"), WRONG_CONNECTIONS)
def test_wrong_values_of_connections_are_refused_at_once(
    rule: Any, synapse: dict[str, Any], message: str
) -> None:
    source, target = few_neurons()
    with pytest.raises(ParameterError, match=re.escape(message)):
        nest.Connect(source, target, rule, synapse)
    assert nest.num_connections == 0


RIGHT_SHAPES = [(ALL, (3, 4), 12), (IN_2, (3, 2), 6), (OUT_2, (4, 2), 8)]


@pytest.mark.parametrize(("rule", "shape", "n"), RIGHT_SHAPES)
def test_arrays_have_a_row_for_each_node_that_a_rule_goes_through(
    rule: Any, shape: tuple[int, int], n: int
) -> None:
    source, target = few_neurons()
    weights = np.arange(float(n)).reshape(shape)
    found = nest.Connect(source, target, rule, {"weight": weights}, return_synapsecollection=True)
    assert sorted(found.weight) == sorted(weights.ravel())


def test_weights_of_learning_synapses_have_any_sign_between_their_bounds() -> None:
    nest.ResetKernel()
    cells = nest.Create("eprop_iaf_bsshslm_2020", 2)
    spec = {"synapse_model": "eprop_synapse_bsshslm_2020", "delay": 0.1}
    spec |= {"weight": -1.0, "Wmin": -100.0}
    nest.Connect(cells, cells, "one_to_one", spec)
    assert nest.num_connections == 2


@pytest.mark.parametrize("number", [0, 1, 3])
def test_virtual_processes_are_as_many_on_each_rank(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    nest.ResetKernel()
    two = SimpleNamespace(size=2)
    monkeypatch.setattr("distsnn.nest.kernel_attributes.current_world", lambda: two)
    with pytest.raises(ParameterError, match=f"total_num_virtual_procs: {number} on 2 ranks"):
        nest.total_num_virtual_procs = number
    nest.total_num_virtual_procs = 2
    assert nest.local_num_threads == 1


@pytest.mark.parametrize("name", ["tau_rise_ex", "tau_decay_ex"])
@pytest.mark.parametrize("value", [-1.0, 0.0])
def test_wrong_time_constants_are_named(name: str, value: float) -> None:
    nest.ResetKernel()
    cells = nest.Create("iaf_cond_beta", 2)
    with pytest.raises(ParameterError, match=name.removesuffix("_ex")):
        cells.set({name: value})


def test_powers_of_parameters_are_those_of_expressions() -> None:
    nest.ResetKernel()
    positions = nest.spatial.free([[0.0, 0.0], [0.3, 0.4]])
    cells = nest.Create("iaf_psc_exp", positions=positions)
    weight = (nest.spatial.distance + 0.1) ** 1.5
    nest.Connect(cells, cells, "all_to_all", {"weight": weight})
    assert sorted(set(nest.GetConnections().weight)) == pytest.approx([0.1**1.5, 0.6**1.5])
