"""Samples of probes: those that a thread keeps, and those of all ranks together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distsnn.assemble.monitors.probe import LocalProbe
from distsnn.assemble.rank.rank import RankBuild
from distsnn.codegen.probe_blocks import Samples
from distsnn.exchange import World
from distsnn.run.readers import Recorder

# Bytes of all ranks in one exchange; MPI counts them in 32 bits.
_MOST_BYTES = 1 << 28


def join_samples(samples: Samples, parts: Sequence[np.ndarray]) -> np.ndarray:
    """Samples of the threads of a rank, joined as if they were one thread (see `LocalProbe`)."""
    return parts[0] if len(parts) == 1 else samples.join(parts)


def join_columns(probes: Sequence[LocalProbe]) -> np.ndarray:
    """The wanted neurons that the threads of a rank own; see `LocalProbe.columns`."""
    return np.concatenate([probe.columns for probe in probes])


def gather_samples(
    world: World,
    probes: Sequence[Sequence[LocalProbe]],
    samples: Sequence[Sequence[np.ndarray]],
) -> list[np.ndarray]:
    """Give every rank what all ranks have read. Collective.

    Parameters
    ----------
    probes : sequence of sequence of LocalProbe
        Those of each thread of this rank.
    samples : sequence of sequence of float64 array
        What each of them has read, see `LocalProbe.take`.

    Returns
    -------
    list of float64 array
        For each probe, the same on every rank and number of ranks; rows as `Samples.row` says,
        of those with columns (times, variables, wanted elements).
    """
    kinds = [probe.samples for probe in probes[0]]
    if not kinds:
        return []
    joined = [
        join_samples(kind, parts)
        for kind, parts in zip(kinds, zip(*samples, strict=True), strict=True)
    ]
    columns_of = [join_columns(of_threads) for of_threads in zip(*probes, strict=True)]
    local = [(columns, part.nbytes) for columns, part in zip(columns_of, joined, strict=True)]
    of_ranks = world.allgather_object(local) if world.size > 1 else [local]
    gathered = []
    for m, (kind, part) in enumerate(zip(kinds, joined, strict=True)):
        n_bytes = max(of_rank[m][1] for of_rank in of_ranks)
        parts = _gather_rows(world, part, n_bytes)
        columns = [of_rank[m][0] for of_rank in of_ranks]
        gathered.append(
            _side_by_side(columns, parts) if kind.by_column else join_samples(kind, parts)
        )
    return gathered


def _gather_rows(world: World, local: np.ndarray, n_bytes: int) -> list[np.ndarray]:
    """The arrays of all ranks, of which none has more than `n_bytes`, a few rows at a time."""
    if world.size == 1:
        return [local]
    n_pieces = max(1, -(-n_bytes * world.size // _MOST_BYTES))
    pieces = [world.allgather_object(piece) for piece in np.array_split(local, n_pieces)]
    return [np.concatenate(of_rank) for of_rank in zip(*pieces, strict=True)]


def _side_by_side(columns: list[np.ndarray], parts: list[np.ndarray]) -> np.ndarray:
    n_columns = sum(c.size for c in columns)
    # One rank's lists of wanted neurons are often in order already; then nothing is copied.
    if columns[0].size == n_columns and (columns[0] == np.arange(n_columns)).all():
        return parts[0]
    whole = np.empty((*parts[0].shape[:2], n_columns))
    for of_rank, values in zip(columns, parts, strict=True):
        whole[:, :, of_rank] = values
    return whole


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
