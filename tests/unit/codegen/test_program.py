"""The source of a whole program."""

from __future__ import annotations

import ast

import numpy as np

import distsnn as snn
from distsnn.assemble.rank.rank import build_rank
from distsnn.codegen import control as layout
from distsnn.codegen.program import network_program


def network() -> snn.Network:
    cells = snn.NeuronGroup(10, snn.LIF(I_e=np.arange(10.0)), name="cells")
    source = snn.PoissonGroup(3, 0.01, name="poisson")
    given = snn.SpikeGeneratorGroup(2, [0, 1], [1.0, 2.0], name="given")
    receptor = snn.Exponential(3.0)
    synapses = []
    for origin, weight in ((cells, 1.0), (source, snn.Normal(1.0, 0.1)), (given, np.ones((2, 10)))):
        synapses.append(snn.Synapses(origin, cells, receptor, weight=weight, delay=0.2))
        synapses[-1].connect()
    noise = snn.PoissonInput(cells, snn.Delta(), N=1, rate=0.1, weight=0.1)
    return snn.Network(cells, source, given, synapses, noise)


def test_source_is_a_pure_function_of_the_parts() -> None:
    description = network().description
    # Not of rank, numbers of neurons or any value: so few programs are compiled.
    sources = {
        build_rank(description, rank, size).program.source
        for size in (1, 3, 20)
        for rank in range(size)
    }
    assert len(sources) == 1


def test_every_argument_is_there_once() -> None:
    build = build_rank(network().description, 0, 2)
    names = build.program.arguments
    assert len(set(names)) == len(names)
    advance = next(
        node
        for node in ast.parse(build.program.source).body
        if isinstance(node, ast.FunctionDef) and node.name == "advance"
    )
    assert tuple(a.arg for a in advance.args.args) == names
    used = {node.id for node in ast.walk(advance) if isinstance(node, ast.Name)}
    assert set(names) - used == set()


def test_states_of_the_loop_are_distinct() -> None:
    entries = (
        layout.STEP,
        layout.PHASE,
        layout.FIRST,
        layout.TAIL,
        layout.LOGGED,
        layout.LOGGING,
        layout.INTERVAL,
        layout.LONGEST,
        layout.SOURCES,
        layout.PLACE,
        layout.N_PLACES,
        layout.TURN,
        layout.ARRIVING,
        layout.AWAITED,
        layout.N_TURNS,
        layout.N_COMING,
        layout.EARLY,
    )
    phases = (
        layout.UPDATE,
        layout.RECEIVE,
        layout.DELIVER,
        layout.START,
        layout.MEET,
        layout.WAIT,
        layout.AWAIT,
    )
    results = (
        layout.DONE,
        layout.EXCHANGE,
        layout.RING_FULL,
        layout.LOG_FULL,
        layout.QUEUE_FULL,
        layout.SNAPSHOT,
        layout.RECORD_FULL,
        layout.HISTORY_FULL,
        layout.ARRAYS_RENEWED,
        layout.ABANDONED,
        layout.LATE,
    )
    for values in (entries, phases, results):
        assert sorted(values) == list(range(len(values)))
    assert len(entries) == layout.CONTROL_SIZE


def test_a_program_of_nothing() -> None:
    source = network_program((), (), ()).source
    ast.parse(source)
    assert "def advance(" in source
