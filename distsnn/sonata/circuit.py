"""A circuit as the groups, projections and inputs of a network, from all its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.synapses.stored_rule import StoredRule
from distsnn.describe.values.given import Stored
from distsnn.errors import FileError
from distsnn.exchange import World, raising_together
from distsnn.nest_models.synapse_kinds import Rules
from distsnn.sonata.cells import CircuitGroup, parts_of
from distsnn.sonata.configuration import Configuration
from distsnn.sonata.edges.edge_columns import EdgeColumns, populations_in
from distsnn.sonata.edges.edge_survey import EdgeKinds, Placement, Survey
from distsnn.sonata.edges.edge_table import DELAY, WEIGHT, CircuitEdges, EdgeTable
from distsnn.sonata.edges.edge_types import EdgeTypes
from distsnn.sonata.nodes import NodePopulation, read_populations
from distsnn.sonata.types_table import TypesTable


@dataclass(frozen=True, eq=False)
class CircuitProjection:
    """Edges of one population from one part to a receptor of another.

    Attributes
    ----------
    name : str
    source, target : CircuitGroup
    receptor : Receptor
    rule : StoredRule
    weight, delay : float or Stored
        In the unit of the receptor, and in ms.
    plasticity : Rules
        With a rule of spike timing all of the delay is dendritic, as in NEST.
    """

    name: str
    source: CircuitGroup
    target: CircuitGroup
    receptor: Receptor
    rule: StoredRule
    weight: float | Stored
    delay: float | Stored
    plasticity: Rules


@dataclass(frozen=True, eq=False)
class Circuit:
    """The content of all files of a circuit.

    Attributes
    ----------
    configuration : Configuration
    populations : tuple of NodePopulation
    parts : tuple of CircuitGroup
    projections : tuple of CircuitProjection
    """

    configuration: Configuration
    populations: tuple[NodePopulation, ...]
    parts: tuple[CircuitGroup, ...]
    projections: tuple[CircuitProjection, ...]

    def parts_of(self, population: str) -> list[CircuitGroup]:
        """The parts of a population."""
        return [part for part in self.parts if part.population.name == population]


def read_circuit(world: World, configuration: Configuration) -> Circuit:
    """Read a circuit; each rank looks at its share of the edges. Collective.

    Raises FileError if a file is not as it should be; on all ranks.
    """
    with raising_together(world, "circuit"):
        populations = _nodes(configuration)
        folder = configuration.component("point_neuron_models_dir")
        parts = {p.name: parts_of(p, folder) for p in populations}
        columns = _edges(configuration, parts)
    projections: list[CircuitProjection] = []
    for one in columns:
        kinds = EdgeKinds(
            one, *(Placement.of(p[0].population, [part.nodes for part in p])
                   for p in (parts[one.source], parts[one.target]))
        )  # fmt: skip
        survey = Survey.of(world, kinds)
        with raising_together(world, "circuit"):
            projections += _projections(kinds, survey, (parts[one.source], parts[one.target]))
    every = tuple(part for p in populations for part in parts[p.name])
    return Circuit(configuration, tuple(populations), every, tuple(projections))


def _nodes(configuration: Configuration) -> list[NodePopulation]:
    """All populations of nodes."""
    found: dict[str, NodePopulation] = {}
    named_in = str(configuration.path)
    for entry in configuration.files_of("nodes"):
        types = _optional(entry, "node_types_file")
        for population in read_populations(Path(entry["nodes_file"]), types, named_in):
            if population.name in found:
                raise configuration.refused(
                    f"two files have the population {population.name}",
                    "populations have different names",
                )
            found[population.name] = population
    if not found:
        raise configuration.refused(
            "there are no nodes", "networks.nodes lists files of nodes", "add one"
        )
    return list(found.values())


def _edges(
    configuration: Configuration, parts: Mapping[str, Sequence[CircuitGroup]]
) -> list[EdgeColumns]:
    """All populations of edges."""
    found, named_in = list[EdgeColumns](), str(configuration.path)
    folder = configuration.component("synaptic_models_dir")
    for entry in configuration.files_of("edges"):
        path = Path(entry["edges_file"])
        for name, (source, target, size) in populations_in(path, named_in).items():
            for end in (source, target):
                if end not in parts:
                    raise configuration.refused(
                        f"{path} has edges of population {end}",
                        f"populations of nodes are {', '.join(parts)}",
                        "add its file to networks.nodes",
                    )
            if name in {columns.population for columns in found}:
                raise configuration.refused(
                    f"two files have the edges {name}", "populations have different names"
                )
            table = TypesTable.read(
                _optional(entry, "edge_types_file"), "edge_type_id", name, named_in
            )
            types = EdgeTypes.of(table, folder)
            columns = EdgeColumns(path, named_in, name, source, target, size, types)
            found.append(columns.with_own_parameters(folder))
    return found


def _optional(entry: Mapping[str, Any], name: str) -> Path | None:
    return None if entry.get(name) in (None, "NULL") else Path(entry[name])


def _projections(
    kinds: EdgeKinds, survey: Survey, ends: tuple[Sequence[CircuitGroup], Sequence[CircuitGroup]]
) -> list[CircuitProjection]:
    """The projections that the kinds of edges of one population make, in a fixed order."""
    members: dict[tuple[int, int, int, int], list[int]] = {}
    types = kinds.columns.types
    models = {model: n for n, model in enumerate(dict.fromkeys(types.model))}
    for kind in np.flatnonzero(survey.count).tolist():
        source, target, row, sign = (int(x) for x in np.unravel_index(kind, kinds.shape))
        receptor = _receptor(kinds.columns, ends[1][target], row, bool(sign))
        key = source, target, receptor, models[types.model[row]]
        members.setdefault(key, []).append(kind)
    projection_of = np.full(survey.count.size, -1, dtype=np.int64)
    for number, key in enumerate(sorted(members)):
        projection_of[members[key]] = number
    table = EdgeTable(kinds, survey, projection_of)
    found = []
    for number, key in enumerate(sorted(members)):
        source, target, receptor, _ = key
        of, cell = members[key], ends[1][target].cell
        assert cell is not None
        row = int(np.unravel_index(of[0], kinds.shape)[2])
        flips = cell.magnitudes and receptor > 0
        rule = CircuitEdges(
            int(survey.count[of].sum()), table, target, number, -1.0 if flips else 1.0
        )
        weight = _value(WEIGHT, survey, of, 0)
        found.append(
            CircuitProjection(
                f"{kinds.columns.population}_{number}" if len(members) > 1
                else kinds.columns.population,
                ends[0][source],
                ends[1][target],
                cell.receptors[receptor],
                rule,
                _flipped(weight) if flips else weight,
                _value(DELAY, survey, of, 1),
                types.rules(row, cell.tau_minus),
            )
        )  # fmt: skip
    return found


def _receptor(columns: EdgeColumns, target: CircuitGroup, row: int, negative: bool) -> int:
    """Index of the receptor on which edges of a type act."""
    types = columns.types
    if target.cell is None:
        raise _onto_virtual(columns, target)
    port = int(types.port[row])
    found = target.cell.receptor(port, negative)
    if found is None:
        n = len(target.cell.receptors)
        allowed = (
            f"{target.template} has the ports 1 to {n}"
            if target.cell.by_port
            else f"{target.template} has no ports; the sign of a weight says where it acts"
        )
        raise types.table.refused(
            int(types.origin[row]),
            "dynamics_params",
            f"receptor_type is {port}; {allowed}",
            "correct receptor_type in the file",
        )
    return found


def _onto_virtual(columns: EdgeColumns, target: CircuitGroup) -> FileError:
    return columns.refused(
        0,
        f"or another one ends at a virtual node of {target.population.name}",
        "virtual nodes only send spikes",
        "leave these edges out",
    )


def _value(column: str, survey: Survey, kinds: Sequence[int], n: int) -> float | Stored:
    """The weight or delay of a projection: one number where all edges have the same."""
    low, high = float(survey.least[n, kinds].min()), float(survey.most[n, kinds].max())
    single = n == 0 and bool(survey.single[kinds].all())
    return low if low == high else Stored(column, low, high, single)


def _flipped(weight: float | Stored) -> float | Stored:
    """The magnitude of weights below zero."""
    if isinstance(weight, float):
        return -weight
    return Stored(weight.column, -weight.high, -weight.low, weight.single)
