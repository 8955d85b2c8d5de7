"""Objects between ranks: pickled, and in pieces that MPI can count."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

# MPI counts bytes in 32 bits, those of all ranks together where each gets those of all.
MOST_BYTES = 1 << 30
# A message of a fixed length tells the size of an object, and the object if it is short.
_SIZE, _SHORT = 8, 248

Bytes = NDArray[np.uint8]


class PickledExchange:
    """Collective calls with one picklable object of each rank.

    Parameters
    ----------
    wait : callable
        Waits for a request of MPI.
    """

    def __init__(self, communicator: Any, wait: Callable[[Any], None]) -> None:
        self._communicator, self._wait = communicator, wait
        self._rank, self._size = communicator.Get_rank(), communicator.Get_size()

    def allgather(self, value: Any) -> list[Any]:
        """The objects of all ranks, in the order of ranks."""
        local = _pickled(value)
        sizes, heads = self._heads(local)
        if sizes.max() <= _SHORT:
            return [
                pickle.loads(head[_SIZE : _SIZE + size].data)
                for head, size in zip(heads, sizes, strict=True)
            ]
        received = [np.empty(size, dtype=np.uint8) for size in sizes]
        for begin, counts in self._chunks(sizes):
            into = np.empty(counts.sum(), dtype=np.uint8)
            chunk = local[begin : begin + counts[self._rank]]
            self._wait(self._communicator.Iallgatherv(chunk, (into, counts)))
            _take(received, begin, counts, into)
        return [pickle.loads(part.data) for part in received]

    def gather(self, value: Any, root: int) -> list[Any] | None:
        """The objects of all ranks on `root`, None elsewhere."""
        local, here = _pickled(value), self._rank == root
        sizes, _ = self._heads(local)
        received = [np.empty(size if here else 0, dtype=np.uint8) for size in sizes]
        for begin, counts in self._chunks(sizes):
            into = np.empty(counts.sum() if here else 0, dtype=np.uint8)
            chunk = local[begin : begin + counts[self._rank]]
            target = (into, counts) if here else None
            self._wait(self._communicator.Igatherv(chunk, target, root))
            if here:
                _take(received, begin, counts, into)
        return [pickle.loads(part.data) for part in received] if here else None

    def bcast(self, value: Any, root: int) -> Any:
        """The object of `root`."""
        here = self._rank == root
        sent = _pickled(value) if here else np.empty(0, dtype=np.uint8)
        head = _head(sent)
        self._wait(self._communicator.Ibcast(head, root))
        if here and sent.size <= _SHORT:
            return value
        size = int(head[:_SIZE].view(np.int64)[0])
        if size <= _SHORT:
            return pickle.loads(head[_SIZE : _SIZE + size].data)
        if not here:
            sent = np.empty(size, dtype=np.uint8)
        for begin in range(0, size, MOST_BYTES):
            self._wait(self._communicator.Ibcast(sent[begin : begin + MOST_BYTES], root))
        return value if here else pickle.loads(sent.data)

    def alltoall(self, values: list[Any]) -> list[Any]:
        """Objects of all ranks for this one, in the order of ranks."""
        local = [_pickled(value) for value in values]
        sent = np.array([part.size for part in local], dtype=np.int64)
        coming = np.empty_like(sent)
        self._wait(self._communicator.Ialltoall(sent, coming))
        received = [np.empty(size, dtype=np.uint8) for size in coming]
        capacity = self._capacity
        longest = np.empty(self._size, dtype=np.int64)
        self._wait(self._communicator.Iallgather(sent.max(keepdims=True), longest))
        for begin in range(0, int(longest.max()), capacity):
            there = np.clip(sent - begin, 0, capacity)
            here = np.clip(coming - begin, 0, capacity)
            out = np.concatenate([part[begin : begin + capacity] for part in local])
            into = np.empty(here.sum(), dtype=np.uint8)
            self._wait(self._communicator.Ialltoallv((out, there), (into, here)))
            _take(received, begin, here, into)
        return [pickle.loads(part.data) for part in received]

    @property
    def _capacity(self) -> int:
        """Bytes of one rank in a piece."""
        return max(1, MOST_BYTES // self._size)

    def _heads(self, local: Bytes) -> tuple[NDArray[np.int64], Bytes]:
        """The sizes of all ranks' objects, and their heads, which hold the short ones."""
        heads = np.empty((self._size, _SIZE + _SHORT), dtype=np.uint8)
        self._wait(self._communicator.Iallgather(_head(local), heads))
        return heads[:, :_SIZE].copy().view(np.int64)[:, 0], heads

    def _chunks(self, sizes: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Begin of each part in the bytes of every rank, and the number of bytes of each."""
        whole = sizes.sum() <= MOST_BYTES
        capacity = max(1, int(sizes.max())) if whole else self._capacity
        for begin in range(0, int(sizes.max()), capacity):
            yield begin, np.clip(sizes - begin, 0, capacity)


def _pickled(value: Any) -> Bytes:
    return np.frombuffer(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), dtype=np.uint8)


def _head(local: Bytes) -> Bytes:
    head = np.zeros(_SIZE + _SHORT, dtype=np.uint8)
    head[:_SIZE].view(np.int64)[0] = local.size
    if local.size <= _SHORT:
        head[_SIZE : _SIZE + local.size] = local
    return head


def _take(received: list[Bytes], begin: int, counts: NDArray[np.int64], chunk: Bytes) -> None:
    """Copy the parts of a piece to where they belong."""
    for part, count, local in zip(
        received, counts, np.split(chunk, np.cumsum(counts)[:-1]), strict=True
    ):
        part[begin : begin + count] = local
