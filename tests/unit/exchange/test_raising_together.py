from __future__ import annotations

import threading
from pathlib import Path

import pytest

from distsnn.errors import ParameterError, RankError
from distsnn.exchange import (
    SerialWorld,
    World,
    one_per_host_first,
    raising_together,
    run_loopback,
)


def outcome_of(world: World, failing: dict[int, Exception]) -> Exception | None:
    try:
        with raising_together(world, "build"):
            if world.rank in failing:
                raise failing[world.rank]
    except Exception as error:  # noqa: BLE001 - it is the result
        return error
    return None


def outcomes(size: int, failing: dict[int, Exception]) -> list[Exception | None]:
    return run_loopback(size, lambda world: outcome_of(world, failing))


def test_no_error() -> None:
    assert outcomes(3, {}) == [None] * 3


def test_error_of_one_rank_is_raised_by_all() -> None:
    for error in outcomes(3, {1: ParameterError("LIF", "tau_m is -1 ms")}):
        assert isinstance(error, RankError)
        assert error.rank == 1
        assert error.message == "LIF: tau_m is -1 ms."
        assert error.trace == ""
        assert str(error) == "build: rank 1 failed: LIF: tau_m is -1 ms."


def test_the_lowest_rank_is_named() -> None:
    errors = outcomes(4, {3: ValueError("c"), 1: ValueError("a"), 2: KeyError("b")})
    said = "ValueError: a\n  rank 2 of 4: KeyError: 'b'\n  rank 3 of 4: ValueError: c"
    assert {error.message for error in errors} == {said}
    assert {error.rank for error in errors} == {1}
    assert all("Traceback" in error.trace for error in errors)


def test_same_error_on_all_ranks_stays_what_it_is() -> None:
    errors = outcomes(3, {rank: ParameterError("LIF", "wrong") for rank in range(3)})
    assert {type(error) for error in errors} == {ParameterError}


def test_different_errors_on_all_ranks() -> None:
    errors = outcomes(2, {0: ValueError("a"), 1: ValueError("b")})
    said = {"build: rank 0 failed: ValueError: a\n  rank 1 of 2: ValueError: b."}
    assert {str(error) for error in errors} == said
    errors = outcomes(4, {rank: ValueError("a" if rank == 1 else "b") for rank in (1, 2, 3)})
    assert {error.message for error in errors} == {
        "ValueError: a\n  ranks 2 and 3 of 4: ValueError: b"
    }


def test_the_own_error_is_kept_as_the_cause() -> None:
    cause = ValueError("a")
    assert outcomes(2, {1: cause})[1].__cause__ is cause


def test_error_that_cannot_be_pickled() -> None:
    errors = outcomes(2, {0: ValueError(threading.Lock())})
    assert all(isinstance(error, RankError) for error in errors)


def test_nested_blocks_keep_the_first_rank_and_message() -> None:
    def play(world: World) -> str:
        inner = outcome_of(world, {1: ValueError("a")})
        try:
            with raising_together(world, "outer"):
                if world.rank == 0:
                    raise inner
        except RankError as error:
            return error.message
        return "no error"

    assert run_loopback(2, play) == ["ValueError: a"] * 2


def test_one_rank_is_transparent() -> None:
    error = ValueError("a")
    assert outcome_of(SerialWorld(), {0: error}) is error
    assert outcome_of(SerialWorld(), {}) is None


@pytest.mark.parametrize("size", [1, 3])
def test_one_per_host_first(size: int, tmp_path: Path) -> None:
    def play(world: World) -> bool:
        with one_per_host_first(world):
            found = (tmp_path / "made").exists()
            (tmp_path / "made").touch()
        return found

    assert run_loopback(size, play) == [False] + [True] * (size - 1)


def test_each_host_has_a_first() -> None:
    order = []

    def play(world: World) -> None:
        world.host = "ab"[world.rank // 2]
        with one_per_host_first(world):
            order.append(world.rank)

    run_loopback(4, play)
    assert set(order[:2]) == {0, 2}


def test_error_of_the_first_does_not_block_the_others() -> None:
    def play(world: World) -> None:
        with raising_together(world, "compile"), one_per_host_first(world):
            if world.rank == 0:
                raise ValueError("a")

    with pytest.raises(RankError, match="rank 0 failed"):
        run_loopback(3, play)
