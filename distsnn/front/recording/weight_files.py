"""Writing the synapses of a network, with their weights, to a file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from distsnn.assemble.edges.connections import ObjectEdges, local_ranges
from distsnn.assemble.edges.local_edges import (
    SortedEdges,
    between,
    joined,
    local_projection_edges,
    local_synapse_edges,
)
from distsnn.assemble.rank.rank import RankBuild
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.recording_file import RecordingFile
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.exchange import World, raising_together
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.language.unit_names import stored_unit
from distsnn.record.edge_file import COLUMNS, EdgeFileWriter, EdgePopulation
from distsnn.record.files.header import RecordingHeader
from distsnn.record.files.storage import Storage, writing_ranks
from distsnn.run.state.network_values import NetworkValues

# Synapses of all ranks that are brought together at once, more or less.
BLOCK = 1 << 21


class WeightWriter:
    """Writes all synapses of some objects to one file. Every method is collective.

    Parameters
    ----------
    builds : sequence of RankBuild
        Those of this rank's threads.
    description : NetworkDescription
        The network as it is now.
    header : RecordingHeader
        Facts of the network, with the step that it has reached.
    values : NetworkValues
        What synapses have now.
    """

    def __init__(
        self,
        world: World,
        builds: Sequence[RankBuild],
        description: NetworkDescription,
        header: RecordingHeader,
        values: NetworkValues,
    ) -> None:
        self._world, self._builds, self._description = world, builds, description
        self._values = values
        self._ranks = writing_ranks(world)
        self._header = header

    def write(
        self,
        file: RecordingFile,
        synapses: list[tuple[Synapses, list[ProjectionDescription] | int]],
        overwrite: bool,
    ) -> None:
        """Write the synapses, each with its projections or its number in the description.

        Raises FileError if the file is there already or cannot be written.
        """
        storage = Storage(self._world, file.compression, file.chunk)
        writer: EdgeFileWriter | None = None
        with raising_together(self._world, "weights"):
            if self._ranks is not None:
                writer = EdgeFileWriter(self._ranks, file.name, self._header, storage, overwrite)
        try:
            self._write_all(writer, synapses)
        except BaseException:
            if writer is not None:
                writer.discard()
            raise

    def _write_all(
        self,
        writer: EdgeFileWriter | None,
        synapses: list[tuple[Synapses, list[ProjectionDescription] | int]],
    ) -> None:
        for part, described in synapses:
            population = EdgePopulation(
                part.name,
                part.source.group.name,
                part.target.group.name,
                _units(part),
            )
            blocks = (
                self._of_statements(described)
                if isinstance(described, int)
                else self._ready(described)
            )
            self._write_object(writer, population, blocks, part)
        with raising_together(self._world, "weights"):
            if writer is not None:
                writer.finish()

    def _write_object(
        self,
        writer: EdgeFileWriter | None,
        population: EdgePopulation,
        blocks: Iterator[tuple[int, int, SortedEdges]],
        part: Synapses,
    ) -> None:
        parallel = self._ranks is not None and self._ranks.size > 1
        size = self._world.size
        with raising_together(self._world, "weights"):
            if writer is not None:
                writer.begin(population)
        for first, last, mine in blocks:
            # Each writing rank gets the synapses of some sources, from all ranks.
            cuts = [
                first + (last - first) * r // size if parallel else (first if r == 0 else last)
                for r in range(size + 1)
            ]
            shares = [between(mine, a, b) for a, b in itertools.pairwise(cuts)]
            received = self._world.alltoall_object(shares)
            with raising_together(self._world, "weights"):
                if writer is not None:
                    edges = joined(received)
                    ids = (
                        edges.source + part.source.start,
                        edges.target + part.target.start,
                        edges.copy,
                    )
                    writer.append(dict(zip(COLUMNS, ids, strict=True)), edges.values)

    def _ready(
        self, projections: list[ProjectionDescription]
    ) -> Iterator[tuple[int, int, SortedEdges]]:
        if not projections:
            return
        n_source = projections[0].source.size
        expected = [
            p.rule.expected_number(p.source.size, p.target.size, p.shift) for p in projections
        ]
        changed = self._values.local_weights([p.name for p in projections])
        for first, last in _blocks(n_source, sum(expected)):
            mine = [
                local_projection_edges(
                    self._description, built.partition, projections, first, last, changed[k]
                )
                for k, built in enumerate(self._builds)
            ]
            yield first, last, joined(mine)

    def _of_statements(self, s: int) -> Iterator[tuple[int, int, SortedEdges]]:
        synapses = self._description.synapses[s]
        variables = self._values.local_variables(s)
        parts, n_edges = [], 0
        for k, built in enumerate(self._builds):
            local = local_ranges(built.partition, synapses.target)
            edges = ObjectEdges.of(self._description, synapses).edges(local)
            parts.append(local_synapse_edges(self._description, synapses, edges, variables[k]))
            n_edges += len(edges)
        mine = joined(parts)
        for first, last in _blocks(synapses.source.size, self._world.offset(n_edges)[1]):
            yield first, last, between(mine, first, last)


def _blocks(n_source: int, n_edges: float) -> list[tuple[int, int]]:
    """Ranges of sources that have about `BLOCK` synapses each, the same on all ranks."""
    n_blocks = int(min(n_source, max(1, -(-n_edges // BLOCK)))) if np.isfinite(n_edges) else 1
    cuts = [n_source * k // max(1, n_blocks) for k in range(n_blocks + 1)]
    return list(itertools.pairwise(cuts))


def _units(synapses: Synapses) -> dict[str, str]:
    if isinstance(synapses, ReadySynapses):
        return {"syn_weight": synapses.receptor.weight_unit, "delay": "ms", "dendritic_delay": "ms"}
    assert isinstance(synapses, EquationSynapses)
    return {name: stored_unit(unit) for name, unit in synapses.units().items()}
