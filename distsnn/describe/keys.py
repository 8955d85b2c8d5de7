"""Keys of random streams: what is drawn depends on the seed, the purpose and a name."""

from __future__ import annotations

import hashlib
from typing import Protocol


def stream_key(seed: int, purpose: str, name: str) -> tuple[int, int]:
    r"""Make the Philox key of one stream of random numbers.

    Parameters
    ----------
    seed : int
        Seed of the network.
    purpose : str
        What is drawn, for instance ``"edges"`` or ``"weight"``.
    name : str
        The object it is drawn for.

    Returns
    -------
    tuple of two int
        Two words of 32 bits: the first 8 bytes, little endian, of the BLAKE2b digest of
        ``f"{seed}\0{purpose}\0{name}"``.
    """
    digest = hashlib.blake2b(f"{seed}\0{purpose}\0{name}".encode()).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")


class Draws(Protocol):
    """An assignment that may draw."""

    @property
    def drawn(self) -> tuple[int, int] | None:
        """The seed set before, and the number of draws since; None if these do not matter."""


def assignment_key(
    seed: int, made: Draws, purpose: str, name: str, trial: int = 0
) -> tuple[int, int]:
    """Key of what an assignment to variables of the object `name` draws.

    It is that of `stream_key`, unless a script in Brian 2's dialect has set a seed: then the draws
    since, in their order, have keys that know of no object.
    """
    if made.drawn is None:
        return stream_key(seed, in_trial(purpose, trial), name)
    return draw_key(made.drawn, trial)


def draw_key(drawn: tuple[int, int], trial: int = 0) -> tuple[int, int]:
    """Key of a draw since a seed was set; see `Draws`."""
    return stream_key(drawn[0], in_trial(f"draw {drawn[1]}", trial), "")


def in_trial(purpose: str, trial: int) -> str:
    """The purpose of what is drawn, in a trial of the network; trial 0 is that without trials."""
    return f"{purpose} in trial {trial}" if trial else purpose
