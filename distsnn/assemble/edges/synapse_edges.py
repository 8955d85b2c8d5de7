"""Edges of synapses with statements, in the order of their creation, and their values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.edges.edge_chunks import EdgeChunk
from distsnn.assemble.edges.projection_edges import creation_keys, draw_edges
from distsnn.assemble.values.drawn_values import draw_value
from distsnn.assemble.values.pair_values import Ends
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.keys import stream_key
from distsnn.describe.network import NetworkDescription
from distsnn.describe.synapses.equation_based import (
    SynapseAssignment,
    SynapseDescription,
    SynapseValue,
)
from distsnn.describe.synapses.rules import AllToAll, Pairs
from distsnn.describe.values.given import Distribution
from distsnn.describe.values.given_expressions import Names, TextValue
from distsnn.errors import ParameterError, unknown_name
from distsnn.kernels.draws.synapse_draws import fill_synapse_normal, fill_synapse_uniform
from distsnn.language.evaluate import evaluate
from distsnn.language.functions import CONSTANTS, RANDOM
from distsnn.language.objects.synapse_equations import REFRACTORINESS, SynapseText
from distsnn.language.source_location import Place
from distsnn.language.syntax import names_in, parse_expression
from distsnn.language.types import FLOAT, stored_values
from distsnn.language.unit_names import UNITS

Member = Callable[[str, str, int | None], np.ndarray]
Seen = tuple[int, int] | None


@dataclass(frozen=True, eq=False)
class SynapseEdges:
    """Some synapses of one object in the order of their creation; arrays of one length.

    Synapses of one ``connect`` stand as `assemble.edges.projection_edges.creation_keys` says.

    Attributes
    ----------
    source, target : int64
        Indices within the source and target slices.
    connect : int64
        Which call of ``connect`` made each.
    major, minor : int64
        Identity within that call, which keys random values.
    """

    source: np.ndarray
    target: np.ndarray
    connect: np.ndarray
    major: np.ndarray
    minor: np.ndarray

    def __len__(self) -> int:
        return int(self.source.size)

    def taken(self, which: np.ndarray) -> SynapseEdges:
        """The synapses with these numbers (int64), in this order."""
        return SynapseEdges(*(column[which] for column in vars(self).values()))


def synapse_edges(
    description: NetworkDescription,
    synapses: SynapseDescription,
    ranges: Sequence[tuple[int, int]] | None = None,
) -> SynapseEdges:
    """Draw the synapses onto targets within ascending disjoint ranges (all by default)."""
    n_source, n_target = synapses.source.size, synapses.target.size
    wanted = [(0, n_target)] if ranges is None else ranges
    parts = [np.empty((5, 0), dtype=np.int64)]
    ends = Ends(description, synapses.source, synapses.target)
    for c, rule in enumerate(synapses.rules):
        bound = ends.bind(rule, synapses.name)
        key = stream_key(description.seed, "edges", synapses.of_connect(c))
        drawn = [
            np.stack([e.source, e.target, np.full_like(e.source, c), e.major, e.k])
            for e in draw_edges(bound, n_source, n_target, synapses.shift, key, wanted)
        ]
        if not drawn:
            continue
        part = np.concatenate(drawn, axis=1)
        chunk = EdgeChunk(part[0], part[1], part[3], part[4])
        parts.append(part[:, np.lexsort(creation_keys(rule, chunk)[::-1])])
    return SynapseEdges(*(np.ascontiguousarray(row) for row in np.concatenate(parts, axis=1)))


def creation_keys_of(synapses: SynapseDescription, edges: SynapseEdges) -> list[np.ndarray]:
    """Keys (int64 (n,)), first one first, by which synapses stand in the order of creation."""
    keys = [edges.connect, *np.zeros((3, len(edges)), dtype=np.int64)]
    for c, rule in enumerate(synapses.rules):
        mine = np.flatnonzero(edges.connect == c)
        chunk = EdgeChunk(
            edges.source[mine], edges.target[mine], edges.major[mine], edges.minor[mine]
        )
        for key, of_rule in zip(keys[1:], creation_keys(rule, chunk), strict=True):
            key[mine] = of_rule
    return keys


class SynapseValues:
    """Values of the variables of synapses before the run, after all assignments in order.

    Parameters
    ----------
    synapses : SynapseDescription
    edges : SynapseEdges
        Any of its synapses.
    description : NetworkDescription
    text : SynapseText
        The parsed model.
    member : callable
        From ``"pre"`` or ``"post"``, the name of a variable and a number of assignments (None
        for all) to its values (float64) for all members of the source or target slice.
    dt : float, ms
    """

    def __init__(
        self,
        synapses: SynapseDescription,
        edges: SynapseEdges,
        description: NetworkDescription,
        text: SynapseText,
        member: Member,
        dt: float,
    ) -> None:
        self.synapses = synapses
        self.edges = edges
        self.description = description
        self.seed = description.seed
        self.text = text
        self.member = member
        self.dt = dt
        # After a run, where values are found instead of in the assignments before it, and when.
        self.known: Callable[[str], np.ndarray] | None = None
        self.step = 0
        # Of edges that do not stand in the order of creation.
        self.numbers: SynapseNumbers | None = None
        self._positions_known: np.ndarray | None = None
        # Calls of connect() before the moment whose values are wanted.
        self._connected = len(synapses.rules)

    def of(self, variable: str, before: int | None = None) -> np.ndarray:
        """Values (float64 (n,)) of a variable; `before` leaves out assignments from a number on."""
        if self.known is not None:
            return self.known(variable)
        values = np.zeros(len(self.edges))
        for made in self.synapses.assignments:
            if made.variable == variable and (before is None or made.order < before):
                self.assign(made, values)
        return values

    def _count(self, name: str) -> Any:
        """Number of synapses: in all, onto the target, or from the source of each."""
        everything = synapse_edges(self.description, self.synapses)
        there = everything.connect < self._connected
        if name == "N":
            return int(there.sum())
        ends = ("target", "source")[name == "N_outgoing"]
        size = (self.synapses.source if ends == "source" else self.synapses.target).size
        return np.bincount(getattr(everything, ends)[there], minlength=size)[
            getattr(self.edges, ends)
        ]

    def assign(self, made: SynapseAssignment, values: np.ndarray) -> None:
        """Carry out one assignment on `values` (float64 (n,), in/out)."""
        before, self._connected = self._connected, made.connected
        chosen = self.chosen(made.where, made.connected, made.order, made.seen)
        given = np.asarray(self._values(made, chosen), dtype=np.float64)
        values[chosen] = stored_values(
            self.synapses.name, made.variable, given, self._type(made.variable)
        )
        self._connected = before

    def _type(self, variable: str) -> str:
        equation = self.text.equations.get(variable)
        return FLOAT if equation is None else equation.type

    def expression(self, text: TextValue, order: int, purpose: str = "value") -> np.ndarray:
        """Values (n,) of a text; `purpose` and `order` key what it draws."""
        found = np.asarray(self._text(text, order, None, purpose))
        return np.broadcast_to(found, (len(self.edges),)).copy()

    def chosen(
        self, where: np.ndarray | TextValue | None, connected: int, order: int, seen: Seen = None
    ) -> np.ndarray:
        """Which synapses (bool (n,)) an assignment or index means."""
        chosen = self.edges.connect < connected
        if isinstance(where, TextValue):
            chosen &= np.broadcast_to(
                np.asarray(self._text(where, order, seen), dtype=bool), chosen.shape
            )
        elif where is not None:
            chosen &= np.isin(self._positions(), where)
        return chosen

    def _values(self, made: SynapseAssignment, chosen: np.ndarray) -> Any:
        value: SynapseValue = made.value
        purpose = f"{made.variable} assigned {made.order}"
        if isinstance(value, TextValue):
            found = np.asarray(self._text(value, made.order, made.seen), dtype=np.float64)
            return found if found.ndim == 0 else found[chosen]
        if isinstance(value, Distribution):
            return self._drawn(value, purpose)[chosen]
        if isinstance(value, np.ndarray):
            position = self._positions()[chosen]
            if isinstance(made.where, np.ndarray):
                order = np.argsort(made.where, kind="stable")
                # Of a synapse that is named twice the last value counts, as in arrays.
                last = np.searchsorted(made.where, position, side="right", sorter=order) - 1
                position = order[last]
            return value.ravel()[position]
        return value

    def _drawn(self, distribution: Distribution, purpose: str) -> np.ndarray:
        out, edges = np.empty(len(self.edges)), self.edges
        for c in range(len(self.synapses.rules)):
            mine = np.flatnonzero(edges.connect == c)
            drawn = np.empty(mine.size)
            draw_value(
                drawn,
                distribution,
                edges.major[mine],
                edges.minor[mine],
                stream_key(self.seed, purpose, self.synapses.of_connect(c)),
            )
            out[mine] = drawn
        return out

    def _positions(self) -> np.ndarray:
        """Number (int64 (n,)) of each synapse among all in the order of creation."""
        if self._positions_known is None:
            numbers = self.numbers or SynapseNumbers(self.description, self.synapses)
            self._positions_known = numbers.of(self.edges)
        return self._positions_known

    def _text(self, value: TextValue, order: int, seen: Seen, purpose: str = "value") -> Any:
        """Value of a text for all synapses, one number or an array."""
        where = f"{self.synapses.name}, value {value.text!r}"
        tree = self.text.inlined(
            parse_expression(value.text, Place(self.synapses.name, "value", value.text))
        )
        lookup = {
            name: self._named(name, value, where, order, seen)
            for name in names_in(tree)
            if name not in UNITS and name not in CONSTANTS
        }
        calls = 0

        def call(node: ast.Call, given: list[Any]) -> Any:
            nonlocal calls
            assert isinstance(node.func, ast.Name)
            for names in (value.names, self.synapses.names):
                if node.func.id in names.arrays:
                    column = given[1] if len(given) > 1 else None
                    return names.arrays[node.func.id].at(given[0], column, self.dt)
            if node.func.id not in RANDOM:
                raise ParameterError(
                    where,
                    f"{node.func.id}() stands in a subexpression of the neurons",
                    "values call functions, rand(), randn(), and TimedArrays that are known where "
                    "they are set",
                    "call it in the text",
                )
            calls += 1
            fill = fill_synapse_uniform if node.func.id == "rand" else fill_synapse_normal
            out, edges = np.empty(len(self.edges)), self.edges
            k0, k1 = stream_key(self.seed, f"{purpose} {order} call {calls}", self.synapses.name)
            fill(out, edges.major, edges.minor, edges.connect, np.uint32(k0), np.uint32(k1))
            return out

        return evaluate(tree, lookup, call)

    def named(self, name: str) -> Any:
        """Value of one name in the synapses' own texts, after all assignments."""
        return self._named(name, TextValue(name, Names()), self.synapses.name, None, None)

    def _named(self, name: str, text: TextValue, where: str, order: int | None, seen: Seen) -> Any:
        """Value of one name in a text."""
        synapses, edges = self.synapses, self.edges
        fixed = {
            "i": edges.source,
            "j": edges.target,
            "N_pre": synapses.source.size,
            "N_post": synapses.target.size,
            "t": self.step * self.dt,
            "t_in_timesteps": self.step,
            "dt": self.dt,
        }
        if name in fixed:
            return fixed[name]
        if name in self.text.variables:
            return self.of(name, order)
        if name in {"N", "N_incoming", "N_outgoing"}:
            return self._count(name)
        if name in REFRACTORINESS:
            return self.member("post", name, None)[edges.target]
        for side, members, index in (
            ("pre", self.text.source, edges.source),
            ("post", self.text.target, edges.target),
        ):
            stem = name.removesuffix(f"_{side}")
            if name.endswith(f"_{side}") and stem in REFRACTORINESS:
                return self.member(side, stem, None)[index]
            if name.endswith(f"_{side}") and stem in members.symbols:
                before = None if seen is None else seen[side == "post"]
                return self.member(side, stem, before)[index]
        for known in (text.names.numbers, synapses.names.numbers):
            if name in known:
                return known[name]
        for part, ending in ((synapses.source, "_pre"), (synapses.target, "_post")):
            group = self.description.groups[part.group]
            stem = name.removesuffix(ending)
            if (
                isinstance(group, NeuronDescription)
                and name.endswith(ending)
                and stem in group.model.constants
            ):
                # A number from outside in a subexpression of the group.
                return group.model.constants[stem]
        return unknown_name(where, name, [*fixed, *self.text.symbols.own, *text.names.numbers])


class SynapseNumbers:
    """The number of each synapse among all of its object, in the order of creation.

    Parameters
    ----------
    description : NetworkDescription
    synapses : SynapseDescription

    Notes
    -----
    Where rules alone do not tell, all synapses are drawn, once.
    """

    def __init__(self, description: NetworkDescription, synapses: SynapseDescription) -> None:
        self._description, self._synapses = description, synapses
        self._sorted: list[tuple[np.ndarray, np.ndarray, np.ndarray]] | None = None

    def of(self, edges: SynapseEdges) -> np.ndarray:
        """Numbers (int64 (n,)) of some synapses, in any order."""
        numbers = np.empty(len(edges), dtype=np.int64)
        for c, rule in enumerate(self._synapses.rules):
            mine = np.flatnonzero(edges.connect == c)
            first = self._first(c)
            if first is not None and isinstance(rule, Pairs):
                numbers[mine] = first + edges.minor[mine]
                continue
            if first is not None and isinstance(rule, AllToAll) and rule.autapses:
                n_target = self._synapses.target.size
                numbers[mine] = first + edges.source[mine] * n_target + edges.target[mine]
                continue
            minor, codes, order = self._known[c]
            code = _codes(minor, edges.major[mine], edges.minor[mine])
            numbers[mine] = order[np.searchsorted(codes, code)]
        return numbers

    def _first(self, c: int) -> int | None:
        """Number of the first synapse of a ``connect``, if the rules before it tell."""
        s = self._synapses
        before = [rule.exact_number(s.source.size, s.target.size, s.shift) for rule in s.rules[:c]]
        return None if None in before else sum(n for n in before if n is not None)

    @property
    def _known(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """For each ``connect``: values of `minor`; sorted codes; number of the synapse of each."""
        if self._sorted is None:
            everything = synapse_edges(self._description, self._synapses)
            self._sorted = []
            for c in range(len(self._synapses.rules)):
                mine = np.flatnonzero(everything.connect == c)
                minor = np.unique(everything.minor[mine])
                codes = _codes(minor, everything.major[mine], everything.minor[mine])
                order = np.argsort(codes)
                self._sorted.append((minor, codes[order], mine[order]))
        return self._sorted


def _codes(known: np.ndarray, major: np.ndarray, minor: np.ndarray) -> np.ndarray:
    """One number (int64 (n,)) for each identity whose `minor` is among the `known` ones."""
    return major * max(1, known.size) + np.searchsorted(known, minor)
