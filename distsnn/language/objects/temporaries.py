"""Names that statements make for themselves: ``change = 2*w; v_post += change``."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import replace

from distsnn.errors import nearest_first
from distsnn.language.syntax import Statement, names_in, substitute


def is_temporary(name: str) -> bool:
    """Whether this is a name that `with_temporaries` gave; users' begin with a letter."""
    return name.startswith("_")


def with_temporaries(
    statements: Iterable[Statement], known: Collection[str], settable: Iterable[str], scope: str
) -> tuple[Statement, ...]:
    """Statements whose temporary variables have names of their own, ``_<scope>_<name>``.

    As in Brian 2, what is assigned with ``=`` and is no variable lives until the last statement.
    Unlike there, one that nothing reads is an error, because it is a misspelt variable. Raises
    EquationError if a temporary variable is read before it is set, or never.

    Parameters
    ----------
    known : collection of str
        Names that mean something else.
    settable : iterable of str
        Variables that statements may set, for the error.
    scope : str
        Tells these statements from others of the object.
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
    for name, s in made.items():
        if name not in read:
            near = nearest_first(name, settable)
            raise s.location.error(
                f"{name!r} is no variable, and no later statement uses it",
                "statements can set " + (", ".join(near) or "nothing"),
                f"Did you mean {near[0]!r}?" if near else "leave it out",
                name=name,
                valid=near,
            )
    return tuple(found)
