"""Values of variables of sources and targets, and texts over them, for edges."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distsnn.assemble.edges.edge_chunks import EdgeChunk
from distsnn.assemble.edges.expression_edges import BoundRule
from distsnn.assemble.groups.neuron_arrays import initial_value
from distsnn.assemble.values.expression_values import text_values, variables_of
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.keys import stream_key
from distsnn.describe.network import NetworkDescription
from distsnn.describe.synapses.projections import Slice
from distsnn.describe.synapses.rule_expressions import TextRule
from distsnn.describe.synapses.rules import Rule
from distsnn.describe.values.given_expressions import Names, TextValue
from distsnn.errors import ParameterError
from distsnn.kernels.draws.pair_draws import fill_pair_normal, fill_pair_uniform
from distsnn.language.evaluate import evaluate
from distsnn.language.objects.connection_expressions import parse_connection
from distsnn.language.objects.group_variables import members_of
from distsnn.language.objects.pair_symbols import member_of, pair_symbols
from distsnn.language.source_location import Place
from distsnn.language.syntax import names_in, parse_expression
from distsnn.layout.partition import Range


@dataclass(frozen=True, eq=False)
class Ends:
    """The two slices that synapses join, within a description."""

    description: NetworkDescription
    source: Slice
    target: Slice

    def values(self, side: str, variable: str, before: int | None = None) -> np.ndarray:
        """Values (float64) of a variable of all sources (`side` ``"pre"``) or targets.

        They are those of the start; `before` leaves out the assignments from that number on.
        """
        part = self.source if side == "pre" else self.target
        group = self.description.groups[part.group]
        assert isinstance(group, NeuronDescription)
        ranges = (Range(part.start, part.stop, 0),)
        seed, dt = self.description.seed, self.description.dt

        def of(name: str) -> np.ndarray:
            return initial_value(group, name, ranges, seed, dt, before)

        if variable in variables_of(group):
            return of(variable)
        index = np.arange(part.start, part.stop, dtype=np.int64)
        return text_values(
            group,
            TextValue(variable, Names()),
            index,
            stream_key(seed, variable, group.name),
            dt,
            of,
        )

    def bind(self, rule: Rule, owner: str) -> Rule | BoundRule:
        """`rule`, ready to be drawn; `owner` is the name of the synapses."""
        if not isinstance(rule, TextRule):
            return rule
        groups = self.description.groups
        text = parse_connection(
            rule,
            owner,
            members_of(groups[self.source.group]),
            members_of(groups[self.target.group]),
        )
        values = {
            name: self.values(side, variable, rule.before[0 if side == "pre" else 1])
            for name, (side, variable) in text.members.items()
        }
        return BoundRule(rule, text, self.source.size, self.target.size, values)


@dataclass(eq=False)
class PairText:
    """A text over edges, with what it needs to be evaluated for any of them.

    Parameters
    ----------
    ends : Ends
    owner : str
        Name of the synapses, for errors.
    value : TextValue
    key : two words of 32 bits
        Key of its random numbers.
    least : float
        The smallest value allowed.
    """

    ends: Ends
    owner: str
    value: TextValue
    key: tuple[int, int]
    least: float = -np.inf
    _fixed: dict[str, Any] = field(init=False, repr=False)
    _members: dict[str, tuple[str, np.ndarray]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        groups = self.ends.description.groups
        self.tree = parse_expression(self.value.text, Place(self.owner, "value", self.value.text))
        symbols = pair_symbols(
            members_of(groups[self.ends.source.group]), members_of(groups[self.ends.target.group])
        )
        self._fixed = {
            "N_pre": self.ends.source.size,
            "N_post": self.ends.target.size,
            **self.value.names.numbers,
        }
        self._members = {}
        for name in names_in(self.tree):
            member = member_of(name, symbols)
            if member is not None:
                self._members[name] = member[0], self.ends.values(*member)
        calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]
        self._number = {id(node): n for n, node in enumerate(calls)}

    def of(self, edges: EdgeChunk) -> np.ndarray:
        """Values (float64 (n,)) for some edges.

        Raises
        ------
        ParameterError
            If a value is not finite or not allowed.
        """
        names = {**self._fixed, "i": edges.source, "j": edges.target}
        for name, (side, values) in self._members.items():
            names[name] = values[edges.source if side == "pre" else edges.target]

        def call(node: ast.Call, _: list[Any]) -> np.ndarray:
            assert isinstance(node.func, ast.Name)
            fill = fill_pair_uniform if node.func.id == "rand" else fill_pair_normal
            out = np.empty(edges.source.size)
            fill(
                out,
                edges.major,
                edges.k,
                self._number[id(node)],
                np.uint32(self.key[0]),
                np.uint32(self.key[1]),
            )
            return out

        found = np.broadcast_to(
            np.asarray(evaluate(self.tree, names, call), dtype=np.float64), edges.source.shape
        )
        bad = np.flatnonzero(~(np.isfinite(found) & (found >= self.least)))
        if bad.size:
            e = bad[0]
            raise ParameterError(
                self.owner,
                f"{self.value.text!r} gives {found[e]:g} for i={edges.source[e]}, "
                f"j={edges.target[e]}",
                "values are finite" + (f" and >= {self.least:g}" if self.least > -np.inf else ""),
                "correct the text",
                value=float(found[e]),
            )
        return found
