"""Errors and turns that ranks share."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from distsnn.errors import DistsnnError, RankError
from distsnn.exchange.agreement import ranks_named
from distsnn.exchange.worlds.world import World


@contextmanager
def raising_together(world: World, where: str) -> Iterator[None]:
    """Make an error of any rank an error of all ranks. Collective.

    After the block all ranks compare what happened. If none failed, nothing happens. If all
    failed with the same message, each raises its own error. Else every rank raises a
    `RankError` with the message of the lowest rank that failed, and every other one with its
    ranks. With one rank the block runs
    as if nothing were around it.

    The block itself must not contain collective calls that an error could skip.

    Raises
    ------
    RankError
        If some but not all ranks failed, or with different messages. Fields: ``rank`` (int),
        ``message`` (str), ``trace`` (str, the traceback; empty for errors that distsnn
        raises on purpose).
    """
    if world.size == 1:
        yield
        return
    error: Exception | None = None
    try:
        yield
    except Exception as raised:  # noqa: BLE001 - shared with the other ranks and raised below
        error = raised
    outcomes = world.allgather_object(None if error is None else _outcome(error))
    failed = [rank for rank, outcome in enumerate(outcomes) if outcome is not None]
    if not failed:
        return
    if error is not None and len({outcome and outcome[0] for outcome in outcomes}) == 1:
        raise error
    message, trace = outcomes[failed[0]]
    # Others may have failed of something else.
    of_ranks: dict[str, list[int]] = {}
    for rank in failed:
        of_ranks.setdefault(outcomes[rank][0], []).append(rank)
    message += "".join(
        f"\n  {ranks_named(ranks)} of {world.size}: {report}"
        for report, ranks in of_ranks.items()
        if failed[0] not in ranks
    )
    raise RankError(
        where, f"rank {failed[0]} failed: {message}", rank=failed[0], message=message, trace=trace
    ) from error


def _outcome(error: Exception) -> tuple[str, str]:
    """Message and traceback of an error; the error itself may not be picklable."""
    if isinstance(error, RankError):
        return error.message, error.trace
    if isinstance(error, DistsnnError):
        return str(error), ""
    return f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error))


@contextmanager
def one_per_host_first(world: World) -> Iterator[None]:
    """Let the first rank of each host run the block before the others. Collective.

    For work that fills a cache the ranks of a host share, such as compiled kernels: numba
    does not lock its cache against several writers. The block must not contain collective
    calls.
    """
    if world.size == 1:
        yield
        return
    first = world.allgather_object(world.host).index(world.host) == world.rank
    if not first:
        world.barrier()
    try:
        yield
    finally:
        # Also after an error, or the others would wait forever.
        if first:
            world.barrier()
