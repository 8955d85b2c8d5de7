"""The program of one network: its blocks in the order in which they act within a step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from distsnn.codegen.blocks import ArgumentNames, Block, Titles, at_clock
from distsnn.codegen.neurons.group_blocks import (
    GroupPart,
    NeuronPart,
    ReadOfGroups,
    codes_of,
    event_send_blocks,
    group_blocks,
    settle_blocks,
)
from distsnn.codegen.neurons.operation_blocks import in_order, operation_blocks
from distsnn.codegen.ordered_program import StepParts, ordered_blocks
from distsnn.codegen.probe_blocks import (
    Placed,
    Samples,
    early_blocks,
    reserve_blocks,
    sample_blocks,
)
from distsnn.codegen.program_arguments import NETWORK, Argument, OfGroup, OfInput
from distsnn.codegen.synapses.ghost_copies import GhostCopy, ghost_copies
from distsnn.codegen.synapses.synapse_blocks import (
    admit_blocks,
    begin_blocks,
    clock_driven_blocks,
    event_blocks,
    ghost_blocks,
    late_event_blocks,
    operation_blocks_of,
    queued_groups,
)
from distsnn.codegen.synapses.synapse_part import SynapsePart
from distsnn.codegen.tables.table_blocks import (
    EfficacyPart,
    HistoryPart,
    TableBlocks,
    TablePart,
    table_blocks,
)
from distsnn.describe.operations import (
    AT_END,
    AT_RESETS,
    AT_START,
    AT_THRESHOLDS,
    BEGIN,
    END,
    RESETS,
    THRESHOLDS,
    Place,
    name_in_order,
    place_in_slots,
)
from distsnn.describe.step_order import StepOrder
from distsnn.kernels import control

EMPTY: Titles = MappingProxyType({})


@dataclass(frozen=True)
class InputPart:
    """A Poisson input: whether it acts before the threshold of a step, and in which steps.

    Its name sorts it among pathways where a step is ordered.
    """

    at_once: bool
    every: int = 1
    active: bool = True
    name: str = ""

    @property
    def place(self) -> Place:
        """Key that sorts it within a step, with the order 0 as in Brian 2."""
        return place_in_slots("synapses", 0, name_in_order(self.name))


@dataclass(frozen=True)
class Program:
    """The compiled program of one rank.

    Attributes
    ----------
    blocks : tuple of Block
        Those of the same point of a step act in this order.
    ghost_copies : tuple of GhostCopy
        Values that ranks exchange in every step.
    queues : tuple of int
        Groups whose own spikes are kept for synapses that act after them.
    readers : dict of int to Block
        For each plastic table the block that writes the weights at the beginning of a step to
        the argument ``out``.
    settlers : dict of int to Block
        For each plastic table the block that settles its weights between two steps; see
        `distsnn.codegen.tables.plastic_settling.settle_functions`.
    flushes : tuple of tuple of Block
        Those of `blocks` that, where ``h<h>_fullest`` is above ``h<h>_mask``, make room in the
        histories `h`; see `distsnn.codegen.tables.plastic_blocks.flush_blocks`.
    """

    blocks: tuple[Block, ...]
    ghost_copies: tuple[GhostCopy, ...] = ()
    queues: tuple[int, ...] = ()
    readers: Mapping[int, Block] = field(default_factory=dict)
    settlers: Mapping[int, Block] = field(default_factory=dict)
    flushes: tuple[tuple[Block, ...], ...] = ()

    @property
    def first_phase(self) -> int:
        """Value of control[PHASE] before the first step."""
        shares = any(block.point == control.AT_GHOSTS_START for block in self.blocks)
        return control.START if shares else control.UPDATE

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """All arrays and numbers that the loop over steps and the blocks are given."""
        found = dict.fromkeys(LOOP_ARGUMENTS)
        for block in (*self.blocks, *self.readers.values()):
            found |= dict.fromkeys(block.arguments)
        return tuple(argument for argument in found if argument != NETWORK["out"])

    def source(self, titles: Titles = EMPTY) -> str:
        """All blocks in the order of the points of a step, for people to read."""
        found = []
        for block in sorted(self.blocks, key=lambda block: block.point):
            owners = [
                f"{letter}{here} is {titles[letter, index]}"
                for letter, indices in block.names.indices.items()
                for index, here in indices.items()
                if (letter, index) in titles
            ]
            head = [f"# {block.title(titles)}\n", f"# {', '.join(owners)}\n" if owners else ""]
            found += [*head, *block.functions, *(f"{x}\n" for x in block.lines), "\n"]
        return "".join(found)


# Arguments of `distsnn.kernels.step_loop.advance` after its blocks.
LOOP_ARGUMENTS = tuple(
    NETWORK[name]
    for name in (
        "control",
        "end",
        "in_shared_memory",
        "barrier_state",
        "buffers",
        "receive",
        "width",
        "n_ranks",
        "gids",
        "begin",
        "scratch",
        "bounds",
        "read_at",
        "log_step",
        "log_gid",
        "timers",
        "counters",
    )
)
_INPUT_ARGUMENTS = (
    "drawn_block",
    "k0",
    "k1",
    "lowest",
    "thresholds",
    "central",
    "central_base",
    "below",
    "above",
    "words",
    "near",
    "counts",
    "first_index",
    "first_slot",
    "n_of_range",
    "weight",
)


def network_program(  # noqa: PLR0913 - all parts of a network
    groups: tuple[GroupPart, ...],
    tables: tuple[TablePart, ...],
    inputs: tuple[InputPart, ...],
    synapses: tuple[SynapsePart, ...] = (),
    efficacies: tuple[EfficacyPart, ...] = (),
    samples: tuple[Samples, ...] = (),
    histories: tuple[HistoryPart, ...] = (),
    order: StepOrder | None = None,
) -> Program:
    """The program of these parts (a pure function of its arguments).

    With an `order` its blocks act in the order of their places in a step.
    """
    further = tuple(ghost for part in (*samples, *groups) for ghost in ghosts_of(part))
    made, read = table_blocks(tables, efficacies, histories), _read_of_groups(synapses)
    codes = codes_of(groups, order)
    poisson = [_poisson_block(p, part) for p, part in enumerate(inputs) if part.active]
    neurons = {g: part for g, part in enumerate(groups) if isinstance(part, NeuronPart)}
    acting = [codes[g] for g, part in neurons.items() if part.active]
    idle = [codes[g] for g, part in neurons.items() if not part.active]
    resting = frozenset[str]().union(
        *(part.resting for part in neurons.values()), *(part.resting for part in synapses)
    )

    begin = [*reserve_blocks(samples), *made.reserve, *ghost_blocks(synapses, further)]
    admit = [*early_blocks(samples), *admit_blocks(synapses), *made.admit]
    if order is not None:
        given = zip((part.place for part in inputs if part.active), poisson, strict=True)
        step = StepParts(groups, codes, read, synapses, samples, made, (*given,), resting)
        blocks = [*begin, *admit, *ordered_blocks(step, order)]
        return _program_of(blocks, synapses, further, made)
    refresh, sums = begin_blocks(synapses)

    def operations(point: str) -> list[Placed]:
        found = [*operation_blocks(acting, point, idle), *operation_blocks_of(synapses, point)]
        return [(place, block) for place, block in found if place[2] not in resting]

    before_resets = _placed_samples(samples, AT_RESETS)
    blocks = [
        *begin,
        *refresh,
        *in_order(_placed_samples(samples, AT_START), operations(BEGIN)),
        *sums,
        *admit,
        *made.deliver,
        *clock_driven_blocks(synapses),
        *in_order(sample_blocks(samples, AT_THRESHOLDS, True), []),
        *event_blocks(synapses),
        *poisson,
        *(settle_blocks(codes) if before_resets else []),
        *in_order(before_resets, [*operations(RESETS), *late_event_blocks(synapses, RESETS)]),
        *group_blocks(groups, codes, read, made.update, settles=not before_resets),
        *in_order(
            sample_blocks(samples, AT_THRESHOLDS, False),
            operations(THRESHOLDS),
        ),
        *event_send_blocks(groups),
        *in_order(
            _placed_samples(samples, AT_END),
            [*operations(END), *late_event_blocks(synapses, END)],
        ),
    ]
    return _program_of(blocks, synapses, further, made)


def _program_of(
    blocks: list[Block],
    synapses: tuple[SynapsePart, ...],
    further: tuple[GhostCopy, ...],
    made: TableBlocks,
) -> Program:
    return Program(
        tuple(blocks),
        tuple(ghost_copies(synapses, further)),
        tuple(queued_groups(synapses)),
        made.readers,
        made.settlers,
        made.flushes,
    )


def ghosts_of(part: Samples | GroupPart) -> tuple[GhostCopy, ...]:
    """The ghost copies that a probe or a group reads."""
    if isinstance(part, NeuronPart):
        return part.ghosts
    return part.ghost_copies if isinstance(part, Samples) else ()


def _read_of_groups(synapses: tuple[SynapsePart, ...]) -> ReadOfGroups:
    """Attributes of neurons that some synapses read, besides variables."""

    def noted(needs: Iterable[Argument]) -> frozenset[int]:
        # Other groups keep flags themselves.
        return frozenset(a.owner.index for a in needs if a == OfGroup(a.owner.index)["free"])

    return ReadOfGroups(
        noted(argument for part in synapses for argument in part.needs_free),
        noted(argument for part in synapses for argument in part.needs_free_at_start),
        frozenset(a.owner.index for part in synapses for a in part.needs_earlier),
    )


def _placed_samples(samples: tuple[Samples, ...], when: int) -> list[Placed]:
    return [*sample_blocks(samples, when, False), *sample_blocks(samples, when, True)]


def _poisson_block(p: int, part: InputPart) -> Block:
    names, own = ArgumentNames(), OfInput(p)
    given = (*(own[name] for name in _INPUT_ARGUMENTS), NETWORK["slots"])
    line = f"{names['counters']}[COUNT_DRAWS] += deliver_poisson(step, {names.all(given)})"
    point = control.AT_ONCE_POISSON if part.at_once else control.AT_POISSON
    return Block("Poisson input", point, at_clock(part.every, [line]), names, of=own)
