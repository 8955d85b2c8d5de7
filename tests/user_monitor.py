"""A monitor written outside of the package, all in this file: it counts neurons above a level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.describe.probes import AT_START, StateProbe
from distsnn.front.monitors.monitor import Monitor


class LevelMonitor(Monitor):
    def __init__(
        self, source: Any, variable: str, level: float, dt: float | None = None, name: Any = None
    ) -> None:
        super().__init__("LevelMonitor", source[:], name, dt)
        self.variable, self.level = variable, level
        self._counts: list[np.ndarray] = []

    def describe_probe(self, index: int) -> StateProbe:
        neurons = np.arange(self.source.start, self.source.stop)
        return StateProbe(index, (self.variable,), neurons, self._steps.every, AT_START)

    def complete(self, first: int, end: int, samples: np.ndarray | None) -> None:
        assert samples is not None
        self._steps.add_multiples(first, end)
        self._counts.append((samples[:, 0] > self.level).sum(axis=1))

    @property
    def count(self) -> np.ndarray:
        return np.concatenate([np.empty(0, np.int64), *self._counts])

    @property
    def t(self) -> np.ndarray:
        return self._steps.times

    @property
    def settings(self) -> list[Any]:
        return [*super().settings, self.variable, self.level, self._steps.every]

    def progress(self) -> dict[str, np.ndarray]:
        return {**super().progress(), "count": self.count}

    def go_on(self, progress: Mapping[str, np.ndarray]) -> None:
        super().go_on(progress)
        self._counts = [progress["count"]]
