"""The intermediate form of neuron models, built-in ones and equations alike."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distsnn.describe.checks.trees import syntax_tree
from distsnn.describe.groups import Link, NeuronDescription
from distsnn.describe.models.receptors.group_receptors import ARRIVING
from distsnn.describe.models.receptors.receptor import Values
from distsnn.describe.operations import BEGIN, POINTS, Operation
from distsnn.describe.values.given_expressions import Names, NeuronEquations
from distsnn.describe.values.time_steps import whole_ratio
from distsnn.errors import ParameterError
from distsnn.integrate.coefficients import Coefficients
from distsnn.integrate.lif import lif_form
from distsnn.integrate.neuron_form import (
    IN_THRESHOLD,
    IN_UPDATE,
    LIVE,
    REFRACTORY_STEPS,
    LinkRead,
    NeuronForm,
    OperationForm,
    variable,
)
from distsnn.language.emit import emit, is_boolean
from distsnn.language.evaluate import evaluate
from distsnn.language.functions import timestep
from distsnn.language.objects.neuron_equations import ParsedNeurons, parse_model
from distsnn.language.objects.temporaries import is_temporary
from distsnn.language.parse import Equation
from distsnn.language.symbols import ACTIVE
from distsnn.language.syntax import Statement
from distsnn.language.types import as_stored


def neuron_form(description: NeuronDescription, dt: float) -> NeuronForm:
    """Form of a group of neurons; `dt` in ms.

    Raises
    ------
    EquationError
        If the method of a model of equations cannot integrate its equations.
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
    code = _Code(
        parsed, coefficients, model.names, states, {x.variable: x for x in description.links}
    )
    statements = [(xi, code.noise()) for xi in step.noise]
    statements += [(name, code.of(tree)) for name, tree in step.statements]
    statements += [(f"_new_{s}", variable(s)) for s in states if s not in parsed.differential]
    at_once = ARRIVING in description.receptor_variables
    if at_once:
        # NEST's order: what arrives is there before the threshold.
        total = f"{variable('_new_V_m')} + {variable(ARRIVING)}"
        statements += [("_new_V_m", total), (f"_new_{ARRIVING}", "0.0")]
    steps, active = _refractoriness(parsed, coefficients, code)
    code.fixed_steps = steps
    threshold = code.condition(parsed.threshold, new=True) if parsed.threshold is not None else ""
    reset = tuple((s.target, code.assigned(s.target, s.value)) for s in parsed.reset)
    places = {
        s.target: code.linked(s.target, LIVE) for s in parsed.reset if s.target in parsed.linked
    }
    refreshed = tuple((e.name, code.refreshed(e)) for e in parsed.refreshed)
    operations = tuple(
        _operation_form(code, description, operation, statements, dt)
        for operation, statements in zip(model.operations, parsed.operations, strict=True)
    )
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
        active=active,
        shared=tuple(code.shared),
        method=method,
        refreshed=refreshed,
        links=tuple(code.links),
        linked_places=tuple(places.items()),
        operations=operations,
    )


def _steps_between(where: str, operation: Operation, dt: float) -> int:
    """Steps between two runs of an operation."""
    steps = whole_ratio(operation.every, dt) if operation.every else 1
    if steps is None:
        raise ParameterError(
            where,
            f"run_regularly(dt={operation.every:g} ms) with a time step of {dt:g} ms",
            "dt is a multiple of the time step",
            "correct one of them",
        )
    return steps


def _operation_form(
    code: _Code,
    description: NeuronDescription,
    operation: Operation,
    statements: tuple[Statement, ...],
    dt: float,
) -> OperationForm:
    """The form of an operation; as in Brian 2 it does not set what is clamped."""
    parsed, point = code.parsed, POINTS[operation.when]
    where = "start" if point == BEGIN else "after"
    found, places = [], {}
    for statement in statements:
        name = statement.target
        expression = code.assigned(name, statement.value, where)
        if name in parsed.clamped and parsed.refractory is not None:
            expression = f"({expression}) if {code.active(where)} else {variable(name)}"
        if name in parsed.linked:
            places[name] = code.linked(name, LIVE)
        found.append((name, expression))
    whole = (operation.start, operation.stop) == (0, description.size)
    if not whole:
        code.shared["_index_"] = None
    return OperationForm(
        operation.name,
        point,
        operation.place(description.name),
        None if whole else (operation.start, operation.stop),
        _steps_between(description.name, operation, dt),
        tuple(found),
        tuple(places.items()),
    )


def _refractoriness(
    parsed: ParsedNeurons, coefficients: Coefficients, code: _Code
) -> tuple[str, str]:
    """Name of the coefficient of a fixed duration, or the code of the condition to be active."""
    tree = None if parsed.refractory is None else parsed.inlined(parsed.refractory)
    if tree is None:
        return "", ""
    if parsed.refractory_is_time and coefficients.is_fixed(tree):
        coefficients.add(REFRACTORY_STEPS, [tree], _steps_of(tree))
        return REFRACTORY_STEPS, ""
    if parsed.refractory_is_time:
        return "", (
            f"step - _last_spike_[lid] >= max(timestep({code.of(tree)}, {code.dt}), np.int64(1))"
        )
    return "", f"(_active_[lid] != 0) | (not {code.condition(tree)})"


def _steps_of(tree: ast.expr) -> Callable[[Values], Any]:
    """Updates after that of the spike in which a neuron is refractory.

    With r steps of refractoriness, Brian 2 holds a neuron for r - 1 of them.
    """

    def value(values: Values) -> np.ndarray:
        clamped: np.ndarray = np.maximum(timestep(evaluate(tree, values), values["dt"]) - 1, 0)
        return clamped

    return value


@dataclass
class _Code:
    """Code of a model's expressions within its loops over neurons."""

    parsed: ParsedNeurons
    coefficients: Coefficients
    names: Names
    states: tuple[str, ...]
    linked_to: Mapping[str, Link] = field(default_factory=dict)
    shared: dict[str, None] = field(default_factory=dict)
    links: dict[LinkRead, None] = field(default_factory=dict)
    fixed_steps: str = ""
    _calls: int = 0
    _drawing: str = "_index_[lid]"

    @property
    def dt(self) -> str:
        """Code of dt."""
        return self.of(ast.Name("dt", ast.Load()))

    def of(self, tree: ast.expr, where: str = "update") -> str:
        """Code of an expression.

        `where` is ``"update"`` (old values), ``"threshold"`` (new values), ``"reset"``,
        ``"start"`` (before all else in a step), or ``"after"`` (after the threshold).
        """
        hoisted = self.coefficients.hoisted(self.parsed.inlined(tree))
        return emit(hoisted, lambda name: self._name(name, where), self._call)

    def condition(self, tree: ast.expr, new: bool = False) -> str:
        """Code of a condition, on the old or the new values."""
        code = self.of(tree, "threshold" if new else "update")
        hoisted = self.coefficients.hoisted(self.parsed.inlined(tree))
        return code if is_boolean(hoisted) else f"({code} != 0)"

    def assigned(self, target: str, tree: ast.expr, where: str = "reset") -> str:
        """Code of a value that a statement assigns; what all neurons share is drawn once."""
        if is_temporary(target):
            return self.of(tree, where)
        self._drawing = "np.int64(0)" if target in self.parsed.shared else "_index_[lid]"
        code = self.of(self._stored(target, tree), where)
        self._drawing = "_index_[lid]"
        return code

    def active(self, where: str) -> str:
        """Code of whether a neuron is not refractory, before a step (``"start"``) or after it."""
        if where == "start":
            return self._active_before()
        if self.fixed_steps:
            return f"(step - _last_spike_[lid] > {variable(self.fixed_steps)})"
        return "(_active_[lid] != 0)"

    def refreshed(self, equation: Equation) -> str:
        """Code of what is constant over dt; what all neurons share has the draws of neuron 0."""
        assert equation.expression is not None
        self._drawing = "np.int64(0)" if "shared" in equation.flags else "_index_[lid]"
        code = self.of(self._stored(equation.name, equation.expression), "start")
        self._drawing = "_index_[lid]"
        return code

    def _stored(self, target: str, tree: ast.expr) -> ast.expr:
        """A value as the type of a variable stores it."""
        return as_stored(tree, self.parsed.equations[target].type, self.parsed.symbols)

    def noise(self) -> str:
        """Code of one noise in a step: a normal number times sqrt(dt)."""
        root = self.of(syntax_tree("sqrt(dt)"))
        return f"{root} * {self._draw('draw_normal')}"

    def _name(self, name: str, where: str) -> str:
        if name in self.states:
            return variable(f"_new_{name}" if where == "threshold" else name)
        if name in self.linked_to:
            return self.linked(name, where if where in {IN_UPDATE, IN_THRESHOLD} else LIVE)
        match name:
            case "t":
                return f"(step * {self.dt})"
            case "t_in_timesteps":
                return "step"
            case "i":
                self.shared["_index_"] = None
                return "_index_[lid]"
            case "lastspike":
                return f"max(_last_spike_[lid] * {self.dt}, -1e7)"
            case _ if name == ACTIVE:
                if self.parsed.refractory is None:
                    return "True"
                if where in {"start", "after"}:
                    return self.active(where)
                return "False" if where == "reset" else "active"
        return variable(name)

    def linked(self, name: str, moment: str) -> str:
        """Code of the element of another group that a linked variable stands for."""
        read, index = LinkRead(name, moment), self.linked_to[name].index
        self.links[read] = None
        self.shared[read.argument] = None
        if isinstance(index, str):
            return f"{read.argument}[np.int64({self.of(ast.Name(index, ast.Load()))})]"
        self.shared[read.index] = None
        return f"{read.argument}[{read.index}[lid]]"

    def _active_before(self) -> str:
        """Code of whether a neuron was not refractory at the end of the last step."""
        if self.fixed_steps:
            return f"(step - 1 - _last_spike_[lid] > {variable(self.fixed_steps)})"
        return "(_active_[lid] != 0)"

    def _call(self, node: ast.Call, arguments: list[str]) -> str:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name in {"rand", "randn"}:
            return self._draw("draw_uniform" if name == "rand" else "draw_normal")
        position = self.parsed.outside[1].index(name)
        array = self.names.arrays[name]
        parts = ["values", "epsilon", "factor"] + ["columns"] * (array.values.ndim == 2)
        given = [f"_array{position}_{part}_" for part in parts]
        self.shared |= dict.fromkeys(given)
        function = "timed_value" if array.values.ndim == 1 else "timed_value_2d"
        return f"{function}({', '.join([*arguments, *given])})"

    def _draw(self, function: str) -> str:
        self.shared |= dict.fromkeys(("_index_", "_k0_", "_k1_"))
        self._calls += 1
        return f"{function}({self._drawing}, step, {self._calls - 1}, _k0_, _k1_)"


def array_arguments(
    model: NeuronEquations, owner: str, size: int, dt: float
) -> Mapping[str, object]:
    """Arguments of the program for the TimedArrays of a model, by name without group.

    Raises
    ------
    ParameterError
        If an expression calls one for column ``i`` that has fewer columns than there are neurons.
    """
    found: dict[str, object] = {}
    parsed = parse_model(model, owner)
    calls = [node for tree in parsed.trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    by_index = {
        ast.unparse(call.func)
        for call in calls
        if len(call.args) == 1 or [ast.unparse(column) for column in call.args[1:]] == ["i"]
    }
    for position, name in enumerate(parsed.outside[1]):
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
        found |= {
            f"_array{position}_values": np.ascontiguousarray(array.values).ravel(),
            f"_array{position}_epsilon": epsilon,
            f"_array{position}_factor": factor,
        }
        if array.values.ndim == 2:
            found[f"_array{position}_columns"] = array.values.shape[1]
    return found
