"""Values of one variable of a group, of synapses or of a monitor, as users hold them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from distsnn.describe.checks.settable import set_value
from distsnn.describe.values.by_trial import ByTrial
from distsnn.errors import WrongIndexError

# Attributes that are no values.
_OF_SHAPE = frozenset({"shape", "ndim", "size", "dtype", "nbytes", "itemsize"})


class Assignable(Protocol):
    """An object with variables that can be read and set."""

    def values_now(self, variable: str) -> np.ndarray:
        """Values of `variable` of all members, in its type; () for one that all share.

        They are for reading at once: without a version they may be where the next step changes
        them.
        """

    def version(self, variable: str) -> object:
        """Something that changes when values of `variable` may have changed; None if unknown."""

    def assign_where(self, variable: str, item: Any, value: Any) -> None:
        """Set `variable` of the members that `item` selects."""

    def positions(self, item: Any) -> Any:
        """Index into arrays of all members for `item`."""


class VariableView(NDArrayOperatorsMixin):
    """The values of a variable, always as they are now; setting items sets them in the object.

    It can be used like a numpy array. In addition an expression selects members: ``G.v['i < 5']``,
    ``G.v['i < 5'] = 'rand()'``; of synapses also a pair of indices, ``S.w[0, :]``. What an index
    or a calculation gives are plain arrays. As in Brian 2, a view that was kept shows the new
    values after a run: ``G.v[:]`` is a copy of those of now.

    Parameters
    ----------
    owner : object
        The group, slice, synapses or monitor.
    variable : str
    """

    __slots__ = ("_decades", "_known", "_owner", "_unit", "_variable")
    # Values are compared one by one; as a key, ``{G.tau: 5*ms}``, a view is itself.
    __hash__ = object.__hash__

    def __init__(self, owner: Assignable, variable: str) -> None:
        self._owner, self._variable, self._decades = owner, variable, 0
        # Of expressions that give plain numbers.
        self._unit = ""
        self._known: tuple[object, np.ndarray] | None = None

    @property
    def group(self) -> Any:
        """The object whose variable it is."""
        return self._owner

    @property
    def name(self) -> str:
        """Name of the variable."""
        return self._variable

    def is_of(self, owner: object, variable: str) -> bool:
        """Whether it shows a variable of an object, in the unit in which this is stored."""
        return self._owner is owner and self._variable == variable and not self._unit

    def in_si(self, unit: str, decades: int) -> VariableView:
        """The same values as numbers of the SI unit, divided by this power of ten."""
        made = VariableView(self._owner, self._variable)
        made._decades, made._unit = decades, unit
        return made

    def _now(self) -> np.ndarray:
        """The values now, for reading only; the next step may change them."""
        version = self._owner.version(self._variable)
        if self._known is None or version is None or self._known[0] != version:
            values = self._owner.values_now(self._variable)
            self._known = version, self._shown(np.asarray(values))
        return self._known[1]

    def _shown(self, values: np.ndarray) -> np.ndarray:
        """Stored values as users see them."""
        if self._decades:
            ten = 10.0 ** abs(self._decades)
            shown = np.asarray(values / ten if self._decades > 0 else values * ten)
        else:
            shown = values.view()
        shown.flags.writeable = False
        return shown

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The values as an array of their own."""
        return np.array(self._now(), dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *given: Any, **options: Any) -> Any:
        out = options.pop("out", ())
        arrays = [g._now() if isinstance(g, VariableView) else g for g in given]
        views = [o for o in out if isinstance(o, VariableView)]
        if not views:
            return getattr(ufunc, method)(*arrays, **options, **({"out": out} if out else {}))
        result = getattr(ufunc, method)(*arrays, **options)
        (view,) = views
        view[:] = result
        return view

    def __getitem__(self, item: Any) -> Any:
        now = self._now()
        if now.ndim == 0 and _is_whole(item):
            return now[()]
        # Of several trials it is the index of an array (trials, N).
        if (now.ndim < 2 and not _is_plain(item)) or isinstance(item, str):
            item = self._owner.positions(item)
        try:
            found = now[item]
        except IndexError:
            if isinstance(item, int | np.integer | slice | tuple | list | np.ndarray):
                raise
            raise wrong_index(self._owner, item) from None
        return found.copy() if isinstance(found, np.ndarray) else found

    def __setitem__(self, item: Any, value: Any) -> None:
        stored = value.each(self._stored) if isinstance(value, ByTrial) else self._stored(value)
        self._assign(item, stored)

    def _stored(self, value: Any) -> Any:
        """A value in the unit of the variable."""
        if isinstance(value, str):
            return f"({value})*({self._unit})" if self._unit else value
        return np.asarray(value) * 10.0**self._decades if self._decades else value

    def _assign(self, item: Any, value: Any) -> None:
        def assign(given: Any) -> None:
            self._owner.assign_where(self._variable, item, given)

        set_value(self._owner, assign, value)

    def get_item(self, item: Any) -> Any:
        """``x[item]``, as in Brian 2."""
        return self[item]

    def set_item(self, item: Any, value: Any) -> None:
        """``x[item] = value``, as in Brian 2."""
        self[item] = value

    def __iter__(self) -> Iterator[Any]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now()) if self.ndim else 1

    def __contains__(self, value: Any) -> bool:
        return value in self._now()

    def __bool__(self) -> bool:
        return bool(self._now())

    def __float__(self) -> float:
        return float(self._now())

    def __int__(self) -> int:
        return int(self._now())

    def __index__(self) -> int:
        return self._now().__index__()

    def __format__(self, form: str) -> str:
        return format(self._now() if self.ndim else self._now()[()], form)

    def __repr__(self) -> str:
        return repr(self._now())

    def __str__(self) -> str:
        return str(self._now())

    def __reduce__(self) -> Any:
        # A copy, and what is sent to another process, are the values.
        return np.array(self._now()).__reduce__()

    def __deepcopy__(self, memo: Any) -> np.ndarray:
        return np.array(self._now())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        # What changes an array in place fails: only setting items sets the variable. The next step
        # does not change what is found.
        now = self._now()
        if name not in _OF_SHAPE and self._owner.version(self._variable) is None:
            now = now.copy()
            now.flags.writeable = False
        return getattr(now, name)


class MemberIndices:
    """Indices of members, as ``indices`` of Brian 2: ``G.indices['v > 1']``, ``S.indices[0, :]``.

    Parameters
    ----------
    owner : Assignable
        A group, slice or synapses.
    """

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __getitem__(self, item: Any) -> Any:
        if item is None:
            raise wrong_index(self._owner, item)
        return np.arange(len(self._owner))[self._owner.positions(item)]


def wrong_index(owner: Any, item: object) -> WrongIndexError:
    """The error for what is no index of members."""
    return WrongIndexError(
        str(getattr(owner, "name", "")),
        f"{item!r} stands as an index",
        "an index is a whole number, a slice, an array of numbers or switches, or a condition",
        "correct it",
    )


def _is_plain(item: Any) -> bool:
    """Whether an index means the same as for any array: ``[:, None]``, ``[...]``, ``[()]``."""
    parts = item if isinstance(item, tuple) else (item,)
    return not parts or any(part is None or part is Ellipsis for part in parts)


def _is_whole(item: Any) -> bool:
    return isinstance(item, slice) and item == slice(None)
