"""Synapses with equations and statements, as plain frozen objects."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from distsnn.describe.synapses.projections import Slice
from distsnn.describe.synapses.rules import Rule
from distsnn.describe.values.given import Value, value_content
from distsnn.describe.values.given_expressions import Names, TextValue

SynapseValue = Value | TextValue
# More calls of `connect` than there can be.
EVERY_CONNECT = 1 << 31


@dataclass(frozen=True)
class SynapseTexts:
    """The texts of synapses: model, statements of each pathway (name, text), and method."""

    model: str
    on_pre: tuple[tuple[str, str], ...]
    on_post: tuple[tuple[str, str], ...]
    method: str = ""

    @property
    def pathways(self) -> tuple[str, ...]:
        """Names of all pathways, those after the source first."""
        return tuple(name for name, _ in (*self.on_pre, *self.on_post))

    def content(self) -> tuple[object, ...]:
        """Everything that defines the texts, for the digest."""
        return ("texts", self.model, self.on_pre, self.on_post, self.method)


@dataclass(frozen=True)
class PathwayAccess:
    """Which variables of its source and its target a pathway reads and writes.

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

    def place(self, synapses: str) -> tuple[bool, str]:
        """What sorts the pathways of all `synapses` as they act in a step; as in Brian 2."""
        return place_of_pathway(synapses, self.name, self.after)


@dataclass(frozen=True, eq=False)
class SynapseAssignment:
    """A value given to a variable of synapses.

    Attributes
    ----------
    variable : str
        A variable of the synapses, or ``delay of <pathway>``.
    value : number, array, distribution or text
        An array has one value for each synapse that is meant, in the order of creation.
    order : int
        Number of the assignment, so that each has draws of its own.
    connected : int
        Number of ``connect`` calls before it: later synapses are not meant.
    where : int64 array, text or None
        Numbers of the synapses that are meant, a condition, or None for all.
    seen : tuple of (int, int) or None
        How many assignments the source and the target group had had: texts see the values of
        that moment. None: those of the start of the run.
    """

    variable: str
    value: SynapseValue
    order: int
    connected: int
    where: np.ndarray | TextValue | None = field(default=None, repr=False)
    seen: tuple[int, int] | None = None

    @property
    def is_text(self) -> bool:
        """Whether it depends on values before it."""
        return isinstance(self.value, TextValue) or isinstance(self.where, TextValue)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the assignment, for the digest."""
        return (
            self.variable,
            _content(self.value),
            self.order,
            self.connected,
            _content(self.where) if self.where is not None else None,
            self.seen,
        )


@dataclass(frozen=True, eq=False)
class SynapseDescription:
    """Synapses with statements: their ends, texts, rules (one for each ``connect``), values.

    `names` says what names of the texts from outside stand for, `writes_source` whether the texts
    set variables of the source, `accesses` what each pathway reads and writes.
    """

    name: str
    source: Slice
    target: Slice
    texts: SynapseTexts
    names: Names
    rules: tuple[Rule, ...]
    assignments: tuple[SynapseAssignment, ...]
    writes_source: bool = False
    accesses: tuple[PathwayAccess, ...] = ()

    @property
    def shift(self) -> int | None:
        """Source start minus target start if both are in one group (see `rules`), else None."""
        if self.source.group != self.target.group:
            return None
        return self.source.start - self.target.start

    def of_connect(self, n: int) -> str:
        """Name that keys the draws of the synapses of ``connect`` number `n`."""
        return self.name if n == 0 else f"{self.name}.{n}"

    def content(self) -> tuple[object, ...]:
        """Everything that defines the synapses, for the digest."""
        return (
            "synapses",
            self.name,
            self.source.content(),
            self.target.content(),
            self.texts.content(),
            self.names.content(),
            tuple(r.content() for r in self.rules),
            tuple(a.content() for a in self.assignments),
        )


@dataclass(frozen=True, eq=False)
class SynapticValue:
    """What synapses with statements give to the edges of one of their ``connect`` calls.

    Attributes
    ----------
    synapses : SynapseDescription
    connect : int
        Number of the call.
    pathway : str
        Name of the pathway whose delay it is; empty for what an event adds.
    single : bool
        Whether single precision holds every value exactly.
    depends_on : tuple
        Changes with what the values depend on and users can set between runs.
    """

    synapses: SynapseDescription
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


def place_of_pathway(synapses: str, pathway: str, after: str) -> tuple[bool, str]:
    """What sorts pathways as they act in a step: those after the source, then by name."""
    return after == "post", f"{synapses}_{pathway}"


def _content(value: SynapseValue) -> object:
    return value.content() if isinstance(value, TextValue) else value_content(value)
