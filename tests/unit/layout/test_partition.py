"""Who owns which neuron: everybody is owned once, and the load is even."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import distsnn as snn
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import Slice
from distsnn.layout.colocated import colocated_groups
from distsnn.layout.partition import Owners, Range, index_of, owned_counts, partition_network


@st.composite
def descriptions(draw: st.DrawFn) -> NetworkDescription:
    groups = [
        snn.NeuronGroup(n, snn.LIF())
        for n in draw(st.lists(st.integers(1, 40), min_size=1, max_size=4))
    ]
    for group in groups:
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, group.N - 1))
            group[start : draw(st.integers(start + 1, group.N))].I_e = 1.0
    return snn.Network(groups).description


@settings(max_examples=60, deadline=None, derandomize=True)
@given(description=descriptions(), size=st.sampled_from([1, 2, 3, 4, 7, 50]))
def test_everybody_is_owned_once(description: NetworkDescription, size: int) -> None:
    parts = [partition_network(description, rank, size) for rank in range(size)]
    for g, group in enumerate(description.groups):
        owned = np.zeros(group.size, dtype=int)
        for part in parts:
            lid = 0
            last = -1
            for r in part.ranges[g]:
                assert last < r.start < r.stop
                assert r.first_lid == lid
                owned[r.start : r.stop] += 1
                lid += r.stop - r.start
                # Neighbors are joined.
                assert last != r.start or last == -1
                last = r.stop
            assert part.counts[g] == lid
        assert (owned == 1).all()
        for start, stop in zip(description.cuts(g)[:-1], description.cuts(g)[1:], strict=True):
            shares = [sum(r.stop - r.start for r in part.within(g, start, stop)) for part in parts]
            assert max(shares) - min(shares) <= 1
    loads = [sum(part.counts) for part in parts]
    assert {part.max_count for part in parts} == {max(loads)}
    assert all((part.rank, part.size) == (rank, size) for rank, part in enumerate(parts))


@pytest.mark.parametrize("size", [2, 4, 7])
def test_many_small_groups_do_not_fall_on_one_rank(size: int) -> None:
    description = snn.Network([snn.NeuronGroup(1, snn.LIF()) for _ in range(10 * size)]).description
    loads = [sum(partition_network(description, rank, size).counts) for rank in range(size)]
    assert loads == [10] * size


def test_within_a_slice() -> None:
    cells = snn.NeuronGroup(20, snn.LIF())
    cells[5:15].I_e = 1.0
    part = partition_network(snn.Network(cells).description, 0, 2)
    found = [i for r in part.within(0, 3, 12) for i in range(r.start, r.stop)]
    assert found == [i for r in part.ranges[0] for i in range(r.start, r.stop) if 3 <= i < 12]
    for r in part.within(0, 3, 12):
        whole = next(w for w in part.ranges[0] if w.start <= r.start < w.stop)
        assert r.first_lid - whole.first_lid == r.start - whole.start
    assert part.within(0, 0, 0) == ()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(description=descriptions(), size=st.sampled_from([1, 2, 3, 7, 50]))
def test_owners_and_counts_are_those_of_the_parts(
    description: NetworkDescription, size: int
) -> None:
    parts = [partition_network(description, rank, size) for rank in range(size)]
    owners, everybody = Owners(description, size), np.arange(description.size)
    found, lids = owners.of(everybody), owners.lids(everybody)
    expected = np.empty(description.size, dtype=int)
    for g, first_gid in enumerate(description.first_gids):
        n = description.groups[g].size
        for part in parts:
            for r in part.ranges[g]:
                local = slice(first_gid + r.start, first_gid + r.stop)
                n_local = r.stop - r.start
                assert lids[local].tolist() == list(range(r.first_lid, r.first_lid + n_local))
                expected[local] = part.rank
        for start, stop in ((0, n), (n // 3, n - n // 4), (0, 0)):
            counts = [sum(r.stop - r.start for r in p.within(g, start, stop)) for p in parts]
            assert owned_counts(description, Slice(g, start, stop), size).tolist() == counts
    assert np.array_equal(found, expected)


def test_as_many_ranks_as_a_machine_has() -> None:
    description = snn.Network(snn.NeuronGroup(1 << 20, snn.LIF())).description
    part = partition_network(description, 40_000, 65_536)
    assert part.counts == (16,)
    assert part.max_count == 16


@pytest.mark.parametrize(
    ("texts", "colocated"),
    [
        # Reading of a source what an earlier pathway has changed, by name and by spikes.
        ({"b": (0, 1, "y_post += x_pre", ""), "a": (2, 0, "x_post += 1", "")}, ((0, 1),)),
        ({"b": (2, 0, "x_post += 1", ""), "a": (0, 1, "y_post += x_pre", "")}, ()),
        ({"b": (2, 0, "x_post += 1", ""), "a": (0, 1, "", "y_post += x_pre")}, ((0, 1),)),
        ({"a": (2, 0, "", "x_post += 1"), "b": (0, 1, "y_post += x_pre", "")}, ()),
        ({"a": (2, 0, "", "x_post += 1"), "b": (0, 1, "", "y_post += x_pre")}, ((0, 1),)),
        # Another variable; the target's own.
        ({"b": (0, 1, "y_post += x_pre", ""), "a": (2, 0, "y_post += 1", "")}, ()),
        ({"b": (0, 1, "y_post += x_post", ""), "a": (2, 1, "x_post += 1", "")}, ()),
        # By way of subexpressions, of the group and of the synapses.
        ({"b": (0, 1, "y_post += q_pre", ""), "a": (2, 0, "x_post += 1", "")}, ((0, 1),)),
        ({"b": (0, 1, "y_post += s", ""), "a": (2, 0, "x_post += 1", "")}, ((0, 1),)),
        # By way of an equation that is solved at events.
        ({"b": (0, 1, "z += 1", ""), "a": (2, 0, "y_post += 1", "")}, ((0, 1),)),
        # Its own pathway, where it reads what it changes; and a temporary variable.
        ({"a": (0, 0, "y_post += x_pre", "")}, ()),
        ({"a": (0, 0, "x_post += x_pre", "")}, ((0,),)),
        ({"a": (0, 0, "x_post += 1; k = x_pre; y_post += k", "")}, ((0,),)),
        # Joined one after the other.
        (
            {
                "a": (1, 1, "x_post += 1", ""),
                "b": (1, 2, "y_post += x_pre", ""),
                "c": (2, 3, "x_post += y_pre", ""),
            },
            ((1, 2, 3),),
        ),
    ],
)
def test_groups_are_not_cut_where_synapses_read_what_has_changed(
    texts: dict[str, tuple[int, int, str, str]], colocated: tuple[tuple[int, ...], ...]
) -> None:
    groups = [
        snn.NeuronGroup(6, "x : 1\ny : 1\nq = 2*x : 1", threshold="x > 1", name=f"g{n}")
        for n in range(4)
    ]
    made = []
    for name, (source, target, on_pre, on_post) in texts.items():
        decaying = "dz/dt = -z*y_pre/ms : 1 (event-driven)" if "z" in on_pre else ""
        model = "s = x_pre : 1\n" + decaying
        made.append(
            snn.Synapses(
                groups[source],
                groups[target],
                model,
                on_pre=on_pre or None,
                on_post=on_post or None,
                name=name,
            )
        )
        made[-1].connect()
    assert colocated_groups(snn.Network(groups, made).description) == colocated


def test_groups_are_cut_where_synapses_read_another_slice_than_changes() -> None:
    cells = snn.NeuronGroup(9, "x : 1\ny : 1", threshold="x > 1")
    other = snn.NeuronGroup(9, "y : 1")
    for stop, colocated in ((3, ()), (4, ((0, 1),))):
        writes = snn.Synapses(other, cells[:stop], on_post="x_post += 1", name="a")
        reads = snn.Synapses(cells[3:], other, on_pre="y_post += x_pre", name="b")
        back = snn.Synapses(cells[3:], cells[:stop], on_pre="x_post += 1", name="a")
        for made in (writes, reads, back):
            made.connect()
        assert colocated_groups(snn.Network(cells, other, writes, reads).description) == ()
        assert colocated_groups(snn.Network(cells, other, back, reads).description) == colocated


@pytest.mark.parametrize(("after", "colocated"), [("on_pre", ()), ("on_post", ((0,),))])
def test_poisson_inputs_act_between_the_pathways(
    after: str, colocated: tuple[tuple[int, ...], ...]
) -> None:
    cells = snn.NeuronGroup(9, "x : 1\ny : 1", threshold="x > 1")
    given = snn.PoissonInput(cells, "x", 10, 5 * snn.Hz, 0.1)
    synapses = snn.Synapses(cells, cells, **{after: "y_post += x_pre"})
    synapses.connect()
    assert colocated_groups(snn.Network(cells, given, synapses).description) == colocated


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_groups_that_synapses_write_back_to_are_not_cut(size: int) -> None:
    groups = [
        snn.NeuronGroup(5 + n, "x : 1\ny : 1", threshold="x > 1", name=f"g{n}") for n in range(7)
    ]
    made = [
        snn.Synapses(groups[3][1:], groups[1], "w : 1", on_pre="x_pre += w"),
        snn.Synapses(groups[1], groups[4], "w : 1\ny_pre = w : 1 (summed)"),
        snn.Synapses(groups[0], groups[5], "w : 1", on_post={"post": "w = 1", "back": "x_pre = w"}),
        snn.Synapses(groups[2], groups[1], "w : 1", on_pre="x_post += x_pre"),
    ]
    for synapses in made:
        synapses.connect()
    description = snn.Network(groups, made).description
    assert colocated_groups(description) == ((0, 5), (1, 3, 4))
    parts = [partition_network(description, rank, size) for rank in range(size)]
    counts = np.array([part.counts for part in parts])
    assert (counts.sum(axis=0) == [5, 6, 7, 8, 9, 10, 11]).all()
    for colocated in ((0, 5), (1, 3, 4)):
        assert (counts[:, colocated].sum(axis=1) > 0).sum() == 1
    assert {part.max_count for part in parts} == {counts.sum(axis=1).max()}
    assert (counts[:, 2] > 0).sum() == min(size, 7)
    owner = Owners(description, size).of(np.array(description.first_gids))
    assert all(counts[owner[g], g] for g in range(7))
    assert owned_counts(description, Slice(3, 2, 5), size).max() == 3


def test_the_index_of_each_local_neuron() -> None:
    ranges = (Range(3, 5, 0), Range(9, 12, 2))
    assert index_of(ranges).tolist() == [3, 4, 9, 10, 11]
    none = index_of(())
    assert (none.size, none.dtype) == (0, np.int64)
