"""Delays in steps, and how often spikes must be exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import SynapticValue
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.synapses.spike_timing import IGNORE
from distsnn.describe.values.given import Distribution, Value, value_bounds
from distsnn.describe.values.given_expressions import Expression
from distsnn.describe.values.time_steps import steps_of
from distsnn.errors import ParameterError

MAX_DELAY_STEPS = 65_534
# Shortest and longest delay of no synapses: beside those of others they bound nothing.
NO_DELAYS = (MAX_DELAY_STEPS, 0)
# The two parts of a delay, as a projection calls them.
AXONAL, DENDRITIC = "delay", "dendritic"
_MAX_INTERVAL_SPIKES = 1 << 24
_TAIL = 1e-16


def delay_bounds(where: str, delay: Value, dt: float, name: str = "delay") -> tuple[int, int]:
    """Smallest and largest number of steps that a delay (ms) can have.

    `name` is what a user calls it. Raises ParameterError if a delay can be negative or above
    `MAX_DELAY_STEPS`.
    """
    low, high = value_bounds(delay)
    if low < 0:
        raise ParameterError(
            where,
            f"{name} can be {low} ms",
            "delays must be >= 0 ms",
            "bound the distribution with low=0"
            if isinstance(delay, Distribution)
            else f"correct {name}=",
            delay=low,
        )
    if isinstance(delay, Distribution):
        high = min(high, _quantile_bound(delay, low))
    first, last = steps_of(low, dt), steps_of(high, dt)
    if last > MAX_DELAY_STEPS:
        raise ParameterError(
            where,
            f"{name} can be {high} ms, which is {last} steps of {dt} ms",
            f"delays must be <= {MAX_DELAY_STEPS} steps",
            "bound the distribution with high=, or enlarge dt",
            delay=high,
        )
    return first, last


# Most projections of a network have one of a few distributions.
@lru_cache(maxsize=32)
def delay_thresholds(delay: Distribution, dt: float, first: int, last: int) -> np.ndarray:
    """Cumulative probability (float64, ``last - first`` values) of delays up to each step.

    It is kept for other projections: do not change it.
    """
    low, high = delay.cdf(value_bounds(delay)[0]), delay.cdf(value_bounds(delay)[1])
    edges = [(step + 0.5 - 1e-9) * dt for step in range(first, last)]
    return np.array([min(1.0, max(0.0, (delay.cdf(x) - low) / (high - low))) for x in edges])


DelayRanges = Mapping[tuple[str, str], tuple[int, int]]
_NO_RANGES: DelayRanges = MappingProxyType({})


def exchange_interval(
    description: NetworkDescription, max_count: int, delay_ranges: DelayRanges = _NO_RANGES
) -> int:
    """Steps between two exchanges of spikes, as few as synapses need.

    `delay_ranges` are the shortest and longest delay, in steps, of projections whose delays are
    expressions or those of equation-based synapses, by name and part (`AXONAL` or `DENDRITIC`).

    Spikes are exchanged between the threshold and the synapses of a step. What is sent in step
    n acts from step n + d on, so the exchanges of steps n and n + d + 1 suffice. Where it acts
    before the threshold, they must be those of steps n and n + d.
    """
    shortest = min(
        (
            total_bounds(p, description.dt, delay_ranges)[0]
            + (not acts_at_once(description, p.target.group, p.receptor))
            for p in description.projections
        ),
        default=_MAX_INTERVAL_SPIKES,
    )
    return max(1, min(shortest, _MAX_INTERVAL_SPIKES // max(1, max_count), 1024))


def acts_at_once(description: NetworkDescription, group: int, receptor: int) -> bool:
    """Whether the events of a receptor act before the threshold of their step."""
    target = description.groups[group]
    assert isinstance(target, NeuronDescription)
    return target.receptors[receptor].before_threshold


def check_coincidences(
    description: NetworkDescription, delay_ranges: DelayRanges = _NO_RANGES
) -> None:
    """Check that no spike has to know those of its target that follow in the same step.

    Raises ParameterError if a rule ignores coincidences, events act before the threshold, and
    nothing is dendritic.
    """
    for p in description.projections:
        if (
            p.timing is not None
            and p.timing.coincidence == IGNORE
            and acts_at_once(description, p.target.group, p.receptor)
            and part_bounds(p, DENDRITIC, description.dt, delay_ranges)[0] == 0
        ):
            raise ParameterError(
                p.synapses or p.name,
                'coincidence="ignore" onto Delta, and a dendritic delay that can be 0 ms',
                "a spike acts on a Delta before its target can spike in the same step, so that it "
                "has to be on the dendrite then",
                "give the delay as dendritic_delay=, as NEST has it, or leave coincidence= out",
            )


def longest_delay(description: NetworkDescription, delay_ranges: DelayRanges = _NO_RANGES) -> int:
    """The largest possible delay of any synapse, in steps; see `exchange_interval`."""
    return max(
        (total_bounds(p, description.dt, delay_ranges)[1] for p in description.projections),
        default=0,
    )


def part_bounds(
    projection: ProjectionDescription, part: str, dt: float, delay_ranges: DelayRanges
) -> tuple[int, int]:
    """Shortest and longest axonal or dendritic delay (`part`: `AXONAL` or `DENDRITIC`), steps."""
    delay = getattr(projection, part)
    if isinstance(delay, Expression | SynapticValue):
        return delay_ranges[projection.name, part]
    return delay_bounds(projection.name, delay, dt)


def total_bounds(
    projection: ProjectionDescription, dt: float, delay_ranges: DelayRanges = _NO_RANGES
) -> tuple[int, int]:
    """Bounds of the sum of both parts of the delay, in steps.

    Raises ParameterError if the sum can be above `MAX_DELAY_STEPS`.
    """
    axonal, dendritic = (part_bounds(projection, p, dt, delay_ranges) for p in (AXONAL, DENDRITIC))
    first, last = axonal[0] + dendritic[0], axonal[1] + dendritic[1]
    if last > MAX_DELAY_STEPS:
        raise ParameterError(
            projection.name,
            f"delay and dendritic_delay together can be {last} steps of {dt} ms",
            f"delays must be <= {MAX_DELAY_STEPS} steps",
            "shorten them, or enlarge dt",
            delay=last * dt,
        )
    return first, last


@lru_cache(maxsize=256)
def _quantile_bound(delay: Distribution, low: float) -> float:
    top = max(low, 1e-3)
    target = delay.cdf(value_bounds(delay)[1]) - _TAIL
    while delay.cdf(top) < target:
        top *= 1.1
        if top > 1e12:
            break
    return top
