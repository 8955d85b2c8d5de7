"""The blocks of a network whose parts act in the order of their places in a step.

A step has two parts, since ranks exchange spikes in it: all up to the last threshold, and what
comes after it. Blocks of each are one point of the compiled step, which can pause between any two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from distsnn.codegen.blocks import ArgumentNames, Block
from distsnn.codegen.neurons.group_blocks import (
    EventPart,
    GeneratorPart,
    GroupPart,
    NeuronPart,
    ReadOfGroups,
    begin_of_step,
    last_spikes_blocks,
    placed_group_blocks,
    send_blocks,
    settle_blocks,
)
from distsnn.codegen.neurons.neuron_code import NeuronCode
from distsnn.codegen.neurons.operation_blocks import operation_block
from distsnn.codegen.probe_blocks import Placed, Samples, sample_blocks
from distsnn.codegen.synapses.synapse_blocks import (
    begin_blocks,
    clock_driven_blocks,
    event_block,
    operation_blocks_of,
    queue_blocks,
)
from distsnn.codegen.synapses.synapse_part import SynapsePart, acting
from distsnn.codegen.tables.table_blocks import TableBlocks
from distsnn.describe.operations import (
    AMONG_RESETS,
    AT_END,
    AT_RESETS,
    AT_START,
    AT_THRESHOLDS,
    DEFAULT,
    Place,
    name_in_order,
    place_in_slots,
)
from distsnn.describe.step_order import StepOrder, refresh_place, threshold_place, update_place
from distsnn.integrate.neuron_form import OperationForm
from distsnn.kernels.control import (
    AT_FIRST_PART,
    AT_ONCE_DELIVER,
    AT_ONCE_POISSON,
    AT_QUEUE,
    AT_SECOND_PART,
    AT_UPDATE_LATE,
    FIRST_PAUSE,
    PAUSE_AT_THRESHOLDS,
)

# Where the loop over steps pauses for calls: between thresholds and events, and at blocks from this
# number on.
PAUSE_BEFORE_EVENTS, FIRST_CALL = PAUSE_AT_THRESHOLDS, FIRST_PAUSE

_LOWEST = -(2**31)


@dataclass(frozen=True)
class StepParts:
    """The parts of a network whose blocks are put in order.

    Attributes
    ----------
    groups : tuple of GroupPart
    codes : mapping of int to NeuronCode
        Of each group of neurons, by its index.
    read : ReadOfGroups
    synapses : tuple of SynapsePart
    samples : tuple of Samples
    tables : TableBlocks
    inputs : tuple of (place, Block)
        Those of Poisson inputs.
    resting : frozenset of str
        Names of operations that do nothing.
    """

    groups: tuple[GroupPart, ...]
    codes: Mapping[int, NeuronCode]
    read: ReadOfGroups
    synapses: tuple[SynapsePart, ...]
    samples: tuple[Samples, ...]
    tables: TableBlocks
    inputs: tuple[Placed, ...]
    resting: frozenset[str]


def ordered_blocks(parts: StepParts, order: StepOrder) -> list[Block]:
    """The blocks of the two parts of a step, each in its order."""
    asked = {g for part in parts.synapses for g in part.spiking}
    spiking = _spiking_places(parts.groups, asked)
    boundary = max((order.place(place) for place in spiking.values()), default=(0, _LOWEST, ""))
    found = _placed(parts, order)
    if order.compiled == DEFAULT:
        # In others statements alone act among synapses.
        found += [(_SETTLED, block) for block in settle_blocks(parts.codes)]
    placed = [(order.place(place), block) for place, block in found]
    placed += [(call, _pause_block(n)) for n, call in enumerate(order.calls)]
    early = [(place, block) for place, block in placed if place <= boundary]
    late = [(place, block) for place, block in placed if place > boundary]
    for part in parts.synapses:
        for p, _ in acting(part):
            block = order.place(part.places[p]), event_block(part, p, AT_SECOND_PART)
            (early if part.before_threshold[p] else late).append(block)
    queues = queue_blocks(parts.synapses)
    # Resets before the thresholds are of the spikes of the step before.
    resets_first = order.slots.index("resets") < order.slots.index("thresholds")
    return [
        *(block for block in queues if block.point == AT_QUEUE),
        *begin_of_step(parts.codes, parts.read),
        *(last_spikes_blocks(parts.codes) if resets_first else ()),
        *_at(AT_FIRST_PART, _sorted(early)),
        *_at(AT_UPDATE_LATE, send_blocks(parts.groups)),
        *_at(AT_SECOND_PART, (block for block in queues if block.point != AT_QUEUE)),
        *_at(AT_SECOND_PART, _sorted(late)),
    ]


def _at(point: int, blocks: Iterable[Block]) -> list[Block]:
    return [replace(block, point=point) for block in blocks]


def _sorted(placed: list[Placed]) -> list[Block]:
    return [block for _, block in sorted(placed, key=lambda one: one[0])]


def _spiking_places(groups: tuple[GroupPart, ...], asked: set[int]) -> dict[int, Place]:
    """When each group is known to have spiked, or to have an event that is sent or `asked` for."""
    found = {
        g: threshold_place(group.name, group.order, isinstance(group, GeneratorPart))
        for g, group in enumerate(groups)
        if not isinstance(group, EventPart)
    }
    for group in groups:
        if isinstance(group, NeuronPart):
            checks = {x.event: x.place for x in group.form.operations if x.condition is not None}
            for event, g in group.events.items():
                part = groups[g]
                if isinstance(part, EventPart) and (part.sends or g in asked):
                    found[g] = checks[event]
    return found


def _placed(parts: StepParts, order: StepOrder) -> list[Placed]:
    """All blocks but those of pathways, with their places in the default schedule."""
    at_once = (AT_ONCE_DELIVER, AT_ONCE_POISSON)
    given = [*((_LATER, block) for block in parts.tables.deliver), *parts.inputs]
    found = [(_AT_ONCE if block.point in at_once else place, block) for place, block in given]
    found += placed_group_blocks(
        parts.groups,
        parts.codes,
        parts.read,
        parts.tables.update,
        order.slots.index("groups") < order.slots.index("thresholds"),
    )
    found += _placed_synapses(parts.synapses)
    for when in (AT_START, AT_THRESHOLDS, AT_RESETS, AT_END):
        for of_synapses in (False, True):
            found += sample_blocks(parts.samples, when, of_synapses)
    found += [
        (_place_of(operation, _neurons(parts, g)), operation_block(code, n))
        for g, code in parts.codes.items()
        for n, operation in enumerate(code.form.operations)
        if operation.place[2] not in parts.resting
        if _neurons(parts, g).active or not operation.event
    ]
    operations = operation_blocks_of(parts.synapses)
    return [*found, *((place, x) for place, x in operations if place[2] not in parts.resting)]


# Built-in synapses, what acts before the threshold, and what takes in what has arrived.
_LATER = place_in_slots("synapses", -1, "")
_AT_ONCE = place_in_slots("before_groups", 2**31, "")
_SETTLED = place_in_slots("synapses", 2**31, "")


def _placed_synapses(parts: tuple[SynapsePart, ...]) -> list[Placed]:
    """Blocks of what synapses compute in every step."""
    found: list[Placed] = []
    for part in parts:
        refresh, sums = begin_blocks((part,))
        name, order = part.name, part.order
        found += [(refresh_place(name, order), block) for block in refresh]
        updater = f"{name_in_order(name)}_summed_variable"
        summed = place_in_slots("groups", part.order_of_target - 1, updater)
        found += [(summed, block) for block in sums]
        found += [(update_place(name, order), block) for block in clock_driven_blocks((part,))]
    return found


def _neurons(parts: StepParts, g: int) -> NeuronPart:
    group = parts.groups[g]
    assert isinstance(group, NeuronPart)
    return group


def _place_of(operation: OperationForm, group: NeuronPart) -> Place:
    if operation.point != AMONG_RESETS:
        return operation.place
    slot, order, event = operation.place
    return slot, order, f"{name_in_order(group.name)}_{event}_resetter"


def _pause_block(n: int) -> Block:
    """The block at which the loop over steps returns for calls of Python."""
    names = ArgumentNames()
    control = names["control"]
    line = f"if {control}[PAUSE] == {FIRST_PAUSE + n} and {control}[PAUSE_STEP] == step:"
    return Block("pause", AT_FIRST_PART, (line, "    return PAUSED"), names)
