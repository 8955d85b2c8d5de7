"""The shape of a job: its ranks, their threads, and the nodes they are on."""

from __future__ import annotations

from dataclasses import dataclass

# Threads in all, of the largest job that is planned.
MOST_PARTS = 10_000_000


@dataclass(frozen=True)
class JobShape:
    """The layout of a job.

    Attributes
    ----------
    ranks : int
        Number of MPI ranks.
    threads : int
        Of each rank; neurons are divided as if each were a rank.
    nodes : int
        Number of nodes that the ranks are on.
    """

    ranks: int
    threads: int = 1
    nodes: int = 1

    @property
    def size(self) -> int:
        """Threads of all ranks: parts that the network is divided into."""
        return self.ranks * self.threads

    def parts_of(self, rank: int) -> range:
        """Numbers of the parts of the network that a rank's threads have."""
        return range(rank * self.threads, (rank + 1) * self.threads)

    def __str__(self) -> str:
        """As "2 ranks of 8 threads on 2 nodes"."""
        threads = f" of {_number(self.threads, 'thread')}" if self.threads > 1 else ""
        return f"{_number(self.ranks, 'rank')}{threads} on {_number(self.nodes, 'node')}"


def _number(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'s' if n != 1 else ''}"
