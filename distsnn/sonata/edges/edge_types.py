"""Types of edges: their weights, delays, receptors and models of synapses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from distsnn.errors import DistsnnError, FileError, nearest_first
from distsnn.nest_models.synapse_kinds import SYNAPSES, Rules
from distsnn.sonata.circuit_files import read_json
from distsnn.sonata.nodes import DYNAMICS
from distsnn.sonata.types_table import TypesTable

_DEFAULT_DELAY = 1.0
_STATIC = "static_synapse"
# What every model of synapses may say in its file.
_OF_ALL = {"receptor_type", "delay", "sign"}
# Functions that BMTK brings for point neurons: all of them give the weight times nsyns.
_PRODUCTS = {"default_weight_fnc", "set_syn_weight", "wmax"}


@dataclass(frozen=True)
class EdgeModel:
    """A model of synapses with its parameters, in NEST's names."""

    name: str
    parameters: tuple[tuple[str, float], ...]


@dataclass(frozen=True, eq=False)
class EdgeTypes:
    """The types of one population of edges, by row of the table, and what edges change of them.

    Attributes
    ----------
    table : TypesTable
    weight, nsyns, delay : float64 array (types,)
        NaN where a type says nothing; delays have their default.
    sign : float64 array (types,)
        What weights are multiplied by.
    port : int64 array (types,)
        The ``receptor_type``, 0 without one.
    model : tuple of EdgeModel
    origin : int64 array (types,)
        Row of the table: behind those of the table are types that edges have changed.
    """

    table: TypesTable
    weight: np.ndarray
    nsyns: np.ndarray
    delay: np.ndarray
    sign: np.ndarray
    port: np.ndarray
    model: tuple[EdgeModel, ...]
    origin: np.ndarray

    @property
    def size(self) -> int:
        """Number of types."""
        return len(self.model)

    def content(self) -> tuple[object, ...]:
        """Everything that defines weights and delays, for the digest."""
        signs = (self.sign,) if (self.sign != 1.0).any() else ()
        return (self.table.ids, self.weight, self.nsyns, self.delay, *signs)

    def rules(self, row: int, tau_minus: float) -> Rules:
        """The plasticity of a type; `tau_minus` (ms) is that of the targets.

        Raises FileError if a parameter has a value that cannot be.
        """
        model = self.model[row]
        try:
            return SYNAPSES[model.name].rules(dict(model.parameters), tau_minus)
        except DistsnnError as error:
            raise self.table.refused(
                int(self.origin[row]), DYNAMICS, f"parameters of {model.name} have to fit: {error}"
            ) from error

    @classmethod
    def of(
        cls,
        table: TypesTable,
        models_folder: Path,
        changed: Sequence[tuple[int, Mapping[str, float]]] = (),
    ) -> EdgeTypes:
        """The types of a table; `changed` are further ones, from a row and parameters of edges.

        Raises FileError if a column has a value that cannot be, or a model or function is not
        known.
        """
        every = [*((row, {}) for row in range(len(table.rows))), *changed]
        weight, nsyns, delay = (np.full(len(every), np.nan) for _ in range(3))
        sign, port, models = np.ones(len(every)), np.zeros(len(every), dtype=np.int64), []
        for n, (row, own) in enumerate(every):
            _check_function(table, row)
            model, inside = _model(table, row, models_folder, own)
            models.append(model)
            for name, array in (("syn_weight", weight), ("nsyns", nsyns), ("delay", delay)):
                found = table.number(row, name)
                array[n] = np.nan if found is None else found
            if np.isnan(delay[n]) or "delay" in own:
                delay[n] = inside.get("delay", _DEFAULT_DELAY)
            if delay[n] < 0:
                raise table.refused(row, "delay", "delays are >= 0 ms")
            port[n] = int(inside.get("receptor_type", 0))
            sign[n] = inside.get("sign", 1.0)
        origin = np.array([row for row, _ in every], dtype=np.int64)
        return cls(table, weight, nsyns, delay, sign, port, tuple(models), origin)


def _check_function(table: TypesTable, row: int) -> None:
    function = table.rows[row].get("weight_function")
    if function is not None and function not in _PRODUCTS:
        raise table.refused(
            row,
            "weight_function",
            f"functions in Python are not run, but for {', '.join(sorted(_PRODUCTS))}, which give "
            "syn_weight times nsyns",
            "write the weights that it gives as syn_weight of the edges",
        )


def _model(
    table: TypesTable, row: int, folder: Path, own: Mapping[str, float]
) -> tuple[EdgeModel, Mapping[str, Any]]:
    """The model of a type, and all that its file says; `own` comes before that."""
    name = (table.rows[row].get("model_template") or _STATIC).rpartition(":")[2]
    if name not in SYNAPSES:
        known = ", ".join(nearest_first(name, SYNAPSES))
        raise table.refused(row, "model_template", f"models of synapses are {known}")
    file = table.rows[row].get(DYNAMICS)
    inside = {} if file is None else read_json(folder / file, str(table.path))
    # It says how much of a synapse BMTK builds for NEURON.
    inside.pop("level_of_detail", None)
    inside |= own
    defaults = SYNAPSES[name].parameters
    for parameter, value in inside.items():
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if (parameter in defaults or parameter in _OF_ALL) and plain and np.isfinite(value):
            continue
        raise _refused_parameter(table, row, name, (parameter, value))
    values = {p: float(inside.get(p, default)) for p, default in defaults.items()}
    return EdgeModel(name, tuple(values.items())), inside


def _refused_parameter(
    table: TypesTable, row: int, model: str, given: tuple[str, Any]
) -> FileError:
    parameter, value = given
    known = [*SYNAPSES[model].parameters, *sorted(_OF_ALL)]
    return table.refused(
        row,
        DYNAMICS,
        f"{parameter} is {value!r}; parameters of {model} are numbers: "
        f"{', '.join(nearest_first(parameter, known))}",
        "correct the file, or choose another model_template",
    )
