"""Spikes of an interval that ranks tell each other in continuous time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from distsnn.errors import DistsnnError
from distsnn.exchange import World

Spikes = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Step, index and how early each is."""

# Spikes that a message has room for at first.
_ROOM = 64


class ToldSpikes:
    """Messages of one length, with room for twice as many spikes as any rank has had.

    Parameters
    ----------
    world : World
    groups : sequence of int
        Those whose spikes are told.
    """

    def __init__(self, world: World, groups: Sequence[int]) -> None:
        self._world, self._groups = world, groups
        self._reserve(_ROOM)

    def _reserve(self, room: int) -> None:
        self._room = room
        # How many spikes of each group, and whether all could be noted; then their numbers.
        n = len(self._groups) + 1
        self._send = np.zeros(n + 3 * room)
        self._received = np.empty((self._world.size, self._send.size))

    def exchange(self, found: Mapping[int, Spikes], fits: bool) -> dict[int, Spikes]:
        """The spikes of all ranks of each group, in no order. Collective.

        Raises DistsnnError, on all ranks, if one could not note all (`fits`).
        """
        counts, of_ranks = self._gathered(found, fits)
        if not counts[:, -1].all():
            raise DistsnnError(
                "Adjoint.backward",
                "a neuron spikes more than once in nearly every step",
                "so many spikes of continuous time are not gone back through",
                "take smaller weights, a refractory period, or exact_times=False",
            )
        ends = np.cumsum(counts[:, :-1], axis=1)
        told = {}
        for k, g in enumerate(self._groups):
            parts = [
                numbers[:, end[k] - count[k] : end[k]]
                for numbers, end, count in zip(of_ranks, ends, counts, strict=True)
            ]
            step, index, early = np.concatenate(parts, axis=1)
            told[g] = step.astype(np.int64), index.astype(np.int64), early
        return told

    def _gathered(
        self, found: Mapping[int, Spikes], fits: bool
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Numbers of spikes of each rank (int64 (ranks, groups + 1)), and the spikes of each."""
        n = len(self._groups)
        mine = np.concatenate([np.empty((3, 0)), *(found[g] for g in self._groups)], axis=1)
        header = [*(found[g][0].size for g in self._groups), fits]
        if self._world.size == 1:
            return np.array([header]), [mine]
        self._send[: n + 1] = header
        told = min(mine.shape[1], self._room)
        self._send[n + 1 :].reshape(3, self._room)[:, :told] = mine[:, :told]
        self._world.allgather_into(self._send, self._received.reshape(-1))
        counts = self._received[:, : n + 1].astype(np.int64)
        most = int(counts[:, :-1].sum(axis=1).max(initial=0))
        if most > self._room:
            # All ranks see that, and tell again.
            self._reserve(2 * most)
            return self._gathered(found, fits)
        return counts, [row.reshape(3, self._room) for row in self._received[:, n + 1 :]]
