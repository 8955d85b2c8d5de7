"""Errors of attributes that users' objects do not have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from distsnn.describe.unsupported import METHODS
from distsnn.errors import ParameterError, UnknownNameError, unknown_name


def unknown_attribute(where: str, name: str, valid: Iterable[str]) -> AttributeError:
    """The error for an attribute that the object `where` does not have.

    It is an AttributeError, which hasattr() and the protocols for copies expect.
    """
    try:
        refuse_attribute(where, name)
        unknown_name(where, name, valid)
    except (AttributeError, UnknownNameError) as error:
        return AttributeError(str(error))


def refuse_attribute(where: str, name: str) -> None:
    """Raise AttributeError if `name` is an attribute of Brian 2's objects."""
    if name.endswith("_") and not name.startswith("_"):
        stem = name.rstrip("_")
        raise AttributeError(
            f"{where}: {name} is the number in SI units in Brian 2; here {stem} is a number in ms, "
            f"mV, pA, ... Divide {stem} by the unit that is wanted, for instance by second."
        )
    if name in METHODS:
        raise AttributeError(
            f"{where}: {name} of Brian 2 is not supported; {METHODS[name]}. Leave it out."
        )


def read_only(where: str, name: str, valid: Iterable[str]) -> ParameterError:
    """The error for a value that the object `where` computes and that was set."""
    return ParameterError(
        where,
        f"{name} was set, which is no variable of its own",
        "what can be set is " + (", ".join(valid) or "nothing"),
        "set one of these",
        name=name,
    )


class WithoutSome:
    """An object on which attributes of Brian 2 are refused that would have no effect."""

    def __setattr__(self, name: str, value: Any) -> None:
        refuse_attribute(type(self).__name__, name)
        super().__setattr__(name, value)
