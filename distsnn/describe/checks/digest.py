"""Digests of what users give: the same on every machine, and of large arrays computed once."""

from __future__ import annotations

import hashlib
import weakref

import numpy as np

# Smaller arrays are as fast to hash as to look up.
_LARGE = 1 << 12
_known: dict[int, tuple[weakref.ref[np.ndarray], bytes]] = {}


def digest_of(content: object) -> str:
    """SHA-256 (64 hexadecimal digits) of nested tuples of numbers, strings and arrays.

    Returns
    -------
    str
    """
    sha = hashlib.sha256()
    _feed(sha, content)
    return sha.hexdigest()


def array_digest(array: np.ndarray) -> bytes:
    """BLAKE2b (32 bytes) of the numbers of an array, which is kept if they cannot change.

    Parameters
    ----------
    array : ndarray
        Of any shape and dtype; both are no part of the digest.
    """
    fixed = array.flags.owndata and not array.flags.writeable and array.nbytes >= _LARGE
    if fixed and (found := _known.get(id(array))) is not None and found[0]() is array:
        return found[1]
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    digest = hashlib.blake2b(little.data, digest_size=32).digest()
    if fixed:
        key = id(array)
        _known[key] = weakref.ref(array, lambda _: _known.pop(key, None)), digest
    return digest


def _feed(sha: hashlib._Hash, value: object) -> None:
    if isinstance(value, tuple):
        sha.update(f"({len(value)}".encode())
        for item in value:
            _feed(sha, item)
    elif isinstance(value, np.ndarray):
        sha.update(f"a{value.dtype.newbyteorder('<').str}{value.shape}".encode())
        sha.update(array_digest(value))
    elif isinstance(value, float | np.floating):
        sha.update(f"f{float(value).hex()}".encode())
    elif isinstance(value, int | np.integer):
        sha.update(f"i{int(value)}".encode())
    else:
        sha.update(f"s{value!r}".encode())
    sha.update(b";")
