"""Statements in which many values move on, against obvious loops."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank.rank import build_rank
from distsnn.codegen.blocks import block_source
from distsnn.codegen.compiled_program import argument_type
from distsnn.exchange import SerialWorld
from distsnn.run.engine import Engine

N, LENGTH, STEPS = 7, 40, 95


def moving(name: str) -> list[str]:
    return [f"{name}{k} = {name}{k - 1}" for k in range(LENGTH, 0, -1)]


def network(statements: list[str], kind: str) -> tuple[snn.Network, snn.NeuronGroup]:
    """A group in which the statements act in each step."""
    variables = [f"{name}{k} : {kind}" for name in "xy" for k in range(LENGTH + 1)]
    cells = snn.NeuronGroup(N, "\n".join(variables))
    cells.run_regularly("; ".join(statements), dt=0.1)
    return snn.Network(cells, dt=0.1), cells


def ran(statements: list[str], kind: str) -> snn.NeuronGroup:
    net, cells = network(statements, kind)
    net.run(STEPS * 0.1)
    return cells


@pytest.mark.parametrize("kind", ["1", "integer"])
def test_values_move_on_by_a_step_in_each(kind: str) -> None:
    # Both chains move after what stands before them, the second one by what the first has left.
    cells = ran(["x0 = x0 + 1 + i", "y0 = x0 - x3", *moving("x"), *moving("y")], kind)
    x, y = np.zeros((LENGTH + 1, N)), np.zeros((LENGTH + 1, N))
    for _ in range(STEPS):
        x[0] += 1 + np.arange(N)
        y[0] = x[0] - x[3]
        for values in (x, y):
            for k in range(LENGTH, 0, -1):
                values[k] = values[k - 1]
    assert y[LENGTH].any()
    for k in range(LENGTH + 1):
        assert getattr(cells, f"x{k}")[:].tolist() == x[k].tolist()
        assert getattr(cells, f"y{k}")[:].tolist() == y[k].tolist()


def test_chains_that_share_a_value_are_lines() -> None:
    # What leaves the end of one enters the other.
    cells = ran([*moving("y"), f"y0 = x{LENGTH}", *moving("x"), "x0 = x0 + 1"], "1")
    assert cells.x0[0] == STEPS
    assert [getattr(cells, f"x{k}")[0] for k in (1, LENGTH)] == [STEPS - 1, STEPS - LENGTH]
    assert cells.y1[0] == STEPS - LENGTH - 2


@pytest.mark.parametrize("by_way_of", ["", "z0"])
def test_values_go_round_in_rings(by_way_of: str) -> None:
    statements: list[str] = []
    for name in "xy":
        if by_way_of:
            ring = [f"z0 = {name}{LENGTH}", *moving(name), f"{name}0 = z0"]
        else:
            ring = [*moving(name), f"{name}0 = {name}{LENGTH}"]
        statements += ring
    variables = [f"{name}{k} : 1" for name in "xyz" for k in range(LENGTH + 1)]
    cells = snn.NeuronGroup(N, "\n".join(variables))
    cells.run_regularly("; ".join(statements), dt=0.1)
    twin = dict.fromkeys((f"z{k}" for k in range(LENGTH + 1)), np.zeros(N))
    for n, name in enumerate("xy"):
        for k in range(LENGTH + 1):
            twin[f"{name}{k}"] = 100.0 * n + k + np.arange(N) / 10
            setattr(cells, f"{name}{k}", twin[f"{name}{k}"])
    snn.Network(cells, dt=0.1).run(STEPS * 0.1)
    for _ in range(STEPS):
        for target, source in (s.split(" = ") for s in statements):
            twin[target] = twin[source]
    for name, values in twin.items():
        assert getattr(cells, name)[:].tolist() == values.tolist(), name


def test_few_lines_are_compiled() -> None:
    net, _ = network(["x0 = x0 + 1", *moving("x")], "1")
    engine = Engine(SerialWorld(), build_rank(net.description, 0, 1))
    sources = [
        block_source(b, {a: argument_type(engine.values[a]) for a in b.arguments})
        for b in engine.build.program.blocks
    ]
    assert any("move_on(given, 0, 40)" in source for source in sources)
    assert max(source.count("\n") for source in sources) < 100
