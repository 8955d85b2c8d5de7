"""The table of a sweep: a row for each run, with its parameters and measures."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from distsnn.errors import FileError, ParameterError
from distsnn.examples import CircuitModel, Model
from distsnn.interop.recorded import package
from distsnn.record.files.provenance import attribute_of
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.units import Hz

_FORMATS = (".csv", ".parquet")
Window: TypeAlias = tuple[float | None, float | None]


@dataclass(frozen=True)
class Measured:
    """One run of a sweep in numbers.

    Attributes
    ----------
    parameters : dict of str to object
        Parameters of the model, those that were left at their defaults too, and the seed.
    measures : dict of str to number or str
        Spikes, rates (Hz) and CV of each population, and those of the model's ``measures``.
    """

    parameters: dict[str, Any] = field(default_factory=dict)
    measures: dict[str, Any] = field(default_factory=dict)


def measured(
    model: Model | CircuitModel, network: Any, spikes: SpikeFile, window: Window = (None, None)
) -> Measured:
    """The parameters and measures of a run that has ended; the latter of a window of time (ms).

    Raises
    ------
    ModelError
        The model's ``measures`` failed, or is not a dict of numbers and texts.
    """
    found: dict[str, Any] = {}
    for one in spikes.statistics(*window):
        found |= {
            f"spikes {one.name}": one.spikes,
            f"rate {one.name} (Hz)": one.mean_rate / Hz,
            f"CV {one.name}": one.mean_cv,
        }
    parameters = {name: attribute_of(value) for name, value in network.parameters.items()}
    return Measured(parameters | {"seed": network.seed}, found | model.measures(network, spikes))


def check_window(window: Window, end: float) -> None:
    """Check before a run takes time that the table measures a part of it."""
    if (window[0] or 0.0) >= end or (window[1] or 0.0) > end:
        raise ParameterError(
            "--table-window",
            f"it is from {window[0] or 0.0:g} to {window[1] or end:g} ms",
            f"it lies within a run, which takes {end:g} ms",
            "correct it",
        )


def check_table(table: Path, overwrite: bool) -> None:
    """Check before runs take time that a table can be written; raises FileError if not."""
    if table.suffix not in _FORMATS:
        raise FileError(
            str(table),
            f"tables are not written as {table.suffix or 'files without an ending'}",
            f"the name ends in {' or '.join(_FORMATS)}",
            "choose one",
        )
    if not table.parent.is_dir():
        raise FileError(str(table), f"there is no folder {table.parent}", "", "make the folder")
    if table.exists() and not overwrite:
        raise FileError(
            str(table),
            "the file exists",
            "a table replaces nothing unless told to",
            "choose another name, or say --overwrite",
        )
    if table.suffix == ".parquet":
        package("pandas")
        package("pyarrow")


def write_table(table: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows whose columns are those of all of them, in the order of their first appearance.

    Raises
    ------
    FileError
        It cannot be written.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    partial = table.with_name(f".{table.name}.partial")
    try:
        if table.suffix == ".parquet":
            values = {name: _column([row.get(name) for row in rows]) for name in columns}
            package("pandas").DataFrame(values).to_parquet(partial, index=False)
        else:
            with partial.open("w", encoding="utf8", newline="") as file:
                writer = csv.DictWriter(file, columns, restval="")
                writer.writeheader()
                writer.writerows(
                    {name: _text(value) for name, value in row.items()} for row in rows
                )
        os.replace(partial, table)
    except OSError as error:
        raise FileError(str(table), f"the file cannot be written ({error.strerror})") from error


def _column(values: list[Any]) -> list[Any]:
    """Values of one kind: texts where they are of several."""
    kinds = {type(value) for value in values if value is not None} - {bool, int, float}
    return [None if value is None else str(value) for value in values] if kinds else values


def _text(value: Any) -> Any:
    """A value as a text of a table: nothing for what is not defined."""
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else value
