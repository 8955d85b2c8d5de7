"""Attributes that users can set of an object once it is made: each class has a table of them.

A class lists the attributes that can be set in ``SETTABLE``, with the time until when; objects
whose attributes depend on their equations list further ones in ``_settable_names``. Everything else
is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

from distsnn.describe.checks.unsupported import UNSUPPORTED_METHODS
from distsnn.errors import ReadOnlyError, UnknownAttributeError, UnknownNameError, unknown_name

T = TypeVar("T")
# What may be set. Checkers take what was set for what is read next, but mypy not where it is Any,
# and pyright not where a class says that both have other types.
MYPY = False
if MYPY:
    Given: TypeAlias = Any
else:
    Given: TypeAlias = object

BEFORE_RUN = "before the first run"
BETWEEN_RUNS = "before the first run and between runs"

# Asked before something is set, with what sets it; one that returns True does it later.
postponing: list[Callable[[Callable[[], None]], bool]] = []
# Asked before a value is set, with the object and what sets a value of it; one that returns True
# has set it in each trial of a network.
dividing: list[Callable[[Any, Callable[[Any], None], Any], bool]] = []


def is_postponed(action: Callable[[], None]) -> bool:
    """Whether something that a user sets is set later."""
    for ask in postponing:  # noqa: SIM110 - in each step where objects are called
        if ask(action):
            return True
    return False


def set_value(of: Any, action: Callable[[Any], None], value: Any) -> None:
    """Set a value of an object by an action: now, later, or in each trial of its network."""
    if not is_postponed(lambda: set_in_trials(of, action, value)):
        set_in_trials(of, action, value)


def set_in_trials(of: Any, action: Callable[[Any], None], value: Any) -> None:
    """Set a value of an object by an action, in each trial if its network has some."""
    for ask in dividing:
        if ask(of, action, value):
            return
    action(value)


def settable(made: Any) -> dict[str, str]:
    """Names of the attributes of an object that can be set, and when.

    Parameters
    ----------
    made : object
        A group, a slice, synapses, a pathway, an input, a monitor, a network, the clock, ...

    Returns
    -------
    dict of str to str
        `BEFORE_RUN` or `BETWEEN_RUNS` by name, in the order of the tables, bases first.
    """
    found = dict(_settable_of(type(made)))  # type: ignore[arg-type]  # all classes have a hash
    if isinstance(made, Settable):
        found |= made._settable_names()
    if "active" in found:
        # Messages name first what is the object's own.
        found["active"] = found.pop("active")
    return found


def is_settable(made: Any, name: str) -> bool:
    """Whether an attribute of an object can be set; see `settable`."""
    if name in _settable_of(type(made)):  # type: ignore[arg-type]  # as above
        return True
    return isinstance(made, Settable) and made._can_set(name)


class _Sealing(type):
    """Closes an object for further attributes once its constructors have ended."""

    # Type checkers would take what it returns for what constructors return.
    if not TYPE_CHECKING:

        def __call__(cls, *values: Any, **named: Any) -> Any:
            made = super().__call__(*values, **named)
            # Synapses(...) makes objects of other classes.
            if isinstance(made, Settable):
                made._sealed = True
            return made


class Settable(metaclass=_Sealing):
    """An object of which only what its class lists can be set."""

    SETTABLE: ClassVar[Mapping[str, str]] = {}
    # Attributes that other parts of the package use and completion does not offer.
    INTERNAL: ClassVar[frozenset[str]] = frozenset({"INTERNAL", "SETTABLE"})
    _sealed = False
    # Names that `add_attribute` was given.
    _own: tuple[str, ...] = ()

    def __dir__(self) -> list[str]:
        internal = {name for kind in type(self).__mro__ for name in vars(kind).get("INTERNAL", ())}
        found = {*super().__dir__(), *self._settable_names(), *self._computed()} - internal
        return sorted(name for name in found if name.isidentifier())

    def _settable_names(self) -> Mapping[str, str]:
        """Names that can be set of this object besides those of its class, and when."""
        return {}

    def _can_set(self, name: str) -> bool:
        """Whether a name is among those of `_settable_names`."""
        return name in self._settable_names()

    def _set(self, name: str, value: Any) -> None:
        """Set an attribute that can be set."""
        object.__setattr__(self, name, value)

    def _computed(self) -> Collection[str]:
        """Names that the object computes, besides the properties of its class."""
        return ()

    def _called(self) -> str:
        """Name of the object in messages."""
        return type(self).__name__

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or not self._sealed or name in self._own:
            object.__setattr__(self, name, value)
        elif is_settable(self, name):
            set_value(self, lambda given: self._set(name, given), value)
        elif name.endswith("_") and is_settable(self, name[:-1]):
            setattr(self, name[:-1], self._from_si(name[:-1], value))
        else:
            raise cannot_be_set(self, name)

    def _from_si(self, name: str, value: Any) -> Any:  # noqa: ARG002 - of objects without units
        """The value of an attribute from numbers in SI units, ``G.v_ = -0.07``."""
        raise cannot_be_set(self, f"{name}_")


@cache
def _settable_of(kind: type) -> dict[str, str]:
    """The names that the tables of a class and of its bases say, and when."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        found |= vars(one).get("SETTABLE", {})
    return found


def fixed(kind: type[T]) -> type[T]:
    """Let a frozen dataclass refuse attributes as all other objects do."""

    def refuse(made: Any, name: str, value: Any) -> None:  # noqa: ARG001 - of all that set
        raise cannot_be_set(made, name)

    kind.__setattr__ = refuse  # type: ignore[method-assign]  # takes the same arguments
    return kind


def cannot_be_set(made: Any, name: str) -> AttributeError:
    """The error for an attribute that cannot be set."""
    where = made._called() if isinstance(made, Settable) else type(made).__name__
    valid = list(settable(made))
    # ``N_`` is the number of ``N``.
    known = {name, name.removesuffix("_")}
    given = not known.isdisjoint(vars(made))
    computed = isinstance(made, Settable) and name in made._computed()
    if given or computed or any(hasattr(type(made), one) for one in known):
        return read_only(where, name, valid, "make a new one with another value" if given else "")
    if valid:
        return unknown_attribute(where, name, valid)
    try:
        refuse_attribute(where, name)
    except AttributeError as error:
        return error
    return UnknownAttributeError(
        where,
        f"unknown name {name!r}",
        "nothing of it can be set",
        "keep it in a variable of the script",
        name=name,
        valid=[],
    )


def unknown_attribute(where: str, name: str, valid: Iterable[str]) -> AttributeError:
    """The error for an attribute that the object `where` does not have.

    It is an AttributeError, which hasattr() and the protocols for copies expect.
    """
    try:
        refuse_attribute(where, name)
        unknown_name(where, name, valid)
    except AttributeError as error:
        return error
    except UnknownNameError as error:
        return UnknownAttributeError(
            error.where, error.what, error.allowed, error.advice, **error.values
        )


def refuse_attribute(where: str, name: str) -> None:
    """Raise AttributeError if `name` is an attribute of Brian 2's objects."""
    if name.endswith("_") and not name.startswith("_"):
        stem = name.rstrip("_")
        raise AttributeError(
            f"{where}: {name} is the number in SI units in Brian 2; here {stem} is a number in ms, "
            f"mV, pA, ... Divide {stem} by the unit that is wanted, for instance by second."
        )
    if name in UNSUPPORTED_METHODS:
        raise AttributeError(
            f"{where}: {name} of Brian 2 is not supported; {UNSUPPORTED_METHODS[name]}. "
            "Leave it out."
        )


def read_only(
    where: str, name: str, valid: Iterable[str], advice: str = "set one of these"
) -> ReadOnlyError:
    """The error for an attribute that the object `where` has and that cannot be set."""
    can = ", ".join(valid)
    return ReadOnlyError(
        where,
        f"{name} was set, which is fixed or computed",
        f"what can be set is {can}" if can else "nothing of it can be set",
        advice,
        name=name,
    )
