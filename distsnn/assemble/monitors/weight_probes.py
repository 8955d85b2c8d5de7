"""The probes of plastic weights on one rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges, ObjectEdges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.monitors.local_probe import LocalProbe, with_buffer
from distsnn.assemble.tables.build_tables import AnyTable, TableBuilder
from distsnn.assemble.tables.kept_sources import SourceKeeper
from distsnn.assemble.tables.plastic_tables import PlasticPlan
from distsnn.codegen.probe_blocks import HistogramSamples, WeightSamples
from distsnn.codegen.program_arguments import Argument, OfProbe
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.probes import (
    AT_THRESHOLDS,
    HistogramProbe,
    Probe,
    SynapseProbe,
    WeightProbe,
)
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.errors import ParameterError
from distsnn.layout.shared_tables import TablePlan


@dataclass(frozen=True, eq=False)
class PlasticTables:
    """The tables of a rank, as far as monitors of weights need them."""

    builder: TableBuilder
    plans: tuple[TablePlan, ...]
    plastic: PlasticPlan
    tables: Sequence[AnyTable]

    @cached_property
    def keeper(self) -> SourceKeeper:
        """Finds the sources whose traces the rank keeps."""
        return SourceKeeper(self.builder, self.plans, self.tables)

    def table_of(self, projections: tuple[str, ...]) -> int:
        """Index of the table that holds these projections.

        Raises
        ------
        ParameterError
            If no rule changes them, or they lie in several tables.
        """
        named = {p.name: n for n, p in enumerate(self.builder.description.projections)}
        found = {
            t
            for t, plan in enumerate(self.plans)
            for name in projections
            if named[name] in plan.projections and plan.timing is not None
        }
        if len(found) == 1:
            return found.pop()
        raise ParameterError(
            projections[0],
            "weights are recorded of synapses without a rule that changes them"
            if not found
            else "weights are recorded of synapses whose delays are given in several ways",
            "weights that a rule changes are recorded, of synapses whose delays are all numbers, "
            "or all not",
            "give stdp=" if not found else "make Synapses for each",
        )

    def projection(self, name: str) -> ProjectionDescription:
        """The projection of a name."""
        return next(p for p in self.builder.description.projections if p.name == name)


def weight_probe(description: NetworkDescription, probe: Probe) -> Probe:
    """The probe, or the same of weights where a rule was recognized in the statements.

    Of such synapses only weights are recorded.
    """
    if not isinstance(probe, SynapseProbe) or description.synapses[probe.synapses].pair is None:
        return probe
    names = tuple(p.name for p in description.synapses[probe.synapses].projections)
    return WeightProbe(names, probe.index, probe.every, probe.when)


def build_weight_probe(
    tables: PlasticTables, m: int, probe: WeightProbe | HistogramProbe
) -> LocalProbe:
    """Build the local part of probe `m`, which reads or counts weights."""
    if isinstance(probe, WeightProbe):
        samples, arrays, columns = _weight_samples(tables, m, probe)
        return with_buffer(m, samples, arrays, columns, (columns.size, 1, probe.every))
    n_bins = probe.edges.size - 1
    shape = (n_bins, 1, probe.every)
    counted = _histogram_samples(tables, probe)
    return with_buffer(m, counted, {OfProbe(m)["edges"]: probe.edges}, np.arange(n_bins), shape)


def _histogram_samples(tables: PlasticTables, probe: HistogramProbe) -> HistogramSamples:
    """How the program counts weights."""
    t = tables.table_of(probe.projections)
    part = tables.plastic.parts[t]
    assert part is not None
    return HistogramSamples(t, part)


def _weight_samples(
    tables: PlasticTables, m: int, probe: WeightProbe
) -> tuple[WeightSamples, dict[Argument, np.ndarray], np.ndarray]:
    """How the program reads weights for probe `m`, its arguments, and which are wanted.

    Every rank draws all edges, to know which one each number means.
    """
    t = tables.table_of(probe.projections)
    part = tables.plastic.parts[t]
    assert part is not None
    builder = tables.builder
    members = [builder.description.projections[p].name for p in tables.plans[t].projections]
    of_projection = dict(
        zip(members, builder.local_edges(tables.plans[t], tables.tables[t]), strict=True)
    )
    found, first = [], 0
    for name in probe.projections:
        projection, local = tables.projection(name), of_projection[name]
        every = ObjectEdges((ConnectEdges.of(builder.description, projection),))
        index = first + every.indices(local.edges)
        at = np.searchsorted(index, probe.index)
        here = np.flatnonzero(np.append(index, -1)[at] == probe.index)
        described = synapse_columns(tables, t, projection, local.edges.taken(at[here]))
        found.append((here, local.position[at[here]], *described))
        first += every.size
    columns, position, source, delay, dendritic, lid = (
        np.concatenate(c) for c in zip(*found, strict=True)
    )
    arrays = OfProbe(m).named(
        {"source": source, "delay": delay, "dendritic": dendritic, "target": lid, "lids": position}
    )
    delivered = probe.when == AT_THRESHOLDS and tables.plans[t].at_once
    return WeightSamples(t, part, probe.when, delivered), arrays, columns


def synapse_columns(
    tables: PlasticTables, t: int, projection: ProjectionDescription, chosen: Edges
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The columns that reading some edges of a projection in table `t` needs.

    Returns
    -------
    four int64 arrays (n,)
        Place of the source's traces, whole and dendritic delay in steps, and local index of
        the target.
    """
    local = tables.plastic.parts[t]
    assert local is not None
    builder, k = tables.builder, local.source
    ones = np.ones(chosen.source.size, dtype=np.int64)
    delays = builder.delays(projection)
    description, part = builder.description, projection.target
    gid = description.first_gids[projection.source.group] + projection.source.start + chosen.source
    sources = tables.keeper.of_tables(tables.plastic.readers(k))
    lid = np.empty(chosen.target.size, dtype=np.int64)
    for r in builder.partition.within(part.group, part.start, part.stop):
        index = chosen.target + part.start
        here = (index >= r.start) & (index < r.stop)
        lid[here] = index[here] - r.start + r.first_lid
    return (
        sources.number_of[gid - sources.first_gid].astype(np.int64),
        ones * delays.steps(chosen),
        ones * delays.dendritic.steps(chosen),
        lid,
    )
