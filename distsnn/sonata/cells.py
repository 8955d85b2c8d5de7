"""The nodes of a population in parts of one model each, with the parameters of all cells."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from distsnn.errors import DistsnnError, FileError, nearest_first
from distsnn.nest_models.cell_model import CellModel, NeuronKind, Values
from distsnn.nest_models.glif import CELL_TYPES, of_cell_types
from distsnn.nest_models.neuron_table import CIRCUIT_NEURONS
from distsnn.sonata import int_fire
from distsnn.sonata.circuit_files import read_json, refused
from distsnn.sonata.nodes import DYNAMICS, NodePopulation

VIRTUAL = "virtual"
_MODELS: Mapping[str, NeuronKind] = ChainMap(
    {int_fire.NAME: int_fire.INT_FIRE},
    CIRCUIT_NEURONS,  # type: ignore[arg-type]  # it is a dict
)
_POINTS = ("point_neuron", "point_process")


@dataclass(frozen=True, eq=False)
class CircuitGroup:
    """Nodes of a population that are one group of a network.

    Attributes
    ----------
    name : str
        Name of the group.
    population : NodePopulation
    nodes : int64 array (n,)
        Their positions in the population, by ascending id.
    template : str
        Name of their model; empty of virtual nodes.
    cell : CellModel or None
        None of virtual nodes, which only send spikes.
    """

    name: str
    population: NodePopulation
    nodes: np.ndarray
    template: str
    cell: CellModel | None

    @property
    def size(self) -> int:
        """Number of nodes."""
        return int(self.nodes.size)

    @property
    def ids(self) -> np.ndarray:
        """Id of each node in the files, int64 (n,)."""
        return self.population.ids[self.nodes]


def parts_of(population: NodePopulation, models_folder: Path) -> list[CircuitGroup]:
    """The nodes of a population in parts, one for each model that needs a group of its own.

    Raises FileError if a model or a parameter is not known, with file, column and row.
    """
    kinds, templates = population.texts("model_type"), population.texts("model_template")
    _refuse_functions(population)
    virtual = kinds == VIRTUAL
    for node in np.flatnonzero(~virtual & ~np.isin(kinds.astype(str), _POINTS))[:1]:
        allowed = f"types of models are {', '.join([*_POINTS, VIRTUAL])}"
        raise _refused(population, int(node), "model_type", kinds[node], allowed)
    found: list[tuple[str, np.ndarray, CellModel | None]] = []
    by_id = np.argsort(population.ids)
    if virtual.any():
        found.append(("", by_id[virtual[by_id]], None))
    models = [_model_name(t) for t in templates.tolist()]
    names = np.array(["glif_psc" if name in CELL_TYPES else name for name in models], object)
    for name in sorted(set(names[~virtual].tolist()), key=str):
        nodes = by_id[(~virtual & (names == name))[by_id]]
        if name not in _MODELS:
            known = nearest_first(str(name), _MODELS)
            raise _refused(
                population, int(nodes[0]), "model_template", templates[nodes[0]],
                f"models are {', '.join(known)}",
            )  # fmt: skip
        for members, cell in _cells(population, nodes, _MODELS[name], name, models_folder):
            found.append((name, members, cell))
    found.sort(key=lambda one: int(population.ids[one[1][0]]))
    names_of_parts = _names(population.name, [template or VIRTUAL for template, *_ in found])
    return [
        CircuitGroup(called, population, nodes, template, cell)
        for called, (template, nodes, cell) in zip(names_of_parts, found, strict=True)
    ]


def _model_name(template: str | None) -> str:
    """The name of a model without that of the simulator that it is for."""
    return "" if template is None else template.rpartition(":")[2]


def _names(population: str, templates: list[str]) -> list[str]:
    """Names of groups: that of the population, with the model's where it has several."""
    stem = re.sub(r"\W", "_", population)
    stem = f"_{stem}" if stem[:1].isdigit() else stem
    if len(templates) == 1:
        return [stem]
    found: list[str] = []
    for template in templates:
        name, number = f"{stem}_{template}", 1
        while name in found:
            number += 1
            name = f"{stem}_{template}_{number}"
        found.append(name)
    return found


def _cells(
    population: NodePopulation, nodes: np.ndarray, kind: NeuronKind, name: str, folder: Path
) -> Iterable[tuple[np.ndarray, CellModel]]:
    """Nodes of one model in groups that share what a group has to share, and what each is."""
    parameters = _parameters(population, nodes, kind, name, folder)
    shared = [np.atleast_2d(parameters[p].T).T for p in kind.shared]
    columns = np.concatenate([*shared, np.zeros((nodes.size, 1))], axis=1)
    rows, inverse = np.unique(columns, axis=0, return_inverse=True)
    inverse = np.asarray(inverse).reshape(-1)
    for group in range(len(rows)):
        members = np.flatnonzero(inverse == group)
        given = {p: _common(values[members]) for p, values in parameters.items()}
        try:
            yield nodes[members], kind.make(given)
        except FileError:
            raise
        except DistsnnError as error:
            node = int(nodes[members[0]])
            raise _refused(population, node, DYNAMICS, "", str(error)) from error


def _common(values: np.ndarray) -> Values:
    """One number for all neurons where they do not differ."""
    if values.ndim == 1 and values.size and (values == values[0]).all():
        return float(values[0])
    return values


def _parameters(
    population: NodePopulation, nodes: np.ndarray, kind: NeuronKind, name: str, folder: Path
) -> dict[str, np.ndarray]:
    """Values of all parameters (float64 (n,) or (n, k)) of some nodes of one model."""
    files, templates = (population.texts(c)[nodes] for c in (DYNAMICS, "model_template"))
    given: list[Mapping[str, Any]] = []
    which = np.zeros(nodes.size, dtype=np.int64)
    for text, template in dict.fromkeys(zip(files.tolist(), templates.tolist(), strict=True)):
        which[(files == text) & (templates == template)] = len(given)
        model = _model_name(template)
        given.append({} if text is None else _read(folder / text, population, kind, model))
    found: dict[str, np.ndarray] = {}
    for parameter, default in kind.parameters.items():
        each = [np.asarray(one.get(parameter, default), dtype=np.float64) for one in given]
        if len({value.shape for value in each}) > 1:
            raise _uneven(population, parameter, name)
        found[parameter] = np.array(each)[which]
    for parameter, values in population.dynamics.items():
        own = values[nodes]
        there = ~np.isnan(own.reshape(nodes.size, -1)[:, 0])
        if not there.any():
            continue
        if parameter not in found:
            raise _unknown(population.path, parameter, kind, name)
        if there.all():
            found[parameter] = own
        elif own.shape != found[parameter].shape:
            raise _uneven(population, parameter, name)
        else:
            found[parameter] = np.array(found[parameter])
            found[parameter][there] = own[there]
    return found


def _uneven(population: NodePopulation, parameter: str, name: str) -> FileError:
    return refused(
        population.path,
        f"{parameter} of {name} has different numbers of values in population {population.name}",
        "cells of one model and population have as many each",
    )


def _read(path: Path, population: NodePopulation, kind: NeuronKind, name: str) -> dict[str, Any]:
    """The parameters in a file, checked for a model."""
    found = read_json(path, str(population.types.path or population.path))
    if name in CELL_TYPES and found.get("type") == "GLIF":
        try:
            found = of_cell_types(name, found)
        except (KeyError, TypeError, ValueError) as error:
            what = f"{type(error).__name__}: {error}"
            raise refused(path, what, f"{name} needs a file of the Cell Types database") from error
    if name == int_fire.NAME:
        found.pop("type", None)
    for parameter, value in found.items():
        if parameter not in kind.parameters:
            raise _unknown(path, parameter, kind, name)
        values = value if isinstance(value, list) else [value]
        wide = isinstance(kind.parameters[parameter], tuple)
        plain = all(isinstance(v, int | float) and np.isfinite(v) for v in values)
        if wide != isinstance(value, list) or not plain:
            raise refused(
                path,
                f"{parameter} is {value!r}",
                f"{parameter} of {name} is {'a list of numbers' if wide else 'a finite number'}",
                "correct it",
            )
    return found


def _unknown(path: Path, parameter: str, kind: NeuronKind, name: str) -> FileError:
    return refused(
        path,
        f"{parameter!r} is no parameter of {name}",
        f"its parameters are {', '.join(nearest_first(parameter, kind.parameters))}",
        "correct or remove it",
    )


def _refuse_functions(population: NodePopulation) -> None:
    functions = population.texts("model_processing")
    for node in np.flatnonzero(functions != np.array(None))[:1]:
        raise _refused(
            population, int(node), "model_processing", functions[node],
            "functions in Python that change cells are not run",
        )  # fmt: skip


def _refused(
    population: NodePopulation, node: int, column: str, value: Any, allowed: str
) -> FileError:
    """The error for an attribute of a node, with the file, column and row that it is from."""
    row, types = int(population.type_rows[node]), population.types
    of_type = row >= 0 and column in types.rows[row] and column not in population.attributes
    if of_type:
        return types.refused(row, column, allowed)
    shown = f" is {value!r}" if value != "" else ""
    what = f"{column} of node {population.ids[node]} of {population.name}{shown}"
    return refused(population.path, what, allowed, "correct the file")
