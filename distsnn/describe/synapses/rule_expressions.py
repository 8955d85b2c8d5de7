"""Connections given as a string, with what their names stand for."""
# ruff: noqa: ARG002 - it answers what all rules answer

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.values.given_expressions import Names


@dataclass(frozen=True, eq=False)
class ExpressionRule(ConnectionRule):
    """Synapses given by expressions, as in Brian 2.

    `distsnn.language.objects.connection_expressions` has the dialect.

    Attributes
    ----------
    kind : str
        ``"condition"``: `text` is a condition on pairs; ``"j"``: `text` gives the targets of each
        source; ``"i"``: it gives the sources of each target.
    text : str
        The condition or generator.
    p, n : str
        Probability of each pair (empty for 1), and number of synapses of each.
    skip : bool
        Whether indices outside the groups are passed over.
    names : Names
        What names from outside stand for.
    before : tuple of two int
        Variables of source and target have the values after so many assignments.
    """

    kind: str
    text: str
    p: str = ""
    n: str = "1"
    skip: bool = False
    names: Names = field(default_factory=Names)
    before: tuple[int, int] = (0, 0)
    listed: ClassVar[bool] = True

    @property
    def copies(self) -> int:
        """Synapses of each pair that is joined; 1 where an expression says it."""
        return int(self.n) if self.n.isdecimal() else 1

    def most_number(self, n_source: int, n_target: int, shift: int | None) -> float:
        """Synapses (float) if every pair is joined."""
        return float(n_source) * n_target * self.copies

    def content(self) -> tuple[object, ...]:
        """Everything that defines the rule, for the digest."""
        return (
            "text rule",
            self.kind,
            self.text,
            self.p,
            self.n,
            self.skip,
            self.names.content(),
            self.before,
        )
