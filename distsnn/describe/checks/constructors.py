"""Constructors that list their parameters when they get one they do not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import is_dataclass
from functools import wraps
from inspect import signature
from typing import Any, NoReturn, TypeVar

from distsnn.describe.checks.settable import fixed
from distsnn.describe.checks.unsupported import ARGUMENTS
from distsnn.errors import (
    ParameterError,
    UnknownArgumentError,
    UnknownNameError,
    unknown_name,
)

T = TypeVar("T")


def refuse_argument(where: str, name: str, names: Sequence[str]) -> None:
    """Raise ParameterError if `name` is an argument that Brian 2 has; `names` are those here."""
    if name in ARGUMENTS:
        raise ParameterError(
            where,
            f"{name}= of Brian 2 is not supported: {ARGUMENTS[name]}",
            f"arguments are {', '.join(names)}",
            "leave it out",
        )


def unknown_argument(where: str, name: str, names: Sequence[str]) -> NoReturn:
    """Raise UnknownArgumentError for an argument that `where` does not have."""
    try:
        unknown_name(where, name, names)
    except UnknownNameError as error:
        raise UnknownArgumentError(
            error.where, error.what, error.allowed, error.advice, **error.values
        ) from None


def known_names(kind: type[T]) -> type[T]:
    """Make the constructor of `kind` name its parameters, nearest first, if one is unknown.

    A frozen dataclass refuses attributes as all other objects do.

    Parameters
    ----------
    kind : type
        A class whose constructor takes named parameters.

    Returns
    -------
    type
        The same class; its constructor raises `UnknownNameError` instead of TypeError.
    """
    construct = kind.__init__
    names = [name for name in signature(construct).parameters if name != "self"]

    @wraps(construct)
    def checked(self: Any, *values: Any, **named: Any) -> None:
        for name in named:
            if name not in names:
                refuse_argument(kind.__name__, name, names)
                unknown_argument(kind.__name__, name, names)
        construct(self, *values, **named)

    if is_dataclass(kind):
        fixed(kind)
    kind.__init__ = checked  # type: ignore[method-assign]  # same signature as before
    return kind
