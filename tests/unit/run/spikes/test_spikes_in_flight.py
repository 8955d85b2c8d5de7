from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distsnn.codegen.program_arguments import NETWORK, Argument, OfEfficacy, OfTable
from distsnn.kernels.deliver.deliver import NEVER, admit_spikes, collect_segments
from distsnn.run.spikes.spikes_in_flight import Flight, Ring, put_in_flight, spikes_in_flight

TILES, SOURCES, LONGEST = 3, 6, 12
TABLE, RELEASE = OfTable(0), OfEfficacy(0)["release"]
GIDS, BEGIN = NETWORK["gids"], NETWORK["begin"]
WINDOW = LONGEST + 4


def table(rng: np.random.Generator) -> dict[Argument, Any]:
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
        TABLE["row_of"]: row_of,
        TABLE["row_segment"]: np.array(row_segment, dtype=np.int64),
        TABLE["segment_delay"]: delay,
        TABLE["segment_synapse"]: np.arange(delay.size + 1, dtype=np.int64),
        TABLE["delays"]: np.unique(delay[delay != NEVER])[::-1].astype(np.int64).copy(),
        TABLE["n_tiles"]: TILES,
    }


def due(values: dict[Argument, Any], step: int) -> list[tuple[int, list[int]]]:
    """The segments that act in a step, of each tile."""
    found = []
    for tile in range(TILES):
        work = np.zeros((3, 256), dtype=np.int64)
        count = collect_segments(
            step, tile, values[TABLE["delays"]], values[BEGIN], values[GIDS].size,
            values[TABLE["segment_delay"]], values[TABLE["segment_synapse"]],
            values[TABLE["due_delay"]], values[TABLE["next_segment"]], work[0], work[1], work[2],
        )  # fmt: skip
        found.append((tile, work[0, :count].tolist()))
    return found


@pytest.mark.parametrize("last", [0, 1, 5, 30])
def test_spikes_that_were_put_back_act_as_before(last: int) -> None:
    rng = np.random.default_rng(last)
    ring = Ring(GIDS, BEGIN, None, (TABLE,), (RELEASE,))
    capacity = 256
    values = table(rng) | {
        GIDS: np.zeros(capacity, dtype=np.uint32),
        RELEASE: np.zeros(capacity),
        BEGIN: np.zeros(WINDOW, dtype=np.int64),
        TABLE["due_delay"]: np.zeros(TILES * capacity, dtype=np.int32),
        TABLE["next_segment"]: np.zeros(TILES * capacity, dtype=np.int64),
    }
    tail = 0
    for step in range(last):
        local = np.flatnonzero(rng.random(SOURCES) < 0.4)
        at = np.arange(tail, tail + local.size) & (capacity - 1)
        values[GIDS][at], values[RELEASE][at] = local, rng.random(local.size)
        admit_spikes(
            values[GIDS], tail, tail + local.size, values[TABLE["row_of"]], SOURCES, TILES,
            values[TABLE["row_segment"]], values[TABLE["segment_delay"]],
            values[TABLE["due_delay"]], values[TABLE["next_segment"]],
        )  # fmt: skip
        tail += local.size
        values[BEGIN][(step + 1) % WINDOW] = tail
        due(values, step)

    flight = spikes_in_flight(ring, values, last, LONGEST, tail)
    assert (flight.step >= last - LONGEST).all()
    assert flight.step.size == flight.neuron.size == flight.values[RELEASE].size
    capacity = 64
    again = values | {
        GIDS: np.zeros(capacity, dtype=np.uint32),
        RELEASE: np.zeros(capacity),
        # Of another length, as with another exchange interval.
        BEGIN: np.full(WINDOW + 3, -1, dtype=np.int64),
        TABLE["due_delay"]: np.zeros(TILES * capacity, dtype=np.int32),
        TABLE["next_segment"]: np.zeros(TILES * capacity, dtype=np.int64),
    }
    put_in_flight(ring, again, flight, last, LONGEST)
    taken = spikes_in_flight(ring, again, last, LONGEST, flight.step.size)
    for name in ("step", "neuron"):
        np.testing.assert_array_equal(getattr(taken, name), getattr(flight, name))
    np.testing.assert_array_equal(taken.values[RELEASE], flight.values[RELEASE])
    acted = 0
    for step in range(last, last + LONGEST + 1):
        for v, end in ((values, tail), (again, flight.step.size)):
            v[BEGIN][(step + 1) % v[BEGIN].size] = end
        before, after = due(values, step), due(again, step)
        assert before == after
        acted += sum(len(segments) for _, segments in after)
    assert (acted > 0) == (last > 0)


def test_no_spikes() -> None:
    ring = Ring(GIDS, BEGIN, None, ())
    values: dict[Argument, Any] = {
        GIDS: np.zeros(8, np.uint32),
        BEGIN: np.zeros(9, np.int64),
    }
    flight = spikes_in_flight(ring, values, 0, 5, 0)
    assert flight.step.size == 0
    put_in_flight(ring, values, Flight(flight.step, flight.neuron, {}), 0, 5)
    assert not values[BEGIN].any()
