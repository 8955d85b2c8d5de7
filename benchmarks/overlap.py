"""Would an exchange gain that goes on during the next steps? ``mpirun -n 2 python overlap.py``.

An interval of K steps may have one exchange of which all wait for the end (as distsnn does), or
two of K/2 steps, each of which has the next K/2 steps for it: both bring the spikes in time. Steps
are time spent on arithmetic, messages have the size of those of a run. Ranks of one host, which
read each other's spikes in memory, send no messages; start this on two hosts.
"""

from __future__ import annotations

import argparse
import statistics
from time import perf_counter

import numpy as np
from mpi4py import MPI

REPEATED = 7
INTERVALS = 400


def compute(seconds: float) -> None:
    """Keep the core busy for a time."""
    end = perf_counter() + seconds
    while perf_counter() < end:
        pass


def waiting(seconds: float, send: np.ndarray, receive: np.ndarray) -> None:
    """Intervals with one exchange each."""
    for _ in range(INTERVALS):
        compute(seconds)
        MPI.COMM_WORLD.Allgather(send, receive)


def overlapping(seconds: float, send: np.ndarray, receive: np.ndarray) -> None:
    """Intervals with two exchanges, each of which goes on during the other half."""
    halves = send[: send.size // 2].copy(), send[: send.size // 2].copy()
    received = receive[: receive.size // 2].copy(), receive[: receive.size // 2].copy()
    request = MPI.REQUEST_NULL
    for half in range(2 * INTERVALS):
        compute(seconds / 2)
        request.Wait()
        request = MPI.COMM_WORLD.Iallgather(halves[half % 2], received[half % 2])
    request.Wait()


def measured(kind: str, seconds: float, n_bytes: int) -> float:
    """Seconds of an interval on the slowest rank, without those of its steps."""
    send = np.zeros(n_bytes // 4, dtype=np.uint32)
    receive = np.zeros(MPI.COMM_WORLD.size * send.size, dtype=np.uint32)
    MPI.COMM_WORLD.Barrier()
    begin = perf_counter()
    (waiting if kind == "waiting" else overlapping)(seconds, send, receive)
    passed = MPI.COMM_WORLD.allreduce(perf_counter() - begin, MPI.MAX)
    return float(passed / INTERVALS - seconds)


def main() -> None:
    """Print what exchanges cost besides the steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--us", type=float, nargs="+", default=[50, 200, 1000, 5000])
    parser.add_argument("--bytes", type=int, nargs="+", default=[256, 4096, 65536])
    given = parser.parse_args()
    if MPI.COMM_WORLD.rank == 0:
        print(f"{MPI.COMM_WORLD.size} ranks; us that the exchanges add to an interval")
        print("| steps of an interval take us | bytes of a message | waiting | overlapping |")
        print("|---|---|---|---|")
    for us in given.us:
        for n_bytes in given.bytes:
            found: dict[str, list[float]] = {"waiting": [], "overlapping": []}
            for _ in range(REPEATED):
                for kind, times in found.items():
                    times.append(measured(kind, us * 1e-6, n_bytes) * 1e6)
            if MPI.COMM_WORLD.rank == 0:
                one, two = (statistics.median(times) for times in found.values())
                print(f"| {us:g} | {n_bytes:,} | {one:.1f} | {two:.1f} |", flush=True)


if __name__ == "__main__":
    main()
