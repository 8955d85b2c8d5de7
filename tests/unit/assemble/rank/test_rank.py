"""What one rank holds, as a pure function of description, rank and number of ranks."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank.rank import build_rank
from distsnn.assemble.tables import build_tables
from distsnn.forecast.memory_budget import NetworkBudget
from tests.program_arguments import by_name


def network() -> snn.Network:
    cells = snn.NeuronGroup(
        20, snn.LIF(I_e=np.arange(20.0), E_L=snn.Uniform(-75, -65)), name="cells"
    )
    cells[3:8].V_m = -60.0
    few = snn.NeuronGroup(2, snn.LIF(), name="few")
    receptor = snn.Exponential(3.0, name="exc")
    synapses = snn.Synapses(cells, few, receptor, weight=1.0, delay=0.5)
    synapses.connect()
    cells_delta = snn.Synapses(few, cells, snn.Delta(), weight=1.0, delay=0.3)
    cells_delta.connect()
    return snn.Network(cells, few, synapses, cells_delta, seed=2)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 30])
def test_parts_make_the_whole(size: int) -> None:
    description = network().description
    whole = build_rank(description, 0, 1)
    gids = {0: [], 1: []}
    for rank in range(size):
        part = build_rank(description, rank, size)
        assert (part.interval, part.longest) == (3, 5)
        for g in gids:
            local = by_name(part.arrays)[f"g{g}__gid_of_lid"].astype(int)
            gids[g] += local.tolist()
            index = local - description.first_gids[g]
            for state in part.forms[g].states:
                expected = by_name(whole.arrays)[f"g{g}_{state}"][index]
                assert np.array_equal(by_name(part.arrays)[f"g{g}_{state}"], expected)
            for name in part.per_neuron[g]:
                expected = by_name(whole.arrays)[f"g{g}_{name}"][index]
                assert np.array_equal(by_name(part.arrays)[f"g{g}_{name}"], expected)
    assert sorted(gids[0]) == list(range(20))
    assert sorted(gids[1]) == [20, 21]


def test_the_potential_starts_at_rest() -> None:
    build = build_rank(network().description, 0, 1)
    potential = by_name(build.arrays)["g0_V_m"]
    assert potential[3:8].tolist() == [-60.0] * 5
    rest = np.delete(potential, np.arange(3, 8))
    assert ((rest > -75) & (rest < -65)).all()
    assert np.unique(rest).size == 15
    assert by_name(build.arrays)["g1_V_m"].tolist() == [-70.0, -70.0]


def test_targets_of_receptors_share_memory_with_the_slots() -> None:
    build = build_rank(network().description, 0, 1)
    slots = by_name(build.arrays)["slots"]
    for name in ("g0__arriving", "g1_I_syn_exc"):
        assert np.shares_memory(by_name(build.arrays)[name], slots)
    for name in ("g0_V_m", "g1_V_m"):
        assert not np.shares_memory(by_name(build.arrays)[name], slots)


def test_arguments_of_the_program_are_writable_and_contiguous() -> None:
    """A read-only array on one rank alone would be another type, and another compilation."""
    types = set()
    for rank in range(4):
        build = build_rank(network().description, rank, 4)
        kinds = []
        for name, value in sorted(by_name(build.arrays).items()):
            if isinstance(value, np.ndarray):
                assert value.flags.c_contiguous, name
                assert value.flags.writeable, name
                assert value.ndim == 1
                kinds.append((name, value.dtype.str))
            else:
                kinds.append((name, type(value).__name__))
        types.add(tuple(kinds))
    assert len(types) == 1


def test_nobody_is_refractory_at_the_start() -> None:
    build = build_rank(network().description, 0, 1)
    steps = by_name(build.arrays)["g0__refractory_steps"]
    assert (0 - by_name(build.arrays)["g0__last_spike"] > steps).all()


def test_what_may_change_after_the_build() -> None:
    net = network()
    cells, few = net.groups
    build = build_rank(net.description, 0, 1)
    cells.I_e = 5.0
    cells[2:4].E_L = -66.0
    few.I_e = 3.0
    build.description = net.description
    before = by_name(build.arrays)["g1_rest"]
    build.update_group(1, few.assignments.all[-1])
    assert by_name(build.arrays)["g1_rest"] > before
    program = build.program
    few[:1].I_e = 4.0
    build.description = net.description
    build.update_group(1, few.assignments.all[-1])
    assert build.program is not program
    assert by_name(build.arrays)["g1_rest"][0] > by_name(build.arrays)["g1_rest"][1]


def ready_without_synapses(cells: snn.NeuronGroup, receptor: snn.Exponential) -> snn.Synapses:
    none = snn.Synapses(
        cells,
        cells,
        receptor,
        weight=snn.Normal(1.0, 0.1),
        delay="1*ms + rand()*ms",
        dendritic_delay=0.5,
        name="none",
    )
    none.connect(condition="i < 0")
    return none


def test_text_delays_of_no_synapses_bound_nothing() -> None:
    cells = snn.NeuronGroup(40, snn.LIF(), name="cells")
    receptor = snn.Exponential(5.0)
    some = snn.Synapses(
        cells, cells, receptor, weight=snn.Normal(1.0, 0.1), delay=snn.Uniform(1, 2)
    )
    some.connect(p=0.2)
    none = ready_without_synapses(cells, receptor)
    net = snn.Network(cells, some, none, seed=1)
    built = build_rank(net.description, 0, 1)
    assert len(built.tables) == 1
    assert (built.interval, built.longest) == (11, 20)
    planned = NetworkBudget(net.description).of_rank(0, 1)
    assert (planned.interval, planned.longest) == (11, 20)


def test_statements_without_synapses_on_a_rank_bound_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers: list[int] = []
    monkeypatch.setattr(
        build_tables, "delay_type", lambda n: numbers.append(n) or np.dtype(np.uint8)
    )
    cells = snn.NeuronGroup(40, "v : 1", threshold="v > 1", reset="v = 0", name="cells")
    some, few = (
        snn.Synapses(cells, target, "w : 1", on_pre="v_post += w", name=name)
        for name, target in (("some", cells), ("few", cells[:1]))
    )
    for synapses, longest in ((some, 20), (few, 30)):
        synapses.connect()
        synapses.w = "rand()"
        synapses.delay = f"1*ms + {longest - 10}*ms*i/N_pre/10"
    description = snn.Network(cells, some, few, seed=1).description
    builds = [build_rank(description, rank, 2) for rank in range(2)]
    assert [len(built.tables) for built in builds] == [1, 1]
    # The delays of `few` are those of one rank alone.
    assert sorted(built.longest for built in builds) == [20, 30]
    assert [built.interval for built in builds] == [11, 11]
    # Every row is sorted by counting so many.
    assert max(numbers) <= 21
