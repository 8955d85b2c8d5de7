"""A network whose synapses come from some of its sources only, to measure by.

What is left has as many synapses for each spike, and as many neurons, as the whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from distsnn.assemble.edges.expected_synapses import ExpectedEdges
from distsnn.describe.groups import GroupDescription, NeuronDescription
from distsnn.describe.models.receptors.receptor import SolvedReceptor
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.equation_based import Statements
from distsnn.describe.synapses.projections import ProjectionDescription, Slice
from distsnn.describe.synapses.rules import Bernoulli
from distsnn.describe.synapses.synapses import (
    DELAY,
    DENDRITIC_DELAY,
    WEIGHT,
    AddToReceptor,
    Connect,
    SynapsesDescription,
)
from distsnn.describe.values.given import Distribution, PerSource, Uniform, Value
from distsnn.forecast.memory_budget import NetworkBudget


@dataclass(frozen=True, eq=False)
class Thinned:
    """A thinned network.

    Attributes
    ----------
    description : NetworkDescription
    sources : tuple of (int, int, int, int)
        Which neurons are sources still: group, first index, how many, and for how many they stand.
    """

    description: NetworkDescription
    sources: tuple[tuple[int, int, int, int], ...]


def thin_network(budget: NetworkBudget, share: float) -> Thinned:
    """Leave a share of the sources in each part of a group that has the same connections.

    Parameters
    ----------
    share : float
        From 0 to 1; with 1 the network stays as it is.
    """
    description = _by_chance(budget.description)
    if share >= 1:
        whole = tuple((g, 0, group.size, group.size) for g, group in enumerate(description.groups))
        return Thinned(description, whole)
    sources = tuple(
        (g, start, max(1, math.ceil(share * (stop - start))), stop - start)
        for g in range(len(description.groups))
        for start, stop in pairwise(description.cuts(g))
    )
    thinned = []
    for expected in budget.expected:
        source = expected.projection.source
        kept = [
            (start, n)
            for g, start, n, _ in sources
            if g == source.group and source.start <= start < source.stop
        ]
        thinned += [_thinned(expected, k, start, n) for k, (start, n) in enumerate(kept)]
    thinned += [_thinned_statements(description.synapses[n], share) for n in description.generated]
    return Thinned(replace(description, synapses=tuple(thinned)), sources)


def _by_chance(description: NetworkDescription) -> NetworkDescription:
    """The same with pairs by chance instead of a rule that gives arrays, and plain receptors.

    A rule or a receptor may be a user's, whose class another process need not find.
    """

    def of(synapses: SynapsesDescription, connect: Connect) -> Connect:
        if not connect.rule.gives_arrays:
            return connect
        source, target = synapses.source, synapses.target
        expected = ExpectedEdges(
            description,
            ProjectionDescription(synapses.name, source, target, 0, connect.rule, 0.0, 0.0),
        )
        return replace(connect, rule=Bernoulli(min(1.0, expected.indegree / source.size)))

    return replace(
        description,
        groups=tuple(map(_with_plain_receptors, description.groups)),
        synapses=tuple(
            replace(s, connects=tuple(of(s, connect) for connect in s.connects))
            if any(connect.rule.gives_arrays for connect in s.connects)
            else s
            for s in description.synapses
        ),
    )


def _with_plain_receptors(group: GroupDescription) -> GroupDescription:
    if not isinstance(group, NeuronDescription):
        return group
    users = [
        bool(r.derivatives) and not type(r).__module__.startswith("distsnn.")
        for r in group.receptors
    ]
    if not any(users):
        return group
    receptors = zip(group.receptors, users, strict=True)
    return replace(
        group, receptors=tuple(SolvedReceptor(r) if of_user else r for r, of_user in receptors)
    )


def _thinned(expected: ExpectedEdges, k: int, start: int, n: int) -> SynapsesDescription:
    """Synapses of a projection from ``n`` of its sources, from index `start` of the group on."""
    projection = expected.projection
    source = Slice(projection.source.group, start, start + n)
    first = start - projection.source.start
    delays = expected.delays

    def delay(value: Value) -> Value:
        if isinstance(value, PerSource):
            return PerSource(value.values[first : first + n])
        if isinstance(value, float | Distribution):
            return value
        dt = expected.description.dt
        return Uniform(delays.first * dt, delays.last * dt)

    weight = projection.weight
    if isinstance(weight, np.ndarray) and weight.size:
        weight = Uniform(float(weight.min()), float(weight.max()))
    elif not isinstance(weight, float | Distribution):
        weight = Uniform(0.0, 0.0)
    several = not isinstance(projection.delay, float | Distribution | PerSource)
    values = {
        WEIGHT: weight,
        DELAY: delay(projection.delay),
        # Where one part is not known alone, the other has the whole.
        DENDRITIC_DELAY: 0.0
        if several and not isinstance(projection.dendritic, float)
        else projection.dendritic,
    }
    return SynapsesDescription(
        f"{projection.name} {k}",
        source,
        projection.target,
        (Connect(_rule(expected, n), values),),
        AddToReceptor(
            projection.receptor,
            projection.plasticity,
            projection.timing,
            projection.storage,
            table_of=projection.synapses,
        ),
    )


def _rule(expected: ExpectedEdges, n: int) -> ConnectionRule:
    """The rule for `n` of the sources, with the same number of synapses for each."""
    n_source = expected.projection.source.size
    thinned = expected.projection.rule.thinned(n / n_source)
    return thinned or Bernoulli(min(1.0, expected.indegree / n_source))


def _thinned_statements(synapses: SynapsesDescription, share: float) -> SynapsesDescription:
    source = synapses.source
    n = max(1, math.ceil(share * source.size))
    assert isinstance(synapses.effect, Statements)
    known = tuple(
        a
        for a in synapses.assignments
        if not isinstance(a.value, np.ndarray) and not isinstance(a.where, np.ndarray)
    )
    return replace(
        synapses,
        source=replace(source, stop=source.start + n),
        effect=replace(synapses.effect, assignments=known),
    )
