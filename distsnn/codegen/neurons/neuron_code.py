"""The expressions of a neuron model as code within its loops over neurons."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from distsnn.codegen.blocks import Literal
from distsnn.codegen.emit import emit, emit_condition
from distsnn.codegen.program_arguments import Argument, OfGroup
from distsnn.describe.operations import BEGIN, SPIKE
from distsnn.integrate.neuron_form import (
    INDEX,
    LARGER,
    LAST_SPIKE_STEP,
    LIVE,
    Assigned,
    LinkRead,
    NeuronForm,
    OperationForm,
)
from distsnn.language.symbols import ACTIVE

# What the functions of a group are given, by what they call it: arrays and coefficients end in an
# underscore.
Given = dict[str, Argument | Literal]


@dataclass(frozen=True)
class Line:
    """An assignment as code: ``v_<target>`` becomes `value`.

    Both it and `stored`, the element of an array that it is stored in, name `used`; `stored` is
    empty for temporary variables.
    """

    target: str
    value: str
    stored: str
    used: frozenset[str]


@dataclass(frozen=True)
class SubStepCode:
    """Sub-steps of a model as code, see `SubStepForm`; `threshold` is empty without one."""

    statements: tuple[Line, ...]
    errors: tuple[str, ...]
    threshold: str
    reset: tuple[Line, ...]


@dataclass(frozen=True)
class NeuronCode:
    """The code of a model.

    Attributes
    ----------
    form : NeuronForm
    owner : OfGroup
        The group it is for.
    per_neuron : frozenset of str
        The coefficients that are arrays.
    statements, reset, refreshed : tuple of Line
        See `NeuronForm`.
    substeps : SubStepCode or None
    active : str
        Whether a neuron is not refractory in an update; empty if it never is.
    threshold : str
        Empty if no neuron ever spikes.
    operations : tuple of tuple of Line
        Of each operation of the form; a condition is the only one of its operation.
    events : mapping of str to OfGroup
        The owner of the spikes that each event of the group is.
    shared : dict of str to Argument
        What update, reset, refresh and operations are given besides states and coefficients.
    every : int
        Number of steps of the network in one of the group.
    """

    form: NeuronForm
    owner: OfGroup
    per_neuron: frozenset[str]
    statements: tuple[Line, ...]
    active: str
    threshold: str
    reset: tuple[Line, ...]
    refreshed: tuple[Line, ...]
    operations: tuple[tuple[Line, ...], ...]
    events: Mapping[str, OfGroup]
    shared: dict[str, Argument]
    substeps: SubStepCode | None = None
    every: int = 1


def _begins(operation: OperationForm) -> bool:
    return operation.point == BEGIN


def neuron_code(
    form: NeuronForm,
    owner: OfGroup,
    per_neuron: frozenset[str],
    linked: Mapping[str, Argument],
    events: Mapping[str, OfGroup],
    every: int = 1,
    begins: Callable[[OperationForm], bool] = _begins,
) -> NeuronCode:
    """Code of a form; random numbers are counted in the order of the fields of `NeuronCode`.

    `linked` are the arrays of other groups that its `links` read, by name; `events` are as in
    `NeuronCode`; `begins` says which operations come before the update of a step.
    """
    writer = _Writer(form, owner, linked)
    substeps = writer.substeps()
    statements = tuple(writer.line(Assigned(*one), "active") for one in form.statements)
    active = writer.active()
    threshold = "" if form.threshold is None else writer.condition(form.threshold)
    reset = tuple(writer.line(one, "False") for one in form.reset)
    before, after = writer.active_before(), writer.active_after()
    refreshed = tuple(writer.line(one, before) for one in form.refreshed)
    operations = tuple(
        tuple(
            writer.line(one, before if begins(operation) else after, clamped=not operation.event)
            for one in _lines_of(operation)
        )
        for operation in form.operations
    )
    if any(operation.part is not None for operation in form.operations):
        writer.shared["_index_"] = owner["index"]
    return NeuronCode(
        form,
        owner,
        per_neuron,
        statements,
        active,
        threshold,
        reset,
        refreshed,
        operations,
        {SPIKE: owner, **events},
        writer.shared,
        substeps,
        every,
    )


def _lines_of(operation: OperationForm) -> tuple[Assigned, ...]:
    condition = operation.condition
    return operation.statements if condition is None else (Assigned("_condition", condition),)


_INDEX = "_index_[lid]"


@dataclass
class _Writer:
    form: NeuronForm
    owner: OfGroup
    linked: Mapping[str, Argument]
    shared: dict[str, Argument] = field(default_factory=dict)
    index: str = _INDEX
    _calls: int = 0
    _active: str = "active"
    _used: set[str] = field(default_factory=set)

    def line(self, one: Assigned, active: str, clamped: bool = False) -> Line:
        """An assignment; `active` is code of whether the neuron is not refractory.

        If it is `clamped`, states that refractory neurons keep are not changed in them.
        """
        target = one.target
        self._active, self._used = active, set()
        self.index = "np.int64(0)" if one.shared else _INDEX
        code = emit(one.value, self._name, self._call)
        self.index = _INDEX
        if clamped and target in self.form.clamped:
            code = f"({code}) if {active} else v_{target}"
            self._used |= {f"v_{target}", f"v_{self.form.refractory_steps}"}
        stored = f"{target}_[lid]" if target in self.form.states else self._stored(target)
        return Line(target, code, stored, frozenset(self._used))

    def _stored(self, target: str) -> str:
        """The element of another group that a linked variable is, empty for other names."""
        live = [r for r in self.form.links if r.variable == target and r.moment == LIVE]
        return self._linked(live[0]) if live else ""

    def _linked(self, read: LinkRead) -> str:
        """The element of another group that a linked variable stands for."""
        array, index = f"{read.name}_", f"_link_{read.variable}_index_"
        self.shared[array] = self.linked[read.name]
        if read.index is not None:
            return f"{array}[np.int64({emit(read.index, self._name, self._call)})]"
        self.shared[index] = self.owner.linked_index(read.variable)
        return f"{array}[{index}[lid]]"

    def substeps(self) -> SubStepCode | None:
        """The sub-steps of a step."""
        form = self.form.substeps
        if form is None:
            return None
        statements = tuple(self.line(Assigned(*one), "active") for one in form.statements)
        errors = tuple(emit(error, self._name, self._call) for error in form.errors)
        threshold = "" if form.threshold is None else self.condition(form.threshold)
        reset = tuple(self.line(one, "active") for one in form.reset)
        return SubStepCode(statements, errors, threshold, reset)

    def condition(self, tree: ast.expr) -> str:
        """A condition in the update."""
        self._active = "active"
        return emit_condition(tree, self._name, self._call)

    def active(self) -> str:
        """Whether a neuron is not refractory in an update."""
        form = self.form
        if form.refractory is None:
            steps = form.refractory_steps
            return f"step - _last_spike_[lid] > v_{steps}" if steps else ""
        if form.refractory_is_time:
            steps = emit(form.refractory, self._name, self._call)
            return f"step - _last_spike_[lid] >= max({steps}, np.int64(1))"
        return f"(_active_[lid] != 0) | (not {self.condition(form.refractory)})"

    def active_before(self) -> str:
        """Whether a neuron was not refractory at the end of the last step."""
        if self.form.refractory_steps:
            return f"(step - 1 - _last_spike_[lid] > v_{self.form.refractory_steps})"
        return "(_active_[lid] != 0)"

    def active_after(self) -> str:
        """Whether a neuron is not refractory after the threshold of a step."""
        if self.form.refractory_steps:
            return f"(step - _last_spike_[lid] > v_{self.form.refractory_steps})"
        return "(_active_[lid] != 0)"

    def _name(self, name: str) -> str:
        match name:
            case "t_in_timesteps":
                self._used.add("step")
                return "step"
            case _ if name == LAST_SPIKE_STEP:
                self._used.add("_last_spike_")
                return "_last_spike_[lid]"
            case _ if name == INDEX:
                self.shared["_index_"] = self.owner["index"]
                return _INDEX
            case _ if name == ACTIVE:
                if not (self.form.has_flags or self.form.refractory_steps):
                    return "True"
                self._used.add(f"v_{self.form.refractory_steps}")
                return self._active
            case _ if name in self.linked:
                return self._linked(next(r for r in self.form.links if r.name == name))
        self._used.add(f"v_{name}")
        return f"v_{name}"

    def _call(self, node: ast.Call, arguments: list[str]) -> str:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name == LARGER:
            return f"max({', '.join(arguments)})"
        if name in {"rand", "randn"}:
            return self._draw("draw_uniform" if name == "rand" else "draw_normal")
        array = next(array for array in self.form.arrays if array.name == name)
        parts = {
            f"_array{array.index}_{part}_": self.owner.timed(array.index, part)
            for part in array.parts
        }
        self.shared |= parts
        function = "timed_value_2d" if array.two else "timed_value"
        return f"{function}({', '.join([*arguments, *parts])})"

    def _draw(self, function: str) -> str:
        self._used.add("step")
        self.shared |= {f"_{name}_": self.owner[name] for name in ("index", "k0", "k1")}
        self._calls += 1
        return f"{function}({self.index}, step, {self._calls - 1}, _k0_, _k1_)"
