"""Currents that change in time, as a configuration gives them to nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from distsnn.sonata.circuit import Circuit
from distsnn.sonata.circuit_files import opened, read_table, refused
from distsnn.sonata.circuit_output import step_of
from distsnn.sonata.configuration import Configuration
from distsnn.sonata.node_sets import NodeSets

# Changes of one current; more would be so many synapses of each cell.
_MOST_CHANGES = 20_000


@dataclass(frozen=True, eq=False)
class Clamp:
    """A current into some nodes of one part.

    Attributes
    ----------
    name : str
    part : str
    index : int64 array (n,)
        The nodes, by their places in the part.
    steps : int64 array (k,)
        Steps from whose update on the current has another value, ascending, each once.
    changes : float64 array (k,)
        What is added to the current then, pA.
    """

    name: str
    part: str
    index: np.ndarray
    steps: np.ndarray
    changes: np.ndarray


def clamps_of(circuit: Circuit) -> list[Clamp]:
    """The currents of a configuration.

    As BMTK gives them to NEST, amplitudes are in pA, onsets up to a step are left out, and a
    current that begins at a time acts from the update behind it on. Raises FileError if an input is
    not as it should be.
    """
    configuration, found = circuit.configuration, list[Clamp]()
    sets = NodeSets(configuration, circuit.populations)
    for name, given in configuration.section("inputs").items():
        where = f"inputs.{name}"
        if not given.get("enabled", True) or given.get("input_type") == "spikes":
            continue
        if given.get("module") != "IClamp" or given.get("input_type") not in _READERS:
            raise configuration.refused(
                f"{where} is of input_type {given.get('input_type')!r} and module "
                f"{given.get('module')!r}",
                f"inputs are spikes, or IClamp of {', '.join(_READERS)}",
                'leave it out, or write "enabled": false',
            )
        steps, changes = _changes(configuration, given, where)
        for population, nodes in sets.nodes(given.get("node_set", "all"), where).items():
            for part in circuit.parts_of(population):
                index = np.flatnonzero(np.isin(part.nodes, nodes))
                if index.size and part.cell is not None:
                    found.append(Clamp(f"{name}_{part.name}", part.name, index, steps, changes))
    return found


def _changes(
    configuration: Configuration, given: Mapping[str, Any], where: str
) -> tuple[np.ndarray, np.ndarray]:
    """Steps at which a current changes, and by how much."""
    dt = configuration.dt
    times, amplitudes = _READERS[given["input_type"]](configuration, given, where)
    late = times > dt
    times, amplitudes = times[late], amplitudes[late]
    if (np.diff(times) <= 0).any():
        raise configuration.refused(
            f"{where} changes at {times[1:][np.diff(times) <= 0][0]:g} ms and earlier after that",
            "times ascend",
        )
    steps = step_of(times + dt, dt)
    # Of several values in one step the last one counts.
    last = np.append(np.diff(steps) > 0, True) if steps.size else np.empty(0, dtype=bool)
    steps, changes = steps[last], np.diff(amplitudes[last], prepend=0.0)
    steps, changes = steps[changes != 0], changes[changes != 0]
    if steps.size > _MOST_CHANGES:
        raise configuration.refused(
            f"{where} changes {steps.size:,} times",
            f"a current changes {_MOST_CHANGES:,} times at the most",
            "downsample it",
        )
    return steps, changes


_Read = tuple[np.ndarray, np.ndarray]


def _numbers(configuration: Configuration, given: Mapping[str, Any], where: str) -> _Read:
    """Times and values of currents with onset, duration and amplitude."""
    lists = []
    for name in ("amp", "delay", "duration"):
        value = given.get(name)
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(v, int | float) and np.isfinite(v) for v in values):
            raise configuration.refused(
                f"{where}.{name} is {value!r}", f"{name} is a number, or a list of numbers"
            )
        lists.append(values)
    if len({len(values) for values in lists}) > 1:
        raise configuration.refused(
            f"{where} has {len(lists[0])} amp, {len(lists[1])} delay, {len(lists[2])} duration",
            "there is one of each for every current",
        )
    times, amplitudes = list[float](), list[float]()
    for k, (amp, delay, duration) in enumerate(zip(*lists, strict=True)):
        if delay <= configuration.dt:
            continue
        times.append(float(delay))
        amplitudes.append(float(amp))
        following = lists[1][k + 1] if k + 1 < len(lists[1]) else None
        if following is None or delay + duration <= following:
            if following is not None and delay + duration == following:
                continue
            times.append(float(delay + duration))
            amplitudes.append(0.0)
    return np.array(times), np.array(amplitudes)


def _file(configuration: Configuration, given: Mapping[str, Any], where: str) -> Path:
    name = given.get("file")
    if not isinstance(name, str):
        raise configuration.refused(f"{where} has no file", "file names the values")
    return Path(name)


def _table(configuration: Configuration, given: Mapping[str, Any], where: str) -> _Read:
    """Times and values of a table; each lasts until the next."""
    path = _file(configuration, given, where)
    columns, rows = read_table(path, str(configuration.path))
    found = []
    for option, usual in (("timestamps_column", "timestamps"), ("amplitudes_column", "amps")):
        name = given.get(option, usual)
        if name not in columns:
            raise refused(
                path, f"there is no column {name}", f"columns are {', '.join(columns)}", ""
            )
        try:
            found.append(np.array([float(row[columns.index(name)]) for row in rows]))
        except ValueError as error:
            raise refused(path, f"column {name}: {error}", "values are numbers") from None
    return found[0], found[1]


def _nwb(configuration: Configuration, given: Mapping[str, Any], where: str) -> _Read:
    """Times and values of a sweep in a file of the Allen Cell Types database."""
    path, sweep = _file(configuration, given, where), given.get("sweep_id")
    name = f"Sweep_{sweep}" if str(sweep).isdigit() else str(sweep)
    with opened(path, str(configuration.path)) as file:
        series = file.get(f"epochs/{name}/stimulus/timeseries")
        if not isinstance(series, h5py.Group):
            raise refused(path, f"there is no sweep {name}", "sweep_id names one of epochs")
        step = 1000.0 / float(series["starting_time"].attrs["rate"])
        # In the unit that BMTK makes of amperes.
        values = np.asarray(series["data"][:], dtype=np.float64) * 1e9
    times = np.arange(values.size) * step
    sample = given.get("downsample")
    if sample is not None and sample > step:
        stride = round(sample / step)
        times, values = times[::stride], values[::stride]
    window = given.get("sweep_window")
    if window is not None:
        inside = (times >= window[0]) & (times <= window[1])
        times, values = times[inside], values[inside]
    return times + float(given.get("delay", 0.0)), values


_READERS = {"current_clamp": _numbers, "csv": _table, "file": _table, "nwb": _nwb, "allen": _nwb}
