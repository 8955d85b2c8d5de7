"""One time step of a model's differential equations by each method.

Sources: Stimberg et al. 2019, eLife 8:e47314, whose Brian 2 defines what each name means.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from distsnn.describe.checks.trees import syntax_tree
from distsnn.errors import EquationError, ParameterError, nearest_first
from distsnn.integrate.adaptive_steps import rkf45, rkf45_reset
from distsnn.integrate.coefficients import Coefficients
from distsnn.integrate.exponential_steps import exponential_euler, exponential_midpoint
from distsnn.integrate.linear import exact_step
from distsnn.integrate.step import (
    CannotIntegrateError,
    Step,
    System,
    if_active,
    name_tree,
    sum_tree,
    system_of,
    tree_of,
    without_noise,
)
from distsnn.language.objects.neuron_equations import ParsedNeurons
from distsnn.language.parse import DIFFERENTIAL
from distsnn.language.syntax import names_in, substitute

# Tried in this order where no method is given, as in Brian 2.
DEFAULTS = ("exact", "euler", "heun")


def check_method(where: str, method: str) -> None:
    """Check the name of a method, also where there is nothing that it could integrate.

    Raises EquationError if it, or one of several with commas between them, is not known.
    """
    for one in method.split(",") if method else ():
        if one not in METHODS:
            names = nearest_first(one, METHODS)
            raise EquationError(
                where,
                f"method={one!r}",
                "methods are " + ", ".join(names),
                f"did you mean {names[0]!r}?",
                method=one,
            )


def checked_method(where: str, given: object) -> str:
    """The argument ``method=``: one name, or several, of which the first is taken that fits.

    Raises ParameterError if it is neither, and EquationError if a name is not known.

    Returns
    -------
    str
        The names with commas between them; empty for None.
    """
    names = [given] if isinstance(given, str) else given
    if names is None:
        return ""
    if not isinstance(names, list | tuple) or not all(isinstance(n, str) and n for n in names):
        raise ParameterError(
            where,
            f"method={given!r}",
            "method is the name of a method, or a list of names",
            "give it as a string",
        )
    method = ",".join(names).lower()
    check_method(where, method)
    return "" if tuple(method.split(",")) == DEFAULTS else method


def integrate(
    parsed: ParsedNeurons,
    method: str,
    coefficients: Coefficients,
    locally_constant: Callable[[str], bool],
) -> tuple[str, Step]:
    """The method that is used, and its step.

    Raises EquationError if the method does not fit the equations.

    Parameters
    ----------
    method : str
        Or several with commas between them, of which the first is taken that fits; empty for
        `DEFAULTS`.
    coefficients : Coefficients
        Gets the propagators of the exact method.
    locally_constant : callable
        Whether a TimedArray, by its name, is constant within a step.
    """
    if not parsed.differential:
        return method or "none", Step([])
    system = system_of(parsed, locally_constant)
    first = next(e for e in parsed.equations.values() if e.kind == DIFFERENTIAL)
    reasons = []
    for name in method.split(",") if method else DEFAULTS:
        try:
            if name in _EXACT:
                without_noise(system)
                return name, exact_step(system, coefficients, locally_constant, strict=not method)
            if name in _EXPONENTIAL:
                return name, _EXPONENTIAL[name](system, coefficients)
            return name, _METHODS[name](system)
        except CannotIntegrateError as error:
            reasons.append(f"{name}: {error}")
    raise first.location.error(
        "the equations cannot be integrated (" + "; ".join(reasons) + ")",
        "methods are " + ", ".join(METHODS),
        "choose another method",
        method=method,
    )


def _euler(system: System) -> Step:
    """X + dt f(x, t) + sum of g dW."""
    if system.multiplicative:
        raise CannotIntegrateError("a factor of the noise depends on a variable or on t")
    statements = []
    for name in system.drift:
        terms = [tree_of("x + dt*f", x=name_tree(name), f=system.drift[name])]
        terms += [tree_of("g*w", g=g, w=name_tree(xi)) for xi, g in system.noise[name].items()]
        statements.append((f"_new_{name}", sum_tree(terms)))
    return Step(statements, noise=system.noises)


def _rk2(system: System) -> Step:
    """K = dt f(x, t); x + dt f(x + k/2, t + dt/2)."""
    without_noise(system)
    stages = _Stages(system)
    stages.add("_k", None, "0")
    stages.add("_k2", "x + _k/2", "1/2")
    return stages.step("x + _k2")


def _rk4(system: System) -> Step:
    """The classical method of order four."""
    without_noise(system)
    stages = _Stages(system)
    stages.add("_k1", None, "0")
    stages.add("_k2", "x + _k1/2", "1/2")
    stages.add("_k3", "x + _k2/2", "1/2")
    stages.add("_k4", "x + _k3", "1")
    return stages.step("x + (_k1 + 2*_k2 + 2*_k3 + _k4)/6")


def _heun(system: System) -> Step:
    """Stratonovich: x + dt f(x, t) + dW (g(x, t) + g(x + g(x, t) dW, t + dt))/2."""
    statements: list[tuple[str, ast.expr]] = []
    for name in system.drift:
        for xi, factor in system.noise[name].items():
            statements.append((f"_g_{name}_{xi}", if_active(system, name, factor)))
    # As in Brian 2, each noise has a support of its own.
    for xi in system.noises:
        for name in system.drift:
            support = (
                tree_of(
                    "x + g*w", x=name_tree(name), g=name_tree(f"_g_{name}_{xi}"), w=name_tree(xi)
                )
                if xi in system.noise[name]
                else name_tree(name)
            )
            statements.append((f"_support_{name}_{xi}", support))
    for name in system.drift:
        terms = [tree_of("x + dt*f", x=name_tree(name), f=system.drift[name])]
        for xi, factor in system.noise[name].items():
            later = substitute(
                factor,
                {n: name_tree(f"_support_{n}_{xi}") for n in system.drift}
                | {"t": syntax_tree("t + dt")},
            )
            terms.append(
                tree_of("0.5*w*(g + h)", w=name_tree(xi), g=name_tree(f"_g_{name}_{xi}"), h=later)
            )
        statements.append((f"_new_{name}", sum_tree(terms)))
    return Step(statements, noise=system.noises)


def _milstein(system: System) -> Step:
    """Milstein's method without derivatives, Stratonovich, for noise of each variable alone."""
    statements: list[tuple[str, ast.expr]] = []
    for name, factors in system.noise.items():
        if len(factors) > 1:
            raise CannotIntegrateError(f"the noise of {name} is not diagonal")
    if len(system.noises) < sum(bool(f) for f in system.noise.values()):
        raise CannotIntegrateError("two variables share a noise, so it is not diagonal")
    drifts = {
        name: tree_of("x + dt*f", x=name_tree(name), f=if_active(system, name, f))
        for name, f in system.drift.items()
    }
    for name, drift in drifts.items():
        terms = [drift]
        for xi, factor in system.noise[name].items():
            g, support = name_tree(f"_g_{name}"), name_tree(f"_support_{name}")
            statements.append((g.id, if_active(system, name, factor)))
            statements.append((support.id, tree_of("a + sqrt(dt)*g", a=drift, g=g)))
            terms.append(tree_of("g*w", g=g, w=name_tree(xi)))
            # As in Brian 2, the support of other variables has no noise.
            others = {n: drifts[n] for n in drifts if n != name and n in names_in(factor)}
            terms.append(
                tree_of(
                    "(h - g)*w**2/(2*sqrt(dt))",
                    g=g,
                    w=name_tree(xi),
                    h=substitute(factor, {name: support} | others),
                )
            )
        statements.append((f"_new_{name}", sum_tree(terms)))
    return Step(statements, noise=system.noises)


_METHODS: Mapping[str, Callable[[System], Step]] = {
    "euler": _euler,
    "rk2": _rk2,
    "rk4": _rk4,
    "heun": _heun,
    "milstein": _milstein,
    "rkf45": rkf45,
    "rkf45_reset": rkf45_reset,
}
_EXPONENTIAL: Mapping[str, Callable[[System, Coefficients], Step]] = {
    "exponential_euler": exponential_euler,
    "exponential_midpoint": exponential_midpoint,
}
# As in Brian 2, whose other two names are of parts of the first.
_EXACT = ("exact", "linear", "independent")
METHODS = ("exact", *_EXPONENTIAL, *_METHODS, "linear", "independent")


class _Stages:
    """Stages of a Runge-Kutta method for all variables at once."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.statements: list[tuple[str, ast.expr]] = []
        self._stages: list[str] = []

    def add(self, stage: str, argument: str | None, later: str) -> None:
        """Add ``stage = dt f(argument, t + later dt)``."""
        points: dict[str, ast.expr] = {}
        if argument is not None:
            for name in self.system.drift:
                point = f"_at{stage}_{name}"
                self.statements.append((point, self._of(argument, name)))
                points[name] = name_tree(point)
            points["t"] = syntax_tree(f"t + {later}*dt")
        for name, drift in self.system.drift.items():
            slope = if_active(self.system, name, substitute(drift, points))
            self.statements.append((f"{stage}_{name}", tree_of("dt*f", f=slope)))
        self._stages.append(stage)

    def step(self, result: str) -> Step:
        """The step whose new values are `result`."""
        self.statements += [(f"_new_{name}", self._of(result, name)) for name in self.system.drift]
        return Step(self.statements)

    def _of(self, formula: str, name: str) -> ast.expr:
        names = {stage: name_tree(f"{stage}_{name}") for stage in self._stages}
        return tree_of(formula, x=name_tree(name), **names)
