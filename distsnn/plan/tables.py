"""Which projections share a table of synapses.

Projections are merged as far as possible, because a spike that acts on many targets in one
place of memory is delivered faster than one that acts on few targets in many places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.describe.network import NetworkDescription
from distsnn.describe.projections import ProjectionDescription
from distsnn.describe.text import TextValue
from distsnn.describe.values import Distribution


@dataclass(frozen=True)
class TablePlan:
    """The projections (indices, ascending) of one table, and how it stores their weights.

    `weight_type` is None where all synapses of a source have the same weight, else ``"f4"`` or
    ``"f8"``.
    """

    projections: tuple[int, ...]
    weight_type: str | None


def plan_tables(description: NetworkDescription) -> tuple[TablePlan, ...]:
    """Assign every projection to a table (a pure function of the description)."""
    uniform: list[list[int]] = []
    single: list[int] = []
    double: list[int] = []
    for index, projection in enumerate(description.projections):
        kind = weight_type(projection)
        if kind is None:
            for members in uniform:
                if not any(_conflict(description, index, other) for other in members):
                    members.append(index)
                    break
            else:
                uniform.append([index])
        else:
            (single if kind == "f4" else double).append(index)
    plans = [TablePlan(tuple(members), None) for members in uniform]
    plans += [
        TablePlan(tuple(members), kind)
        for members, kind in ((single, "f4"), (double, "f8"))
        if members
    ]
    return tuple(plans)


def weight_type(projection: ProjectionDescription) -> str | None:
    """How the weights of a projection are stored.

    Drawn weights have single precision: the rounded draw is the weight. Given weights are kept
    as they are, in single precision only where that changes none of them.
    """
    weight = projection.weight
    if isinstance(weight, Distribution):
        return "f4"
    if isinstance(weight, np.ndarray):
        return "f4" if np.array_equal(weight.astype(np.float32), weight) else "f8"
    return "f8" if isinstance(weight, TextValue) else None


def _conflict(description: NetworkDescription, index: int, other: int) -> bool:
    a, b = description.projections[index], description.projections[other]
    if a.weight == b.weight:
        return False
    return (
        a.source.group == b.source.group
        and a.source.start < b.source.stop
        and b.source.start < a.source.stop
    )
