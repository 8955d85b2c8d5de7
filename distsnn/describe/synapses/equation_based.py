"""Synapses with equations and statements, as plain frozen objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from distsnn.describe.operations import (
    Operation,
    name_in_order,
    place_in_slots,
)
from distsnn.describe.synapses.stdp import STDP
from distsnn.describe.values.given import Value, ValueSource, value_content
from distsnn.describe.values.given_expressions import Expression, Names
from distsnn.describe.values.links import Link

if TYPE_CHECKING:
    # They hold statements.
    from distsnn.describe.synapses.synapses import SynapsesDescription

# More calls of `connect` than there can be.
EVERY_CONNECT = 1 << 31


@dataclass(frozen=True)
class PairIndex(ValueSource):
    """The index of each synapse among those of its pair, as a value of a variable."""

    def content(self) -> tuple[object, ...]:
        """Everything that defines the values, for the digest."""
        return ("pair index",)


@dataclass(frozen=True)
class SynapseStrings:
    """The expressions of synapses: model, statements of each pathway (name, text), and method.

    `events` are those of pathways that do not act at spikes: (pathway, event); `orders` and `slots`
    those of pathways that have been given one: (pathway, order), (pathway, slot).
    """

    model: str
    on_pre: tuple[tuple[str, str], ...]
    on_post: tuple[tuple[str, str], ...]
    method: str = ""
    events: tuple[tuple[str, str], ...] = ()
    orders: tuple[tuple[str, int], ...] = ()
    slots: tuple[tuple[str, str], ...] = ()

    @property
    def pathways(self) -> tuple[str, ...]:
        """Names of all pathways, those after the source first."""
        return tuple(name for name, _ in (*self.on_pre, *self.on_post))

    def content(self) -> tuple[object, ...]:
        """Everything that defines the expressions, for the digest."""
        events = (self.events,) if self.events else ()
        orders = (("orders", self.orders),) if self.orders else ()
        slots = (("slots", self.slots),) if self.slots else ()
        text = ("texts", self.model, self.on_pre, self.on_post, self.method)
        return (*text, *events, *orders, *slots)

    def order_of(self, pathway: str) -> int:
        """Order of a pathway within a step: as in Brian 2 -1 after the source, 1 after the target.

        Poisson inputs have the order 0.
        """
        return dict(self.orders).get(pathway, -1 if pathway in dict(self.on_pre) else 1)

    def slot_of(self, pathway: str) -> str:
        """Slot of a pathway."""
        return dict(self.slots).get(pathway, "synapses")

    def place_of(self, pathway: str, synapses: str) -> tuple[int, int, str]:
        """Sort key of the pathways of all `synapses` in a step."""
        name = f"{name_in_order(synapses)}_{pathway}"
        return place_in_slots(self.slot_of(pathway), self.order_of(pathway), name)


@dataclass(frozen=True)
class PathwayAccess:
    """The variables of its source and its target that a pathway reads and writes.

    Attributes
    ----------
    name : str
    after : str
        Whose spikes: ``"pre"`` or ``"post"``.
    reads_pre, writes_pre, writes_post : frozenset of str
        Names x of ``x_pre`` and ``x_post``; of subexpressions the variables they are made of.
    """

    name: str
    after: str
    reads_pre: frozenset[str]
    writes_pre: frozenset[str]
    writes_post: frozenset[str]


@dataclass(frozen=True, eq=False)
class SynapseAssignment:
    """A value given to a variable of synapses.

    Attributes
    ----------
    variable : str
        A variable of the synapses, or ``delay of <pathway>``.
    value : number, array, distribution, text or PairIndex
        An array has one value for each synapse that is meant, in the order of creation.
    order : int
        Index of the assignment, so that each has draws of its own.
    connected : int
        Number of ``connect`` calls before it: later synapses are not meant.
    where : int64 array, text or None
        Numbers of the synapses that are meant, a condition, or None for all.
    seen : tuple of (int, int) or None
        How many assignments the source and the target group had had: expressions see the values of
        that moment. None: those of the start of the run.
    drawn : tuple of (int, int) or None
        See `distsnn.describe.groups.Assignment`.
    since : int
        Of a delay that is set between runs: the first step whose spikes have it; 0 of all others.
    """

    variable: str
    value: Value
    order: int
    connected: int
    where: np.ndarray | Expression | None = field(default=None, repr=False)
    seen: tuple[int, int] | None = None
    drawn: tuple[int, int] | None = None
    since: int = 0

    @property
    def is_expression(self) -> bool:
        """Whether it depends on values before it."""
        return isinstance(self.value, Expression) or isinstance(self.where, Expression)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the assignment, for the digest."""
        return (
            self.variable,
            value_content(self.value),
            self.order,
            self.connected,
            value_content(self.where),
            self.seen,
            *(() if self.drawn is None else (self.drawn,)),
            *(("since", self.since) if self.since else ()),
        )


@dataclass(frozen=True, eq=False)
class Statements:
    """Equation-based synapses: their expressions, and values of their variables.

    Attributes
    ----------
    strings : SynapseStrings
    names : Names
        What names from outside stand for.
    assignments : tuple of SynapseAssignment
    writes_source : bool
        Whether statements set variables of the source.
    accesses : tuple of PathwayAccess
        What each pathway reads and writes.
    recognize : bool
        Whether a table may do the same, which rounds otherwise.
    operations : tuple of Operation
        Statements that run at regular times.
    operated_pre, summed_pre, read_pre : frozenset of str
        Names x of ``x_pre`` that these read or write, that sums read, and that anything reads.
    operated_post : frozenset of str
        Names x of ``x_post`` that these write.
    switched : bool
        Whether their `active` has been set, so that a table cannot hold rules of plasticity.
    reason : str
        Why generated code is needed, once it is known; see `distsnn.assemble.recognition`.
    links : tuple of Link
        What linked variables stand for.
    """

    strings: SynapseStrings
    names: Names
    assignments: tuple[SynapseAssignment, ...] = ()
    writes_source: bool = False
    accesses: tuple[PathwayAccess, ...] = ()
    recognize: bool = True
    operations: tuple[Operation, ...] = ()
    operated_pre: frozenset[str] = frozenset()
    summed_pre: frozenset[str] = frozenset()
    operated_post: frozenset[str] = frozenset()
    switched: bool = False
    reason: str = ""
    links: tuple[Link, ...] = ()
    read_pre: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RecognizedPairRule:
    """The pair rule that statements say.

    Attributes
    ----------
    target : str
        The variable of the target (without ``_post``) to which the weight is added.
    weight, before, after : str
        Variables of the synapse: the weight, and the traces of its source and its target.
    jump_before, jump_after : float
        By how much a spike of their side raises these.
    rule : STDP
        The same object for the same numbers.
    """

    target: str
    weight: str
    before: str
    after: str
    jump_before: float
    jump_after: float
    rule: STDP

    def holds(self, low: float, high: float) -> bool:
        """Whether weights from `low` to `high` lie within the bounds."""
        return bool(self.rule.w_min <= low and high <= self.rule.w_max)


@dataclass(frozen=True, eq=False)
class SynapticValue(ValueSource):
    """A value of recognized synapses for the edges of one of their ``connect`` calls.

    Attributes
    ----------
    synapses : SynapsesDescription
    connect : int
        Number of the call.
    pathway : str
        Name of the pathway whose delay it is; empty for what an event adds.
    single : bool
        Whether single precision holds every value exactly.
    depends_on : tuple
        Changes with what the values depend on and users can set between runs.
    """

    synapses: SynapsesDescription
    connect: int
    pathway: str = ""
    single: bool = False
    depends_on: tuple[object, ...] = ()

    def content(self) -> tuple[object, ...]:
        """Everything that defines the values, for the digest."""
        return ("synaptic", self.synapses.content(), self.connect, self.pathway)


def delay_variable(pathway: str) -> str:
    """Name under which the delays (ms) of a pathway are assigned."""
    return f"delay of {pathway}"
