from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.monitors.spike_probe import SpikeProbe, SpikeSamples
from distsnn.assemble.monitors.state_probe import StateProbe, StateSamples
from distsnn.assemble.rank.rank import RankBuild, build_rank
from distsnn.codegen.probe_blocks import (
    CAPACITY,
    CURSOR_SIZE,
    EVERY,
    MOST,
    ROWS,
    sample_blocks,
)
from distsnn.codegen.program_arguments import OfGroup
from distsnn.codegen.sampled import SampledVariable, element, number, step_number
from distsnn.describe.checks.trees import syntax_tree
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.operations import AT_START, AT_THRESHOLDS
from tests.program_arguments import by_name


def description() -> NetworkDescription:
    cells = snn.NeuronGroup(20, snn.LIF(I_e=np.arange(20.0)), name="cells")
    cells.V_m = np.arange(20.0) - 90.0
    synapses = snn.Synapses(cells[3:11], cells, snn.Delta(), weight=1.0)
    synapses.connect()
    return snn.Network(cells, synapses).description


def built(rank: int, size: int, *probes: StateProbe | SpikeProbe) -> RankBuild:
    return build_rank(description(), rank, size, probes=probes)


@pytest.mark.parametrize("size", [1, 3, 8, 30])
def test_each_wanted_neuron_is_read_by_its_owner(size: int) -> None:
    index = np.array([19, 4, 4, 0, 11])
    probe = StateProbe(0, ("V_m", "I_e", "tau_m"), index, 2, AT_START)
    seen = np.zeros(index.size, dtype=int)
    for rank in range(size):
        build = built(rank, size, probe)
        columns, lids = build.probes[0].columns, by_name(build.arrays)["m0_lids"]
        seen[columns] += 1
        for name, expected in (("V_m", index - 90.0), ("_parameter_I_e", index)):
            np.testing.assert_array_equal(
                by_name(build.arrays)[f"g0_{name}"][lids], expected[columns]
            )
        assert (by_name(build.arrays)["g0__parameter_tau_m"][lids] == 10.0).all()
    assert (seen == 1).all()


@pytest.mark.parametrize("size", [1, 3, 30])
def test_spikes_count_from_the_start_of_the_slice(size: int) -> None:
    found = []
    for rank in range(size):
        build = built(rank, size, SpikeProbe(0, ("V_m",), 4, 12))
        index = by_name(build.arrays)["m0__index_of_lid"]
        np.testing.assert_array_equal(
            by_name(build.arrays)["g0_V_m"][index >= 0], index[index >= 0] + 4 - 90.0
        )
        assert build.probes[0].cursor[MOST] == (index >= 0).sum()
        assert build.probes[0].cursor[CAPACITY] >= build.probes[0].cursor[MOST]
        found += index[index >= 0].tolist()
    assert sorted(found) == list(range(8))


def test_the_program_is_the_same_on_all_ranks() -> None:
    probes = StateProbe(0, ("V_m",), np.array([0]), 1, AT_START), SpikeProbe(0, ("I_e",), 2, 4)
    sources = {built(rank, 4, *probes).program.source() for rank in range(4)}
    assert len(sources) == 1


def test_the_program_has_no_trace_of_probes_without_any() -> None:
    assert "probe" not in built(0, 1).program.source()


def sampler(part: StateSamples | SpikeSamples, arguments: str) -> Callable[..., None]:
    """The lines of the block as a function of Python."""
    ((_, block),) = sample_blocks((part,), part.when, False)
    names: dict[str, Callable[..., None]] = {}
    exec(f"def read({arguments}):\n    " + "\n    ".join(block.lines), names)
    return names["read"]


A, B = OfGroup(0).state("a"), OfGroup(0).coefficient("b")
VARIABLES = (
    SampledVariable.of(element(A)),
    SampledVariable(
        syntax_tree("a * b + n"), {"a": element(A), "b": number(B), "n": step_number(1)}
    ),
)


def test_generated_reader_of_states() -> None:
    read = sampler(
        StateSamples(VARIABLES, AT_START), "step, m0_lids, m0_buffer, m0_cursor, g0_a, g0_b"
    )
    a, b = np.arange(5.0), 10.0
    lids, buffer = np.array([3, 0]), np.zeros(12)
    cursor = np.zeros(CURSOR_SIZE, dtype=np.int64)
    cursor[EVERY] = 2
    for step in range(5):
        read(step, lids, buffer, cursor, a, b)
    assert cursor[ROWS] == 3
    expected = [[[3, 0], [30 + step, 0 + step]] for step in (0, 2, 4)]
    np.testing.assert_array_equal(buffer.reshape(3, 2, 2), expected)


def test_generated_reader_of_spikes() -> None:
    part = SpikeSamples(0, VARIABLES)
    assert part.when == AT_THRESHOLDS
    given = (
        "step, g0__spike_count, g0__spike_lid, m0__index_of_lid, m0_buffer, m0_cursor, g0_a, g0_b"
    )
    read = sampler(part, given)
    a, b = np.arange(5.0), 10.0
    index_of_lid, buffer = np.array([-1, 0, 1, -1, 2]), np.zeros(16)
    cursor = np.zeros(CURSOR_SIZE, dtype=np.int64)
    read(7, [3], np.array([0, 2, 4, 1]), index_of_lid, buffer, cursor, a, b)
    read(8, [1], np.array([1, 2, 4, 1]), index_of_lid, buffer, cursor, a, b)
    assert cursor[ROWS] == 3
    expected = [[7, 1, 2, 27], [7, 2, 4, 47], [8, 0, 1, 18]]
    np.testing.assert_array_equal(buffer[:12].reshape(3, 4), expected)
