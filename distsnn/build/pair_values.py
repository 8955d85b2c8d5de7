"""Values of variables of sources and targets, and texts over them, for edges."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distsnn.build.chunks import EdgeChunk
from distsnn.build.edges import creation_keys, draw_edges
from distsnn.build.edges import edges as all_edges
from distsnn.build.neurons import initial_value
from distsnn.build.text import text_values, variables_of
from distsnn.build.text_edges import BoundRule
from distsnn.build.values import DelaySampler, draw_weights, value_position
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.keys import stream_key
from distsnn.describe.network import NetworkDescription
from distsnn.describe.projections import ProjectionDescription, Slice
from distsnn.describe.rules import Rule
from distsnn.describe.text import Names, TextValue
from distsnn.describe.text_rule import TextRule
from distsnn.describe.values import PerSynapse
from distsnn.equations.connection import parse_connection
from distsnn.equations.evaluate import evaluate
from distsnn.equations.members import members_of
from distsnn.equations.pair_symbols import member_of, pair_symbols
from distsnn.equations.place import Place
from distsnn.equations.syntax import names_in, parse_expression
from distsnn.errors import ParameterError
from distsnn.kernels.pair_draws import fill_pair_normal, fill_pair_uniform
from distsnn.plan.delays import (
    AXONAL,
    DENDRITIC,
    MAX_DELAY_STEPS,
    TextDelayBounds,
    steps_of_array,
)
from distsnn.plan.partition import Range


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


def weight_text(
    description: NetworkDescription, projection: ProjectionDescription
) -> PairText | None:
    """The weights of a projection, if they are given as text."""
    if not isinstance(projection.weight, TextValue):
        return None
    group = description.groups[projection.target.group]
    assert isinstance(group, NeuronDescription)
    is_conductance = group.receptors[projection.receptor].weight_unit == "nS"
    return PairText(
        Ends(description, projection.source, projection.target),
        projection.name,
        projection.weight,
        stream_key(description.seed, "weight", projection.name),
        0.0 if is_conductance else -np.inf,
    )


class NumberedEdges:
    """Numbers of edges in the order of creation, for values that are given in it.

    Every rank draws all edges for it.

    Parameters
    ----------
    description : NetworkDescription
    projection : ProjectionDescription
        Its weight is `PerSynapse`.

    Raises
    ------
    ParameterError
        If there are not as many values as edges.
    """

    def __init__(self, description: NetworkDescription, projection: ProjectionDescription) -> None:
        ends = Ends(description, projection.source, projection.target)
        self.rule = ends.bind(projection.rule, projection.name)
        everything = all_edges(
            self.rule,
            ends.source.size,
            ends.target.size,
            projection.shift,
            stream_key(description.seed, "edges", projection.name),
        )
        assert isinstance(projection.weight, PerSynapse)
        n = projection.weight.values.size
        if n != everything.source.size:
            raise ParameterError(
                projection.name,
                f"weight has {n} values",
                f"there are {everything.source.size} synapses",
                "give one for each, in the order of creation, or a number",
                shape=(n,),
            )
        keys = np.stack(creation_keys(self.rule, everything))
        self._keys = keys[:, np.lexsort(keys[::-1])]
        self._width = int(self._keys[1].max(initial=0)) + 1
        self._joined = self._keys[0] * self._width + self._keys[1]

    def of(self, edges: EdgeChunk) -> np.ndarray:
        """Numbers (int64 (n,)) of some edges."""
        first, second, last = creation_keys(self.rule, edges)
        at = np.searchsorted(self._joined, first * self._width + second)
        # Among edges of a pair, or of a list, the last key decides.
        later = np.flatnonzero(self._keys[2][at] != last)
        stop = np.searchsorted(self._joined, self._joined[at[later]], side="right")
        for one, b in zip(later.tolist(), stop.tolist(), strict=True):
            at[one] += np.searchsorted(self._keys[2][at[one] : b], last[one])
        return at


def weights_of(
    description: NetworkDescription, projection: ProjectionDescription
) -> Callable[[EdgeChunk, np.ndarray | None], np.ndarray | float]:
    """Function that gives the weights (float64 (n,), or one number for all) of edges.

    Its second argument is the result of `distsnn.build.values.value_position`.
    """
    text, weight = weight_text(description, projection), projection.weight
    numbered = NumberedEdges(description, projection) if isinstance(weight, PerSynapse) else None
    key = stream_key(description.seed, "weight", projection.name)

    def of(edges: EdgeChunk, position: np.ndarray | None) -> np.ndarray | float:
        if isinstance(weight, TextValue):
            assert text is not None
            return text.of(edges)
        if isinstance(weight, PerSynapse):
            assert numbered is not None
            taken: np.ndarray = weight.values[numbered.of(edges)]
            return taken
        return draw_weights(weight, edges.major, edges.k, position, key)

    return of


class TextDelays:
    """Delays in steps of a projection whose delays are given as text.

    Parameters
    ----------
    description : NetworkDescription
    projection : ProjectionDescription
    part : str
        `AXONAL` or `DENDRITIC`.
    bounds : tuple of two int, optional
        Shortest and longest delay, if they are known already.

    Raises
    ------
    ParameterError
        If a delay is negative or too long.

    Notes
    -----
    The shortest and longest delay are those of all edges, which every rank walks: so all ranks
    know them, and raise the same errors, without exchanging anything.
    """

    def __init__(
        self,
        description: NetworkDescription,
        projection: ProjectionDescription,
        part: str,
        bounds: tuple[int, int] | None = None,
    ) -> None:
        delay = getattr(projection, part)
        assert isinstance(delay, TextValue)
        self.dt, self.name = description.dt, projection.name
        ends = Ends(description, projection.source, projection.target)
        self.text = PairText(
            ends,
            projection.name,
            delay,
            stream_key(description.seed, _STREAMS[part], projection.name),
            0.0,
        )
        if bounds is None:
            rule = ends.bind(projection.rule, projection.name)
            everything = draw_edges(
                rule,
                ends.source.size,
                ends.target.size,
                projection.shift,
                stream_key(description.seed, "edges", projection.name),
                [(0, ends.target.size)],
            )
            found = [(int(s.min()), int(s.max())) for s in map(self.steps, everything) if s.size]
            bounds = (
                min((low for low, _ in found), default=MAX_DELAY_STEPS),
                max((high for _, high in found), default=0),
            )
        self.first, self.last = bounds[0], max(bounds)

    def steps(self, edges: EdgeChunk) -> np.ndarray:
        """Delays (int64 (n,)) of some edges, in steps."""
        delay = self.text.of(edges)
        steps = steps_of_array(delay, self.dt)
        if steps.size and steps.max() > MAX_DELAY_STEPS:
            raise ParameterError(
                self.name,
                f"delay={self.text.value.text!r} gives {delay.max():g} ms",
                f"delays must be <= {MAX_DELAY_STEPS} steps of {self.dt} ms",
                "correct the text, or enlarge dt",
                delay=float(delay.max()),
            )
        return steps


class PartOfDelays:
    """The axonal or the dendritic delays of a projection, in steps.

    Parameters
    ----------
    description : NetworkDescription
    projection : ProjectionDescription
    part : str
        `AXONAL` or `DENDRITIC`.
    bounds : tuple of two int, optional
        See `TextDelays`.
    """

    def __init__(
        self,
        description: NetworkDescription,
        projection: ProjectionDescription,
        part: str,
        bounds: tuple[int, int] | None = None,
    ) -> None:
        self.projection, self.delay = projection, getattr(projection, part)
        self._drawn = (
            TextDelays(description, projection, part, bounds)
            if isinstance(self.delay, TextValue)
            else DelaySampler(
                projection.name,
                self.delay,
                description.dt,
                stream_key(description.seed, _STREAMS[part], projection.name),
            )
        )
        self.first, self.last = self._drawn.first, self._drawn.last

    def steps(self, edges: EdgeChunk) -> np.ndarray | int:
        """Delays (int array (n,), or one number for all) of some edges."""
        if isinstance(self._drawn, TextDelays):
            return self._drawn.steps(edges)
        projection = self.projection
        position = value_position(self.delay, projection.rule, projection.target.size, edges)
        return self._drawn.steps(edges.major, edges.k, position)


@dataclass(frozen=True, eq=False)
class Delays:
    """Both parts of the delays of a projection, and their sum: steps from spike to effect."""

    axonal: PartOfDelays
    dendritic: PartOfDelays

    @property
    def first(self) -> int:
        """The shortest possible sum."""
        return self.axonal.first + self.dendritic.first

    @property
    def last(self) -> int:
        """The longest possible sum."""
        return self.axonal.last + self.dendritic.last

    def steps(self, edges: EdgeChunk) -> np.ndarray | int:
        """Sums (int array (n,), or one number for all) of some edges."""
        return self.axonal.steps(edges) + self.dendritic.steps(edges)


def delays_of(
    description: NetworkDescription,
    projection: ProjectionDescription,
    bounds: TextDelayBounds,
) -> Delays:
    """The delays of a projection; `bounds` are those of texts, see `text_delay_bounds`."""
    axonal, dendritic = (
        PartOfDelays(description, projection, part, bounds.get((projection.name, part)))
        for part in (AXONAL, DENDRITIC)
    )
    return Delays(axonal, dendritic)


def text_delay_bounds(description: NetworkDescription) -> dict[tuple[str, str], tuple[int, int]]:
    """Shortest and longest delay, in steps, of delays that are texts, by name and part."""
    delays = {
        (p.name, part): TextDelays(description, p, part)
        for p in description.projections
        for part in (AXONAL, DENDRITIC)
        if isinstance(getattr(p, part), TextValue)
    }
    return {key: (d.first, d.last) for key, d in delays.items()}


# Streams of random numbers of the parts of a delay.
_STREAMS = {AXONAL: "delay", DENDRITIC: "dendritic delay"}
