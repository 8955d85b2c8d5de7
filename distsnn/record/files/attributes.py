"""Attributes of HDF5 files that several ranks write with the same calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import h5py


def set_attributes(item: h5py.Group | h5py.Dataset, values: Mapping[str, Any]) -> None:
    """Set attributes in the given order, also where there are others of these names. Collective.

    Parameters
    ----------
    values : mapping of str to value
    """
    for name, value in values.items():
        if name in item.attrs:
            # Else some versions of h5py (3.7 is one) write the value under a random name before
            # they rename it. The names of ranks differ, and so do the trees in which HDF5 stores
            # more than eight attributes: ranks that write together lose step.
            del item.attrs[name]
        item.attrs[name] = value
