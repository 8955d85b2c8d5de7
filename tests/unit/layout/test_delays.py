"""Delays in steps, and the exchange interval."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.describe.values.given import Value
from distsnn.errors import ParameterError
from distsnn.layout.delays import (
    MAX_DELAY_STEPS,
    delay_bounds,
    delay_thresholds,
    exchange_interval,
    longest_delay,
)


@pytest.mark.parametrize(
    ("delay", "bounds"),
    [
        (0.0, (0, 0)),
        (1.15, (12, 12)),
        (np.array([0.3, 0.05, 2.0]), (1, 20)),
        (snn.Uniform(0.5, 2.0), (5, 20)),
        (snn.Normal(1.0, 0.0), (10, 10)),
        (snn.Normal(1.0, 0.1, low=0.2, high=1.5), (2, 15)),
        (snn.LogNormal(0.0, 0.0), (10, 10)),
    ],
)
def test_bounds(delay: Value, bounds: tuple[int, int]) -> None:
    assert delay_bounds("S", delay, 0.1) == bounds


def test_open_distributions_end_where_nothing_is_left() -> None:
    first, last = delay_bounds("S", snn.Normal(1.5, 0.75, low=0.1), 0.1)
    assert first == 1
    assert 15 + 8.2 * 7.5 < last < 1.2 * (15 + 8.3 * 7.5)


@pytest.mark.parametrize(
    ("delay", "message"),
    [
        (-0.1, r"S: delay can be -0.1 ms; delays must be >= 0 ms. [cC]orrect delay="),
        (np.array([1.0, -3.0]), "delay can be -3.0 ms"),
        (
            snn.Normal(1.5, 0.75),
            r"delay can be -inf ms; delays must be >= 0 ms. [bB]ound the distribution with low=0",
        ),
        (snn.Uniform(-1.0, 1.0), "delay can be -1.0 ms"),
        (7000.0, "delay can be 7000.0 ms, which is 70000 steps of 0.1 ms"),
        (snn.LogNormal(5.0, 2.0), "delays must be <= 65534 steps"),
    ],
)
def test_impossible_delays(delay: Value, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        delay_bounds("S", delay, 0.1)


def test_the_longest_delay_is_possible() -> None:
    assert delay_bounds("S", MAX_DELAY_STEPS * 0.1, 0.1)[1] == MAX_DELAY_STEPS


@pytest.mark.parametrize(
    "delay",
    [
        snn.Uniform(0.12, 1.77),
        snn.Normal(1.0, 0.4, low=0.3, high=2.2),
        snn.LogNormal(0.0, 0.5, low=0.2, high=3.0),
        snn.Normal(1.0, 0.3, low=0.0),
    ],
)
def test_thresholds_are_probabilities_of_steps(delay: Value) -> None:
    first, last = delay_bounds("S", delay, 0.1)
    cumulative = delay_thresholds(delay, 0.1, first, last)
    assert cumulative.size == last - first
    assert np.all(np.diff(cumulative) >= 0)
    low, high = delay.cdf(delay.low), delay.cdf(min(delay.high, 1e9))
    for step, found in zip(range(first, last), cumulative, strict=True):
        expected = (delay.cdf((step + 0.5) * 0.1) - low) / (high - low)
        assert found == pytest.approx(min(1.0, max(0.0, expected)), abs=1e-7)


def network(*delays: Value) -> snn.Network:
    cells = snn.NeuronGroup(10, snn.LIF())
    receptor = snn.Exponential(3.0)
    synapses = []
    for delay in delays:
        synapses.append(snn.Synapses(cells, cells, receptor, weight=1.0, delay=delay))
        synapses[-1].connect(snn.FixedIndegree(2))
    return snn.Network(cells, synapses)


@pytest.mark.parametrize(
    ("delays", "interval", "longest"),
    [
        ((0.0, 2.0), 1, 20),
        ((0.1,), 2, 1),
        ((1.5, snn.Uniform(0.8, 3.0)), 9, 30),
        ((), 1024, 0),
        ((500.0,), 1024, 5000),
    ],
)
def test_interval(delays: tuple[Value, ...], interval: int, longest: int) -> None:
    description = network(*delays).description
    assert exchange_interval(description, 10) == interval
    assert longest_delay(description) == longest


@pytest.mark.parametrize(
    ("delays", "interval"), [((0.0,), 1), ((0.1,), 1), ((1.5, 0.7), 7), ((500.0,), 1024)]
)
def test_an_interval_is_one_step_less_where_events_act_before_the_threshold(
    delays: tuple[float, ...], interval: int
) -> None:
    cells = snn.NeuronGroup(5, snn.LIF())
    synapses = [snn.Synapses(cells, cells, snn.Delta(), weight=1.0, delay=d) for d in delays]
    for made in synapses:
        made.connect(snn.FixedIndegree(2))
    assert exchange_interval(snn.Network(cells, synapses).description, 10) == interval


def test_an_interval_fits_the_memory() -> None:
    description = network(50.0).description
    assert exchange_interval(description, 10_000_000) == 1
    assert exchange_interval(description, 1 << 20) == 16
