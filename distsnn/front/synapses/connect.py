"""The arguments of ``Synapses.connect`` as a rule."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from distsnn.assemble.edges.expression_edges import BoundRule, check_indices
from distsnn.describe.checks.arguments import check_namespace, check_switches
from distsnn.describe.synapses.connection_rule import ConnectionRule, check_rule
from distsnn.describe.synapses.matrix import Matrix
from distsnn.describe.synapses.rule_expressions import ExpressionRule
from distsnn.describe.synapses.rules import AllToAll, Bernoulli, Pairs
from distsnn.describe.values.given_expressions import Names
from distsnn.errors import ConnectivityError
from distsnn.front.names.external_names import OutsideNames
from distsnn.front.names.scope import user_names
from distsnn.front.names.user_functions import with_functions
from distsnn.front.neurons.group_base import Subgroup
from distsnn.front.synapses.synapses_as_end import assigned_before, members_of_end
from distsnn.language.objects.connection_expressions import ParsedConnection, parse_connection
from distsnn.language.symbols import unknown

_NAME = re.compile(r"[A-Za-z_]\w*")
_WORDS = {"p": "a probability", "n": "a number of synapses"}
_UNEQUAL = re.compile(r"^\(*\s*(i\s*!=\s*j|j\s*!=\s*i)\s*\)*$")


@dataclass(frozen=True)
class ConnectArguments:
    """The arguments of ``connect``; see there. `draw` gives so many numbers from 0 to 1."""

    condition: Any = None
    i: Any = None
    j: Any = None
    p: Any = 1.0
    n: Any = 1
    skip_if_invalid: bool = False
    namespace: Mapping[str, Any] | None = None
    autapses: bool = True
    draw: Callable[[int], np.ndarray] = field(default=np.ones, repr=False)

    def rule(
        self, where: str, source: Subgroup, target: Subgroup
    ) -> ConnectionRule | Matrix | None:
        """The rule or matrix that the arguments mean; None if they mean no synapses.

        Raises ConnectivityError if they do not fit together, and EquationError or UnitError if an
        expression cannot be understood.
        """
        self._check(where)
        if isinstance(self.condition, ConnectionRule):
            check_rule(self.condition, where)
            return self.condition
        if isinstance(self.condition, Matrix):
            return self.condition
        if self._is_matrix:
            return Matrix(self.condition)
        if isinstance(self.i, str) or isinstance(self.j, str):
            return self._generated(where, source, target)
        if self.i is not None or self.j is not None:
            return self._listed(where)
        return self._conditional(where, source, target)

    def _check(self, where: str) -> None:
        check_switches(
            where,
            ConnectivityError,
            skip_if_invalid=self.skip_if_invalid,
            autapses=self.autapses,
        )
        check_namespace(where, self.namespace)
        _check_number(
            where, "p", self.p, "a number between 0 and 1, or an expression", lambda p: 0 <= p <= 1
        )
        _check_number(
            where,
            "n",
            self.n,
            "a whole number >= 0, or an expression",
            lambda n: n >= 0 and n == int(n),
        )
        indices = self.i is not None or self.j is not None
        if self.condition is not None and indices:
            raise ConnectivityError(
                where,
                "connect() got a condition or rule and i= or j=",
                "one of these says which synapses there are",
                "leave the others out",
            )
        if (
            self.condition is not None
            and not isinstance(self.condition, ConnectionRule | Matrix | bool | str | np.bool_)
            and not self._is_matrix
        ):
            raise ConnectivityError(
                where,
                f"condition={self.condition!r}",
                "the first argument of connect() is a "
                "condition as a string, True, False, AllToAll, OneToOne, Pairs, Bernoulli, "
                "FixedIndegree, FixedOutdegree, FixedTotalNumber, a ConnectionRule of your own or "
                "a matrix",
                "give one",
            )
        plain = (
            self._is_one("p") and self._is_one("n") and not self.skip_if_invalid and self.autapses
        )
        if (isinstance(self.condition, ConnectionRule | Matrix) or self._is_matrix) and not plain:
            raise ConnectivityError(
                where,
                "connect() got a rule and further arguments",
                "a rule has its parameters in itself",
                "leave them out",
            )
        if not self.autapses and (indices or isinstance(self.condition, str)):
            raise ConnectivityError(
                where,
                "autapses=False with an expression or indices",
                "an expression says itself which pairs it means",
                "write i != j into the condition",
            )

    @property
    def _is_matrix(self) -> bool:
        try:
            return hasattr(self.condition, "tocoo") or np.ndim(self.condition) == 2
        except ValueError:
            # Lists of different lengths.
            return False

    def _is_one(self, name: str) -> bool:
        value = getattr(self, name)
        return not isinstance(value, str) and value == 1

    def _conditional(self, where: str, source: Subgroup, target: Subgroup) -> ConnectionRule | None:
        text = {None: "True"}.get(self.condition, str(self.condition)).strip()
        if text == "False":
            return None
        if re.search(r"\bfor\b", text):
            raise ConnectivityError(
                where,
                f"the condition {text!r} is a generator",
                "generators are given as i= or j=",
                "write connect(j=...)",
            )
        same = source.group is target.group and source.start == target.start
        unequal = _UNEQUAL.match(text) is not None and text.count("(") == text.count(")") and same
        if (text == "True" or unequal) and self._is_one("n") and not isinstance(self.p, str):
            autapses = self.autapses and not unequal
            return AllToAll(autapses) if self.p == 1 else Bernoulli(self.p, autapses)
        if not self.autapses and same:
            text = "i != j" if text == "True" else f"({text}) and i != j"
        p = self.p if isinstance(self.p, str) else "" if self.p == 1 else repr(float(self.p))
        return expression_rule(
            where, source, target, ("condition", text, p, str(self.n)), False, self.namespace
        )

    def _generated(self, where: str, source: Subgroup, target: Subgroup) -> ConnectionRule:
        kind, other = ("i", "j") if isinstance(self.i, str) else ("j", "i")
        text = getattr(self, kind)
        if getattr(self, other) is not None:
            raise ConnectivityError(
                where,
                f"{kind}={text!r} is given with {other}=",
                f"a generator of {kind} runs for every {other}",
                f"write a condition on {other} into it, and leave {other}= out",
            )
        if not self._is_one("p"):
            raise ConnectivityError(
                where,
                f"p={self.p!r} is given with a generator",
                "generators draw by themselves",
                "write sample(..., p=...) or if rand() < ...",
            )
        return expression_rule(
            where,
            source,
            target,
            (kind, text, "", str(self.n)),
            bool(self.skip_if_invalid),
            self.namespace,
        )

    def _listed(self, where: str) -> ConnectionRule:
        if self.i is None or self.j is None:
            raise ConnectivityError(
                where,
                f"connect() got {'j' if self.i is None else 'i'}= alone",
                "indices are given for both i and j",
                "give both",
            )
        refused = {
            "skip_if_invalid": bool(self.skip_if_invalid),
            "n": isinstance(self.n, str),
            "p": isinstance(self.p, str),
        }
        name = next((name for name, wrong in refused.items() if wrong), None)
        if name is not None:
            raise ConnectivityError(
                where,
                f"{name}={getattr(self, name)!r} is given with indices",
                "indices name the synapses one by one",
                "leave it out, or give a condition as a string",
            )
        i, j = (_indices(where, name, getattr(self, name)) for name in ("i", "j"))
        if 1 in {i.size, j.size}:
            i, j = np.broadcast_arrays(np.atleast_1d(i), np.atleast_1d(j))
        if i.shape == j.shape and self.n != 1:
            i, j = np.repeat(i, self.n), np.repeat(j, self.n)
        if i.shape == j.shape and not self._is_one("p"):
            kept = self.draw(i.size) < self.p
            i, j = i[kept], j[kept]
        return Pairs(i, j)


def _indices(where: str, name: str, given: Any) -> np.ndarray:
    try:
        return np.asarray(given)
    except ValueError:
        # Lists of different lengths.
        raise ConnectivityError(
            where,
            f"{name}={given!r}",
            f"{name} is a whole number, or a list or an array of them",
            f"correct {name}",
        ) from None


def _check_number(where: str, name: str, value: Any, allowed: str, fits: Any) -> None:
    if isinstance(value, str) and value.strip():
        return
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | np.number)
        or not (isinstance(value, int) or np.isfinite(value))
        or not fits(value)
    ):
        raise ConnectivityError(
            where,
            f"{name}={value!r} is not {_WORDS[name]}",
            f"{name} is {allowed}",
            f"correct {name}",
            **{name: value},
        )


def expression_rule(
    where: str,
    source: Subgroup,
    target: Subgroup,
    strings: tuple[str, str, str, str],
    skip: bool,
    namespace: Mapping[str, Any] | None,
) -> ExpressionRule:
    """The rule that an expression means.

    Raises EquationError or UnitError if an expression cannot be understood, and ConnectivityError
    if it gives an index outside the groups, as far as is known already.

    Parameters
    ----------
    where : str
        Name of the synapses, for errors.
    strings : tuple of str
        Fields `kind`, `text`, `p` and `n` of `ExpressionRule`.
    skip : bool
        Whether indices outside the groups are passed over.
    namespace : mapping or None
        Where names are looked for; None for the code that called distsnn.
    """
    kind, text, p, n = (with_functions(" ".join(t.split()), namespace) for t in strings)
    outside = OutsideNames(dict.fromkeys(_NAME.findall(f"{text} {p} {n}")), (), namespace)
    outside.look_up(user_names())
    rule = ExpressionRule(kind, text, p, n, skip, outside.names)
    parsed = parse_connection(rule, where, *(members_of_end(end) for end in (source, target)))
    numbers = {name: outside.numbers[name] for name in parsed.numbers if name in outside.numbers}
    _check_known(parsed, numbers, namespace)
    sides = {side for side, _ in parsed.members.values()}
    before = [
        assigned_before(end, True) if side in sides else 0
        for side, end in (("pre", source), ("post", target))
    ]
    rule = replace(rule, names=Names(numbers), before=(before[0], before[1]))
    if kind != "condition" and not parsed.draws and not parsed.members:
        check_indices(BoundRule(rule, parsed, len(source), len(target)), (0, 0))
    return rule


def _check_known(
    text: ParsedConnection, numbers: Mapping[str, float], namespace: Mapping[str, Any] | None
) -> None:
    for part in text.parts:
        for node in ast.walk(part.tree):
            if isinstance(node, ast.Name) and node.id in text.numbers and node.id not in numbers:
                around = (
                    "of numbers where connect() was called"
                    if namespace is None
                    else f"in namespace= ({', '.join(namespace) or 'empty'})"
                )
                raise unknown(part.location, node.id, [*text.symbols.own, *numbers], around, node)
