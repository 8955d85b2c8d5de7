"""Kernels of the backward pass beside obvious loops."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from distsnn.kernels.adjoint.backward import (
    NEURON_NUMBERS,
    NEVER,
    RECEPTOR_NUMBERS,
    pull_steps,
)
from distsnn.kernels.adjoint.backward_rows import BETWEEN, CHUNK, ON_GRID, SILENT, pull_rows
from distsnn.kernels.adjoint.exact_sum import LARGEST, LIMBS, UNITS, add_exactly, read_sums


def exact(values: np.ndarray) -> float:
    return float(sum(map(Fraction, values.tolist()), Fraction(0)))


def test_sums_are_exact_in_any_order() -> None:
    draw = np.random.default_rng(1)
    for scale in (1e-30, 1e-3, 1.0, 1e20):
        values = draw.normal(size=3000) * scale * 10.0 ** draw.uniform(-12, 6, 3000)
        # What is left of numbers that cancel.
        values = np.concatenate([values, -values[:2900]])
        found = []
        for order, size in ((np.arange(values.size), 7), (draw.permutation(values.size), 900)):
            parts = np.zeros((3, LIMBS), dtype=np.int64)
            for k, begin in enumerate(range(0, values.size, size)):
                chunk = values[order[begin : begin + size]]
                assert add_exactly(parts[k % 3], 0, chunk, chunk.size, np.empty(chunk.size))
            sums = np.zeros(1)
            read_sums(parts.sum(axis=0), UNITS, sums)
            found.append(sums[0])
        assert found[0] == found[1]
        assert abs(found[0] - exact(values)) <= 4e-16 * abs(exact(values))
    limbs = np.zeros(LIMBS, dtype=np.int64)
    for value in (np.nan, np.inf, -np.inf, LARGEST, -LARGEST):
        assert not add_exactly(limbs, 0, np.array([1.0, value]), 2, np.empty(2))
    assert not limbs.any()


def test_numbers_near_the_last_unit() -> None:
    """Each is rounded alone, whatever is added with it, so that sums have no order."""
    last = UNITS[-1]
    values = np.array([0.3, 0.5, 0.7, 1.5, -0.6, -2.5, 0.0, 1e-20, 3.2e8]) * last
    alone = np.zeros(LIMBS, dtype=np.int64)
    for value in values:
        assert add_exactly(alone, 0, np.array([value]), 1, np.empty(1))
    for first in range(values.size):
        together, rolled = np.zeros(LIMBS, dtype=np.int64), np.roll(values, first)
        assert add_exactly(together, 0, rolled, rolled.size, np.empty(rolled.size))
        # Below the last unit only, all is in one whole number.
        assert together.tolist() == alone.tolist()
    assert alone[-1] != 0


def test_rows_beside_loops() -> None:
    draw = np.random.default_rng(2)
    sources, targets, window, end = 6, 5, 12, 40
    counts = draw.integers(0, 7, sources)
    begins = np.concatenate([[0], np.cumsum(counts)])
    n = begins[-1]
    target, weight = draw.integers(0, targets, n).astype(np.int32), draw.normal(size=n)
    delay = np.concatenate([np.sort(draw.integers(3, 9, c)) for c in counts]).astype(np.int32)
    step = np.sort(draw.integers(30, 38, 14))
    row, early = draw.integers(-1, sources, 14), draw.uniform(0.0, 0.1, 14)
    cases = [(how, cut) for how in (ON_GRID, BETWEEN, SILENT) for cut in (False, True)]
    for how, cut in cases[:-1]:
        entries = 4 if how == BETWEEN else 2
        pulled, jump = draw.normal(size=(window, targets, entries)), draw.normal(size=60)
        if how == BETWEEN:
            pulled[..., 3] = draw.choice([0.05, np.inf], (window, targets))
        by_weight, by_delay = np.zeros(n), np.zeros(n)
        limbs = np.zeros(14 * LIMBS, dtype=np.int64)
        assert pull_rows(
            how, step, early, row, begins, target, delay, weight, pulled.ravel(), jump, targets,
            window, end, 31, cut, by_weight, by_delay, limbs, np.empty(CHUNK), np.empty(CHUNK),
        )  # fmt: skip
        sums, expected = np.zeros(14), np.zeros(14)
        read_sums(limbs, UNITS, sums)
        of_weight, of_delay = np.zeros(n), np.zeros(n)
        for q in reversed(range(14)):
            if row[q] < 0 or step[q] < 31:
                continue
            for e in range(begins[row[q]], begins[row[q] + 1]):
                state = step[q] + delay[e]
                if state >= end:
                    continue
                x, time, *more = pulled[state % window, target[e]]
                if how == BETWEEN:
                    # Taylor's series of a derivative whose slope may jump on the way.
                    back, (bend, edge) = early[q], more
                    beyond = max(0.0, back - edge)
                    by_jump = jump.reshape(window, targets)[state % window, target[e]]
                    x += -back * time + 0.5 * back**2 * bend + beyond * by_jump
                    time -= back * bend + (by_jump if beyond else 0.0)
                if how == SILENT:
                    expected[q] += weight[e] * x
                    continue
                of_weight[e] += x
                of_delay[e] += weight[e] * time
                expected[q] += 0.0 if cut else weight[e] * time
        np.testing.assert_allclose(by_weight, of_weight, rtol=1e-12)
        np.testing.assert_allclose(by_delay, of_delay, rtol=1e-12)
        np.testing.assert_allclose(sums, expected, rtol=1e-12, atol=1e-13)


def test_steps_are_the_transpose_of_a_step() -> None:
    """Without spikes derivatives go through the transpose of the matrix of a step."""
    draw = np.random.default_rng(3)
    n, R, window, states = 4, 2, 5, 9
    neuron = draw.uniform(0.5, 1.0, (NEURON_NUMBERS, n))
    receptor = draw.uniform(0.5, 1.0, (R, RECEPTOR_NUMBERS, n))
    # The first receptor is an exponential one; events of the other do not act on the slope.
    receptor[0, [1, 3, 6]] = 0.0
    receptor[1, 4] = 0.0
    by_membrane, by_receptor = np.zeros(n), np.zeros((R * 2, n))
    voltage = draw.normal(size=(states, 2))
    pulled, current = np.zeros((R, window, n, 2)), np.zeros(n)
    none = np.empty(0)
    no_spikes = np.empty(0, dtype=np.int64)
    by_voltage = np.zeros((states, n))
    by_voltage[:, [1, 3]] = voltage
    pull_steps(
        states - 1, 0, states - 1, window, neuron, receptor, R, by_membrane, by_receptor,
        np.full(n, NEVER), np.zeros(n), current, pulled, by_voltage,
        np.zeros(states + 1, dtype=np.int64), no_spikes, no_spikes, *[none] * 6,
    )  # fmt: skip
    for lid in range(n):
        matrix = np.zeros((1 + 2 * R, 1 + 2 * R))
        matrix[0, 0] = neuron[0, lid]
        for r in range(R):
            decay, rise, gain, gain_of_rise = receptor[r, :4, lid]
            x, h = 1 + 2 * r, 2 + 2 * r
            matrix[0, [x, h]] = gain, gain_of_rise
            matrix[x, [x, h]] = decay, rise * decay
            matrix[h, h] = decay
        state, by_current = np.zeros(1 + 2 * R), 0.0
        for q in reversed(range(states)):
            by_current += state[0] * neuron[1, lid]
            state = matrix.T @ state
            if lid in (1, 3):
                state[0] += voltage[q, (1, 3).index(lid)]
        np.testing.assert_allclose(by_membrane[lid], state[0], rtol=1e-13)
        np.testing.assert_allclose(by_receptor[:, lid], state[1:], rtol=1e-13)
        np.testing.assert_allclose(current[lid], by_current, rtol=1e-13)
        at = pulled[:, 0, lid]
        for r in range(R):
            x, h = state[1 + 2 * r : 3 + 2 * r]
            by_membrane_now, by_x, by_rise = receptor[r, 4:, lid]
            np.testing.assert_allclose(at[r, 0], h if r else x)
            # What the potential counts for before the event does not reach it.
            reached = state[0] - (0.5 * voltage[0, (1, 3).index(lid)] if lid in (1, 3) else 0.0)
            time = -(reached * by_membrane_now + x * by_x + h * by_rise)
            np.testing.assert_allclose(at[r, 1], time, rtol=1e-12)
