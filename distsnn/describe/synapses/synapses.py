"""The synapses of one object, built-in or equation-based, as a plain frozen object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from distsnn.describe.operations import Operation
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.equation_based import (
    PathwayAccess,
    RecognizedPairRule,
    Statements,
    SynapseAssignment,
    SynapseStrings,
)
from distsnn.describe.synapses.projections import (
    AUTO,
    NEVER_SET,
    ProjectionDescription,
    SetAt,
    Slice,
    SynapseSlice,
)
from distsnn.describe.synapses.short_term import ShortTerm
from distsnn.describe.synapses.spike_timing import SpikeTiming
from distsnn.describe.values.given import Value
from distsnn.describe.values.given_expressions import Names
from distsnn.describe.values.links import Link

WEIGHT, DELAY, DENDRITIC_DELAY = "weight", "delay", "dendritic_delay"


@dataclass(frozen=True, eq=False)
class Connect:
    """The synapses of one call of ``connect``.

    Attributes
    ----------
    rule : ConnectionRule
    values : mapping of str to Value
        Of synapses that add to a receptor: `WEIGHT` in the unit of the receptor, `DELAY` (axonal)
        and perhaps `DENDRITIC_DELAY` in ms; arrays have the shape that
        `distsnn.assemble.edges.projection_edges` states for the rule. Equation-based synapses
        have none: their variables are assigned.
    since : int
        The step that came next when it was added to a network that had run; 0 of all others.
        Earlier spikes do not act.
    drawn : (int, int) or None
        What keys the draws of the rule in the place of names; see `distsnn.describe.keys.Draws`.
    """

    rule: ConnectionRule
    values: Mapping[str, Value] = field(default_factory=dict)
    since: int = 0
    drawn: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class AddToReceptor:
    """An event adds the weight to a variable of the target.

    Attributes
    ----------
    receptor : int
        Index of the receptor within the target group.
    stp : ShortTerm or None
    stdp : SpikeTiming or None
        Changes the weights.
    storage : str
        `SPARSE`, `DENSE` or `AUTO`; it has no part in the result.
    statements : Statements or None
        In which this was recognized.
    pair : RecognizedPairRule or None
        The rule that was recognized in them, if they change the weights.
    table_of : str
        Object with whose synapses they may share a plastic table; empty for their own.
    set_at : SetAt
        When delays and the rule were set between runs.
    """

    receptor: int
    stp: ShortTerm | None = None
    stdp: SpikeTiming | None = None
    storage: str = AUTO
    statements: Statements | None = None
    pair: RecognizedPairRule | None = None
    table_of: str = ""
    set_at: SetAt = NEVER_SET


@dataclass(frozen=True, eq=False)
class SynapsesDescription:
    """All synapses of one object: their ends, one `Connect` for each call, what an event does."""

    name: str
    source: Slice
    target: Slice
    connects: tuple[Connect, ...]
    effect: AddToReceptor | Statements

    @property
    def rules(self) -> tuple[ConnectionRule, ...]:
        """The rule of each ``connect``."""
        return tuple(connect.rule for connect in self.connects)

    @property
    def since(self) -> int:
        """The step since which there are such synapses; see `Connect`."""
        return min((connect.since for connect in self.connects), default=0)

    @property
    def _drawn(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(connect.drawn for connect in self.connects)

    @property
    def shift(self) -> int | None:
        """See `Slice.shift_to`."""
        return self.source.shift_to(self.target)

    @property
    def joined_synapses(self) -> tuple[str, ...]:
        """Names of the synapses that are its source or its target."""
        ends = (self.source, self.target)
        return tuple(end.synapses for end in ends if isinstance(end, SynapseSlice))

    def of_connect(self, n: int) -> str:
        """Name that keys the draws of the synapses of ``connect`` number `n`."""
        return self.name if n == 0 else f"{self.name}.{n}"

    @cached_property
    def projections(self) -> tuple[ProjectionDescription, ...]:
        """The synapses of each ``connect`` as tables hold them; none if they need code."""
        effect = self.effect
        if isinstance(effect, Statements):
            return ()
        return tuple(
            ProjectionDescription(
                self.of_connect(n),
                self.source,
                self.target,
                effect.receptor,
                connect.rule,
                connect.values[WEIGHT],
                connect.values[DELAY],
                effect.stp,
                effect.storage,
                connect.values.get(DENDRITIC_DELAY, 0.0),
                effect.stdp,
                effect.table_of or self.name,
                connect.since,
                connect.drawn,
                effect.set_at,
            )
            for n, connect in enumerate(self.connects)
        )

    # ---- of equation-based synapses, recognized or not

    @property
    def statements(self) -> Statements | None:
        """The statements, also where a table does the same; None of built-in synapses."""
        return self.effect if isinstance(self.effect, Statements) else self.effect.statements

    @property
    def needs_code(self) -> bool:
        """Whether code is generated for the statements."""
        return isinstance(self.effect, Statements)

    @property
    def pair(self) -> RecognizedPairRule | None:
        """The rule that was recognized in the statements, if they change the weights."""
        return None if isinstance(self.effect, Statements) else self.effect.pair

    @property
    def strings(self) -> SynapseStrings:
        """The expressions of the model and of all pathways."""
        return self._stated.strings

    @property
    def names(self) -> Names:
        """Values of external names."""
        return self._stated.names

    @property
    def assignments(self) -> tuple[SynapseAssignment, ...]:
        """Assignments to variables, in order."""
        return self._stated.assignments

    @property
    def accesses(self) -> tuple[PathwayAccess, ...]:
        """Variables of the groups that pathways read and write; none for built-in synapses."""
        return () if self.statements is None else self.statements.accesses

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Statements that run at regular times; none for built-in synapses."""
        return () if self.statements is None else self.statements.operations

    @property
    def links(self) -> tuple[Link, ...]:
        """Links of the linked variables; none of built-in synapses."""
        return () if self.statements is None else self.statements.links

    @property
    def writes_source(self) -> bool:
        """Whether statements set variables of the source."""
        return self.statements is not None and self.statements.writes_source

    @property
    def _stated(self) -> Statements:
        assert self.statements is not None, f"{self.name} has no statements"
        return self.statements

    def content(self) -> tuple[object, ...]:
        """Everything that defines the synapses, for the digest; recognition is no part of it."""
        if self.statements is None:
            return tuple(p.content() for p in self.projections)
        return (
            "synapses",
            self.name,
            self.source.content(),
            self.target.content(),
            self.strings.content(),
            self.names.content(),
            tuple(r.content() for r in self.rules),
            tuple(a.content() for a in self.assignments),
            *(() if self._stated.recognize else ("as written",)),
            *(one.content() for one in self.operations),
            *((("since", self.since),) if self.since else ()),
            *((("drawn", self._drawn),) if any(self._drawn) else ()),
            *(one.content() for one in self.links),
        )

    def outlined(self) -> dict[str, object]:
        """Entries of an outline for equation-based synapses, by their names in files."""
        return {
            "kind": "SynapseDescription",
            "name": self.name,
            "source": self.source,
            "target": self.target,
            "texts": self.strings,
            "names": self.names,
            "rules": self.rules,
            "assignments": self.assignments,
            "writes_source": self.writes_source,
            "accesses": self.accesses,
            **({} if self._stated.recognize else {"recognize": False}),
            **({"operations": self.operations} if self.operations else {}),
            **({"since": self.since} if self.since else {}),
            **({"drawn": self._drawn} if any(self._drawn) else {}),
            **({"links": self.links} if self.links else {}),
        }
