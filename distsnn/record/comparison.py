"""Two recordings, or checkpoints, beside one another: the same data, or where it parts first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import h5py
import numpy as np

from distsnn.errors import FileError
from distsnn.record.checkpoint_file import CheckpointFile, is_checkpoint
from distsnn.record.compared_states import run_properties, state_texts
from distsnn.record.compared_tables import ComparedTable
from distsnn.record.files.file_layout import opened
from distsnn.record.files.header import installed_versions
from distsnn.record.files.provenance import Provenance
from distsnn.record.metadata import format_of, read_recording

# Values of a table that are read at once.
_VALUES = 1 << 21
# Neurons that have not spiked did so in a step before this one.
_NEVER = -(1 << 59)
# Of more tables, those that are the same are only counted.
_MOST_SHOWN = 12
_Columns: TypeAlias = dict[str, np.ndarray]


@dataclass(frozen=True)
class TableComparison:
    """A table in two files.

    Attributes
    ----------
    name : str
        Its name.
    rows : tuple of (int or None, int or None)
        Number of rows in each file; None where it has no such table, or none has rows.
    parts_at : str
        Where the two part first, in words; empty where they are the same.
    greatest : dict of str to float
        Greatest difference of each value that differs, over the rows that both have.
    """

    name: str
    rows: tuple[int | None, int | None]
    parts_at: str = ""
    greatest: dict[str, float] | None = None


@dataclass(frozen=True)
class Comparison:
    """Two recordings, or checkpoints, beside one another.

    Attributes
    ----------
    paths : tuple of (Path, Path)
        The files.
    tables : list of TableComparison
        Their data.
    run : dict of str to (str, str)
        Properties of the runs that are not the same.
    """

    paths: tuple[Path, Path]
    tables: list[TableComparison]
    run: dict[str, tuple[str, str]]

    @property
    def same(self) -> bool:
        """Whether time and data are the same; seed, network and versions may differ."""
        times = {"steps", "time"} & set(self.run)
        return not times and not any(one.parts_at for one in self.tables)

    def __str__(self) -> str:
        first, second = self.paths
        lines = [f"{first} and {second}: {'the same data' if self.same else 'not the same data'}"]
        width = max([8, *(len(one.name) for one in self.tables)])
        shown = [one for one in self.tables if one.parts_at or len(self.tables) <= _MOST_SHOWN]
        for one in shown:
            lines.append(f"{one.name:<{width}}  {_said(one)}")
            lines += [
                f"{'':<{width}}  greatest difference of {label}: {value:g}"
                for label, value in (one.greatest or {}).items()
            ]
        if len(shown) < len(self.tables):
            lines.append(f"{len(self.tables) - len(shown)} tables are the same")
        lines += [f"{name:<{width}}  {a} and {b}" for name, (a, b) in self.run.items()]
        return "\n".join(lines)


def compare_recordings(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> Comparison:
    """Compare the data of two recordings of one kind, or the states in two checkpoints.

    Parameters
    ----------
    first, second : path
        Spikes, traces, synapses or checkpoints written by distsnn.

    Returns
    -------
    Comparison
        Printed, it says whether they are the same, and if not where they part first.

    Raises
    ------
    FileError
        A file cannot be read, or the two are not of one kind.
    """
    readers = _reader(first), _reader(second)
    if type(readers[0]) is not type(readers[1]):
        raise FileError(
            str(second),
            f"{first} is another kind of file",
            "two files of spikes, of traces, of synapses or of states are compared",
        )
    kind = format_of(readers[0])
    if kind.compared is None:
        raise FileError(
            str(first), f"files of {kind.kind} are not compared", "their format has no such table"
        )
    tables = [{one.name: one for one in kind.compared(reader)} for reader in readers]
    paths = readers[0].path, readers[1].path
    with opened(paths[0]) as a, opened(paths[1]) as b:
        compared = [
            _compared(name, (tables[0].get(name), tables[1].get(name)), (a, b), paths)
            for name in {**tables[0], **tables[1]}
        ]
    if isinstance(readers[0], CheckpointFile):
        compared += [
            TableComparison(name, (None, None), f"{a} and {b}")
            for name, (a, b) in _differing(*map(state_texts, readers)).items()
        ]
    return Comparison(paths, compared, _differing(*map(_properties, readers)))


def _reader(path: str | os.PathLike[str]) -> Any:
    return CheckpointFile(path) if is_checkpoint(path) else read_recording(path)


def _properties(reader: Any) -> dict[str, str]:
    """Properties of the run that a file is of."""
    if isinstance(reader, CheckpointFile):
        metadata, time = reader.metadata, f"{reader.t:g} ms"
        dt, seed, digest = (metadata[name] for name in ("dt_ms", "seed", "digest"))
        versions = {name: str(metadata[name]) for name in installed_versions() if name in metadata}
        provenance, more = reader.provenance, run_properties(reader)
    else:
        header, more = reader.header, {}
        time, dt = f"{header.start:g} to {header.end:g} ms", header.dt
        seed, digest, versions = header.seed, header.digest, header.versions
        provenance = header.provenance
    return (
        {"time": time, "steps": f"{dt:g} ms", "seed": str(seed), "network": digest}
        | versions
        | {f"parameter {k}": repr(v) for k, v in provenance.parameters.items()}
        | {"model": _model(provenance)}
        | more
    )


def _differing(a: dict[str, str], b: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Of two dicts what they do not have in common."""
    pairs = {key: (a.get(key, "none"), b.get(key, "none")) for key in {**a, **b}}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _model(made_by: Provenance) -> str:
    """Name and state of the model that began a file."""
    if not made_by.runs:
        return "unknown"
    run = made_by.runs[0]
    files = "".join(
        f", {line[:16]} {line.partition('  ')[2]}" for line in run.model_files.splitlines()
    )
    return f"{run.model} {run.commit[:12]} {run.state}{files}".strip()


def _compared(
    name: str,
    tables: tuple[ComparedTable | None, ComparedTable | None],
    files: tuple[h5py.File, h5py.File],
    paths: tuple[Path, Path],
) -> TableComparison:
    a, b = tables
    if a is None or b is None:
        rows = None if a is None else a.rows, None if b is None else b.rows
        return TableComparison(name, rows, f"only {paths[a is None]} has it")
    rows = a.rows, b.rows
    common = min(a.rows, b.rows)
    if set(a.columns) != set(b.columns):
        odd = ", ".join(sorted(set(a.columns) ^ set(b.columns)))
        return TableComparison(name, rows, f"only one of them has {odd}")
    if not np.array_equal(a.elements, b.elements):
        return TableComparison(name, rows, "they are of other elements")
    said, greatest = "", dict[str, float]()
    for first, stop in _chunks(a, files[0], common):
        left, right = a.read(files[0], first, stop), b.read(files[1], first, stop)
        n_same = _same_keys(left, right, a.n_keys)
        value = _first_value(a, left, right, n_same, first, greatest)
        said = said or value
        if n_same < stop - first:
            said = said or _lone(a, (left, right), n_same, first + n_same, paths)
            return TableComparison(name, rows, said, greatest)
    if a.rows != b.rows and not said:
        longer = int(b.rows > a.rows)
        table = (a, b)[longer]
        keys = [column[0] for column in table.read(files[longer], common, common + 1).values()]
        said = f"they part {table.moment(common, keys)}, which only {paths[longer]} has"
    return TableComparison(name, rows, said, greatest)


def _chunks(table: ComparedTable, file: h5py.File, rows: int) -> Iterator[tuple[int, int]]:
    """The first row, and the one after the last, of what is read at once."""
    width = sum(max(1, int(np.prod(file[path].shape[1:]))) for path in table.columns.values())
    step = max(1, _VALUES // width)
    return ((first, min(first + step, rows)) for first in range(0, rows, step))


def _same_keys(left: _Columns, right: _Columns, n_keys: int) -> int:
    """Number of leading rows whose keys are the same in both."""
    n = len(next(iter(left.values())))
    for label in list(left)[:n_keys]:
        differ = np.flatnonzero(left[label][:n] != right[label][:n])
        n = int(differ[0]) if differ.size else n
    return n


def _first_value(
    table: ComparedTable,
    left: _Columns,
    right: _Columns,
    n: int,
    offset: int,
    greatest: dict[str, float],
) -> str:
    """The first of `n` rows with another value, in words; `greatest` is brought up to date."""
    found: tuple[int, str] | None = None
    for label in list(left)[table.n_keys :]:
        a, b = left[label][:n], right[label][:n]
        differ = a != b
        if a.dtype.kind == "f":
            differ &= ~(np.isnan(a) & np.isnan(b))
        where = np.argwhere(differ)
        if not where.size:
            continue
        with np.errstate(invalid="ignore"):
            distance = np.abs(_numbers(a[differ]) - _numbers(b[differ])).max()
        greatest[label] = float(np.fmax(distance, greatest.get(label, 0.0)))
        at = tuple(where[0])
        if found is None or at[0] < found[0]:
            keys = [left[key][at[0]] for key in list(left)[: table.n_keys]]
            element = f", element {table.elements[at[1]]}" if len(at) > 1 else ""
            moment = table.moment(offset + int(at[0]), keys)
            found = int(at[0]), f"{moment}{element}: {label} is {_shown(a[at])} and {_shown(b[at])}"
    return "" if found is None else f"they part {found[1]}"


def _lone(
    table: ComparedTable,
    columns: tuple[_Columns, _Columns],
    at: int,
    row: int,
    paths: tuple[Path, Path],
) -> str:
    """The row that only one of both has, where their keys part."""
    keys = [[column[at] for column in list(one.values())[: table.n_keys]] for one in columns]
    lone = int(keys[1] < keys[0])
    return f"they part {table.moment(row, keys[lone])}, which only {paths[lone]} has"


def _numbers(values: np.ndarray) -> np.ndarray:
    """Values as float64; steps of spikes that never were are infinitely long ago."""
    found = values.astype(np.float64)
    return np.where(values <= _NEVER, -np.inf, found) if values.dtype.kind == "i" else found


def _shown(value: Any) -> str:
    if value.dtype.kind == "i" and value <= _NEVER:
        return "never"
    return str(value) if value.dtype.kind == "b" else f"{value:.17g}"


def _said(one: TableComparison) -> str:
    if one.rows == (None, None):
        return one.parts_at
    rows = [f"{n:,}" for n in one.rows if n is not None]
    number = rows[0] if len(set(rows)) == 1 else " and ".join(rows)
    return f"{number} rows, {one.parts_at or 'the same'}"
