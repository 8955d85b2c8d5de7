"""The numbers of nodes and ranks that a network needs, for the memory of a node and a wall time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from distsnn.errors import ParameterError
from distsnn.exchange.measure import LinkSpeed
from distsnn.forecast.calibration import calibrate
from distsnn.forecast.forecast import Forecast, forecast
from distsnn.forecast.memory_budget import NetworkBudget
from distsnn.layout.job_shape import MOST_PARTS, JobShape

_MOST_NODES = 65_536
# Of the memory of a node, for the system and what was not foreseen.
_FREE_SHARE = 0.1


@dataclass(frozen=True)
class Cluster:
    """The resources of a cluster.

    Attributes
    ----------
    cores : int
        Of each node; each may have one thread of a rank.
    memory : float
        Bytes of each node.
    seconds : float or None
        Wall time that a run may take.
    threads : int
        Of each rank.
    """

    cores: int
    memory: float
    seconds: float | None
    threads: int = 1


@dataclass(frozen=True, eq=False)
class Fit:
    """Nodes and ranks that suffice, and what is expected there."""

    ranks_per_node: int
    forecast: Forecast

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return self.forecast.shape.nodes

    @property
    def node_bytes(self) -> float:
        """Memory that is needed on a node."""
        return self.ranks_per_node * self.forecast.peak


def fit(
    network: NetworkBudget,
    rates: Sequence[float],
    duration: float,
    cluster: Cluster,
    link: LinkSpeed | None,
) -> Fit:
    """The fewest nodes, and as many ranks on each as its cores and memory allow.

    Raises ParameterError if no number of nodes suffices, or a node has fewer cores than a rank has
    threads.

    Parameters
    ----------
    rates : sequence of float, 1/ms
        Of each group.
    duration : float, ms
    link : LinkSpeed or None
    """
    if cluster.threads > cluster.cores:
        raise ParameterError(
            "plan --fit",
            f"{cluster.threads} threads of a rank on {cluster.cores} cores of a node",
            "each thread needs a core",
            "take fewer threads, or say how many --cores a node has",
            threads=cluster.threads,
        )
    constants = calibrate(network, JobShape(min(cluster.cores, MOST_PARTS)), rates)
    best: Fit | None = None
    for nodes in _numbers():
        for per_node in _halves(cluster.cores // cluster.threads):
            shape = JobShape(nodes * per_node, cluster.threads, nodes)
            if shape.size > MOST_PARTS:
                continue
            found = Fit(per_node, forecast(network, shape, rates, duration, constants, link))
            if found.node_bytes > cluster.memory * (1 - _FREE_SHARE):
                continue
            if best is None or found.forecast.wall_seconds < best.forecast.wall_seconds:
                best = found
            if cluster.seconds is None or found.forecast.wall_seconds <= cluster.seconds:
                # What synapses cost depends on how many of a source fall on a rank.
                calibrated = calibrate(network, shape, rates)
                sure = forecast(network, shape, rates, duration, calibrated, link)
                if cluster.seconds is None or sure.wall_seconds <= cluster.seconds:
                    return Fit(per_node, sure)
        if best is not None and found.forecast.wall_seconds > 4 * best.forecast.wall_seconds:
            break
    raise _refusal(best, cluster)


def _numbers() -> Iterator[int]:
    """1, 2, 3, 4, 6, 8, 12, ... up to the largest number of nodes."""
    n = 1
    while n <= _MOST_NODES:
        yield n
        if n >= 2 and n + n // 2 <= _MOST_NODES:
            yield n + n // 2
        n *= 2


def _halves(cores: int) -> Iterator[int]:
    while cores:
        yield cores
        cores //= 2


def _refusal(best: Fit | None, cluster: Cluster) -> ParameterError:
    if best is None:
        return ParameterError(
            "plan --fit",
            f"no number of nodes with {cluster.memory / 1e9:g} GB each holds the network",
            f"up to {_MOST_NODES} nodes were tried",
            "take nodes with more memory, or a smaller network",
            memory=cluster.memory,
        )
    return ParameterError(
        "plan --fit",
        f"{cluster.seconds:g} s are too few: the fastest is {best.nodes} nodes with "
        f"{best.ranks_per_node} ranks each, {best.forecast.wall_seconds:.0f} s",
        "more ranks exchange spikes for longer than they save",
        "allow more wall time, or run it in parts (--checkpoint)",
        seconds=best.forecast.wall_seconds,
    )
