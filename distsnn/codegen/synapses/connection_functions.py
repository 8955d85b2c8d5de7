"""Generated code that draws the synapses of a connection given by an expression."""

from __future__ import annotations

import ast
from textwrap import indent

from distsnn.codegen.emit import DRAWN_NUMBERS, IMPORTS, emit
from distsnn.codegen.kernel_names import user_functions_of
from distsnn.language.objects.connection_expressions import ParsedConnection
from distsnn.language.objects.index_generators import TRUE, PlacedExpression
from distsnn.language.objects.pair_symbols import INDICES
from distsnn.language.syntax import names_in

# What stands in `state` besides the place of the next synapse.
ERROR, ERROR_MAJOR, ERROR_MINOR, STATE_SIZE = 6, 7, 8, 10
OUTSIDE, BAD_STEP, BAD_SIZE, BAD_NUMBER = 1, 2, 3, 4
# Numbers of calls that draw on their own; those of the expression follow.
_SHARE_CALL, _COIN_CALL, _FIRST_CALL = 0, 1, 2

_SOURCE = """\
import numpy as np

{imports}
from distsnn.kernels.block_calls import CHUNK, chunk_values
from distsnn.kernels.draws.pair_draws import draw_pair_normal, draw_pair_uniform, range_size


def advance(state, major_low, major_high, minor_low, minor_high, own, {candidates}
            out_major, out_minor, out_k, n_minor, stride, skip, N_pre_, N_post_, k0, k1{arguments}):
    filled = 0
{chunks}
    part, major, segment, q, copy, taken = (
        state[0], state[1], state[2], state[3], state[4], state[5])
    while part < major_low.size:
        major = max(major, major_low[part])
        while major < major_high[part]:
            {major}_ = major
            low = np.int64({low})
            high = np.int64({high})
{number}
{setup}
{pairs}
            segment = 0
            taken = 0
            major += 1
        part += 1
        major = 0
    state[0] = part
    return filled
"""
_RANGES = """\
while segment < minor_low.size:
    first, last = np.int64(0), number
{direct}
    q = max(q, first)
    while q < last:
{walk}
    segment += 1
    q = 0
"""
# Only those of the other index for which both sides of an equation are the same.
_CANDIDATES = """\
segment = max(segment, starts[major])
while segment < stops[major]:
    q = variable_ = minor = candidates[segment]
    {minor}_ = at_ = minor
    if {chosen}:
{emitted}
    segment += 1
q = 0
"""
_KEYS = """\
import numpy as np

{imports}

def advance(of_major, of_minor, N_pre_, N_post_{arguments}):
    for major in range(of_major.size):
        {major}_ = major
        of_major[major] = {key_of_major}
    for minor in range(of_minor.size):
        variable_ = {minor}_ = at_ = minor
        of_minor[minor] = {key_of_minor}
    return 0
"""
_WALK = """\
variable_ = low + q{by}
if {chosen}:
    minor = np.int64({element})
    {minor}_ = at_ = minor
    inside = (minor >= 0) & (minor < n_minor)
{choice}
    taken += 1
q += 1
"""
# Indices without a sign: numba asks whether one with a sign is negative, and no loop vectorizes.
_CHUNK = """\
begin, size, possible, chosen = q, min(last - q, np.int64(CHUNK)), 0, 0
for _n in range(size):
    n, q = np.uint64(_n), begin + _n
    variable_ = low + q
    {minor}_, at_ = variable_, np.uint64(variable_)
    chance[n] = {chance} if {condition} else 0.0
    possible += chance[n] > 0.0
if possible > 0:
    for _n in range(size):
        n, q = np.uint64(_n), begin + _n
        drawn[n] = {drawn}
        chosen += drawn[n] < chance[n]
if chosen > 0:
    for _n in range(size):
        if drawn[np.uint64(_n)] < chance[np.uint64(_n)]:
            q = begin + _n
            variable_ = minor = low + q
            {minor}_, at_ = minor, np.uint64(minor)
            if own[minor]:
{emitted}
q = begin + size
"""
_ARRAYS = "chance, drawn = chunk_values(np.float64), chunk_values(np.float64)"
_OUTSIDE = """\
if not skip:
    state[6], state[7], state[8] = 1, major, minor
    return -1
"""
_RANGE = """\
by = np.int64({step})
number = range_size(low, high, by)
if by == 0:
    state[6], state[7] = 2, major
    return -1
"""
_DIRECT = """\
first = max(first, minor_low[segment] - low)
last = min(last, minor_high[segment] - low)
"""
_ONE = """\
if filled == out_k.size:
    state[0], state[1], state[2] = part, major, segment
    state[3], state[5] = q, taken
    return filled
out_major[filled] = major
out_minor[filled] = minor
out_k[filled] = q * stride
filled += 1
"""
_EMIT = """\
given = np.float64({copies})
if not abs(given) < 9.0e15:
    state[6], state[7], state[8] = 4, major, minor
    return -1
copies = np.int64(given)
while copy < copies:
    if filled == out_k.size:
        state[0], state[1], state[2] = part, major, segment
        state[3], state[4], state[5] = q, copy, taken
        return filled
    out_major[filled] = major
    out_minor[filled] = minor
    out_k[filled] = q * stride + copy
    filled += 1
    copy += 1
copy = 0
"""
_SIZE = """\
wanted = np.int64({size})
if wanted < 0 or wanted > number:
    if not skip:
        state[6], state[7], state[8], state[9] = 3, major, wanted, number
        return -1
    wanted = max(np.int64(0), min(wanted, number))
"""


def connection_source(parsed: ParsedConnection, by_candidates: bool = False) -> str:
    """Source of the function ``advance`` that fills arrays with synapses.

    It walks the index `major` over the ranges `major_low` to `major_high`; for each, the numbers
    `q` of the members of the generator's range, in order, or `by_candidates` those that may be
    joined. A synapse is kept if `own` of its other index is true; its identity is
    (major, q stride + copy). Returns the number of synapses filled in, 0 at the end, -1 on an
    error; `state` keeps the place between calls.
    """
    g, code = parsed.generator, _Code(parsed)
    setup, chosen = "", "True"
    if g.share is not None:
        setup = f"share = {code.setup(g.share)}"
        chosen = f"{_drawn(_SHARE_CALL)} < share"
    if g.size is not None:
        setup = _SIZE.format(size=code.setup(g.size))
        chosen = f"(number - q) * {_drawn(_SHARE_CALL)} < wanted - taken"
    condition = None if g.condition.tree is TRUE else code.condition(g.condition)
    probability = None if parsed.probability is None else code.inner(parsed.probability)
    # Most have constants here, for which there is less to compile.
    copies, step = code.inner(parsed.copies), code.setup(g.step)
    emitted = _ONE if copies == "1" else _EMIT.format(copies=copies)
    number = "number = max(np.int64(0), high - low)" if step == "1" else _RANGE.format(step=step)
    low, high, element = code.setup(g.low), code.setup(g.high), code.element(g.element)
    in_chunks = not by_candidates and _in_chunks(parsed, f"{condition} {probability}")
    if by_candidates:
        coin = [f"{_drawn(_COIN_CALL)} < {probability}"] if probability else []
        pairs = _CANDIDATES.format(
            minor=parsed.minor,
            chosen=" and ".join(["own[minor]", f"({condition})", *coin, chosen]),
            emitted=indent(emitted, 8 * " "),
        )
    else:
        if in_chunks:
            walk = _chunk(parsed, condition, probability, emitted)
        else:
            walk = _WALK.format(
                by="" if step == "1" else " * by",
                chosen=chosen,
                element=element,
                minor=parsed.minor,
                choice=indent(_choice(parsed, condition, probability, emitted), 4 * " "),
            )
        direct = indent(_DIRECT, 4 * " ") if parsed.is_direct else ""
        pairs = _RANGES.format(direct=direct, walk=indent(walk, 8 * " "))
    made = _SOURCE.format(
        imports=IMPORTS,
        candidates="starts, stops, candidates," if by_candidates else "",
        arguments="".join(f", {a}" for a in arguments_of(parsed)),
        major=parsed.major,
        low=low,
        high=high,
        number=indent(number, 12 * " "),
        setup=indent(setup, 12 * " "),
        chunks=indent(_ARRAYS, 4 * " ") if in_chunks else "",
        pairs=indent(pairs, 12 * " "),
    )
    return _with_functions(made)


def keys_source(parsed: ParsedConnection, sides: tuple[ast.expr, ast.expr]) -> str | None:
    """Source of the function ``advance`` that computes both sides of an equation.

    The first for each major index, the second for each of the others. None if functions of users
    are called, which may not be defined for pairs that the condition leaves out.
    """
    code = _Code(parsed)
    location = parsed.location
    of_major, of_minor = (code.inner(PlacedExpression(side, location)) for side in sides)
    if user_functions_of(f"{of_major} {of_minor}"):
        return None
    return _with_functions(
        _KEYS.format(
            imports=IMPORTS,
            arguments="".join(f", {a}" for a in arguments_of(parsed)),
            major=parsed.major,
            minor=parsed.minor,
            key_of_major=of_major,
            key_of_minor=of_minor,
        )
    )


def _chunk(
    parsed: ParsedConnection, condition: str | None, probability: str | None, emitted: str
) -> str:
    """Code that looks at many pairs at once."""
    share = parsed.generator.share
    return _CHUNK.format(
        minor=parsed.minor,
        chance=probability or ("share" if share else "1.0"),
        condition=condition or "True",
        drawn=_drawn(_COIN_CALL if probability else _SHARE_CALL) if probability or share else "0.0",
        emitted=indent(emitted, 16 * " "),
    )


def _with_functions(source: str) -> str:
    """A source that imports the functions it calls."""
    functions = user_functions_of(source) + (DRAWN_NUMBERS if "_number(" in source else "")
    return source.replace("import numpy as np\n", f"import numpy as np\n{functions}", 1)


def _drawn(call: int) -> str:
    return f"draw_pair_uniform(major, q, {call}, k0, k1)"


def _in_chunks(parsed: ParsedConnection, code: str) -> bool:
    """Whether expressions are computed for many pairs before any of them is chosen."""
    g = parsed.generator
    one_coin = g.share is None or parsed.probability is None
    chooses = bool(g.share or parsed.probability) or g.condition.tree is not TRUE
    # Functions of users may not be defined for pairs that a condition leaves out.
    return parsed.never_leaves and chooses and one_coin and not user_functions_of(code)


def arguments_of(parsed: ParsedConnection) -> list[str]:
    """Names of the arguments that the expression adds: numbers from outside, then variables."""
    return [f"number_{n}" for n in parsed.numbers] + [f"value_{n}" for n in parsed.members]


def _choice(
    parsed: ParsedConnection, condition: str | None, probability: str | None, emitted: str
) -> str:
    coin = None if probability is None else f"{_drawn(_COIN_CALL)} < {probability}"
    conditions = [one for one in (condition, coin) if one is not None]
    kept = f"if own[minor]:\n{indent(emitted, '    ')}"
    outside = f"if not inside:\n{indent(_OUTSIDE, '    ')}"
    parts = [p for p in (parsed.generator.condition, parsed.probability) if p is not None]
    if any(parsed.uses_minor_members(p) for p in parts):
        # As in Brian 2, the index must be valid before its values are looked at.
        return f"{outside}else:\n{indent(_nested(conditions, kept), '    ')}"
    return _nested(conditions, f"{outside}el{kept}")


def _nested(conditions: list[str], inner: str) -> str:
    for condition in reversed(conditions):
        inner = f"if {condition}:\n{indent(inner, '    ')}"
    return inner


class _Code:
    """Code of the expressions of one text."""

    def __init__(self, parsed: ParsedConnection) -> None:
        self.parsed = parsed
        self.members = parsed.members
        self._calls = _FIRST_CALL

    def setup(self, part: PlacedExpression) -> str:
        """Code of what is evaluated once for each major index."""
        return emit(part.tree, self._name, lambda node, _: self._draw(node, "0"))

    def inner(self, part: PlacedExpression) -> str:
        """Code of what is evaluated for each member of the range."""
        return emit(part.tree, self._name, lambda node, _: self._draw(node, "q"))

    def element(self, part: PlacedExpression) -> str:
        """Code of the index that the generator gives."""
        return (
            "variable_" if self.parsed.generator.variable == self.parsed.minor else self.inner(part)
        )

    def condition(self, part: PlacedExpression) -> str:
        """Code of a condition."""
        names = names_in(part.tree)
        code = self.inner(part)
        # A boolean variable stands as a number in its array.
        return (
            f"{code} != 0" if isinstance(part.tree, ast.Name) and names[0] in self.members else code
        )

    def _name(self, name: str) -> str:
        if name in self.members:
            index = "i" if self.members[name][0] == "pre" else "j"
            return f"value_{name}[{'major' if index == self.parsed.major else 'at_'}]"
        if name == self.parsed.generator.variable and name not in INDICES:
            return "variable_"
        return f"{name}_" if name in self.parsed.symbols.own else f"number_{name}"

    def _draw(self, node: ast.Call, k: str) -> str:
        assert isinstance(node.func, ast.Name)
        self._calls += 1
        function = "draw_pair_uniform" if node.func.id == "rand" else "draw_pair_normal"
        return f"{function}(major, {k}, {self._calls - 1}, k0, k1)"
