"""The probe of plastic weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges, ObjectEdges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.monitors.probe import LocalProbe, Probe, ProbedRank
from distsnn.assemble.tables.plastic_tables import PlasticTables
from distsnn.codegen.blocks import ArgumentNames
from distsnn.codegen.probe_blocks import Samples, time_lines
from distsnn.codegen.program_arguments import OfProbe
from distsnn.codegen.tables.plastic_blocks import weight_call
from distsnn.codegen.tables.plastic_functions import weight_functions
from distsnn.codegen.tables.plastic_part import PlasticPart
from distsnn.describe.operations import AT_END, AT_RESETS, AT_THRESHOLDS
from distsnn.describe.synapses.projections import ProjectionDescription

# The arguments of a weight besides the table's: what `synapse_columns` gives.
COLUMNS = ("source", "delay", "dendritic", "target")


@dataclass(frozen=True)
class WeightSamples(Samples):
    """A buffer of rows, one for each time: weights of some synapses of a plastic table.

    `delivered` says whether deliveries of the step have acted before they are read.
    """

    table: int
    part: PlasticPart
    when: int
    delivered: bool

    early = True

    @property
    def functions(self) -> tuple[str, ...]:
        """Sources of what gives the weights."""
        return weight_functions(self.part)

    def lines(self, own: OfProbe, names: ArgumentNames) -> list[str]:
        """Lines that read the weights."""
        columns = [f"{names(own.column(name))}[q]" for name in COLUMNS]
        now = "step + 1" if self.when in {AT_END, AT_RESETS} else "step"
        steps = now, "step + 1" if self.delivered else now
        given = ", ".join(["lid", *columns])
        return time_lines(own, names, [weight_call(self.table, self.part, steps, given, names)])


@dataclass(frozen=True, eq=False)
class WeightProbe(Probe):
    """Reads weights that a rule changes at regular times.

    Attributes
    ----------
    projections : tuple of str
        Names of the projections of one object.
    index : int64 array (n,)
        Indices of the synapses in the order of creation; they may repeat.
    every, when : int
        See `StateProbe`.
    """

    projections: tuple[str, ...]
    index: np.ndarray
    every: int
    when: int

    def assemble(self, rank: ProbedRank, own: OfProbe) -> LocalProbe:
        """Build the part of one rank.

        Every rank draws all edges, to know which one each index means.
        """
        tables = rank.tables
        t, part = tables.table_of(self.projections)
        columns, position, *given = local_weights(tables, self.projections, self.index)
        arrays = {own.column(n): values for n, values in zip(COLUMNS, given, strict=True)}
        delivered = self.when == AT_THRESHOLDS and tables.plans[t].at_once
        samples = WeightSamples(t, part, self.when, delivered)
        return LocalProbe.of(own, samples, {**arrays, own["lids"]: position}, columns, self.every)


def local_weights(
    tables: PlasticTables, projections: tuple[str, ...], wanted: np.ndarray | None
) -> tuple[np.ndarray, ...]:
    """Which synapses of an object with a rule this rank has, and where.

    Parameters
    ----------
    tables : PlasticTables
    projections : tuple of str
        Names of the projections of the object.
    wanted : int64 array (n,) or None
        Indices in the order of creation; None are all.

    Returns
    -------
    tuple of int64 array (n_local,)
        Positions among those that are wanted, positions in the table, and `synapse_columns`.
    """
    builder = tables.builder
    t, _ = tables.table_of(projections)
    members = [builder.description.projections[p].name for p in tables.plans[t].projections]
    of_projection = dict(
        zip(members, builder.local_edges(tables.plans[t], tables.tables[t]), strict=True)
    )
    found, first = [], 0
    for name in projections:
        projection, local = tables.projection(name), of_projection[name]
        every = ObjectEdges((ConnectEdges.of(builder.description, projection),))
        index = first + every.indices(local.edges)
        chosen = index if wanted is None else wanted
        at = np.searchsorted(index, chosen)
        here = np.flatnonzero(np.append(index, -1)[at] == chosen)
        described = synapse_columns(tables, t, projection, local.edges.taken(at[here]))
        columns = index if wanted is None else here
        found.append((columns, local.position[at[here]], *described))
        first += every.size
    return tuple(np.concatenate(c) for c in zip(*found, strict=True))


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
