"""Exceptions that keep what they say as fields.

Every message reads ``<where>: <what, with value and unit>; <what is allowed>. <what to do>.``
"""

from __future__ import annotations

import contextlib
import difflib
import os
import sys
import traceback
from collections.abc import Iterable
from types import TracebackType
from typing import Any, NoReturn

_FIELDS = ("where", "what", "allowed", "advice")
# Names in strings of users that stand for functions of theirs, and what they call these.
names_of_functions: dict[str, str] = {}


def as_written(text: str) -> str:
    """A string as its user knows it: functions have the names that the user gave them."""
    for name, own in names_of_functions.items():
        text = text.replace(name, own)
    return text


class DistsnnError(Exception):
    """Base of all errors that distsnn raises on purpose.

    Parameters
    ----------
    where : str
        The object or file the error is about, as the user named it.
    what : str
        What is wrong, with the value and its unit.
    allowed : str
        What would have been allowed. Empty: the message leaves it out.
    advice : str
        What to do about it. Empty: the message leaves it out.
    **values : object
        The values concerned; each becomes an attribute of the exception. They should be
        picklable, because errors travel between ranks.

    Attributes
    ----------
    values : dict[str, object]
        The keyword values as given.
    """

    def __init__(
        self, where: str, what: str, allowed: str = "", advice: str = "", **values: Any
    ) -> None:
        self.where = where
        self.what = what
        self.allowed = allowed
        self.advice = advice
        self.values = values
        for name, value in values.items():
            if getattr(self, name, None) is not None:
                raise TypeError(f"{type(self).__name__}: a value may not be called {name!r}")
            setattr(self, name, value)
        super().__init__(self._message())

    def _message(self) -> str:
        text = f"{_printable(self.where)}: {self.what.rstrip('.')}"
        if self.allowed:
            text += f"; {self.allowed.rstrip('.')}"
        text += "."
        if self.advice:
            advice = self.advice[0].upper() + self.advice[1:].rstrip()
            text += f" {advice}" if advice.endswith((".", "?", "!")) else f" {advice}."
        return as_written(text)

    def __getattr__(self, name: str) -> Any:
        # Reached only for names that do not exist; it is here so that type checkers accept
        # the attributes made from ``values``.
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _render_traceback_(self) -> list[str]:
        """Lines that IPython and notebooks show."""
        return traceback_lines(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), *(getattr(self, name) for name in _FIELDS), self.values)


def _printable(name: str) -> str:
    """A name, of a file say, in which nothing breaks the line or moves the cursor."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def _rebuild(
    kind: type[DistsnnError],
    where: str,
    what: str,
    allowed: str,
    advice: str,
    values: dict[str, Any],
) -> DistsnnError:
    return kind(where, what, allowed, advice, **values)


class ParameterError(DistsnnError, ValueError, TypeError):
    """A parameter has a value, shape or type that is not allowed."""


class UnsupportedError(ParameterError, NotImplementedError):
    """Something has a meaning, and cannot be done."""


class MagicError(ParameterError):
    """The network of `run` on its own is another than before, or cannot be changed by hand."""


class UnitError(DistsnnError, ValueError):
    """Quantities of different dimensions meet, or a unit is not known."""

    def __init__(self, where: str, *said: Any, **values: Any) -> None:
        # As ``DimensionMismatchError`` it is also raised by scripts: a description, dimensions.
        super().__init__(where, *(map(str, said or ["units do not agree"])), **values)


class EquationError(DistsnnError, ValueError):
    """An equation or statement cannot be understood, or its method cannot integrate it."""


class ExpressionSyntaxError(EquationError, SyntaxError):
    """An expression or statement is not written as one."""

    def __init__(self, *said: Any, **values: Any) -> None:
        super().__init__(*said, **values)
        # Where Python shows it.
        self.msg = self._message()

    def __str__(self) -> str:
        return self._message()


class UnknownVariableError(EquationError, KeyError):
    """An expression has a name that is not known."""

    def __str__(self) -> str:
        # See `UnknownNameError`.
        return self._message()


class ExpressionTypeError(EquationError, TypeError):
    """An expression has another type than is needed, such as a number for a condition."""


class ConnectivityError(DistsnnError, ValueError, TypeError, IndexError):
    """A connection rule cannot be met."""


class WrongIndexError(ParameterError, IndexError):
    """An index of neurons or synapses is none, or lies outside."""


class UnknownNameError(DistsnnError, KeyError):
    """A name is not known here; the message lists the valid ones, nearest first."""

    def __str__(self) -> str:
        # KeyError shows its argument as Python would write it.
        return self._message()


class UnknownArgumentError(UnknownNameError, TypeError):
    """A constructor or function has no argument of this name."""


class NotThereError(ParameterError, KeyError):
    """Something that a name or an argument refers to is not there."""

    def __str__(self) -> str:
        # See `UnknownNameError`.
        return self._message()


class NotRecordedError(ParameterError, AttributeError):
    """A monitor was asked for what it does not record."""


class DimensionError(UnitError, TypeError):
    """A number without dimension is needed, or a duration, and something else was given."""


class UsedTwiceError(ParameterError, RuntimeError):
    """An object of a network that has run is given to another network."""


class NotConnectedError(ParameterError):
    """A value of synapses was set before there were any."""


class UnknownAttributeError(UnknownNameError, AttributeError):
    """An object has no attribute of this name, or none that can be set."""


class ReadOnlyError(ParameterError, AttributeError):
    """An attribute was set that is fixed or computed."""


class FileError(DistsnnError, OSError):
    """A file cannot be read or written, or does not hold what it should; ``path`` is the file."""

    def __init__(
        self, where: str, what: str, allowed: str = "", advice: str = "", **values: Any
    ) -> None:
        super().__init__(where, what, allowed, advice, **values)
        self.path: str = values.get("path", where)

    def __str__(self) -> str:
        # OSError formats two arguments in a way of its own.
        return self._message()


class NotEnoughMemoryError(DistsnnError, MemoryError):
    """A network needs more memory than there is; ``needed`` and ``free`` are in bytes."""


class UnlikelyValueWarning(UserWarning):
    """A value that can hardly be meant, as in another unit, or a statement without effect."""


class NotFiniteWarning(RuntimeWarning):
    """A variable holds NaN or infinity at the end of a run; rank 0 says it for all."""


class NoGradientWarning(UserWarning):
    """A loss wants spikes that are not there and have no derivative; rank 0 says it for all."""


class LauncherError(DistsnnError, RuntimeError):
    """The processes were started in a way that cannot work."""


class RankError(DistsnnError, RuntimeError):
    """Another rank failed; ``rank`` is the lowest one that did."""

    rank: int


_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
# What a user who looks for a fault of the package sets to see all frames.
_ALL_FRAMES = "DISTSNN_TRACEBACK"


def user_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """The frames of an error that are not the package's, nor of what calls a user's code."""
    return [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not os.path.abspath(frame.filename).startswith(_PACKAGE)
        and frame.filename not in (contextlib.__file__, "<string>")
        and f"{os.sep}IPython{os.sep}" not in frame.filename
    ]


def traceback_lines(error: DistsnnError) -> list[str]:
    """The user's own lines that led to an error, and its message.

    With ``DISTSNN_TRACEBACK=full`` in the environment all frames are there.
    """
    if os.environ.get(_ALL_FRAMES) == "full":
        return "".join(traceback.format_exception(error)).splitlines()
    frames = user_frames(error)
    head = ["Traceback (most recent call last):"] if frames else []
    lines = "".join(traceback.format_list(frames)).splitlines()
    return [*head, *lines, f"{type(error).__name__}: {error}"]


def show_error(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Write an uncaught error: one of distsnn with the user's lines, others as Python does."""
    if isinstance(error, DistsnnError):
        sys.stderr.write("\n".join(traceback_lines(error)) + "\n")
    else:
        sys.__excepthook__(kind, error, trace)


def show_user_lines() -> None:
    """Let `show_error` write uncaught errors, unless somebody else does already."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = show_error


def nearest_first(name: str, valid: Iterable[str]) -> list[str]:
    """Sort names by likeness to `name`, ties alphabetically.

    Returns
    -------
    list[str]
        Every different name of `valid`, nearest first.
    """
    lowered = str(name).lower()

    def distance(other: str) -> tuple[float, str]:
        return -difflib.SequenceMatcher(None, lowered, other.lower()).ratio(), other

    return sorted({str(other) for other in valid}, key=distance)


def unknown_name(where: str, name: str, valid: Iterable[str], advice: str = "") -> NoReturn:
    """Raise the error for a name that is not known.

    Parameters
    ----------
    where : str
        The object that was asked.
    name : str
        The name that it does not have.
    valid : iterable of str
        The names it has.
    advice : str
        What to do; by default the nearest name is suggested where one is near.

    Raises
    ------
    UnknownNameError
        Always; with fields ``name`` and ``valid`` (a list, nearest first).
    """
    names = nearest_first(name, valid)
    allowed = "valid names are " + ", ".join(names) if names else "there are no names here"
    near = difflib.get_close_matches(str(name).lower(), [other.lower() for other in names], n=1)
    if not advice and near:
        advice = f"Did you mean {names[0]!r}?"
    raise UnknownNameError(where, f"unknown name {name!r}", allowed, advice, name=name, valid=names)
