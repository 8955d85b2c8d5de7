"""Values of all variables of an object at once: ``get_states`` and ``set_states`` of Brian 2."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, Protocol

import numpy as np

from distsnn.describe.checks.arguments import check_switches
from distsnn.errors import NotThereError, ParameterError, UnsupportedError, unknown_name
from distsnn.front.names.si_numbers import from_si, scaled, si_decades

STATE_FORMATS = ("dict", "pandas")


class WithStates(Protocol):
    """An object that has variables."""

    def unit_of(self, name: str) -> str:
        """Unit of an attribute, as equations say it."""

    def state_names(self) -> tuple[list[str], list[str], list[str]]:
        """Names of variables that can be set, of those that cannot, and of subexpressions."""

    def _called(self) -> str:
        """Name in messages."""


class StatesExport:
    """Methods of objects whose variables can be read and set at once."""

    INTERNAL: ClassVar[frozenset[str]] = frozenset({"state_names", "unit_of"})

    def state_names(self) -> tuple[list[str], list[str], list[str]]:
        """Names of variables that can be set, of those that cannot, and of subexpressions."""
        raise NotImplementedError

    def get_states(
        self: WithStates,
        vars: Any = None,  # noqa: A002 - the name of Brian 2
        units: bool = True,
        format: str = "dict",  # noqa: A002 - the name of Brian 2
        subexpressions: bool = False,
        read_only_variables: bool = True,
        level: int = 0,  # noqa: ARG002 - of Brian 2
    ) -> Any:
        """Values of variables now; as in Brian 2.

        Parameters
        ----------
        vars : sequence of str, optional
            Names; by default all variables.
        units : bool
            Whether values are in distsnn's units; with False they are in SI.
        format : str
            ``"dict"``, or ``"pandas"`` for a ``DataFrame`` (with ``units=False``).
        subexpressions, read_only_variables : bool
            Whether these belong to all variables.

        Returns
        -------
        dict of str to array, or DataFrame
        """
        where = self._called()
        check_switches(
            where, units=units, subexpressions=subexpressions,
            read_only_variables=read_only_variables,
        )  # fmt: skip
        _check_format(where, format)
        settable, read_only, computed = self.state_names()
        every = [*settable, *read_only, *computed]
        if vars is None:
            names = settable + (read_only if read_only_variables else [])
            names += computed if subexpressions else []
        else:
            names = [vars] if isinstance(vars, str) else list(vars)
        for name in names:
            if name not in every:
                unknown_name(where, str(name), every)
        found = {name: np.array(getattr(self, name)) for name in names}
        if not units:
            decades = {name: si_decades(self.unit_of(name)) for name in found}
            found = {n: np.asarray(scaled(x, -decades[n])) for n, x in found.items()}
        if format == "dict":
            return found
        if units:
            raise UnsupportedError(
                where, "format='pandas' with units=True", "tables hold plain numbers in SI",
                "say units=False",
            )  # fmt: skip
        return _pandas(where).DataFrame({name: np.atleast_1d(x) for name, x in _rows(found)})

    def set_states(
        self: WithStates,
        values: Any,
        units: bool = True,
        format: str = "dict",  # noqa: A002 - the name of Brian 2
        level: int = 0,  # noqa: ARG002 - of Brian 2
    ) -> None:
        """Set variables at once; as in Brian 2.

        Parameters
        ----------
        values : dict of str to array, or DataFrame
            As `get_states` gives them.
        units : bool
            Whether they are in distsnn's units; with False they are in SI.
        format : str
            ``"dict"`` or ``"pandas"``.
        """
        where = self._called()
        check_switches(where, units=units)
        _check_format(where, format)
        if format == "pandas":
            if units:
                raise UnsupportedError(
                    where, "format='pandas' with units=True", "tables hold plain numbers in SI",
                    "say units=False",
                )  # fmt: skip
            values = {name: values[name].to_numpy() for name in values.columns}
        if not isinstance(values, Mapping):
            raise ParameterError(
                where, f"values={values!r}", "values are a dict from names to arrays", "correct it"
            )
        settable = self.state_names()[0]
        for name, given in values.items():
            if name not in settable:
                raise NotThereError(
                    where, f"{name} cannot be set", f"what can be set is {', '.join(settable)}",
                    "leave it out",
                )  # fmt: skip
            getattr(self, name)[:] = given if units else from_si(self.unit_of(name), given)


def _rows(found: Mapping[str, np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """Arrays of one length; what all share stands in every row."""
    size = max((x.size for x in found.values()), default=0)
    return [(n, np.broadcast_to(x, (size,)) if x.ndim == 0 else x) for n, x in found.items()]


def _check_format(where: str, given: object) -> None:
    """Raise UnsupportedError if states have no such format."""
    if given not in STATE_FORMATS:
        raise UnsupportedError(
            where, f"format={given!r}", "format is 'dict' or 'pandas'", "choose one"
        )


def _pandas(where: str) -> Any:
    """The module pandas, which nothing else needs.

    Raises UnsupportedError if it is not installed.
    """
    try:
        return import_module("pandas")
    except ImportError:
        raise UnsupportedError(
            where, "format='pandas'", "it needs pandas, which is not installed",
            "run pip install pandas, or take format='dict'",
        ) from None  # fmt: skip
