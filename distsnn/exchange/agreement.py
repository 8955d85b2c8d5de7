"""Ranks that call the same thing with the same values, or say what differs before they begin."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from distsnn.errors import ParameterError
from distsnn.exchange.worlds.world import World

_MARK = "distsnn call"
_MOST_NAMED = 3


def _nothing() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Call:
    """A call that all ranks make.

    Parameters
    ----------
    name : str
        As a user writes it.
    arguments : mapping of str to object
        Those that all ranks must give alike; ``repr`` tells them apart.
    digest : str
        Digest of what it is called on.
    outline : callable
        The same as short texts by place; asked for only where digests differ.
    """

    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    digest: str = ""
    outline: Callable[[], Mapping[str, str]] = _nothing

    @property
    def words(self) -> tuple[str, str, bytes]:
        """Values that ranks compare."""
        found = hashlib.blake2b(digest_size=16)
        for text in (*map(repr, sorted(self.arguments.items())), self.digest):
            found.update(text.encode() + b"\0")
        return _MARK, self.name, found.digest()


def agree(world: World, call: Call) -> None:
    """Check that every rank makes this call, with the same arguments, on the same. Collective.

    Raises ParameterError if ranks differ, on all of them; the message names what differs and on
    which ranks.
    """
    if world.size == 1:
        return
    local = call.words
    words = world.allgather_object(local)
    if all(other == local for other in words):
        return
    names = [_name_of(other) for other in words]
    if len(set(names)) > 1:
        _refuse(
            call.name,
            f"ranks do different things: {_listed(_by_rank(names))}",
            "all ranks make the same calls in the same order",
            "Keep calls of networks out of branches that depend on the rank.",
        )
    # One rank of each kind says what it has.
    kinds = [rank for rank, other in enumerate(words) if words.index(other) == rank]
    kinds = kinds[: _MOST_NAMED + 1]
    mine = {f"argument {name}": repr(value) for name, value in call.arguments.items()}
    mine |= call.outline() if world.rank in kinds else {}
    told = [world.bcast_object(mine, root=rank) for rank in kinds]
    ranks = [[r for r, other in enumerate(words) if other == words[kind]] for kind in kinds]
    _refuse(
        call.name,
        f"ranks describe different networks or give different arguments: {_named(told, ranks)}",
        "all ranks run the same script with the same values",
        "Give random generators the same seed on all ranks, or draw on one rank and send the "
        "values to the others.",
    )


def _refuse(where: str, what: str, allowed: str, advice: str) -> NoReturn:
    raise ParameterError(where, what, allowed, advice)


def _name_of(words: object) -> str:
    if isinstance(words, tuple) and len(words) == 3 and words[0] == _MARK:
        return str(words[1])
    return "another exchange of data"


def _by_rank(values: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for rank, value in enumerate(values):
        found.setdefault(value, []).append(rank)
    return found


def _listed(found: Mapping[str, Sequence[int]]) -> str:
    return ", ".join(f"{value} on {ranks_named(ranks)}" for value, ranks in found.items())


def _named(told: Sequence[Mapping[str, str]], ranks: Sequence[Sequence[int]]) -> str:
    """The first few places where ranks differ, with the values of each kind of ranks."""
    paths = [
        path
        for path in dict.fromkeys(path for one in told for path in one)
        if len({one.get(path) for one in told}) > 1
    ]
    strings = []
    for path in paths[:_MOST_NAMED]:
        values: dict[str, list[int]] = {}
        for one, of_kind in zip(told, ranks, strict=True):
            values.setdefault(one.get(path, "not there"), []).extend(of_kind)
        strings.append(f"{path} is {_listed({v: sorted(r) for v, r in values.items()})}")
    more = len(paths) - len(strings)
    return "; ".join(strings) + (f"; and {more} more" if more > 0 else "")


def ranks_named(ranks: Sequence[int]) -> str:
    """Some ranks in words, ascending: ``rank 2``, ``ranks 0, 1 and 5``."""
    shown = [str(rank) for rank in ranks[:_MOST_NAMED]]
    more = len(ranks) - len(shown)
    if more > 0:
        shown.append(f"{more} more")
    if len(shown) == 1:
        return f"rank {shown[0]}"
    return f"ranks {', '.join(shown[:-1])} and {shown[-1]}"
