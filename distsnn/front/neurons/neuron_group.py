"""Groups of neurons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from distsnn.describe.checks.arguments import check_taken
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.checks.settable import (
    BEFORE_RUN,
    BETWEEN_RUNS,
    Given,
    cannot_be_set,
    unknown_attribute,
)
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.receptors.group_receptors import receptor_parameters
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.operations import Event, Operation
from distsnn.describe.values.given import Value
from distsnn.describe.values.given_expressions import Expression, NeuronEquations
from distsnn.display.card import Card
from distsnn.display.cards import neurons_card
from distsnn.errors import DistsnnError, ParameterError, UsedTwiceError, unknown_name
from distsnn.front.names.checked_expressions import checked_expression
from distsnn.front.names.equation_objects import Equations
from distsnn.front.names.scope import (
    Clock,
    give_visible_names,
    next_draw,
    quantities_expected,
    user_names,
)
from distsnn.front.names.si_numbers import in_si, is_in_si
from distsnn.front.neurons.assignments import Assignments, with_items
from distsnn.front.neurons.given_model import model_of
from distsnn.front.neurons.group_base import SpikeSource, within
from distsnn.front.neurons.group_events import in_order
from distsnn.front.neurons.group_model import EquationsModel, equations_of, in_trial
from distsnn.front.neurons.linked_variables import (
    GroupLink,
    LinkedVariable,
    attach_written,
    check_linked,
    links_to,
    not_linked,
    refuse_built,
)
from distsnn.front.neurons.shared_values import check_shared_value, check_whole
from distsnn.front.neurons.values_without_network import (
    Owner,
    StoredVariable,
    ValuesWithoutNetwork,
    values_of,
)
from distsnn.front.variable_view import VariableView
from distsnn.integrate.neuron_forms import method_of
from distsnn.language.source_location import SourceLocation
from distsnn.language.symbols import Symbol
from distsnn.language.syntax import parse_expression
from distsnn.language.types import read_values

_TIME = ("t", "dt", "t_in_timesteps")


@known_names
class NeuronGroup(SpikeSource):
    r"""A group of neurons with one model: a built-in one, or equations as a string.

    Parameters of the model and states are attributes, of the group and of its slices: reading one
    gives its values (N,), float64, or int64 and bool of what is declared as ``integer`` and
    ``boolean`` (see `VariableView`); setting one takes a number, an array, a distribution
    (`Normal`, ``LogNormal``, ``Uniform``) or an expression such as ``'i*10*mV'`` or ``'rand()'``.
    As in Brian 2, expressions do not set what is marked ``(unless refractory)`` in neurons that are
    refractory. Variables of equations start at 0; of `LIF`, ``V_m`` starts at ``E_L``.

    Parameters
    ----------
    N : int
        Number of neurons.
    model : LIF, NeuronModel or str
        A built-in model or one of the user's (`NeuronModel`), whose parameters may be arrays (N,)
        or distributions; or equations in the dialect of Brian 2, one for each variable:
        ``dx/dt = ... : unit``, optionally ``(unless refractory)``; parameters ``x : unit``,
        optionally ``(constant)``; subexpressions ``x = ... : unit``, optionally
        ``(constant over dt)``.
    threshold : str, optional
        Condition under which a neuron spikes.
    reset : str, optional
        Statements executed for neurons that spiked.
    refractory : float (ms) or str
        A duration, an expression for one, or a condition under which neurons stay refractory.
    method : str, optional
        ``exact``, ``exponential_euler``, ``exponential_midpoint``, ``euler``, ``rk2``, ``rk4``,
        ``rkf45``, ``rkf45_reset``, ``heun``, ``milstein``; the first that fits if none is given.
    events : dict of str to str, optional
        Conditions of further events by name; see `run_on_event`, `EventMonitor`, `Synapses`.
    namespace : mapping, optional
        Numbers and `TimedArray` objects that names stand for, before those of the calling code.
    name, dt, clock, order
        See `SpikeSource`.
    dtype, method_options
        Taken for scripts of Brian 2; numbers are computed in double precision.

    Raises
    ------
    ParameterError
        If `model` is no model or an array of it has not N values.
    EquationError
        If an expression cannot be understood, or the method does not fit.
    UnitError
        If the dimensions of the two sides of something differ.

    Notes
    -----
    Unlike in Brian 2, whole numbers have powers like any others: ``2**-1`` is always 0.5.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(100, snn.LIF(tau_m=20 * snn.ms), name="cells")
    >>> cells.V_m = snn.Uniform(-70 * snn.mV, -55 * snn.mV)
    >>> cells[:80].I_e = 200 * snn.pA
    >>> tau = 10 * snn.ms
    >>> G = snn.NeuronGroup(2, "dv/dt = (I - v)/tau : 1\nI : 1", threshold="v > 1", reset="v = 0")
    >>> G.I = "2*i"
    """

    INTERNAL = frozenset(
        {"assignments", "attach", "check_names", "look_up", "read", "shared", "stored"}
    )

    def __init__(  # noqa: PLR0913 - Brian's
        self,
        N: int,
        model: LIF | NeuronModel | str,
        *,
        threshold: str | None = None,
        reset: str | None = None,
        refractory: float | str | bool = False,
        method: str | None = None,
        events: Mapping[str, str] | None = None,
        method_options: Mapping[str, Any] | None = None,
        namespace: Mapping[str, Any] | None = None,
        name: str | None = None,
        dtype: Any = None,
        dt: float | None = None,
        clock: Clock | None = None,
        order: int = 0,
    ) -> None:
        super().__init__(N, name, dt, clock, order)
        check_taken(name or "NeuronGroup", dtype, method_options)
        strings = {
            "threshold": threshold, "reset": reset, "refractory": refractory, "method": method,
            "events": events,
        }  # fmt: skip
        self._model = model_of(name or "NeuronGroup", model, self.N, strings, namespace)
        if isinstance(self._model, EquationsModel):
            self._model.sort_events(self.own_order)
        self._model.look_up(user_names())
        self._receptors: tuple[Receptor, ...] = ()
        self.assignments = Assignments(self.N)
        self._links: dict[str, GroupLink] = {}
        self._stored: dict[str, StoredVariable] = {}
        self._owner: Owner | None = None

    @property
    def model(self) -> LIF | NeuronEquations:
        """The model as it is described."""
        trial = 0 if self._owner is None else self._owner.trial
        return in_trial(self._model.describe(self._receptors), trial)

    @property
    def receptors(self) -> tuple[Receptor, ...]:
        """Receptors that synapses and inputs add to, in the order in which they were attached."""
        return self._receptors

    @property
    def equations(self) -> Equations:
        """The equations."""
        return equations_of(self._called(), self._model)

    @property
    def namespace(self) -> Mapping[str, Any]:
        """The values of ``namespace=``; more may be added before the first run."""
        return self._model.namespace if isinstance(self._model, EquationsModel) else {}

    @property
    def method_choice(self) -> str:
        """Name of the method that integrates the equations."""
        return method_of(self.describe(), float(self.clock.dt))

    def attach(self, receptor: Receptor, now: bool = False) -> int:
        """Index of `receptor` here; a group that has run gets it with the next run or `now`."""
        for index, known in enumerate(self.receptors):
            if known is receptor:
                return index
        self._model.check_receptor(self._name or "NeuronGroup", receptor)
        if self._owner is not None and self._owner.built and not now:
            return len(self.receptors) + self._owner.wait_with(self, receptor)
        before, self._receptors = self._receptors, (*self._receptors, receptor)
        try:
            self._take_values(set(receptor_parameters(before)))
        except DistsnnError:
            self._receptors = before
            raise
        return len(before)

    def _take_values(self, known: set[str]) -> None:
        """Check the values of receptors' parameters, and assign those that are expressions."""
        for name, (parameter, value) in receptor_parameters(self.receptors).items():
            if isinstance(value, str) and name not in known:
                self.assign(name, 0, self.N, value)
            elif not isinstance(value, str):
                parameter.checked(self._name or "NeuronGroup", name, value, (self.N,))

    def variables(self) -> dict[str, str]:
        """Names of all variables that can be read and set, and their units."""
        return self._model.units(self._receptors)

    @property
    def shared(self) -> Collection[str]:
        """Names of the variables that all neurons share."""
        return self._model.shared

    def state_names(self) -> tuple[list[str], list[str], list[str]]:
        """Names of variables that can be set, of those that cannot, and of subexpressions."""
        read_only = ["N", "i", "t", "dt", "t_in_timesteps"]
        if getattr(self.model, "refractory", ""):
            read_only += ["lastspike", "not_refractory"]
        return list(self.variables()), read_only, list(self._model.subexpressions)

    def recordable(self) -> dict[str, str]:
        """Names of all variables that monitors record, subexpressions too, and their units."""
        return {**self.variables(), **self._model.subexpressions, **self._model.linked}

    @property
    def links(self) -> Mapping[str, GroupLink]:
        """The links of linked variables, by name."""
        return self._links

    def linkable(self, variable: str) -> Symbol:
        """The variable of this name, which another group wants to link to."""
        known = [*self.variables(), *self._links]
        known += self._model.subexpressions if isinstance(self._model, EquationsModel) else []
        if variable not in known:
            unknown_name(self._called(), variable, known)
        return self._model.symbols(self.receptors)[variable]

    def link(self, variable: str, to: LinkedVariable) -> None:
        """Let a linked variable stand for one of another group."""
        self._links |= links_to(self, variable, to)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Statements that run at regular times."""
        return self._model.operations

    @property
    def described_events(self) -> Mapping[str, Event]:
        """The events of the neurons, by name."""
        return in_order(self._model.events, self.own_order)

    def add_operation(self, operation: Operation | Event) -> None:
        """Run an operation from the first step on, or look for an event at another time."""
        if not isinstance(self._model, EquationsModel):
            super().add_operation(operation)
            return
        refuse_built(self, "run_regularly() or run_on_event() was called, or an event moved")
        self._model.add_operation(operation)
        self._model.look_up(user_names())
        for variable in self._model.written & self._links.keys():
            attach_written(self._links[variable].group, self._links[variable].stored)

    def belong_to(self, owner: Owner | None) -> None:
        """Let `owner` know of assignments and answer reads; none if it belongs to no network."""
        if self._owner is not None and self._owner is not owner and self._owner.built:
            raise UsedTwiceError(
                self._name or "NeuronGroup",
                "the group belongs to a network that has run",
                "a group runs in one network only",
                "make a new group",
            )
        self._owner = owner

    def look_up(self, around: Mapping[str, Any]) -> None:
        """Take values of names in the expressions from the code that runs the group."""
        self._model.look_up(around)
        if isinstance(self._model, EquationsModel) and quantities_expected():
            self._model.warn_of_conflicts(around)

    def check_names(self) -> None:
        """Raise if a name is not known, or a linked variable stands for nothing."""
        self._model.check_names()
        for variable in self._model.needed_links:
            self._link(variable)

    def assign(self, variable: str, start: int, stop: int, value: Any) -> None:
        """Set `variable` of the neurons ``start <= index < stop``; see the class."""
        if not isinstance(value, str):
            self._take(variable, start, stop, self.stored(variable).checked(value, start, stop))
            return
        where = self._name or "NeuronGroup"
        if variable not in self.variables():
            raise cannot_be_set(self, variable)
        if variable in self._model.shared:
            whole, names = (start, stop) == (0, self.N), self._model.differing
            check_shared_value(where, variable, value, whole, names)
        given = self._expression_value(variable, value)
        checked: Value = given
        at, owner = SourceLocation(where, f"{variable} =", given.text), self._owner
        if (owner and owner.built) or self._model.reads_links(parse_expression(at.text, at)):
            values = self._evaluated(variable, given, next_draw(given))
            checked = self._settable(variable, values)[start:stop]
        self._take(variable, start, stop, checked)

    def stored(self, variable: str) -> StoredVariable:
        """A variable that can be set, or AttributeError."""
        found = self._stored.get(variable)
        if found is None:
            if variable not in self.variables():
                raise cannot_be_set(self, variable)
            found = self._stored[variable] = StoredVariable(self, variable)
        return found

    def _card(self) -> Card:
        return neurons_card(self, self._model.title, self._model.strings, self._model.lines)

    def settings(self) -> dict[str, Any]:
        """Assignments and meanings of names; see `front.network.saved.settings_between_runs`."""
        return {
            "assignments": self.assignments.all,
            "next": self.assignments.next_order,
            "names": self._model.names,
        }

    def restore(self, settings: Mapping[str, Any]) -> None:
        """Take back what `settings` gave."""
        self.assignments.restart(settings["assignments"], settings["next"])
        if "names" in settings:
            self._model.restore(self._name or "NeuronGroup", settings["names"])

    def _take(self, variable: str, start: int, stop: int, value: Value) -> None:
        """Remember an assignment, and let the network carry it out."""
        made = self.assignments.add(variable, start, stop, value)
        if self._owner is not None:
            try:
                self._owner.take_assignment(self, made)
            except ParameterError:
                self.assignments.undo(made)
                raise

    def assign_where(
        self, variable: str, item: Any, value: Any, by_expression: bool = False
    ) -> None:
        """Set `variable` of the neurons that an index, slice, mask or condition selects.

        Expressions, and `by_expression` what an expression selected, do not set what is clamped.
        """
        item = within(self.whole, item)
        if isinstance(item, slice) and item.step in {None, 1}:
            start, stop, _ = item.indices(self.N)
            if start < stop:
                self.assign(variable, start, stop, value)
            return
        by_expression = by_expression or isinstance(item, str) or isinstance(value, str)
        item = self.positions(item)
        given = self.evaluate(value)[item] if isinstance(value, str) else value
        check_whole(self._called(), variable, variable in self._model.shared)
        values = with_items(self._called(), variable, self.read(variable), item, given)
        self.assign(
            variable, 0, self.N, self._settable(variable, values) if by_expression else values
        )

    def values_now(self, variable: str) -> np.ndarray:
        """Values of a variable or of what is computed, for reading at once; see `Assignable`."""
        own = vars(self)
        owner, stored = own["_owner"], own["_stored"].get(variable)
        if stored is None and variable in self.variables():
            stored = self.stored(variable)
        if stored is not None:
            live = None if owner is None else owner.live_values(stored)
            return stored.shown(self.read(variable) if live is None else live)
        linked = variable in self._model.linked
        values = self.read(variable) if linked else self.evaluate(variable)
        found = read_values(self._name or "NeuronGroup", variable, values, self.type_of(variable))
        one = linked and self._links[variable].is_single
        return found[..., 0] if one or variable in self._model.shared else found

    def type_of(self, variable: str) -> str:
        """Type of a variable or of what is computed: ``float``, ``integer`` or ``boolean``."""
        return self._model.type_of(variable)

    def version(self, variable: str) -> object:
        """See `VariableView`: nothing known of what is computed, or read where it is."""
        owner = self._owner
        if owner is None or owner.is_whole or variable not in self.variables():
            return None
        moment = owner.moment
        return None if moment is None else (moment, self.assignments.next_order)

    def read(self, variable: str) -> np.ndarray:
        """Values (float64 (N,)) of `variable` as they are stored; see the class."""
        if variable in self._model.linked:
            return self._link(variable).values(self)
        return self._known_owner().read_variable(self, variable)

    def evaluate(self, text: str) -> np.ndarray:
        """Values (float64 (N,)) of an expression now."""
        return self._evaluated("expression", self._expression_value(None, text))

    def describe(self, dt: float = 0.0) -> NeuronDescription:  # noqa: ARG002 - see SpikeSource
        """The description of this group; `dt` (ms) does not matter."""
        return NeuronDescription(
            self._name or "",
            self.N,
            self.model,
            self.receptors,
            self.assignments.all,
            tuple(
                link.describe(variable, variable in self._model.read_live)
                for variable, link in self._links.items()
            ),
            0 if self._owner is None else self._owner.trial,
        )

    def _expression_value(self, variable: str | None, text: str) -> Expression:
        kind = f"{variable} =" if variable else "expression"
        location = SourceLocation(self._name or "NeuronGroup", kind, text)
        symbols = self._model.symbols(self.receptors)
        wanted = None if variable is None else (variable, symbols[variable].dimension)
        return checked_expression(location, symbols, wanted, self._model.given).value

    def _evaluated(
        self, variable: str, value: Expression, drawn: tuple[int, int] | None = None
    ) -> np.ndarray:
        return values_of(self, self._known_owner(), variable, value, drawn)

    def _settable(self, variable: str, values: np.ndarray) -> np.ndarray:
        """`values` (N,), but the present ones where an expression cannot set them."""
        if variable not in self._model.clamped:
            return values
        active = self._known_owner().read_special(self).get("not_refractory", True)
        return np.where(active, values, self.read(variable))

    def _link(self, variable: str) -> GroupLink:
        if variable not in self._links:
            raise not_linked(self._called(), variable)
        return self._links[variable]

    def _known_owner(self) -> Owner:
        if self._owner is None:
            # Random values depend on the name.
            give_visible_names(self)
            return ValuesWithoutNetwork(float(self.clock.dt))
        return self._owner

    def __getattr__(self, variable: str) -> Any:
        if variable.startswith("_"):
            raise AttributeError(variable)
        if is_in_si(variable):
            return in_si(self, variable)
        if variable in _TIME and variable in {*self._model.computed, "t_in_timesteps"}:
            return self._known_owner().read_time(self)[variable]
        names = [*self.variables(), *self._model.linked, *self._model.computed]
        if variable in names:
            return VariableView(self, variable)
        raise unknown_attribute(self._name or "NeuronGroup", variable, names)

    if TYPE_CHECKING:

        def __setattr__(self, name: str, value: Given) -> None: ...

    def _settable_names(self) -> dict[str, str]:
        links = dict.fromkeys(self._model.linked, BEFORE_RUN)
        return dict.fromkeys(self.variables(), BETWEEN_RUNS) | links

    def _computed(self) -> Collection[str]:
        return self._model.computed

    def _can_set(self, name: str) -> bool:
        return name in self._stored or name in {*self.variables(), *self._model.linked}

    def _set(self, variable: str, value: Any) -> None:
        if isinstance(value, VariableView) and value.is_of(self, variable):
            return  # Of ``G.v += 1``, which has set the items.
        if variable in self._stored and isinstance(value, float | np.ndarray):
            # Nothing of this is linked.
            self.assign(variable, 0, self.N, value)
        elif variable == "active" and variable not in self.variables():
            super()._set(variable, value)
        elif check_linked(self._called(), variable, variable in self._model.linked, value):
            self.link(variable, value)
        else:
            self.assign(variable, 0, self.N, value)
