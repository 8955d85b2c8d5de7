"""A description of recorded files in words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from distsnn.describe.checks.paths import checked_path
from distsnn.errors import FileError
from distsnn.record.checkpoint_file import CheckpointFile, is_checkpoint
from distsnn.record.checkpoint_writer import ROOT
from distsnn.record.compared_states import state_tables
from distsnn.record.compared_tables import (
    ComparedTable,
    edge_tables,
    spike_tables,
    trace_tables,
)
from distsnn.record.edge_file import EdgeFile
from distsnn.record.files.file_layout import opened
from distsnn.record.files.header import RecordingHeader, installed_versions
from distsnn.record.files.provenance import Provenance, RunRecord
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.record.traces.report_reader import ReportFile
from distsnn.units import Hz

Recording = SpikeFile | ReportFile | EdgeFile


@dataclass(frozen=True)
class FileFormat:
    """A kind of recorded file.

    Attributes
    ----------
    kind : str
        The data in it, in a word.
    group : str
        The group at the root that files of this kind alone have.
    reader : type
        Opens a file by its path; it has `path`.
    table : callable
        From a reader to lines that say what the file holds.
    compared : callable, optional
        From a reader to the tables that `distsnn compare` compares.
    """

    kind: str
    group: str
    reader: type[Any]
    table: Callable[[Any], str]
    compared: Callable[[Any], Iterable[ComparedTable]] | None = None


def read_recording(path: str | os.PathLike[str]) -> Recording:
    """Open a recorded file of any kind.

    Parameters
    ----------
    path : path
        Spikes, traces or synapses written by distsnn.

    Returns
    -------
    SpikeFile, ReportFile or EdgeFile
        Its reader.

    Raises
    ------
    FileError
        The file is missing, is not HDF5, is damaged, or was not written by distsnn.
    """
    with opened(Path(checked_path("read_recording", "path", path))) as file:
        if ROOT in file:
            raise FileError(
                str(path),
                "the file is a checkpoint",
                "recordings are files of spikes, traces or synapses",
                "distsnn info says what it holds, and Network.load goes on from it",
            )
        # The reader of spikes says what is wrong with files of none of these.
        reader = next((one.reader for one in FORMATS if one.group in file), SpikeFile)
    found: Recording = reader(path)
    return found


def format_of(recording: Any) -> FileFormat:
    """The kind of file that a reader reads."""
    return next(one for one in (*FORMATS, CHECKPOINTS) if isinstance(recording, one.reader))


def describe_file(path: str | os.PathLike[str]) -> str:
    """Describe a recorded file or a checkpoint in a few lines (str)."""
    if is_checkpoint(path):
        return describe_checkpoint(CheckpointFile(path))
    return describe_recording(read_recording(path))


def describe_recording(recording: Recording) -> str:
    """Say what a file holds: of which run, of what, and how it is stored.

    Returns
    -------
    str
        Several lines.
    """
    header = recording.header
    state = "finished" if header.finished else "not finished: the data up to the last flush"
    kind = format_of(recording)
    return (
        f"{recording.path}: {kind.kind}, {state}\n{_run_lines(header)}{_storage(recording)}\n\n"
        f"{kind.table(recording)}"
    )


def rate_table(spikes: SpikeFile) -> str:
    """A table of the activity of each population."""
    width = max([10, *map(len, spikes.groups)])
    lines = [f"{'population':<{width}}  neurons    spikes  rate (Hz)      min      max     CV"]
    lines += [
        f"{one.name:<{width}}  {one.size:7d}  {one.spikes:8d}  {one.mean_rate / Hz:9.3f}  "
        f"{one.min_rate / Hz:7.2f}  {one.max_rate / Hz:7.2f}  {one.mean_cv:5.2f}"
        for one in spikes.statistics()
    ]
    return "\n".join(lines)


def _run_lines(header: RecordingHeader) -> str:
    versions = ", ".join(f"{package} {text}" for package, text in header.versions.items())
    return (
        f"time      {header.start:g} to {header.end:g} ms, steps of {header.dt:g} ms\n"
        f"seed      {header.seed}\n"
        f"network   {header.digest}\n"
        f"versions  {versions}\n{provenance_lines(header.provenance)}"
    )


def provenance_lines(made_by: Provenance) -> str:
    """The provenance of a file in lines: parameters, model, and each run."""
    values = ", ".join(f"{name}={value!r}" for name, value in made_by.parameters.items())
    lines = [f"given     {values}"] if values else []
    last = RunRecord()
    for run in made_by.runs:
        if run.model and (run.model, run.commit, run.state) != (
            last.model,
            last.commit,
            last.state,
        ):
            commit = f", commit {run.commit[:12]} ({run.state})" if run.commit else ""
            lines.append(f"model     {run.model}{commit}")
            for line in run.model_files.splitlines():
                digest, _, name = line.partition("  ")
                lines.append(f"          {name}: SHA-256 {digest[:16]}...")
        lines.append(f"run       {run}")
        if run.command:
            lines.append(f"          in {run.folder}: {run.command}")
        last = run
    return "".join(f"{line}\n" for line in lines)


def _storage(recording: Recording) -> str:
    found: set[str] = set()

    def visit(name: str, item: h5py.HLObject) -> None:
        if isinstance(item, h5py.Dataset) and "mapping" not in name:
            found.add(item.compression or "not compressed")

    with opened(recording.path) as file:
        file.visititems(visit)
    size = recording.path.stat().st_size
    return f"stored    {size / 1e6:,.1f} MB, {' and '.join(sorted(found)) or 'empty'}"


def _trace_table(report: ReportFile) -> str:
    of = f"synapses {report.edges} onto " if report.edges else "neurons of "
    step = f" every {report.every:g} ms" if report.t.size else ""
    lines = [f"{report.node_ids.size} {of}{report.population}, {report.t.size} times{step}"]
    width = max([8, *map(len, report.units)])
    lines.append(f"{'variable':<{width}}  unit")
    lines += [f"{name:<{width}}  {unit}" for name, unit in report.units.items()]
    return "\n".join(lines)


def _edge_table(edges: EdgeFile) -> str:
    width = max([8, *map(len, edges.populations)])
    lines = [f"{'synapses':<{width}}  {'number':>12}  from, to, and values"]
    lines += [
        f"{name:<{width}}  {edges.count(name):12,}  {one.source} to {one.target}: "
        + ", ".join(f"{value} ({unit})" for value, unit in one.units.items())
        for name, one in edges.populations.items()
    ]
    return "\n".join(lines)


# Every kind of recorded file; a further one has a line here.
FORMATS = [
    FileFormat("traces", "report", ReportFile, _trace_table, trace_tables),
    FileFormat("synapses", "edges", EdgeFile, _edge_table, edge_tables),
    FileFormat("spikes", "spikes", SpikeFile, rate_table, spike_tables),
]


def describe_checkpoint(file: CheckpointFile) -> str:
    """Describe a checkpoint in a few lines (str)."""
    metadata, origin = file.metadata, file.read_text("origin")
    versions = ", ".join(f"{package} {metadata[package]}" for package in installed_versions())
    lines = [
        f"{file.path}: checkpoint",
        f"time      {file.t:g} ms, steps of {metadata['dt_ms']:g} ms",
        f"seed      {metadata['seed']}",
        f"network   {metadata['digest']}",
        f"versions  {versions}",
    ]
    said = provenance_lines(file.provenance)
    if origin:
        settings = "".join(f" {name}={value!r}" for name, value in origin["settings"].items())
        lines.append(f"origin    {origin['model']}{settings}, to {origin['end']:g} ms")
    return "\n".join(lines) + f"\n{said}".rstrip()


CHECKPOINTS = FileFormat("state", ROOT, CheckpointFile, describe_checkpoint, state_tables)
