"""Statements that say the pair rule with exponential traces; see `describe.synapses.stdp`.

Such synapses take a table of the rule in place of generated code: with

    model    w : 1;  dp/dt = -p/tau_p : 1 (event-driven);  dq/dt = -q/tau_q : 1 (event-driven)
    on_pre   x_post += w;  p += P;  w = clip(w + q, low, high)
    on_post  q += Q;  w = clip(w + p, low, high)

the amplitudes are A_plus = P and A_minus = -Q. Within one event p changes nothing that q does and
the other way round, so that only the order of what is transmitted and the weight counts.
"""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Sequence

from distsnn.assemble.edges.synapse_variables import constant_value
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import RecognizedPairRule, delay_variable
from distsnn.describe.synapses.short_term import AFTER, BEFORE
from distsnn.describe.synapses.stdp import STDP
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.language.evaluate import evaluate
from distsnn.language.functions import CONSTANTS, FUNCTIONS
from distsnn.language.objects.synapse_equations import LASTUPDATE, ParsedSynapses
from distsnn.language.parse import PARAMETER
from distsnn.language.symbols import CONSTANT
from distsnn.language.syntax import Statement, calls_in, names_in
from distsnn.language.unit_names import UNITS


def pair_rule(
    description: NetworkDescription, synapses: SynapsesDescription, parsed: ParsedSynapses
) -> RecognizedPairRule | None:
    """The pair rule, if that is what the statements of some synapses say."""
    numbers = _Numbers(description, synapses, parsed)
    on_pre = [p.statements for p in parsed.pathways if p.after == "pre"]
    on_post = [p.statements for p in parsed.pathways if p.after == "post"]
    if (
        parsed.summed
        or parsed.refreshed
        or len(parsed.equations) != 3
        or len(parsed.event_driven) != 2
        or (len(on_pre), len(on_post)) != (1, 1)
        or (len(on_pre[0]), len(on_post[0])) != (3, 2)
        or not _is_plain(synapses, parsed)
    ):
        return None
    (weight,) = set(parsed.equations) - set(parsed.event_driven)
    sent = [n for n, s in enumerate(on_pre[0]) if s.target not in parsed.equations]
    changes = [n for n, s in enumerate(on_pre[0]) if s.target == weight]
    if len(sent) != 1 or len(changes) != 1 or not _sends(parsed, on_pre[0][sent[0]], weight):
        return None
    own = {s.target for s in on_pre[0]} & set(parsed.event_driven)
    if len(own) != 1:
        return None
    (before,) = own
    (after,) = set(parsed.event_driven) - own
    of_pre = _side(numbers, on_pre[0], (weight, before, after))
    of_post = _side(numbers, on_post[0], (weight, after, before))
    tau_plus, tau_minus = _time(numbers, before), _time(numbers, after)
    if of_pre is None or of_post is None or tau_plus is None or tau_minus is None:
        return None
    plus, minus = of_post[1] * of_pre[0], -of_pre[1] * of_post[0]
    if (
        of_pre[2:] != of_post[2:]
        or not all(math.isfinite(x) for x in (plus, minus, tau_plus, tau_minus))
        or (plus, minus) == (0.0, 0.0)
    ):
        return None
    transmits = BEFORE if sent[0] < changes[0] else AFTER
    rule = _rule(plus, minus, tau_plus, tau_minus, *of_pre[2:], transmits)
    target = on_pre[0][sent[0]].target.removesuffix("_post")
    return RecognizedPairRule(target, weight, before, after, of_pre[0], of_post[0], rule)


@functools.cache
def _rule(
    plus: float, minus: float, tau_plus: float, tau_minus: float, low: float, high: float, sent: str
) -> STDP:
    """The rule: one object for the same numbers, because tables are told apart by it."""
    return STDP(
        plus, minus, tau_plus=tau_plus, tau_minus=tau_minus, w_min=low, w_max=high, transmits=sent
    )


class _Numbers:
    """Expressions over what is the same for all synapses and never changes while they run."""

    def __init__(
        self, description: NetworkDescription, synapses: SynapsesDescription, parsed: ParsedSynapses
    ) -> None:
        self.parsed = parsed
        self._description, self._synapses = description, synapses

    def of(self, tree: ast.expr) -> float | None:
        """The value of an expression; None if it is none of these."""
        values = {}
        if not all(call in FUNCTIONS for call in calls_in(tree)):
            return None
        for name in names_in(tree):
            if name in UNITS or name in CONSTANTS:
                continue
            if name in self.parsed.equations or self.parsed.symbols[name].kind != CONSTANT:
                return None
            values[name] = constant_value(self._description, self._synapses, name)
        return float(evaluate(tree, values))


def _is_plain(synapses: SynapsesDescription, parsed: ParsedSynapses) -> bool:
    """Whether the three variables are as the rule needs them, and begin as traces do."""
    (weight,) = set(parsed.equations) - set(parsed.event_driven)
    equation = parsed.equations[weight]
    if equation.kind != PARAMETER or equation.flags or equation.type != "float":
        return False
    later = {delay_variable(p.name) for p in parsed.pathways if p.after == "post"}
    for made in synapses.assignments:
        if made.variable in {*parsed.event_driven, LASTUPDATE}:
            return False
        if made.variable in later and not (isinstance(made.value, float) and made.value == 0.0):
            return False
    return True


def _sends(parsed: ParsedSynapses, statement: Statement, weight: str) -> bool:
    """Whether a statement adds the weight, as it is, to a variable of the target."""
    stem = statement.target.removesuffix("_post")
    if (
        statement.operator != "+"
        or not statement.target.endswith("_post")
        or parsed.target.symbols[stem].type != "float"
    ):
        return False
    match statement.expression:
        case ast.Name(id=name):
            return name == weight
        case (
            ast.BinOp(left=ast.Name(id=name), op=ast.Mult(), right=ast.Name(id=unit))
            | ast.BinOp(left=ast.Name(id=unit), op=ast.Mult(), right=ast.Name(id=name))
        ) if name == weight:
            return unit in UNITS and unit not in parsed.equations and UNITS[unit].value == 1.0
    return False


def _side(
    numbers: _Numbers, statements: Sequence[Statement], names: tuple[str, str, str]
) -> tuple[float, float, float, float] | None:
    """Jump of the own trace, sign of the other one in the weight, and bounds; or None.

    `names` are the weight, the own trace and that of the other side.
    """
    weight, own, other = names
    jump = change = None
    for statement in statements:
        if statement.target == own:
            jump = _jump(numbers, statement.value, own)
        elif statement.target == weight:
            change = _change(numbers, statement.value, weight, other)
        elif statement.target == other:
            return None
    return None if jump is None or change is None else (jump, *change)


def _jump(numbers: _Numbers, tree: ast.expr, name: str) -> float | None:
    match tree:
        case ast.BinOp(left=ast.Name(id=left), op=ast.Add() | ast.Sub() as op, right=amount):
            value = numbers.of(amount) if left == name else None
            return -value if value is not None and isinstance(op, ast.Sub) else value
    return None


def _change(
    numbers: _Numbers, tree: ast.expr, weight: str, trace: str
) -> tuple[float, float, float] | None:
    """Sign of a trace that is added to the weight, and bounds."""
    low: float | None = -math.inf
    high: float | None = math.inf
    match tree:
        case ast.Call(func=ast.Name(id="clip"), args=[inner, first, last]):
            tree, low, high = inner, numbers.of(first), numbers.of(last)
    match tree:
        case ast.BinOp(left=ast.Name(id=a), op=ast.Add(), right=ast.Name(id=b)):
            sign = 1.0 if {a, b} == {weight, trace} else 0.0
        case ast.BinOp(left=ast.Name(id=a), op=ast.Sub(), right=ast.Name(id=b)):
            sign = -1.0 if (a, b) == (weight, trace) else 0.0
        case _:
            sign = 0.0
    if sign == 0.0 or low is None or high is None or not low <= high:
        return None
    return sign, low, high


def _time(numbers: _Numbers, name: str) -> float | None:
    """Time constant of ``dx/dt = -x/tau``."""
    match numbers.parsed.equations[name].expression:
        case (
            ast.BinOp(
                left=ast.UnaryOp(op=ast.USub(), operand=ast.Name(id=x)), op=ast.Div(), right=tau
            )
            | ast.UnaryOp(
                op=ast.USub(), operand=ast.BinOp(left=ast.Name(id=x), op=ast.Div(), right=tau)
            )
        ):
            value = numbers.of(tau) if x == name else None
            return value if value is not None and value > 0 else None
    return None
