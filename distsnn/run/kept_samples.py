"""What the probes of one thread have read, until monitors or files take it."""

from __future__ import annotations

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.exchange import World
from distsnn.run.readers import Recorder
from distsnn.run.samples import join_samples


class KeptSamples:
    """The samples of all probes of a thread, in the order in which they were read.

    Parameters
    ----------
    build : RankBuild
        Its probes; further ones may be added.
    """

    def __init__(self, build: RankBuild) -> None:
        self._build = build
        self._parts: list[list[np.ndarray]] = []
        # How many parts of each were read before the step in which the network pauses.
        self._n_complete: list[int] | None = None

    def empty(self) -> None:
        """Keep what is in the buffers of the probes, which are empty then."""
        probes = self._build.probes
        self._parts += [[] for _ in probes[len(self._parts) :]]
        for parts, probe in zip(self._parts, probes, strict=True):
            if probe.n_rows:
                parts.append(probe.take())

    def divide(self, divides: bool) -> None:
        """Let what is read from now on be of a step that is not complete, or no longer."""
        if divides:
            self.empty()
        self._n_complete = [len(parts) for parts in self._parts] if divides else None

    def take(self) -> list[np.ndarray]:
        """Samples of each probe since the last call, of complete steps alone.

        See `LocalProbe.take`.
        """
        self.empty()
        return [self._taken(n) for n in range(len(self._parts))]

    def give(self, recorder: Recorder, world: World) -> None:
        """Let a recorder take the samples of all threads of this rank. Collective among them."""
        self.empty()
        of_threads = world.gather_in_rank(self._taken(recorder.probe))
        if world.thread == 0:
            kind = self._build.probes[recorder.probe].samples
            recorder.take(join_samples(kind, of_threads))

    def _taken(self, n: int) -> np.ndarray:
        parts, probe = self._parts[n], self._build.probes[n]
        until = len(parts) if self._n_complete is None else self._n_complete[n]
        taken, self._parts[n] = parts[:until], parts[until:]
        if self._n_complete is not None:
            self._n_complete[n] = 0
        return taken[0] if len(taken) == 1 else np.concatenate([probe.no_rows, *taken])
