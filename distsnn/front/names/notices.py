"""Messages under the names by which Brian 2 knows them."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Mapping

import numpy as np

from distsnn.describe.values.timed_arrays import TimedArray
from distsnn.errors import UnlikelyValueWarning
from distsnn.exchange import current_world
from distsnn.quantities.quantity import Quantity

_log = logging.getLogger("distsnn")
# Objects and names that a warning has been given of.
_said: set[tuple[str, str]] = set()
_noted: set[str] = set()


def warn(name: str, text: str, *values: object) -> None:
    """Warn once for all ranks; ``BrianLogger.suppress_name(name)`` leaves it out.

    Parameters
    ----------
    name : str
        Such as ``"only_threshold"``.
    text : str
    *values
        What stands in `text` for ``%s``.
    """
    if current_world().rank == 0 and _log.isEnabledFor(logging.WARNING):
        made = _log.makeRecord(f"distsnn.{name}", logging.WARNING, "", 0, text, values, None)
        # Filters of a logger see what it handles, and not what comes from loggers below it.
        _log.handle(made)


def warn_of_notes(notes: Iterable[str]) -> None:
    """Warn once, and for all ranks, of statements without effect."""
    for text in notes:
        if text not in _noted and current_world().rank == 0:
            _noted.add(text)
            warnings.warn(text, UnlikelyValueWarning, stacklevel=2)


def warn_of_conflicts(where: str, used: Iterable[str], around: Mapping[str, object]) -> None:
    """Warn, once for each, of variables that the code around has by the same name.

    Parameters
    ----------
    where : str
        The object.
    used : iterable of str
        Its own variables in its expressions.
    around : mapping of str to object
        What names mean there.
    """
    kinds = int, float, np.number, np.ndarray, Quantity, TimedArray
    for name in sorted(used):
        if isinstance(around.get(name), kinds) and (where, name) not in _said:
            _said.add((where, name))
            warn(
                "resolution_conflict",
                "%s: %s is a variable of its own, and the code around it has %s=%s; expressions "
                "take the variable",
                where,
                name,
                name,
                around[name],
            )
