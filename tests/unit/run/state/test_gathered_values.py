"""Gathered values against the values of all that were divided among ranks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pytest

from distsnn.errors import ParameterError
from distsnn.exchange import Call, World, agree, run_loopback
from distsnn.run.state import gathered_values
from distsnn.run.state.gathered_values import GatheredValues

KEYS = np.stack(np.unravel_index(np.random.default_rng(1).permutation(210)[:90], (5, 6, 7)))
KEYS = KEYS[:, np.lexsort(KEYS[::-1])]
VALUES = {"w": np.arange(90.0), "x": np.arange(90.0) ** 2}


@dataclass(frozen=True)
class Part:
    """What one worker has."""

    mine: np.ndarray
    name: str = "S"
    variables: tuple[str, ...] = ("w", "x")

    @property
    def size(self) -> int:
        return int(self.mine.size)

    def read(
        self, variables: Iterable[str]
    ) -> tuple[Callable[[], np.ndarray], dict[str, np.ndarray]]:
        return lambda: KEYS[:, self.mine], {name: VALUES[name][self.mine] for name in variables}


def parts_of(world: World, workers: int) -> list[Part]:
    owner = np.random.default_rng(2).integers(0, world.size * workers, 90)
    return [Part(np.flatnonzero(owner == world.rank * workers + k)) for k in range(workers)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("copied", [False, True])
def test_every_rank_reads_all_values_in_order(count: int, workers: int, copied: bool) -> None:
    def read(world: World) -> list[np.ndarray]:
        values = GatheredValues(world, parts_of(world, workers), copied)
        assert (values.everywhere is None) == (count == 1 and not copied)
        # What is read may be changed.
        values.read("w")[0][:] = -1.0
        if values.everywhere is not None:
            values.everywhere["w"][5] = 7.5
        local = values.local(["x"])
        return [*values.read("w", "x"), np.concatenate([mine["x"] for mine in local])]

    found = run_loopback(count, read)
    expected = VALUES["w"].copy()
    if count > 1 or copied:
        expected[5] = 7.5
    for w, x, _ in found:
        assert np.array_equal(w, expected)
        assert np.array_equal(x, VALUES["x"])
    assert np.array_equal(np.sort(np.concatenate([local for *_, local in found])), VALUES["x"])


def test_too_many_values_are_read_by_all_ranks_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered_values, "MOST_VALUES", 2 * 90 - 1)

    def read(world: World) -> np.ndarray:
        values = GatheredValues(world, parts_of(world, 2))
        assert values.everywhere is None
        return values.read("x")[0]

    def read_on_one_rank(world: World) -> str:
        values = GatheredValues(world, parts_of(world, 1))
        with pytest.raises(ParameterError) as raised:
            values.read("w") if world.rank == 1 else agree(world, Call("Network.run"))
        return str(raised.value)

    for count in (1, 3):
        for found in run_loopback(count, read):
            assert np.array_equal(found, VALUES["x"])
    for said in run_loopback(3, read_on_one_rank):
        assert "Network.run on ranks 0 and 2, reading w of S on rank 1" in said
