"""Tables decoded again: every synapse is there once, with its weight and delay."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank.rank import RankBuild, build_rank
from distsnn.assemble.tables import row_layout
from distsnn.assemble.tables.row_tables import RowTable
from distsnn.assemble.tables.segment_tables import Table
from distsnn.kernels.deliver.deliver import NEVER, TILE
from tests.program_arguments import by_name

Edge = tuple[int, int, str, int, int, float]


def network(n: int = 40) -> tuple[snn.Network, list[snn.Synapses]]:
    """Every kind of weight and delay, with tables shared by several projections."""
    rng = np.random.default_rng(1)
    cells = snn.NeuronGroup(n, snn.LIF(), name="cells")
    few = snn.NeuronGroup(3, snn.LIF(), name="few")
    receptors = snn.Exponential(3.0), snn.Exponential(5.0), snn.Delta()
    parts = [
        (cells[:20], cells, receptors[0], 1.5, 0.3, snn.FixedIndegree(5)),
        (cells[20:], cells[7:33], receptors[1], -2.5, snn.Uniform(0.0, 2.0), snn.Bernoulli(0.2)),
        (cells, few, receptors[0], snn.Normal(1.0, 0.5), 1.0, snn.FixedTotalNumber(70)),
        (cells, cells, receptors[2], rng.normal(size=(n, n)), 0.0, snn.AllToAll()),
        (
            few,
            cells,
            receptors[0],
            snn.LogNormal(0.0, 1.0),
            snn.Normal(1.0, 0.3, low=0.2),
            snn.FixedOutdegree(9),
        ),
        (
            cells,
            cells,
            receptors[0],
            np.arange(60) / 8,
            np.arange(60) / 10 + 0.05,
            snn.Pairs(rng.integers(0, n, 60), rng.integers(0, n, 60)),
        ),
    ]
    synapses = []
    for source, target, receptor, weight, delay, rule in parts:
        synapses.append(
            snn.Synapses(source, target, receptor, weight=weight, delay=delay, storage="sparse")
        )
        synapses[-1].connect(rule)
    return snn.Network(cells, few, synapses, seed=3), synapses


def decoded(build: RankBuild) -> Counter[Edge]:
    """(source gid, target group, variable, target index, delay, weight) of all synapses."""
    where = {}
    for g, form in build.forms.items():
        index = [i for r in build.partition.ranges[g] for i in range(r.start, r.stop)]
        for variable in dict.fromkeys(form.receptor_states):
            values = by_name(build.arrays)[f"g{g}_{variable}"]
            first = (
                values.__array_interface__["data"][0]
                - by_name(build.arrays)["slots"].__array_interface__["data"][0]
            ) // 8
            where |= {first + lid: (g, variable, i) for lid, i in enumerate(index)}
    found: Counter[Edge] = Counter()
    n_sources = build.description.size
    for table in build.tables:
        if isinstance(table, RowTable):
            found += decoded_rows(table, where, n_sources)
            continue
        for at in np.flatnonzero(table.row_of >= 0):
            tile, gid = divmod(int(at), n_sources)
            row = table.row_of[at]
            segments = range(table.row_segment[row], table.row_segment[row + 1])
            delays = [int(table.segment_delay[s]) for s in segments]
            assert delays == sorted(set(delays))
            assert delays[-1] == NEVER
            for s in segments[:-1]:
                assert int(table.segment_delay[s]) in table.delays
                first = table.segment_synapse[s]
                targets = table.target[first : table.segment_synapse[s + 1]]
                if table.segment_run.size:
                    targets = in_runs(table, s)
                assert targets.size == table.segment_synapse[s + 1] - first
                for k, target in enumerate(targets.tolist(), first):
                    weight = table.weight[k if table.weight.size == table.n_synapses else s]
                    g, variable, i = where[tile * TILE + target]
                    found[gid, g, variable, i, int(table.segment_delay[s]), float(weight)] += 1
        assert (np.diff(table.delays) < 0).all()
    return found


def decoded_rows(
    table: RowTable, where: dict[int, tuple[int, str, int]], n_sources: int
) -> Counter[Edge]:
    found: Counter[Edge] = Counter()
    sources = np.flatnonzero(table.has_row(n_sources))
    for row, gid in enumerate(sources.tolist()):
        of_range = int(np.searchsorted(table.weight_stop, gid, side="right"))
        common = table.weight[of_range] if table.weight_stop.size else np.nan
        for k in range(table.row_synapse[row], table.row_synapse[row + 1]):
            weight = table.weight[k] if table.weight_stop.size == 0 else common
            delay = table.first_delay + (int(table.packed[k]) >> table.slot_bits)
            assert delay in table.delays
            slot = int(table.packed[k]) & ((1 << table.slot_bits) - 1)
            found[gid, *where[slot], delay, float(weight)] += 1
    return found


def in_runs(table: Table, segment: int) -> np.ndarray:
    """Targets of a segment of a dense table."""
    parts = [np.empty(0, dtype=np.int64)]
    for run in range(table.segment_run[segment], table.segment_run[segment + 1]):
        n = table.run_synapse[run + 1] - table.run_synapse[run]
        parts.append(int(table.run_target[run]) + np.arange(n))
    return np.concatenate(parts)


def expected(net: snn.Network, synapses: list[snn.Synapses], variables: list[str]) -> Counter[Edge]:
    first = {id(g): f for g, f in zip(net.groups, net.description.first_gids, strict=True)}
    number = {id(g): k for k, g in enumerate(net.groups)}
    found: Counter[Edge] = Counter()
    for s, variable in zip(synapses, variables, strict=True):
        steps = np.rint(s.delay / net.dt).astype(int)
        for i, j, d, w in zip(s.i, s.j, steps, s.weight, strict=True):
            found[
                first[id(s.source.group)] + s.source.start + int(i),
                number[id(s.target.group)],
                variable,
                s.target.start + int(j),
                int(d),
                float(w),
            ] += 1
    return found


@pytest.mark.parametrize("rows", [False, True], ids=["segments", "rows"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_every_synapse_is_in_one_table_of_one_rank(
    size: int, rows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_layout, "FORCED", rows)
    net, synapses = network()
    # The variable of a receptor is named by its place among those of the target.
    variables = ["I_syn", "I_syn_1", "I_syn", "_arriving", "I_syn", "I_syn"]
    found: Counter[Edge] = Counter()
    builds = [build_rank(net.description, rank, size) for rank in range(size)]
    assert any(isinstance(table, RowTable) for table in builds[0].tables) == rows
    for build in builds:
        found += decoded(build)
    assert found == expected(net, synapses, variables)
    assert sum(build.n_synapses for build in builds) == sum(len(s) for s in synapses)


def test_targets_beyond_the_first_tile() -> None:
    cells = snn.NeuronGroup(TILE + 100, snn.LIF(), name="cells")
    source = snn.SpikeGeneratorGroup(3, [], [], name="source")
    receptors = snn.Exponential(3.0), snn.Exponential(5.0)
    synapses = []
    rng = np.random.default_rng(2)
    targets = np.concatenate([rng.integers(0, TILE + 100, 200), [0, TILE - 1, TILE, TILE + 99]])
    for receptor in receptors:
        synapses.append(
            snn.Synapses(source, cells, receptor, delay=0.5, weight=rng.normal(size=targets.size))
        )
        synapses[-1].connect(i=rng.integers(0, 3, targets.size), j=targets)
    net = snn.Network(cells, source, synapses)
    build = build_rank(net.description, 0, 1)
    assert by_name(build.arrays)["t0_n_tiles"] == 3
    assert decoded(build) == expected(net, synapses, ["I_syn", "I_syn_1"])


def test_progress_counts_every_synapse_twice() -> None:
    net, synapses = network()
    counts: list[int] = []
    build_rank(net.description, 0, 1, counts.append)
    assert sum(counts) == 2 * sum(len(s) for s in synapses)
