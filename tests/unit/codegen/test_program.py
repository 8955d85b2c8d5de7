"""The source of a whole program."""

from __future__ import annotations

import numpy as np

import distsnn as snn
from distsnn.assemble.rank.rank import build_rank
from distsnn.codegen.blocks import ARRAY, ArgumentType, block_source
from distsnn.codegen.program import network_program
from distsnn.kernels import control as layout

FLOATS = ArgumentType(ARRAY, "float64")


def network(*before: snn.NeuronGroup) -> snn.Network:
    cells = snn.NeuronGroup(10, snn.LIF(I_e=np.arange(10.0)), name="cells")
    source = snn.PoissonGroup(3, 0.01, name="poisson")
    given = snn.SpikeGeneratorGroup(2, [0, 1], [1.0, 2.0], name="given")
    receptor = snn.Exponential(3.0)
    synapses = []
    for origin, weight in ((cells, 1.0), (source, snn.Normal(1.0, 0.1)), (given, np.ones((2, 10)))):
        synapses.append(snn.Synapses(origin, cells, receptor, weight=weight, delay=0.2))
        synapses[-1].connect()
    noise = snn.PoissonInput(cells, snn.Delta(), N=1, rate=0.1, weight=0.1)
    return snn.Network(*before, cells, source, given, synapses, noise)


def test_source_is_a_pure_function_of_the_parts() -> None:
    description = network().description
    # Not of rank, numbers of neurons or any value: so few programs are compiled.
    sources = {
        build_rank(description, rank, size).program.source()
        for size in (1, 3, 20)
        for rank in range(size)
    }
    assert len(sources) == 1


def test_every_argument_has_a_name_of_its_own() -> None:
    program = build_rank(network().description, 0, 2).program
    names = [str(argument) for argument in program.arguments]
    assert len(set(names)) == len(names)
    for block in program.blocks:
        assert len(set(block.arguments.values())) == len(block.arguments)


def test_blocks_do_not_depend_on_numbers() -> None:
    """The same parts after others are the same blocks: they are found in the cache."""
    alone, more = network(), network(snn.NeuronGroup(3, "v : 1", name="a"))
    sources = []
    for made in (alone, more):
        build = build_rank(made.description, 0, 1)
        known = dict.fromkeys(build.program.arguments, FLOATS)
        sources.append({block_source(block, known) for block in build.program.blocks})
    assert sources[0] < sources[1]


def test_states_of_the_loop_are_distinct() -> None:
    entries = (
        layout.NEW_TAIL,
        layout.STEP,
        layout.PHASE,
        layout.FIRST,
        layout.TAIL,
        layout.LOGGED,
        layout.LOGGING,
        layout.INTERVAL,
        layout.LONGEST,
        layout.SOURCES,
        layout.MEMBER,
        layout.N_MEMBERS,
        layout.BUFFER,
        layout.ARRIVING,
        layout.AWAITED,
        layout.N_BUFFERS,
        layout.N_PARTICIPANTS,
        layout.EARLY,
        layout.PAUSE,
        layout.PAUSE_STEP,
        layout.RESUME,
    )
    phases = (
        layout.UPDATE,
        layout.RECEIVE,
        layout.DELIVER,
        layout.START,
        layout.ARRIVE,
        layout.WAIT,
        layout.AWAIT,
        layout.UPDATE_LATE,
    )
    results = (
        layout.DONE,
        layout.EXCHANGE,
        layout.RING_FULL,
        layout.LOG_FULL,
        layout.QUEUE_FULL,
        layout.GHOST_EXCHANGE,
        layout.RECORD_FULL,
        layout.HISTORY_FULL,
        layout.ARRAYS_RENEWED,
        layout.ABANDONED,
        layout.LATE,
        layout.POOL_FULL,
        layout.PAUSED,
    )
    points = [value for name, value in vars(layout).items() if name.startswith("AT_")]
    assert len(points) == layout.N_POINTS
    for values in (entries, phases, results, points):
        assert sorted(values) == list(range(len(values)))
    assert len(entries) == layout.CONTROL_SIZE


def test_a_program_of_nothing() -> None:
    assert network_program((), (), ()).blocks == ()
