from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distsnn.kernels.deliver.deliver import NEVER, admit_spikes, collect_segments
from distsnn.run.spikes.spikes_in_flight import Flight, Ring, put_in_flight, spikes_in_flight

TILES, SOURCES, LONGEST = 3, 6, 12
WINDOW = LONGEST + 4


def table(rng: np.random.Generator) -> dict[str, Any]:
    """Rows of some sources in some tiles, each with a few delays and an end."""
    row_of = np.full(TILES * SOURCES, -1, dtype=np.int32)
    rows = np.flatnonzero(rng.random(row_of.size) < 0.7)
    row_of[rows] = np.arange(rows.size)
    row_segment, delays = [0], []
    for _ in rows:
        local = np.sort(rng.choice(np.arange(LONGEST + 1), rng.integers(1, 5), replace=False))
        delays += [*local.tolist(), NEVER]
        row_segment.append(len(delays))
    delay = np.array(delays, dtype=np.uint16)
    return {
        "t0_row_of": row_of,
        "t0_row_segment": np.array(row_segment, dtype=np.int64),
        "t0_segment_delay": delay,
        "t0_segment_synapse": np.arange(delay.size + 1, dtype=np.int64),
        "t0_delays": np.unique(delay[delay != NEVER])[::-1].astype(np.int64).copy(),
        "t0_n_tiles": TILES,
    }


def due(values: dict[str, Any], step: int) -> list[tuple[int, list[int]]]:
    """The segments that act in a step, of each tile."""
    found = []
    for tile in range(TILES):
        work = np.zeros((3, 256), dtype=np.int64)
        count = collect_segments(
            step, tile, values["t0_delays"], values["begin"], values["gids"].size,
            values["t0_segment_delay"], values["t0_segment_synapse"], values["t0_due_delay"],
            values["t0_next_segment"], work[0], work[1], work[2],
        )  # fmt: skip
        found.append((tile, work[0, :count].tolist()))
    return found


@pytest.mark.parametrize("last", [0, 1, 5, 30])
def test_spikes_that_were_put_back_act_as_before(last: int) -> None:
    rng = np.random.default_rng(last)
    ring = Ring("gids", "begin", None, ("t0",), ("r0_release",))
    capacity = 256
    values = table(rng) | {
        "gids": np.zeros(capacity, dtype=np.uint32),
        "r0_release": np.zeros(capacity),
        "begin": np.zeros(WINDOW, dtype=np.int64),
        "t0_due_delay": np.zeros(TILES * capacity, dtype=np.int32),
        "t0_next_segment": np.zeros(TILES * capacity, dtype=np.int64),
    }
    tail = 0
    for step in range(last):
        local = np.flatnonzero(rng.random(SOURCES) < 0.4)
        at = np.arange(tail, tail + local.size) & (capacity - 1)
        values["gids"][at], values["r0_release"][at] = local, rng.random(local.size)
        admit_spikes(
            values["gids"], tail, tail + local.size, values["t0_row_of"], SOURCES, TILES,
            values["t0_row_segment"], values["t0_segment_delay"], values["t0_due_delay"],
            values["t0_next_segment"],
        )  # fmt: skip
        tail += local.size
        values["begin"][(step + 1) % WINDOW] = tail
        due(values, step)

    flight = spikes_in_flight(ring, values, last, LONGEST, tail)
    assert (flight.step >= last - LONGEST).all()
    assert flight.step.size == flight.neuron.size == flight.values["r0_release"].size
    capacity = 64
    again = values | {
        "gids": np.zeros(capacity, dtype=np.uint32),
        "r0_release": np.zeros(capacity),
        # Of another length, as with another exchange interval.
        "begin": np.full(WINDOW + 3, -1, dtype=np.int64),
        "t0_due_delay": np.zeros(TILES * capacity, dtype=np.int32),
        "t0_next_segment": np.zeros(TILES * capacity, dtype=np.int64),
    }
    put_in_flight(ring, again, flight, last, LONGEST)
    taken = spikes_in_flight(ring, again, last, LONGEST, flight.step.size)
    for name in ("step", "neuron"):
        np.testing.assert_array_equal(getattr(taken, name), getattr(flight, name))
    np.testing.assert_array_equal(taken.values["r0_release"], flight.values["r0_release"])
    acted = 0
    for step in range(last, last + LONGEST + 1):
        for v, end in ((values, tail), (again, flight.step.size)):
            v["begin"][(step + 1) % v["begin"].size] = end
        before, after = due(values, step), due(again, step)
        assert before == after
        acted += sum(len(segments) for _, segments in after)
    assert (acted > 0) == (last > 0)


def test_no_spikes() -> None:
    ring = Ring("gids", "begin", None, ())
    values: dict[str, Any] = {"gids": np.zeros(8, np.uint32), "begin": np.zeros(9, np.int64)}
    flight = spikes_in_flight(ring, values, 0, 5, 0)
    assert flight.step.size == 0
    put_in_flight(ring, values, Flight(flight.step, flight.neuron, {}), 0, 5)
    assert not values["begin"].any()
