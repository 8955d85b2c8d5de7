"""Check of dimensions: every text must make sense whatever the numbers are.

Numbers from outside carry no unit, so the dimension of a constant is a free one: it is found
from how the constant is used, and all uses must agree.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from difflib import get_close_matches
from fractions import Fraction

from distsnn.errors import EquationError, UnitError, nearest_first
from distsnn.language import dimensions as dim
from distsnn.language.dimensions import Dimension, Unification, free_dimension
from distsnn.language.functions import FUNCTIONS, RANDOM
from distsnn.language.parse import DIFFERENTIAL, Equation
from distsnn.language.source_location import SourceLocation
from distsnn.language.symbols import SymbolTable
from distsnn.language.syntax import Statement, calls_in, names_in
from distsnn.language.unit_names import constant_number

# Of all arguments, by the dimensions of a function; None for any.
_OF_ARGUMENTS = {"plain": dim.ONE, "time": dim.SECOND, "user": None}
_WORDS = {ast.Add: "added", ast.Sub: "subtracted", ast.Mod: "divided with rest"}


def no_function(location: SourceLocation, name: str, given: str) -> EquationError:
    """The error for a call of something that is no function here."""
    names = nearest_first(name, [*FUNCTIONS, *RANDOM])
    near = get_close_matches(name, names, n=1)
    return location.error(
        f"{name}() is no function here, and no TimedArray: it is given {given}",
        "functions are "
        + ", ".join(names)
        + ", TimedArrays, which are given a time, and functions of Python or numba that are "
        "defined when the object is made",
        f"Did you mean {near[0]!r}?" if near else "Write it with these",
        location.node_of(name),
        name=name,
        valid=names,
    )


class DimensionCheck:
    """The check of all expressions of one object; constants keep what is found of them."""

    def __init__(self, symbols: SymbolTable) -> None:
        self.symbols = symbols
        self.unification = Unification()
        self._used: dict[str, SourceLocation] = {}
        self._fresh = 0

    def equation(self, equation: Equation) -> None:
        """Check that both sides of an equation have the same dimension."""
        if equation.expression is None:
            return
        found = self.of(equation.expression, equation.location)
        left, wanted = equation.name, equation.dimension
        if equation.kind == DIFFERENTIAL:
            left, wanted = f"d{equation.name}/dt", equation.dimension / dim.SECOND
        self._same(wanted, found, left, equation.expression, equation.location)
        self._seen(equation.expression, equation.location)

    def statement(self, statement: Statement) -> None:
        """Check that a value fits the variable that it is assigned to."""
        wanted = self.symbols[statement.target].dimension
        found = self.of(statement.expression, statement.location)
        if statement.operator in {"*", "/", "**", "//"}:
            wanted = dim.ONE
            left = (
                f"what {statement.target} is multiplied with"
                if statement.operator == "*"
                else f"what follows {statement.operator}="
            )
        else:
            left = statement.target
        self._same(wanted, found, left, statement.expression, statement.location)
        self._seen(statement.expression, statement.location)

    def expression(
        self, tree: ast.expr, location: SourceLocation, wanted: Dimension, what: str
    ) -> None:
        """Check that an expression has a certain dimension."""
        self._same(wanted, self.of(tree, location), what, tree, location)
        self._seen(tree, location)

    def given(self, dimensions: Mapping[str, Dimension]) -> None:
        """Check that names from outside have the dimensions in which expressions take them."""
        known = self.unification.copy()
        for name, of in dimensions.items():
            if not known.unify(free_dimension(name), of):
                used = self._used.get(name.removesuffix("()"))
                raise UnitError(
                    used.owner if used else name,
                    f"{name} is in {of}, but {f'{used.kind} {used.text!r}' if used else 'it'} "
                    f"takes it in {known.resolve(free_dimension(name))}",
                    "quantities have the unit that expressions take them in",
                    "correct the value or the expression",
                    left=str(known.resolve(free_dimension(name))),
                    right=str(of),
                )

    def of(self, node: ast.expr, location: SourceLocation) -> Dimension:
        """The dimension of an expression, as far as it is known."""
        match node:
            case ast.Constant():
                return dim.ONE
            case ast.Name(id=name):
                return self.unification.resolve(self.symbols[name].dimension)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.of(operand, location)
                return dim.ONE
            case ast.UnaryOp(operand=operand):
                return self.of(operand, location)
            case ast.BoolOp(values=values):
                for value in values:
                    self.of(value, location)
                return dim.ONE
            case ast.Compare(left=left, comparators=[right]):
                self._pair(left, right, node, "compared", location)
                return dim.ONE
            case ast.BinOp(left=left, op=op, right=right):
                return self._operation(node, left, op, right, location)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, arguments, location)
        raise TypeError(ast.dump(node))

    def _operation(
        self,
        node: ast.expr,
        left: ast.expr,
        op: ast.operator,
        right: ast.expr,
        location: SourceLocation,
    ) -> Dimension:
        if isinstance(op, ast.Mult):
            return self.of(left, location) * self.of(right, location)
        if isinstance(op, ast.Div | ast.FloorDiv):
            return self.of(left, location) / self.of(right, location)
        if isinstance(op, ast.Pow):
            return self._power(left, right, location)
        return self._pair(left, right, node, _WORDS[type(op)], location)

    def _power(self, base: ast.expr, exponent: ast.expr, location: SourceLocation) -> Dimension:
        self._same(dim.ONE, self.of(exponent, location), "an exponent", exponent, location)
        number = constant_number(exponent)
        of_base = self.of(base, location)
        if number is not None:
            return of_base**number
        if of_base == dim.ONE:
            return dim.ONE
        if of_base.free:
            self._same(
                dim.ONE, of_base, "the base of a power that is no literal number", base, location
            )
            return dim.ONE
        # A quantity to the power of a number from outside: its dimension is not known here.
        return self._unknown_dimension()

    def _call(self, name: str, arguments: list[ast.expr], location: SourceLocation) -> Dimension:
        if name in RANDOM:
            return dim.ONE
        function = FUNCTIONS.get(name)
        found = [self.of(argument, location) for argument in arguments]
        if function is None:
            if not self.unification.unify(dim.SECOND, found[0]):
                raise no_function(location, name, f"{ast.unparse(arguments[0])!r} in {found[0]}")
            for index, argument in zip(found[1:], arguments[1:], strict=True):
                self._same(dim.ONE, index, f"the index given to {name}()", argument, location)
            return self.unification.resolve(free_dimension(name + "()"))
        if function.dimensions == "root":
            return found[0] ** Fraction(1, 2)
        if function.dimensions == "sign":
            return dim.ONE
        if function.dimensions == "same":
            for argument, other in zip(arguments[1:], found[1:], strict=True):
                self._same(found[0], other, ast.unparse(arguments[0]), argument, location)
            return self.unification.resolve(found[0])
        wanted = function.arguments or (_OF_ARGUMENTS[function.dimensions],) * len(arguments)
        for argument, of_argument, of in zip(arguments, found, wanted, strict=True):
            if of is not None:
                self._same(of, of_argument, f"what {name}() is given", argument, location)
        if function.dimensions == "user":
            return function.result or self._unknown_dimension()
        return dim.ONE

    def _pair(
        self, left: ast.expr, right: ast.expr, node: ast.AST, word: str, location: SourceLocation
    ) -> Dimension:
        one, other = self.of(left, location), self.of(right, location)
        if not self.unification.unify(one, other):
            raise self._mismatch(
                f"{ast.unparse(left)!r} in {one} and {ast.unparse(right)!r} in {other} are {word}",
                one,
                other,
                node,
                location,
            )
        return self.unification.resolve(one)

    def _same(
        self,
        wanted: Dimension,
        found: Dimension,
        what: str,
        node: ast.expr,
        location: SourceLocation,
    ) -> None:
        wanted, found = self.unification.resolve(wanted), self.unification.resolve(found)
        if not self.unification.unify(wanted, found):
            raise self._mismatch(
                f"{what} is in {wanted}, but {ast.unparse(node)!r} in {found}",
                wanted,
                found,
                node,
                location,
            )

    def _mismatch(
        self, what: str, left: Dimension, right: Dimension, node: ast.AST, location: SourceLocation
    ) -> UnitError:
        notes = []
        for name in names_in(node):
            if name in self._used and self.symbols[name].dimension.free:
                known = self.unification.resolve(self.symbols[name].dimension)
                if not known.free:
                    other = self._used[name]
                    notes.append(
                        f"{name} is in {known} because of {other.kind} {other.text!r} "
                        f"(line {other.line})"
                    )
        return UnitError(
            location.where_of(node),
            what,
            "both sides must have the same unit",
            "note that " + ", ".join(notes) if notes else "correct the equation or the units",
            line=location.line,
            left=str(left),
            right=str(right),
        )

    def _seen(self, tree: ast.expr, location: SourceLocation) -> None:
        for name in [*names_in(tree), *calls_in(tree)]:
            self._used.setdefault(name, location)

    def _unknown_dimension(self) -> Dimension:
        self._fresh += 1
        return free_dimension(f"power {self._fresh}")
