"""Keys of random streams: what is drawn depends on the seed, the purpose and a name."""

from __future__ import annotations

import hashlib


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
