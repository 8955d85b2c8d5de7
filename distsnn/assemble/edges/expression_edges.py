"""The synapses of a connection given by an expression, drawn by any rank for the targets it owns.

The identity of an edge is (major, k): major is the source (of a generator of sources, the
target), k = q n + copy with q the number of the member of the generator's range (of a condition,
the target), n the number of synapses of each pair (2**31 where it is an expression), and copy the
number of the synapse among these. So a rank knows the identities of its edges without those of
others, and edges sorted by identity stand in the order in which Brian 2 creates them.

A condition, and a generator ``k for k in range(...)``, costs a rank as many evaluations as it
has pairs (of each source with its own targets); one with an equation such as ``x_pre == j`` those
for which it holds, see `candidate_pairs`. Other generators of targets are walked whole by
every rank. A generator of sources costs a rank its own targets' share, and, where an index might
lie outside the group, one walk over all targets, so that all ranks raise the same error.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np

from distsnn.assemble.edges.candidate_pairs import find_candidates
from distsnn.assemble.edges.edges import Edges
from distsnn.codegen.cache import load_source
from distsnn.codegen.synapses import connection_functions as source_code
from distsnn.codegen.synapses.connection_functions import connection_source
from distsnn.describe.synapses.rule_expressions import ExpressionRule
from distsnn.errors import ConnectivityError
from distsnn.language.objects.connection_expressions import ParsedConnection

_FAR = 1 << 60
_ANY_COPIES = 1 << 31


@dataclass(frozen=True, eq=False)
class BoundRule:
    """A `ExpressionRule` with what it needs to be drawn.

    Attributes
    ----------
    rule : ExpressionRule
    parsed : ParsedConnection
    n_source, n_target : int
        Sizes of the slices.
    values : dict of str to float64 array
        Values of the variables that the expression refers to, for all sources or all targets.
    """

    rule: ExpressionRule
    parsed: ParsedConnection
    n_source: int
    n_target: int
    values: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def stride(self) -> int:
        """Distance between the k of neighboring members of the range."""
        n = self.rule.n
        return max(1, int(n)) if n.isdecimal() else _ANY_COPIES

    @property
    def needs_check(self) -> bool:
        """Whether errors may be met that not every rank meets while it draws its own edges."""
        parsed = self.parsed
        return parsed.major == "j" and not (
            parsed.never_leaves
            or (self.rule.skip and isinstance(parsed.generator.step.tree, ast.Constant))
        )


def draw_expression_edges(
    bound: BoundRule, key: tuple[int, int], ranges: list[tuple[int, int]], chunk: int
) -> Iterator[Edges]:
    """Draw the edges to some targets; parameters as in `projection_edges.draw_edges`."""
    if bound.needs_check:
        check_indices(bound, key)
    everything = [(-_FAR, _FAR)]
    if bound.parsed.major == "j":
        yield from _drawn(
            bound, key, ranges, everything, np.ones(bound.n_source, dtype=np.bool_), chunk
        )
        return
    is_local = np.zeros(bound.n_target, dtype=np.bool_)
    for low, high in ranges:
        is_local[low:high] = True
    # Every rank looks at indices outside the group, and all raise the same error.
    segments = (
        [(-_FAR, 0), *ranges, (bound.n_target, _FAR)] if bound.parsed.is_direct else everything
    )
    yield from _drawn(bound, key, [(0, bound.n_source)], segments, is_local, chunk)


def check_indices(bound: BoundRule, key: tuple[int, int]) -> None:
    """Raise if the expression gives an index outside the group, whatever targets a rank has.

    Raises
    ------
    ConnectivityError
        About the first such index.
    """
    by_source = bound.parsed.major == "i"
    n_major, n_minor = (
        (bound.n_source, bound.n_target) if by_source else (bound.n_target, bound.n_source)
    )
    for _ in _drawn(
        bound, key, [(0, n_major)], [(-_FAR, _FAR)], np.zeros(n_minor, dtype=np.bool_), 1
    ):
        pass


def _drawn(
    bound: BoundRule,
    key: tuple[int, int],
    majors: list[tuple[int, int]],
    segments: list[tuple[int, int]],
    is_local: np.ndarray,
    chunk: int,
) -> Iterator[Edges]:
    parsed, by_source = bound.parsed, bound.parsed.major == "i"
    numbers = bound.rule.names.numbers
    given: list[float | np.ndarray] = [float(numbers[n]) for n in parsed.numbers]
    given += [bound.values[n] for n in parsed.members]
    sizes = bound.n_source, bound.n_target
    found = find_candidates(parsed, sizes, given, majors, is_local)
    advance = load_source(connection_source(parsed, found is not None))
    state = np.zeros(source_code.STATE_SIZE, dtype=np.int64)
    major, minor, k = np.empty((3, chunk), dtype=np.int64)
    arguments = (
        state,
        *np.array(majors, dtype=np.int64).reshape(-1, 2).T.copy(),
        *np.array(segments, dtype=np.int64).reshape(-1, 2).T.copy(),
        is_local,
        *(() if found is None else (found.starts, found.stops, found.members)),
        major,
        minor,
        k,
        is_local.size,
        bound.stride,
        bound.rule.skip,
        *sizes,
        np.uint32(key[0]),
        np.uint32(key[1]),
        *given,
    )
    while n := advance(*arguments):
        if n < 0:
            _failed(bound, state)
        source, target = (major[:n], minor[:n]) if by_source else (minor[:n], major[:n])
        yield Edges(source, target, major[:n], k[:n])


def _failed(bound: BoundRule, state: np.ndarray) -> NoReturn:
    parsed = bound.parsed
    where, major = parsed.location.where, int(state[source_code.ERROR_MAJOR])
    at = f"for {parsed.major}={major}"
    if state[source_code.ERROR] == source_code.BAD_STEP:
        raise ConnectivityError(
            where,
            f"the step of a range is 0 {at}",
            "steps are whole numbers other than 0",
            "correct it",
        )
    index = int(state[source_code.ERROR_MINOR])
    if state[source_code.ERROR] == source_code.BAD_SIZE:
        number = int(state[source_code.ERROR_MINOR + 1])
        raise ConnectivityError(
            where,
            f"sample() is asked for {index} of {number} numbers {at}",
            "size is at least 0 and at most the length of the range",
            "correct size=, or give skip_if_invalid=True",
            size=index,
            available=number,
        )
    if state[source_code.ERROR] == source_code.BAD_NUMBER:
        raise ConnectivityError(
            where,
            f"n={parsed.copies.location.text!r} is no number of synapses {at}, "
            f"{parsed.minor}={index}",
            "n is finite",
            "correct n=",
        )
    size = bound.n_target if parsed.minor == "j" else bound.n_source
    raise ConnectivityError(
        where,
        f"{parsed.minor}={index} lies outside the group {at}",
        f"{parsed.minor} is at least 0 and below {size}",
        "add a condition, or give skip_if_invalid=True",
        index=index,
        size=size,
        major=major,
    )
