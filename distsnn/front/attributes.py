"""Errors of attributes that users' objects do not have."""

from __future__ import annotations

from collections.abc import Iterable

from distsnn.describe.unsupported import METHODS
from distsnn.errors import UnknownNameError, unknown_name


def unknown_attribute(where: str, name: str, valid: Iterable[str]) -> AttributeError:
    """The error for an attribute that the object `where` does not have.

    It is an AttributeError, which hasattr() and the protocols for copies expect.
    """
    if name in METHODS:
        return AttributeError(
            f"{where}: {name} of Brian 2 is not supported; {METHODS[name]}. Leave it out."
        )
    try:
        unknown_name(where, name, valid)
    except UnknownNameError as error:
        return AttributeError(str(error))
