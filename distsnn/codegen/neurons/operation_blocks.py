"""The blocks of statements that run at regular times or at events, and of checks of events."""

from __future__ import annotations

from collections.abc import Iterable

from distsnn.codegen.blocks import ArgumentNames, Block, at_clock
from distsnn.codegen.decorators import INNER
from distsnn.codegen.neurons.neuron_code import NeuronCode
from distsnn.codegen.neurons.neuron_functions import (
    moved_on,
    operation_arguments,
    operation_source,
)
from distsnn.codegen.probe_blocks import POINT_OF_OPERATION, Placed


def operation_blocks(
    codes: Iterable[NeuronCode], point: str, idle: Iterable[NeuronCode] = ()
) -> list[Placed]:
    """Blocks of the operations at a point of a step, with their places in it, in order.

    Groups that are `idle` have no events; what acts at regular times has switches of its own.
    """
    found = [
        (operation.place, operation_block(code, n))
        for those, have_events in ((codes, True), (idle, False))
        for code in those
        for n, operation in enumerate(code.form.operations)
        if operation.point == point and (have_events or not operation.event)
    ]
    return sorted(found, key=lambda one: one[0])


def operation_block(code: NeuronCode, n: int) -> Block:
    """The block of operation `n` of a group."""
    names, operation = ArgumentNames(), code.form.operations[n]
    # First, so that it is known where each array stands; each has two entries.
    moves, entry = [], 0
    for chain in moved_on(code, n):
        names.all(code.owner.state(state) for state in chain)
        moves.append(f"move_on(given, {entry}, {len(chain) - 1})")
        entry += 2 * len(chain)
    assert entry == 2 * len(names.of), "a variable has one place"
    given = names.all(operation_arguments(code, n).values())
    call, otherwise = f"operate({given})", ""
    if operation.event:
        count = f"{names(code.events[operation.event]['spike_count'])}[0]"
        call = f"operate({count}, {given})"
        if operation.condition is not None:
            call, otherwise = f"{count} = operate({given})", f"{count} = 0"
    lines, when = [call, *moves], ""
    if operation.steps:
        when = f"is_among(step, {names(code.owner.operation_steps(n))})"
    elif operation.every > 1:
        when = f"step % {operation.every} == 0"
    if when:
        lines = [f"if {when}:", *(f"    {line}" for line in lines)]
    function = INNER + operation_source(code, n)
    looks = operation.condition is not None
    return Block(
        f"look for {operation.event} in" if looks else f"run {operation.name} of",
        POINT_OF_OPERATION[operation.point],
        at_clock(code.every, lines, otherwise),
        names,
        (function,),
        code.owner,
    )


def in_order(samples: list[Placed], operations: list[Placed]) -> list[Block]:
    """Blocks of monitors and operations at one point of a step, in the order of their places."""
    placed = sorted([*samples, *operations], key=lambda one: one[0]) if operations else samples
    return [block for _, block in placed]
