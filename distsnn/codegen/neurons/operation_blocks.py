"""The blocks of statements that run at regular times for the neurons of a group."""

from __future__ import annotations

from distsnn.codegen.blocks import Block
from distsnn.codegen.decorators import INNER
from distsnn.codegen.neurons.group_blocks import GroupPart, NeuronPart, named_arguments
from distsnn.codegen.neurons.neuron_functions import operation_source, refresh_arguments
from distsnn.codegen.probe_blocks import Placed
from distsnn.describe.operations import BEGIN, END, RESETS, THRESHOLDS
from distsnn.integrate.neuron_form import OperationForm
from distsnn.kernels.control import AT_BEGIN, AT_FINISH, AT_UPDATE_LATE

_POINTS = {BEGIN: AT_BEGIN, THRESHOLDS: AT_UPDATE_LATE, RESETS: AT_FINISH, END: AT_FINISH}


def operation_blocks(groups: tuple[GroupPart, ...], point: str) -> list[Placed]:
    """Blocks of the operations at a point of a step, with their places in it, in order."""
    found = []
    for g, group in enumerate(groups):
        if not isinstance(group, NeuronPart):
            continue
        for operation in group.form.operations:
            if operation.point == point:
                found.append((operation.place, _operation_block(g, group, operation)))
    return sorted(found, key=lambda one: one[0])


def _operation_block(g: int, group: NeuronPart, operation: OperationForm) -> Block:
    function = INNER + operation_source(group.form, operation, "operate", group.per_neuron)
    call = f"operate({named_arguments(g, group, refresh_arguments(group.form))})"
    lines = [f"if step % {operation.every} == 0:", f"    {call}"] if operation.every > 1 else [call]
    name = f"run {operation.name} of group {g}"
    return Block(name, _POINTS[operation.point], tuple(lines), (function,))


def in_order(samples: list[Placed], operations: list[Placed]) -> list[Block]:
    """Blocks of monitors and operations at one point of a step, in the order of their places."""
    placed = sorted([*samples, *operations], key=lambda one: one[0]) if operations else samples
    return [block for _, block in placed]
