"""The projections that share a table of synapses.

Projections are merged as far as possible, because a spike that acts on many targets in one
place of memory is delivered faster than one that acts on few targets in many places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import SynapticValue
from distsnn.describe.synapses.projections import (
    AUTO,
    DENSE,
    NEVER_SET,
    ProjectionDescription,
    SetAt,
)
from distsnn.describe.synapses.rules import AllToAll
from distsnn.describe.synapses.short_term import ShortTerm
from distsnn.describe.synapses.spike_timing import SpikeTiming
from distsnn.describe.values.computed import Computed
from distsnn.describe.values.given import Distribution, PerSource, PerSynapse, Stored
from distsnn.describe.values.given_expressions import Expression
from distsnn.describe.values.rounded import Grid, Rounded
from distsnn.layout.delays import acts_at_once

# Of short-term plasticity: its parameters, and the step since which sources have it.
Efficacy = tuple[ShortTerm, int]
# Whole numbers up to it.
_EXACT_IN_SINGLE = 1 << 24


@dataclass(frozen=True)
class TablePlan:
    """The projections (indices, ascending) of one table, and how it stores their weights.

    `weight_type` is None where all synapses of a source have the same weight, else ``"f4"`` or
    ``"f8"``. `plasticity` and `timing` are those of all its projections; `dense` says how targets
    are stored; `at_once` whether events act before the threshold of their step; `in_rows` whether
    each source has its synapses in one piece, see `distsnn.kernels.connect.rows`. Spikes before the
    step `since` do not act, nor those before delays were set (`set_at`). `grid` has the weights
    that there are if each takes 16 bits.
    """

    projections: tuple[int, ...]
    weight_type: str | None
    plasticity: ShortTerm | None = None
    dense: bool = False
    timing: SpikeTiming | None = None
    at_once: bool = False
    in_rows: bool = False
    since: int = 0
    grid: Grid | None = None
    set_at: SetAt = NEVER_SET

    @property
    def begins(self) -> int:
        """The step before which spikes do not act."""
        return max(self.since, self.set_at.delays)

    @property
    def efficacy(self) -> Efficacy | None:
        """The short-term plasticity, of sources that are looked at since one step."""
        return None if self.plasticity is None else (self.plasticity, self.since)

    @property
    def in_words(self) -> bool:
        """Whether the target and weight of a synapse are one word."""
        return self.grid is not None and not self.in_rows

    @property
    def weight_bytes(self) -> int:
        """Bytes of the weight of a synapse."""
        if self.in_words:
            return 2
        return 0 if self.weight_type is None else np.dtype(self.weight_type).itemsize

    @property
    def has_state(self) -> bool:
        """Whether its sources have state."""
        return self.plasticity is not None or self.timing is not None


def plan_tables(description: NetworkDescription) -> tuple[TablePlan, ...]:
    """Assign every projection to a table (a pure function of the description)."""
    members: dict[tuple[ShortTerm | None, bool, int, SetAt], list[int]] = {}
    changing: dict[tuple[object, ...], list[int]] = {}
    for index, projection in enumerate(description.projections):
        if projection.changes:
            changing.setdefault(_rule_key(projection), []).append(index)
        else:
            at_once = acts_at_once(description, projection.target.group, projection.receptor)
            set_at = SetAt(projection.set_at.delays)
            alike = projection.plasticity, at_once, projection.since, set_at
            members.setdefault(alike, []).append(index)
    return tuple(
        [
            plan
            for alike, indices in members.items()
            for plan in _plan_alike(description, alike, indices)
        ]
        + [_plan_changing(description, indices) for indices in changing.values()]
    )


def _rule_key(projection: ProjectionDescription) -> tuple[object, ...]:
    """The properties that projections with a common plastic table share.

    They are of one object, so that its weights can be counted, and say alike how delays are
    divided.
    """
    divided = tuple(
        delay if isinstance(delay, float) else "several"
        for delay in (projection.delay, projection.dendritic)
    )
    return (
        projection.synapses,
        id(projection.timing),
        projection.plasticity,
        projection.target.group,
        projection.receptor,
        divided,
        projection.since,
        projection.set_at,
    )


def _plan_changing(description: NetworkDescription, indices: list[int]) -> TablePlan:
    first = description.projections[indices[0]]
    at_once = acts_at_once(description, first.target.group, first.receptor)
    return TablePlan(
        tuple(indices),
        "f8",
        first.plasticity,
        timing=first.timing,
        at_once=at_once,
        since=first.since,
        set_at=first.set_at,
    )


def is_dense(members: list[ProjectionDescription]) -> bool:
    """Whether a table of these projections is stored without an index per synapse.

    It is where one of them asks for it, or where all are full matrices and none asks for the
    opposite.
    """
    asked = {projection.storage for projection in members}
    if asked == {AUTO}:
        return all(
            isinstance(p.rule, AllToAll) and isinstance(p.delay, float | PerSource) for p in members
        )
    return DENSE in asked


def _plan_alike(
    description: NetworkDescription,
    alike: tuple[ShortTerm | None, bool, int, SetAt],
    indices: list[int],
) -> list[TablePlan]:
    """Tables for projections with the same plasticity that act in the same place of a step."""
    plasticity, at_once, since, set_at = alike
    uniform: list[list[int]] = []
    single: list[int] = []
    double: list[int] = []
    rounded: list[tuple[list[int], Grid]] = []
    for index in indices:
        projection = description.projections[index]
        kind = weight_type(projection)
        if isinstance(projection.weight, Rounded) and not is_dense([projection]):
            _join_grid(index, projection.weight.grid, rounded)
        elif kind is None:
            for members in uniform:
                if not any(_conflict(description, index, other) for other in members):
                    members.append(index)
                    break
            else:
                uniform.append([index])
        else:
            (single if kind == "f4" else double).append(index)
    kinds: list[tuple[list[int], str | None]] = [(members, None) for members in uniform]
    kinds += [(single, "f4"), (double, "f8")]
    return [
        TablePlan(
            tuple(members),
            kind,
            plasticity,
            is_dense([description.projections[index] for index in members]),
            at_once=at_once,
            since=since,
            set_at=set_at,
        )
        for members, kind in kinds
        if members
    ] + [
        TablePlan(
            tuple(members),
            _grid_type(grid),
            plasticity,
            at_once=at_once,
            since=since,
            grid=grid,
            set_at=set_at,
        )
        for members, grid in rounded
    ]


def _join_grid(index: int, grid: Grid, tables: list[tuple[list[int], Grid]]) -> None:
    """Add a projection to the first table whose weights and its own 16 bits can hold."""
    for t, (members, common) in enumerate(tables):
        joined = common.joined(grid)
        if joined is not None:
            tables[t] = [*members, index], joined
            return
    tables.append(([index], grid))


def weight_type(projection: ProjectionDescription) -> str | None:
    """Storage of the weights of a projection.

    Drawn weights have single precision: the rounded draw is the weight. Given weights are kept
    as they are, in single precision only where that changes none of them.
    """
    weight = projection.weight
    if isinstance(weight, PerSynapse):
        weight = weight.values
    if isinstance(weight, Rounded):
        return _grid_type(weight.grid)
    if isinstance(weight, Distribution):
        return "f4"
    if isinstance(weight, np.ndarray):
        return "f4" if np.array_equal(weight.astype(np.float32), weight) else "f8"
    if isinstance(weight, SynapticValue | Stored):
        return "f4" if weight.single else "f8"
    return "f8" if isinstance(weight, Expression | Computed) else None


def _grid_type(grid: Grid) -> str:
    """A type that has all values of a grid."""
    return "f4" if max(-grid.first, grid.last) <= _EXACT_IN_SINGLE else "f8"


def _conflict(description: NetworkDescription, index: int, other: int) -> bool:
    a, b = description.projections[index], description.projections[other]
    if a.weight == b.weight:
        return False
    return (
        a.source.group == b.source.group
        and a.source.start < b.source.stop
        and b.source.start < a.source.stop
    )


def source_range(description: NetworkDescription, plans: Sequence[TablePlan]) -> tuple[int, int]:
    """Gid of the first source of some tables, and the one after the last."""
    sources = [description.projections[p].source for plan in plans for p in plan.projections]
    first = min(description.first_gids[s.group] + s.start for s in sources)
    return first, max(description.first_gids[s.group] + s.stop for s in sources)
