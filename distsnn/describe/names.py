"""Constructors that list their parameters when they get one they do not know."""

from __future__ import annotations

from functools import wraps
from inspect import signature
from typing import Any, TypeVar

from distsnn.errors import ParameterError, unknown_name

T = TypeVar("T")

# Arguments of Brian 2 that no class here has, so that they can be named as such.
_OF_BRIAN = {
    "clock": "clocks of single objects",
    "codeobj_class": "code objects",
    "dt": "clocks of single objects",
    "dtype": "other types of numbers",
    "events": "events other than spikes",
    "method_options": "options of methods",
    "on_event": "events other than spikes",
    "order": "the order of objects",
    "period": "spikes that repeat",
    "sorted": "promises about the order of spikes",
    "when": "other places within a step",
}


def known_names(kind: type[T]) -> type[T]:
    """Make the constructor of `kind` name its parameters, nearest first, if one is unknown.

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
            if name in _OF_BRIAN and name not in names:
                raise ParameterError(
                    kind.__name__,
                    f"{name}= of Brian 2 is not supported: {_OF_BRIAN[name]}",
                    "arguments are " + ", ".join(names),
                    "leave it out",
                )
            if name not in names:
                unknown_name(kind.__name__, name, names)
        construct(self, *values, **named)

    kind.__init__ = checked  # type: ignore[method-assign]  # same signature as before
    return kind
