"""A timeline of ranks and phases, in the format of Chrome's and Perfetto's viewers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from distsnn.errors import FileError
from distsnn.exchange import World, raising_together

# A phase, when it began and how long it took (s).
Span = tuple[str, float, float]
OTHER = "other"


class Timeline:
    """The time that one rank has spent in each phase, several times a second.

    Within such a window the phases stand one after the other, though a run goes through them in
    each step.

    Parameters
    ----------
    read : callable
        Seconds in each phase so far, in the order of a step.
    """

    def __init__(self, read: Callable[[], dict[str, float]]) -> None:
        self._read, self._begin = read, perf_counter()
        self._last, self._before = 0.0, read()
        self.spans: list[Span] = []

    def marking(self, callback: Callable[[int], None]) -> Callable[[int], None]:
        """A callback that also looks at the phases."""

        def reach(step: int) -> None:
            self.mark()
            callback(step)

        return reach

    def mark(self) -> None:
        """Note what was done since the last time."""
        now, read = perf_counter() - self._begin, self._read()
        took = {name: max(0.0, read[name] - self._before[name]) for name in read}
        window = now - self._last
        # Clocks of threads and estimates of waiting may exceed it by a little.
        scale = min(1.0, window / (sum(took.values()) or 1.0))
        begin = self._last
        for name, seconds in took.items():
            if seconds > 0:
                self.spans.append((name, begin, seconds * scale))
                begin += seconds * scale
        if now - begin > 0.01 * window:
            self.spans.append((OTHER, begin, now - begin))
        self._last, self._before = now, read

    def write(self, world: World, path: str | os.PathLike[str]) -> None:
        """Write the timelines of all ranks to a file of JSON. Collective."""
        self.mark()
        gathered = world.gather_object((world.host, self.spans))
        with raising_together(world, "profile"):
            if gathered is not None:
                try:
                    Path(path).write_text(json.dumps(_trace(gathered)), encoding="utf8")
                except OSError as error:
                    raise FileError(str(path), f"cannot be written: {error.strerror}") from error


def check_new_timeline(world: World, path: str | os.PathLike[str] | None, overwrite: bool) -> None:
    """Check that no file is replaced unasked. Collective."""
    with raising_together(world, "profile"):
        if path is not None and world.rank == 0 and not overwrite and Path(path).exists():
            raise FileError(
                str(path), "the file exists", "", "Say overwrite=True, or give another name"
            )


def _trace(ranks: list[tuple[str, list[Span]]]) -> dict[str, Any]:
    """Events of all ranks; times in us, as the format has them."""
    events: list[dict[str, Any]] = []
    for rank, (host, spans) in enumerate(ranks):
        said = {"name": f"rank {rank} ({host})"}
        events.append({"ph": "M", "name": "thread_name", "pid": 0, "tid": rank, "args": said})
        events += [
            {
                "ph": "X", "name": name, "cat": "distsnn", "pid": 0, "tid": rank,
                "ts": begin * 1e6, "dur": seconds * 1e6,
            }
            for name, begin, seconds in spans
        ]  # fmt: skip
    return {"traceEvents": events, "displayTimeUnit": "ms"}
