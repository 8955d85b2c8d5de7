"""Names that statements make for themselves: ``change = 2*w; v_post += change``."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Collection, Iterable
from dataclasses import replace

from distsnn.errors import nearest_first
from distsnn.language.syntax import Statement, names_in, substitute

# From this likeness of `difflib` on a name is taken for a misspelt one.
_ALIKE = 0.75


def is_temporary(name: str) -> bool:
    """Whether this is a name that `with_temporaries` gave; users' begin with a letter."""
    return name.startswith("_")


def with_temporaries(
    statements: Iterable[Statement],
    known: Collection[str],
    settable: Iterable[str],
    scope: str,
    notes: list[str],
) -> tuple[Statement, ...]:
    """Statements whose temporary variables have names of their own, ``_<scope>_<name>``.

    As in Brian 2, what is assigned with ``=`` and is no variable lives until the last statement.
    One that nothing reads has no effect, of which a note tells; if its name is much like that
    of a variable it is an error, because it is misspelt. Raises EquationError for these, and if a
    temporary variable is read before it is set.

    Parameters
    ----------
    known : collection of str
        Names that mean something else.
    settable : iterable of str
        Variables that statements may set, for the error.
    scope : str
        Tells these statements from others of the object.
    notes : list of str, in/out
        What users should be warned of.
    """
    statements = tuple(statements)
    made = {
        s.target: s
        for s in reversed(statements)
        if not s.operator and s.target not in known and not s.target.endswith(("_pre", "_post"))
    }
    renamed = {name: ast.Name(f"_{scope}_{name}", ast.Load()) for name in made}
    set_already: set[str] = set()
    read: set[str] = set()
    found = []
    for s in statements:
        used = names_in(s.expression) + ([s.target] if s.operator else [])
        for name in used:
            if name in made and name not in set_already:
                raise s.location.error(
                    f"{name} is used before it is set",
                    "a temporary variable is set by a statement before",
                    "exchange the statements, or choose another name",
                    s.location.node_of(name),
                    name=name,
                )
        read.update(names_in(s.expression))
        set_already.add(s.target)
        expression = substitute(s.expression, renamed)
        target = renamed[s.target].id if s.target in renamed else s.target
        found.append(replace(s, target=target, expression=expression))
    unread = made.keys() - read
    for name in sorted(unread):
        notes.append(_checked_unread(name, made[name], settable))
    return tuple(s for s in found if s.target not in {renamed[name].id for name in unread})


def _checked_unread(name: str, statement: Statement, settable: Iterable[str]) -> str:
    near = nearest_first(name, settable)
    location = statement.location
    if difflib.get_close_matches(name, near, 1, _ALIKE):
        raise location.error(
            f"{name!r} is no variable, and no later statement uses it",
            "statements can set " + ", ".join(near),
            f"Did you mean {near[0]!r}?",
            name=name,
            valid=near,
        )
    return (
        f"{location.where}: {name!r} is no variable, and no later statement uses it: this "
        f"statement has no effect. Variables are {', '.join(near) or 'not there'}."
    )
