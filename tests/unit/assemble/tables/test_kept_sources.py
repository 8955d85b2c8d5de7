"""State of sources: on ranks that have synapses of them, and on the source's own."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank.rank import RankBuild, build_rank
from distsnn.assemble.rank.saved_state import are_local, sources_of
from distsnn.assemble.tables import row_layout
from distsnn.codegen.program_arguments import Argument, OfEfficacy, OfTraces
from distsnn.describe.network_description import NetworkDescription
from distsnn.layout.slots import TILE


def network(n: int) -> NetworkDescription:
    """Two projections with one short-term plasticity, one of them with traces too."""
    noise = snn.PoissonGroup(400, rates=0.01, name="noise")
    cells = snn.NeuronGroup(n, snn.LIF(), name="cells")
    fast, slow = snn.Exponential(3.0, name="fast"), snn.Exponential(9.0, name="slow")
    made = [
        snn.Synapses(noise[100:], cells, fast, weight=1.0, stp=snn.STP()),
        snn.Synapses(cells[:30], cells, slow, weight=1.0, stp=snn.STP(),
                     stdp=snn.STDP(0.1, 0.1, w_max=5.0)),
    ]  # fmt: skip
    made[0].connect(snn.FixedTotalNumber(300))
    made[1].connect(snn.FixedTotalNumber(40))
    return snn.Network(noise, cells, made).description


def with_synapses(build: RankBuild, tables: list[int]) -> set[int]:
    """Gids that are sources in some tables, found synapse by synapse."""
    found = set()
    for t in tables:
        for p in build.plans[t].projections:
            projection = build.builder.description.projections[p]
            source = projection.source
            first = build.description.first_gids[source.group] + source.start
            for part in build.builder._located(projection):
                found |= set((first + part.edges.source).tolist())
    return found


def check(build: RankBuild, argument: Argument, tables: list[int], sources: range) -> set[int]:
    is_local = sources_of(build, argument)
    kept = set((is_local.first_gid + is_local.index).tolist())
    gid = np.arange(build.description.size)
    local = set(gid[are_local(build, gid)].tolist())
    assert local == {
        build.description.first_gids[g] + i
        for g, ranges in enumerate(build.partition.ranges)
        for r in ranges
        for i in range(r.start, r.stop)
    }
    assert is_local.first_gid == sources.start
    assert is_local.number_of.size == len(sources)
    assert kept == (with_synapses(build, tables) | local) & set(sources)
    assert is_local.number_of[is_local.index].tolist() == list(range(is_local.count))
    assert build.arrays[argument].size == is_local.count == len(kept)
    return kept


@pytest.mark.parametrize(("size", "rows"), [(1, True), (2, False), (3, True), (4, True), (7, True)])
def test_who_keeps_what(size: int, rows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_layout, "FORCED", rows)
    description = network(50)
    writers = np.zeros(description.size, dtype=np.int64)
    fewest = description.size
    for rank in range(size):
        build = build_rank(description, rank, size)
        fast, slow = (t for t, _ in enumerate(build.plans))
        if build.plans[fast].timing is not None:
            fast, slow = slow, fast
        # Sources of the first projection, and those of both.
        check(build, OfTraces(0)["last_step"], [slow], range(400, 430))
        kept = check(build, OfEfficacy(0)["x"], [fast, slow], range(100, 430))
        writers[[gid for gid in kept if are_local(build, np.array([gid]))[0]]] += 1
        fewest = min(fewest, len(kept))
    # Each source has one rank that writes its state.
    assert writers[100:430].tolist() == [1] * 330
    if size == 7:
        assert fewest < 330 / 2


def test_rows_of_all_tiles_count() -> None:
    description = network(TILE)
    build = build_rank(description, 0, 1)
    assert build.slots.n_tiles == 2
    assert sources_of(build, OfEfficacy(0)["x"]).count == 330
    other = build_rank(network(3 * TILE), 1, 2)
    assert other.slots.n_tiles > 2
    check(
        other,
        OfTraces(0)["last_trace"],
        [t for t, p in enumerate(other.plans) if p.timing],
        range(400, 430),
    )


def test_traces_and_releases_of_the_same_tables_share_what_finds_them() -> None:
    cells = snn.NeuronGroup(30, snn.LIF(), name="cells")
    rule = snn.STDP(0.1, 0.1, w_max=5.0)
    made = snn.Synapses(cells, cells, snn.Exponential(3.0), weight=1.0, stp=snn.STP(), stdp=rule)
    made.connect(p=0.1)
    build = build_rank(snn.Network(cells, made).description, 1, 3)
    assert build.arrays[OfTraces(0)["number_of"]] is build.arrays[OfEfficacy(0)["number_of"]]
    # And it is what finds the rows of the table.
    assert np.shares_memory(build.arrays[OfTraces(0)["number_of"]], build.tables[0].row_of)
    assert (build.tables[0].row_of >= 0).sum() == build.arrays[OfEfficacy(0)["x"]].size
