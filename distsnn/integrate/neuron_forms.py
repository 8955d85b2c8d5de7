"""The intermediate form of neuron models, built-in ones and equations alike."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from distsnn.describe.checks.trees import syntax_tree
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.models.receptors.group_receptors import ARRIVING
from distsnn.describe.models.receptors.receptor import Values
from distsnn.describe.operations import (
    AMONG_RESETS,
    CHECK_POINTS,
    Event,
    Operation,
)
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.describe.values.links import Link
from distsnn.errors import ParameterError
from distsnn.integrate.built_in.lif import lif_form
from distsnn.integrate.coefficients import Coefficients
from distsnn.integrate.neuron_form import (
    CROSSED,
    IN_THRESHOLD,
    IN_UPDATE,
    LARGER,
    LAST_SPIKE_STEP,
    LIVE,
    REFRACTORY_STEPS,
    Assigned,
    Assignment,
    LinkRead,
    NeuronForm,
    OperationForm,
    SubStepForm,
    TimedReference,
)
from distsnn.integrate.step import SubSteps, name_tree, sum_tree, tree_of
from distsnn.language.evaluate import evaluate
from distsnn.language.functions import timestep
from distsnn.language.objects.neuron_equations import ParsedNeurons, parse_model
from distsnn.language.objects.temporaries import is_temporary
from distsnn.language.parse import Equation
from distsnn.language.syntax import Statement, names_in, substitute
from distsnn.language.types import as_stored


def neuron_form(description: NeuronDescription, dt: float) -> NeuronForm:
    """Form of a group of neurons; `dt` in ms.

    Raises EquationError if the method of a model of equations cannot integrate its equations.
    """
    if not isinstance(description.model, NeuronEquations):
        return lif_form(description)
    return _form_of_equations(description, description.model, dt)


def method_of(description: NeuronDescription, dt: float) -> str:
    """Name of the method of integration that a group uses."""
    return neuron_form(description, dt).method


def _form_of_equations(
    description: NeuronDescription, model: NeuronEquations, dt: float
) -> NeuronForm:
    parsed = parse_model(model, description.name)
    reached = dict.fromkeys(description.receptor_variables)
    changing = parsed.written.union(reached) & frozenset(parsed.parameters) | frozenset(
        parsed.linked
    )
    states = (*parsed.differential, *(p for p in parsed.parameters if p in changing))
    coefficients = Coefficients(parsed.symbols, changing)
    # Not at the top: sympy takes most of a second to import, and built-in models do without.
    integrate = importlib.import_module("distsnn.integrate.methods").integrate
    method, step = integrate(
        parsed,
        model.method,
        coefficients,
        lambda name: model.names.arrays[name].is_constant_over(dt),
    )
    trees = _Trees(parsed, coefficients, {x.variable: x for x in description.links})
    statements = [(xi, trees.noise()) for xi in step.noise]
    advanced = [(name, trees.of(tree)) for name, tree in step.statements]
    substeps = None
    if step.substeps is None:
        statements += advanced
        kept = [s for s in states if s not in parsed.differential]
    else:
        substeps = _substep_form(step.substeps, advanced, trees)
        kept = [*states]
    statements += [(f"_new_{s}", name_tree(s)) for s in kept]
    at_once = ARRIVING in description.receptor_variables
    if at_once:
        # NEST's order: what arrives is there before the threshold.
        if substeps is not None and substeps.threshold is not None:
            substeps = replace(substeps, arriving=("V_m", ARRIVING))
        else:
            statements.append(("_new_V_m", sum_tree([name_tree("_new_V_m"), name_tree(ARRIVING)])))
        statements.append((f"_new_{ARRIVING}", ast.Constant(0.0)))
    steps, refractory = _refractoriness(parsed, coefficients, trees)
    threshold, reset = _spike(trees, states, substeps)
    refreshed = tuple(trees.refreshed(e) for e in parsed.refreshed)
    operations = _operation_forms(trees, description, model, dt)
    return NeuronForm(
        states=(*states, ARRIVING) if at_once else states,
        coefficients=tuple(coefficients.found),
        statements=tuple(statements),
        clamped=tuple(s for s in states if s in parsed.clamped and parsed.refractory is not None),
        threshold=threshold,
        reset=reset,
        refractory_steps=steps,
        receptor_states=description.receptor_variables,
        arriving=(("V_m", ARRIVING),) if at_once else (),
        refractory=refractory,
        refractory_is_time=parsed.refractory_is_time,
        method=method,
        refreshed=refreshed,
        arrays=tuple(
            TimedReference(name, index, model.names.arrays[name].values.ndim == 2)
            for index, name in enumerate(parsed.outside[1])
        ),
        links=tuple(trees.links),
        operations=operations,
        substeps=substeps,
    )


def _spike(
    trees: _Trees, states: tuple[str, ...], substeps: SubStepForm | None
) -> tuple[ast.expr | None, tuple[Assigned, ...]]:
    """Threshold and reset of a step; those of sub-steps leave only whether there was a spike."""
    parsed = trees.parsed
    if substeps is not None and substeps.threshold is not None:
        return name_tree(CROSSED), ()
    new = {s: name_tree(f"_new_{s}") for s in states}
    threshold = None
    if parsed.threshold is not None:
        threshold = substitute(trees.of(parsed.threshold, IN_THRESHOLD), new)
    return threshold, tuple(trees.assigned(s.target, s.value) for s in parsed.reset)


def _substep_form(substeps: SubSteps, advanced: list[Assignment], trees: _Trees) -> SubStepForm:
    parsed = trees.parsed
    threshold: ast.expr | None = None
    reset: tuple[Assigned, ...] = ()
    if substeps.resets and parsed.threshold is not None:
        threshold = trees.of(parsed.threshold, IN_THRESHOLD)
        reset = tuple(trees.assigned(s.target, s.value) for s in parsed.reset)
    errors = tuple(trees.of(error) for error in substeps.errors)
    return SubStepForm(tuple(advanced), errors, substeps.variables, threshold, reset)


def _operation_forms(
    trees: _Trees, description: NeuronDescription, model: NeuronEquations, dt: float
) -> tuple[OperationForm, ...]:
    """The operations of a model, then the checks of its events."""
    regular = zip(model.operations, trees.parsed.operations, strict=True)
    checks = zip(model.events, trees.parsed.events, strict=True)
    return (
        *(_operation_form(trees, description, one, statements, dt) for one, statements in regular),
        *(_event_form(trees, description.name, event, condition) for event, condition in checks),
    )


def _operation_form(
    trees: _Trees,
    description: NeuronDescription,
    operation: Operation,
    statements: tuple[Statement, ...],
    dt: float,
) -> OperationForm:
    whole = (operation.start, operation.stop) == (0, description.size)
    place = operation.place(description.name)
    if operation.point == AMONG_RESETS:
        place = (*place[:2], operation.event)
    return OperationForm(
        operation.name.replace("*", description.name),
        operation.point,
        place,
        None if whole else (operation.start, operation.stop),
        operation.steps(description.name, dt),
        tuple(trees.assigned(s.target, s.value) for s in statements),
        operation.event,
        steps=operation.steps_at(description.name, dt),
    )


def _event_form(trees: _Trees, group: str, event: Event, condition: ast.expr) -> OperationForm:
    point, place = CHECK_POINTS[event.when], event.place(group)
    tree = trees.of(condition, LIVE)
    return OperationForm(f"{event.name} of {group}", point, place, None, 1, (), event.name, tree)


def _refractoriness(
    parsed: ParsedNeurons, coefficients: Coefficients, trees: _Trees
) -> tuple[str, ast.expr | None]:
    """Name of the coefficient of a fixed duration; steps or condition of another one."""
    tree = None if parsed.refractory is None else parsed.inlined(parsed.refractory)
    if tree is None:
        return "", None
    if parsed.refractory_is_time and coefficients.is_fixed(tree):
        coefficients.add(REFRACTORY_STEPS, [tree], _steps_of(tree))
        return REFRACTORY_STEPS, None
    if parsed.refractory_is_time:
        return "", tree_of("timestep(f, dt)", f=trees.of(tree), dt=trees.dt)
    return "", trees.of(tree)


def _steps_of(tree: ast.expr) -> Callable[[Values], Any]:
    """Updates after that of the spike in which a neuron is refractory.

    With r steps of refractoriness, Brian 2 holds a neuron for r - 1 of them.
    """

    def value(values: Values) -> np.ndarray:
        clamped: np.ndarray = np.maximum(timestep(evaluate(tree, values), values["dt"]) - 1, 0)
        return clamped

    return value


@dataclass(frozen=True)
class _Trees:
    """Expressions of a model as a form has them."""

    parsed: ParsedNeurons
    coefficients: Coefficients
    linked_to: Mapping[str, Link]
    links: dict[LinkRead, None] = field(default_factory=dict)

    @property
    def dt(self) -> ast.expr:
        """The coefficient dt."""
        return self.coefficients.hoisted(name_tree("dt"))

    def of(self, tree: ast.expr, moment: str = IN_UPDATE) -> ast.expr:
        """An expression with its coefficients, and with times as steps times dt.

        `moment` says when linked variables are read.
        """
        hoisted = self.coefficients.hoisted(self.parsed.inlined(tree))
        by = {
            name: self._linked(name, moment)
            if name in self.linked_to
            else tree_of(_TIMES[name], dt=self.dt)
            for name in names_in(hoisted)
            if name in self.linked_to or name in _TIMES
        }
        return substitute(hoisted, by) if by else hoisted

    def _linked(self, variable: str, moment: str) -> ast.expr:
        """The element of another group that a linked variable stands for."""
        index = self.linked_to[variable].index
        tree = self.of(name_tree(index)) if isinstance(index, str) else None
        read = LinkRead(variable, moment, tree)
        self.links.setdefault(read)
        return name_tree(read.name)

    def assigned(self, target: str, tree: ast.expr) -> Assigned:
        """The assignment of a statement; what all neurons share is drawn once."""
        if target in self.linked_to:
            self._linked(target, LIVE)
        value = self.of(tree if is_temporary(target) else self._stored(target, tree), LIVE)
        return Assigned(target, value, target in self.parsed.shared)

    def refreshed(self, equation: Equation) -> Assigned:
        """The assignment of what is constant over dt."""
        assert equation.expression is not None
        value = self.of(self._stored(equation.name, equation.expression), LIVE)
        return Assigned(equation.name, value, "shared" in equation.flags)

    def _stored(self, target: str, tree: ast.expr) -> ast.expr:
        """A value as the type of a variable stores it."""
        return as_stored(tree, self.parsed.equations[target].type, self.parsed.symbols)

    def noise(self) -> ast.expr:
        """One noise in a step: a normal number times sqrt(dt)."""
        return tree_of("root*randn()", root=self.of(syntax_tree("sqrt(dt)")))


_TIMES = {
    "t": "t_in_timesteps*dt",
    "lastspike": f"{LARGER}({LAST_SPIKE_STEP}*dt, -1e7)",
}


def timed_arrays(
    model: NeuronEquations, owner: str, size: int, dt: float
) -> list[dict[str, np.ndarray | float]]:
    """The parts of each TimedArray of a model.

    Raises ParameterError if an expression calls one for column ``i`` that has fewer columns than
    there are neurons.
    """
    found: list[dict[str, np.ndarray | float]] = []
    parsed = parse_model(model, owner)
    if not parsed.outside[1]:
        return found
    calls = [node for tree in parsed.trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    by_index = {
        ast.unparse(call.func)
        for call in calls
        if len(call.args) == 1 or [ast.unparse(column) for column in call.args[1:]] == ["i"]
    }
    for name in parsed.outside[1]:
        array = model.names.arrays[name]
        if array.values.ndim == 2 and name in by_index and array.values.shape[1] < size:
            raise ParameterError(
                owner,
                f"{name}(t, i) is called for {size} neurons, and {name} has "
                f"{array.values.shape[1]} columns",
                "there is a column for each index",
                "give a column for each neuron, or call it with another index",
            )
        epsilon, factor = array.grid(dt)
        parts: dict[str, np.ndarray | float] = {
            "values": np.ascontiguousarray(array.values).ravel(),
            "epsilon": epsilon,
            "factor": factor,
        }
        if array.values.ndim == 2:
            parts["columns"] = array.values.shape[1]
        found.append(parts)
    return found
