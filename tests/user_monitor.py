"""A monitor written outside of the package, all in this file: which neurons are above a level.

It has a probe of its own. In memory it keeps how many there are; a file has them one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.monitors.group_reader import GroupReader
from distsnn.assemble.monitors.probe import LocalProbe, Probe, ProbedRank
from distsnn.assemble.monitors.state_probe import local_neurons
from distsnn.codegen.blocks import ArgumentNames
from distsnn.codegen.probe_blocks import EVERY, ROWS, Samples, time_lines
from distsnn.codegen.program_arguments import OfProbe
from distsnn.codegen.sampled import SampledVariable
from distsnn.describe.operations import AT_START
from distsnn.front.monitors.monitor import Monitor
from distsnn.record.traces.report_layout import Report


@dataclass(frozen=True)
class LevelSamples(Samples):
    """Rows have a column for each neuron, or a count, which is added over ranks."""

    variable: SampledVariable
    by_column: bool

    when = AT_START

    def lines(self, own: OfProbe, names: ArgumentNames) -> list[str]:
        above = f"{self.variable.code(names)} > {names(own.constant('level'))}"
        if self.by_column:
            return time_lines(own, names, [f"1.0 if {above} else 0.0"])
        cursor, lids, buffer = (names(own[name]) for name in ("cursor", "lids", "buffer"))
        return [
            f"if step % {cursor}[{EVERY}] == 0:",
            "    count = 0.0",
            f"    for lid in {lids}:",
            f"        if {above}:",
            "            count += 1.0",
            f"    {buffer}[{cursor}[{ROWS}]] = count",
            f"    {cursor}[{ROWS}] += 1",
        ]

    def join(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        return super().join(parts) if self.by_column else np.asarray(np.sum(parts, axis=0))


@dataclass(frozen=True, eq=False)
class LevelProbe(Probe):
    group: int
    variable: str
    index: np.ndarray
    level: float
    every: int
    by_column: bool

    def assemble(self, rank: ProbedRank, own: OfProbe) -> LocalProbe:
        reader = GroupReader(rank, self.group, AT_START)
        samples = LevelSamples(reader.variable(self.variable), self.by_column)
        columns, lids = local_neurons(rank.partition.ranges[self.group], self.index)
        arrays = {**reader.needed, own["lids"]: lids, own.constant("level"): self.level}
        return LocalProbe.of(
            own, samples, arrays, columns if self.by_column else np.arange(1), self.every
        )


class LevelMonitor(Monitor):
    def __init__(
        self,
        source: Any,
        variable: str,
        level: float,
        dt: float | None = None,
        name: Any = None,
        to: Any = None,
    ) -> None:
        super().__init__("LevelMonitor", source[:], name, dt, to)
        self.variable, self.level = variable, level
        self._counts: list[np.ndarray] = []

    @property
    def index(self) -> np.ndarray:
        return np.arange(self.source.start, self.source.stop)

    def describe_probe(self, index: int) -> LevelProbe:
        by_column, every = self.to is not None, self._steps.every
        return LevelProbe(index, self.variable, self.index, self.level, every, by_column)

    def describe_report(self) -> Report:
        units, every = (("above", "1"),), self._steps.every
        return Report(self.source.group.name, units, self.index, 0 * self.index, every)

    def complete(self, first: int, end: int, samples: np.ndarray | None) -> None:
        if self.to is None:
            assert samples is not None
            self._steps.add_multiples(first, end)
            self._counts.append(samples[:, 0, 0].astype(np.int64))

    @property
    def count(self) -> np.ndarray:
        if self.recording is not None:
            return self.recording.read().values("above").sum(axis=1).astype(np.int64)
        return np.concatenate([np.empty(0, np.int64), *self._counts])

    @property
    def settings(self) -> list[Any]:
        return [*super().settings, self.variable, self.level, self._steps.every]

    def progress(self) -> dict[str, np.ndarray]:
        return {**super().progress(), "count": self.count}

    def go_on(self, progress: Mapping[str, np.ndarray]) -> None:
        super().go_on(progress)
        self._counts = [progress["count"]]
