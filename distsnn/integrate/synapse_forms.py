"""From checked expressions of synapses to their intermediate form."""

from __future__ import annotations

import ast
from dataclasses import replace

from distsnn.describe.checks.trees import syntax_tree
from distsnn.describe.operations import Operation
from distsnn.integrate.coefficients import Coefficients
from distsnn.integrate.linear import exact_step
from distsnn.integrate.methods import integrate
from distsnn.integrate.neuron_form import TimedReference
from distsnn.integrate.step import CannotIntegrateError, System
from distsnn.integrate.synapse_form import Code, Pathway, Summed, SynapseForm, SynapseOperation
from distsnn.language.functions import FUNCTIONS, RANDOM, RELAX
from distsnn.language.objects.neuron_equations import ParsedNeurons
from distsnn.language.objects.synapse_equations import LASTUPDATE, ParsedPathway, ParsedSynapses
from distsnn.language.symbols import CONSTANT
from distsnn.language.symbols import PARAMETER as PARAMETER_SYMBOL
from distsnn.language.syntax import Statement, substitute
from distsnn.language.types import as_stored

_SINCE = "_since"
_Assigned = list[tuple[str, ast.expr]]


def _never(name: str) -> bool:  # noqa: ARG001 - as methods of integration ask
    """Whether a TimedArray is constant within a step: not known here."""
    return False


class _NothingFixed(Coefficients):
    """For closed forms over intervals that differ from event to event."""

    def is_fixed(self, tree: ast.expr) -> bool:  # noqa: ARG002 - as in the base
        return False


def synapse_form(
    parsed: ParsedSynapses, method: str, operations: tuple[Operation, ...], dt: float
) -> SynapseForm:
    """Integrate the equations and collect all that synapses compute; `dt` in ms.

    Raises EquationError if the method cannot integrate the equations.
    """
    own = frozenset(parsed.equations)
    parameters = frozenset(n for n, s in parsed.symbols.own.items() if s.kind == PARAMETER_SYMBOL)
    coefficients = Coefficients(parsed.symbols, parameters)
    writer = _Writer(parsed)
    decay = _decay(parsed)
    pathways = tuple(
        Pathway(p.name, p.after, writer.code(_event(parsed, p, decay))) for p in parsed.pathways
    )
    continuous = None
    if parsed.clock_driven:
        continuous = writer.code(_step(parsed, method, coefficients))
    summed = tuple(
        Summed(
            e.name,
            writer.code([("_summed", parsed.inlined(e.expression))]),
            parsed.symbols[e.name].type,
        )
        for e in parsed.summed
        if e.expression is not None
    )
    constant = [
        (e.name, _stored(parsed, e.name, e.expression))
        for e in parsed.refreshed
        if e.expression is not None
    ]
    refreshed = writer.code(constant) if constant else None
    regular = tuple(
        _operation(parsed, one, writer.code(_assigned(parsed, statements)), dt)
        for one, statements in zip(operations, parsed.operations, strict=True)
    )
    codes = [
        *(p.code for p in pathways),
        *(s.code for s in summed),
        *(code for code in (continuous, refreshed) if code is not None),
        *(one.code for one in regular),
    ]
    used = frozenset(s.variable for s in summed).union(*(c.reads | c.writes for c in codes))
    computed = {c.name for c in coefficients.found}
    constants = sorted(
        n
        for n in used - own
        if parsed.symbols[n].kind == CONSTANT and n not in writer.local and n not in computed
    )
    return SynapseForm(
        variables=parsed.variables,
        constants=tuple(constants),
        pathways=pathways,
        coefficients=tuple(coefficients.found),
        continuous=continuous,
        summed=summed,
        pre_states=frozenset(n for n in parsed.source.symbols if f"{n}_pre" in used),
        post_states=frozenset(n for n in parsed.target.symbols if f"{n}_post" in used),
        clamped=frozenset(f"{x}_post" for x in parsed.target.clamped)
        | frozenset(f"{x}_pre" for x in parsed.source.clamped),
        refreshed=refreshed,
        operations=regular,
    )


def _equations_of(parsed: ParsedSynapses, names: tuple[str, ...]) -> ParsedNeurons:
    """The differential equations of some variables, as methods of integration take them."""
    equations = {}
    for name in names:
        equation = parsed.equations[name]
        assert equation.expression is not None
        equations[name] = replace(equation, expression=parsed.inlined(equation.expression))
    return ParsedNeurons(
        parsed.owner, equations, None, None, False, (), parsed.symbols, parsed.check
    )


def _step(parsed: ParsedSynapses, method: str, coefficients: Coefficients) -> _Assigned:
    """The assignments that advance clock-driven variables by a step, noise included."""
    equations = _equations_of(parsed, parsed.clock_driven)
    step = integrate(equations, method, coefficients, _never)[1]
    if step.substeps is not None:
        raise next(iter(equations.equations.values())).location.error(
            f"the method {method!r} has steps of adaptive size",
            "variables of synapses are advanced by whole steps",
            "choose another method, such as 'rk4'",
            method=method,
        )
    return [
        *((xi, syntax_tree("sqrt(dt)*randn()")) for xi in step.noise),
        *step.statements,
        *((name, ast.Name(f"_new_{name}", ast.Load())) for name in parsed.clock_driven),
    ]


def _decay(parsed: ParsedSynapses) -> _Assigned:
    """The updates of event-driven variables from the last event to this one."""
    if not parsed.event_driven:
        return []
    equations = _equations_of(parsed, parsed.event_driven)
    drift = {n: e.expression for n, e in equations.equations.items() if e.expression is not None}
    system = System(equations, drift, {n: {} for n in drift}, frozenset(), _never)
    try:
        step = exact_step(system, _NothingFixed(parsed.symbols, frozenset()), _never, strict=False)
    except CannotIntegrateError as error:
        first = next(iter(equations.equations.values()))
        raise first.location.error(
            f"the equation has no closed form between events ({error})",
            "(event-driven) equations are linear",
            "make it (clock-driven)",
        ) from None
    since = {"dt": ast.Name(_SINCE, ast.Load())}
    moved = [(name, substitute(tree, since)) for name, tree in step.statements]
    return [
        (_SINCE, syntax_tree(f"t - {LASTUPDATE}")),
        *moved,
        *((name, ast.Name(f"_new_{name}", ast.Load())) for name in parsed.event_driven),
    ]


def _event(parsed: ParsedSynapses, pathway: ParsedPathway, decay: _Assigned) -> _Assigned:
    statements = _assigned(parsed, pathway.statements)
    if not decay:
        return statements
    # Also without statements: other pathways see when the last event was.
    return [*decay, *statements, (LASTUPDATE, ast.Name("t", ast.Load()))]


def _operation(parsed: ParsedSynapses, given: Operation, code: Code, dt: float) -> SynapseOperation:
    owner, point = parsed.owner, given.point
    name = given.name.replace("*", owner)
    every, steps = given.steps(owner, dt), given.steps_at(owner, dt)
    return SynapseOperation(name, point, given.place(owner), every, code, steps)


def _assigned(parsed: ParsedSynapses, statements: tuple[Statement, ...]) -> _Assigned:
    return [(s.target, _stored(parsed, s.target, s.value)) for s in statements]


def _stored(parsed: ParsedSynapses, target: str, tree: ast.expr) -> ast.expr:
    """The value that a statement gives its target, in the type that the target is stored in."""
    return as_stored(parsed.inlined(tree), parsed.symbols[target].type, parsed.symbols)


class _Writer:
    """Collects assignments; remembers the names that hold for one synapse only."""

    def __init__(self, parsed: ParsedSynapses) -> None:
        self.parsed = parsed
        self.local: set[str] = set()

    def code(self, assignments: _Assigned) -> Code:
        """Code of assignments in order."""
        self.local |= {n for n, _ in assignments if n.startswith("_")}
        arrays = {
            node.func.id: self._timed(node.func.id, two=len(node.args) == 2)
            for _, tree in assignments
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if node.func.id not in {*FUNCTIONS, *RANDOM, RELAX}
        }
        return Code(tuple(assignments), tuple(arrays.values()))

    def _timed(self, name: str, two: bool) -> TimedReference:
        """The TimedArray that a call names."""
        if name not in self.parsed.outside[1]:
            location = self.parsed.statements[0].location
            raise location.error(
                f"{name}() stands in a subexpression of the neurons that synapses read",
                "synapses call the TimedArrays that their own equations name",
                "call it in the equations of the synapses",
                name=name,
            )
        return TimedReference(name, self.parsed.outside[1].index(name), two)
