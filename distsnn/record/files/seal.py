"""A digest of everything in a finished file but its data, which has checksums of its own."""

from __future__ import annotations

import hashlib

import h5py
import numpy as np

from distsnn.record.files.attributes import set_attributes

_SEAL = "sealed"


def seal(file: h5py.File, group: str) -> None:
    """Write the digest of a file that is complete, as an attribute of a group. Collective."""
    set_attributes(file[group], {_SEAL: _digest(file)})


def is_sealed(file: h5py.File, group: str) -> bool:
    """Whether a file has a digest, and it is that of the file."""
    found = file[group].attrs.get(_SEAL)
    return found is not None and np.array_equal(found, _digest(file))


def _digest(file: h5py.File) -> np.ndarray:
    """Digest (uint8 (32,)) of names, kinds, shapes, types, storage and attributes."""
    names: list[str] = ["/"]
    file.visit(names.append)
    sha = hashlib.sha256()
    for name in sorted(names):
        item = file[name]
        described = [name, type(item).__name__]
        if isinstance(item, h5py.Dataset):
            described += [
                repr(item.shape),
                item.dtype.str,
                repr(item.chunks),
                repr(item.fletcher32),
            ]
            described += [repr(item.compression), repr(item.compression_opts), repr(item.shuffle)]
        for key in sorted(set(item.attrs) - {_SEAL}):
            described += [key, _text_of(item.attrs[key])]
        for text in described:
            encoded = text.encode(errors="surrogateescape")
            sha.update(f"{len(encoded)}:".encode() + encoded)
    return np.frombuffer(sha.digest(), dtype=np.uint8)


def _text_of(value: object) -> str:
    """The value, however this version of numpy writes it."""
    if isinstance(value, str):
        return value
    array = np.asarray(value)
    return f"{array.dtype.str}{array.shape}{array.tolist()!r}"
