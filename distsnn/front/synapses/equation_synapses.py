"""Synapses with equations and statements as a string."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from distsnn.describe.checks.arguments import (
    check_namespace,
    check_switches,
    check_taken,
)
from distsnn.describe.checks.constructors import refuse_argument, unknown_argument
from distsnn.describe.checks.settable import BEFORE_RUN, BETWEEN_RUNS, unknown_attribute
from distsnn.describe.operations import SPIKE, Operation
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.equation_based import (
    EVERY_CONNECT,
    PairIndex,
    Statements,
    SynapseAssignment,
    delay_variable,
)
from distsnn.describe.synapses.matrix import Matrix
from distsnn.describe.synapses.synapses import Connect, SynapsesDescription
from distsnn.display.card import Card
from distsnn.display.cards import equation_synapses_card
from distsnn.errors import ParameterError
from distsnn.front.names.equation_objects import Equations
from distsnn.front.names.exported_states import StatesExport
from distsnn.front.names.named import checked_name
from distsnn.front.names.scope import Clock, own_clock
from distsnn.front.names.si_numbers import from_si, in_si, is_in_si
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.group_events import checked_order
from distsnn.front.neurons.target_checks import check_spiking
from distsnn.front.synapses.equation_values import EquationValues
from distsnn.front.synapses.neurons_of_synapses import (
    assign_neurons,
    settable_of_neurons,
    units_of_neurons,
)
from distsnn.front.synapses.synapse_checks import refuse_in_table
from distsnn.front.synapses.synapse_links import SynapseLinks
from distsnn.front.synapses.synapse_model import SynapseModel
from distsnn.front.synapses.synapse_statements import PathwayView, checked_strings, delays_of
from distsnn.front.synapses.synapses_as_end import SynapsesEnd, refuse_spikes
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.front.variable_view import MemberIndices, VariableView
from distsnn.language.objects.synapse_equations import ParsedSynapses
from distsnn.language.parse import SUBEXPRESSION
from distsnn.language.types import FLOAT, read_values

_ARGUMENTS = (
    "source", "target", "model", "on_pre", "on_post", "delay", "on_event", "method",
    "method_options", "namespace", "name", "recognize", "multisynaptic_index", "dtype", "dt",
    "clock", "order",
)  # fmt: skip


class EquationSynapses(StatesExport, Synapses, kind="equations"):
    """Synapses with equations and statements in the dialect of Brian 2.

    Variables of the synapses are attributes: reading one gives its values in the order of creation
    (by source, then target; lists as given); setting one takes a number, an array, a distribution
    or an expression over ``i``, ``j``, ``x_pre``, ``x_post``, variables and ``rand()``. Pathways
    act one after the other as in Brian 2, and statements see what events of the step so far have
    left. To that end groups live on one rank as a whole where synapses between them write to their
    source (``x_pre += w``, ``x_pre = ... : unit (summed)``), or read an ``x_pre`` that may have
    changed in the step: by pathways before theirs, by their own, or, in ``on_post``, by a
    `PoissonInput`. Built-in synapses do not count: ``x_pre`` is as it was before they added to it.
    A synapse of a neuron onto itself adds to both ``x_pre`` and ``x_post``, as Brian 2's numpy code
    does (its compiled code loses one); otherwise order matters as in Brian 2's compiled code.
    ``S.w[0, :]`` and ``S.w['i < 3']`` mean some synapses; ``S.x_post = ...`` sets the targets'
    variable, see `assign_neurons`. ``S.delay`` is the delay of the pathway ``pre``;
    ``S.<pathway>.delay`` that of any.

    Parameters
    ----------
    source, target : group, slice or Synapses
        `target` is the source by default. Synapses that others join store what these read and
        write, ``w_post`` of their targets and ``w_pre`` of their sources; all that they join lives
        on one rank as a whole.
    model : str
        Parameters ``w : 1``, subexpressions, differential equations marked ``(event-driven)`` or
        ``(clock-driven)``, and sums ``x_post = ... : unit (summed)`` (or ``x_pre``); see
        `NeuronGroup` for ``(constant over dt)``.
    on_pre, on_post : str or dict of str to str, optional
        Statements for spikes of the source and of the target; a dict names several pathways.
    delay : float (ms) or dict of str to float, optional
        Delay of all synapses of the pathway ``pre``, or of each pathway named.
    on_event : str or dict of str to str
        The event of the source or target at which pathways act, or that of each pathway named;
        ``"spike"`` by default. See ``events=`` of `NeuronGroup`.
    method : str, optional
        Method for clock-driven equations, see `NeuronGroup`.
    namespace : mapping, optional
        Numbers that names in the expressions stand for; see `NeuronGroup`.
    name : str, optional
    recognize : bool
        Whether synapses whose statements mean what a table can do take one, see below; with False
        code is generated for the statements as they are written.
    multisynaptic_index : str, optional
        Name of a variable for the index of each synapse among those of its pair, from 0.
    dtype, method_options
        Taken for scripts of Brian 2; numbers are computed in double precision.
    dt, clock, order
        Those of clock-driven equations (see `SpikeSource`); pathways have clocks of their neurons.

    Raises
    ------
    ParameterError
        If an argument is not supported or of the wrong kind.
    EquationError, UnitError
        If an expression cannot be understood, or dimensions do not agree.

    Notes
    -----
    Statements that only add a weight take the tables of built-in synapses, also where the weight
    changes by the pair rule with exponential traces (`STDP`), written as for Brian 2::

        on_pre="g_post += w; apre += Apre; w = clip(w + apost, 0, gmax)"
        on_post="apost += Apost; w = clip(w + apre, 0, gmax)"

    with numbers that are the same for all synapses, ``dapre/dt = -apre/taupre : 1
    (event-driven)`` and the like for ``apost``, and no other variables. Where a trace is recorded
    from the first run on, or with ``recognize=False``, code is generated for the statements, with
    the same results to rounding, but slower. A table has spikes and no traces. Where delays, or
    numbers of the rule, are others after the first run, code is generated from then on; traces that
    are set or recorded then, and weights outside of the bounds, are refused.

    Examples
    --------
    >>> import distsnn as snn
    >>> G = snn.NeuronGroup(3, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0")
    >>> S = snn.Synapses(G, G, "w : 1", on_pre="v_post += w")
    >>> S.connect(i=0, j=[1, 2])
    >>> S.w = "j*0.2"
    >>> S.delay = "j*2*ms"
    >>> S.w.tolist()
    [0.2, 0.4]
    """

    INTERNAL = frozenset(
        {
            "assign",
            "assign_where",
            "check_names",
            "count",
            "equation_values",
            "links",
            "look_up",
            "of_neurons",
            "parsed",
            "positions",
            "sums",
            "type_of",
            "values_now",
            "version",
        }
    )

    def __init__(  # noqa: PLR0913 - Brian's
        self,
        source: SpikeSource | Subgroup,
        target: SpikeSource | Subgroup | None = None,
        model: str = "",
        on_pre: str | Mapping[str, str] | None = None,
        on_post: str | Mapping[str, str] | None = None,
        *,
        delay: Any = None,
        on_event: str | Mapping[str, str] = SPIKE,
        method: str | None = None,
        method_options: Mapping[str, Any] | None = None,
        namespace: Mapping[str, Any] | None = None,
        name: str | None = None,
        recognize: bool = True,
        multisynaptic_index: str | None = None,
        dtype: Any = None,
        dt: float | None = None,
        clock: Clock | None = None,
        order: int = 0,
        **other: Any,
    ) -> None:
        where = name if isinstance(name, str) and name else "Synapses"
        for given in other:
            refuse_argument(where, given, _ARGUMENTS)
            unknown_argument(where, given, _ARGUMENTS)
        self._join(where, source, source if target is None else target, name)
        check_switches(where, recognize=recognize)
        self._recognize = bool(recognize)
        self._clock, self.own_order = own_clock(where, dt, clock), checked_order(where, order)
        check_taken(where, dtype, method_options)
        model = self._with_pair_index(where, model, multisynaptic_index)
        strings = checked_strings(where, model, on_pre, on_post, method, on_event)
        events = dict(strings.events)
        check_namespace(where, namespace)
        self._model = SynapseModel(where, strings, (self.source, self.target), namespace)
        #: What linked variables stand for.
        self.links = SynapseLinks(self)
        ends = (("source", self.source, strings.on_pre), ("target", self.target, strings.on_post))
        for role, end, statements in ends:
            for pathway, _ in statements:
                refuse_spikes(where, role, end)
                check_spiking(where, role, end, events.get(pathway, SPIKE))
        self.equation_values = values = EquationValues(self, self._model)
        if multisynaptic_index is not None:
            values.made = (SynapseAssignment(multisynaptic_index, PairIndex(), 0, EVERY_CONNECT),)
            values.next_order = 1
        for pathway, value in delays_of(where, delay, strings).items():
            values.assign(delay_variable(pathway), value)
        # Unlike values set later, these are of all synapses, whenever they are made.
        values.made = tuple(replace(one, connected=EVERY_CONNECT) for one in values.made)

    # ---- for the network

    def look_up(self, around: Mapping[str, Any]) -> None:
        """Take values of names from outside."""
        self._model.outside.look_up(around)

    def check_names(self) -> None:
        """Raise if a name from outside is not known, or a linked variable stands for nothing."""
        self._model.check_names()
        self.links.check()

    def describe(self, group_index: dict[int, int]) -> SynapsesDescription:
        """The description; `group_index` maps id(group) to its index."""
        source, target = self._slices(group_index)
        statements = Statements(
            self._model.strings,
            self._model.outside.names,
            self.equation_values.made,
            bool(self._parsed.written_pre),
            self._parsed.accesses,
            self._recognize,
            self.operations,
            self._parsed.operated_pre,
            self._parsed.summed_pre,
            self._parsed.operated_post,
            self._switched,
            links=self.links.described,
            read_pre=self._parsed.read_pre,
        )
        each = zip(self._rules, self.since, self._draws, strict=True)
        connects = tuple(Connect(rule, {}, since, drawn) for rule, since, drawn in each)
        return SynapsesDescription(self._called(), source, target, connects, statements)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Statements that run at regular times."""
        return self._model.operations

    def add_operation(self, operation: Operation) -> None:
        """Run an operation from the first step on."""
        self._model.take(self._called(), (*self.operations, operation))

    @property
    def parts(self) -> tuple[str, ...]:
        """The pathways, and statements that run at regular times."""
        return (*(f"*_{pathway}" for pathway in self._pathways), *super().parts)

    _switched = False

    def check_switch(self, changes: bool) -> None:
        """Raise ParameterError if a table has the rule by which weights change."""
        if changes and self._way == "plastic table":
            raise refuse_in_table(
                self._called(),
                "active was set after the first run",
                "a table keeps spikes and no traces, which would have to wait",
            )
        self._switched = self._switched or self._owner is None or not self._owner.built

    def settings(self) -> dict[str, Any]:
        """Values to set between runs; see `distsnn.front.network.saved.settings_between_runs`."""
        return self.equation_values.settings()

    def restore(self, settings: Mapping[str, Any]) -> None:
        """Take back what `settings` gave."""
        self.equation_values.restore(settings)

    @property
    def parsed(self) -> ParsedSynapses:
        """The checked equations and statements."""
        return self._parsed

    def count(self) -> int:
        """Number of synapses, for others that join these: it asks no network."""
        number, exact = self._number()
        return int(number) if exact else len(self.equation_values.edges(alone=True))

    # ---- for users

    @property
    def _pathways(self) -> tuple[str, ...]:
        return self._model.strings.pathways

    @property
    def _parsed(self) -> ParsedSynapses:
        return self._model.parsed

    @property
    def i(self) -> Any:
        """Source index of each synapse, int64 (n,). Any rank may ask, alone: it draws them."""
        return VariableView(self, "i")

    @property
    def j(self) -> Any:
        """Target index of each synapse, int64 (n,), in the order of `i`."""
        return VariableView(self, "j")

    @property
    def N(self) -> int:
        """Number of synapses."""
        return len(self)

    @property
    def equations(self) -> Equations:
        """The equations."""
        return Equations(self._model.strings.model)

    @property
    def multisynaptic_index(self) -> str | None:
        """Name of the variable that holds the index of each synapse within its pair, or None."""
        return self._pair_index

    @property
    def uses_clock(self) -> bool:
        """Whether something happens in its steps, or expressions name them."""
        return self._model.uses_clock

    @property
    def indices(self) -> MemberIndices:
        """Indices of synapses: ``S.indices[0, :]``, ``S.indices['w > 1']``."""
        return MemberIndices(self)

    def variables(self) -> list[str]:
        """Names that can be read and set."""
        return [*self._parsed.variables, *(["delay"] if "pre" in self._pathways else [])]

    def units(self) -> dict[str, str]:
        """Unit of each variable, as the model says it."""
        return {name: self._model.unit(name) for name in self.variables()}

    @property
    def sums(self) -> list[tuple[str, Subgroup]]:
        """The variables of neurons that are sums over these synapses, and whose they are."""
        return [
            (x.rsplit("_", 1)[0], self.source if x.endswith("_pre") else self.target)
            for x in (e.name for e in self._parsed.summed)
        ]

    def _card(self) -> Card:
        return equation_synapses_card(self, self._model.strings, self._parsed.equations)

    def state_names(self) -> tuple[list[str], list[str], list[str]]:
        """Names of variables that can be set, of those that cannot, and of subexpressions."""
        equations = self._parsed.equations
        computed = [x for x, one in equations.items() if one.kind == SUBEXPRESSION]
        settable = [x for x in self.variables() if x != self._pair_index]
        pair = [] if self._pair_index is None else [self._pair_index]
        return settable, ["i", "j", "N", "N_pre", "N_post", "t", "dt", *pair], computed

    def unit_of(self, name: str) -> str:
        """Unit of an attribute, as equations say it; ``1`` for none."""
        if name in {"t", "dt"}:
            return "second"
        lines = {**self._parsed.linked, **self._parsed.equations}
        own = {n: e.unit for n, e in lines.items()}
        return {**self.of_neurons(), **own, **self.units()}.get(name, "1")

    def _from_si(self, name: str, value: Any) -> Any:
        return from_si(self.unit_of(name), value)

    def recordable(self) -> tuple[str, ...]:
        """Names of what monitors can record."""
        text = self._parsed
        return tuple(dict.fromkeys([*text.equations, *text.variables, *text.linked]))

    def of_neurons(self) -> dict[str, str]:
        """Names and units of what is read of the neurons: ``x_pre``, ``x_post``, ``x`` as well."""
        return units_of_neurons(self)

    def values_now(self, variable: str) -> np.ndarray:
        """Values of a variable or of what is computed, in its type; () for one that all share."""
        found = self.equation_values.now(variable)
        if variable in {"i", "j"}:
            return found
        found = read_values(self._called(), variable, found, self.type_of(variable))
        return found[0] if variable in self._parsed.shared and found.size else found

    def type_of(self, variable: str) -> str:
        """Type of a variable or of what is computed: ``float``, ``integer`` or ``boolean``."""
        own = self._parsed.symbols.own
        return own[variable].type if variable in own else FLOAT

    def version(self, variable: str) -> object:
        """See `VariableView`: nothing known of what is computed."""
        if self._owner is None or variable not in self._parsed.variables:
            return None
        moment = self._owner.moment
        return None if moment is None else (moment, len(self.equation_values.made))

    def assign_where(self, variable: str, item: Any, value: Any) -> None:
        """Set a variable of the synapses that an index, mask, pair of indices or text selects."""
        if variable in {"i", "j"}:
            allowed = "connect() says which neurons synapses join"
            raise ParameterError(self._called(), f"{variable} was set", allowed, "call connect()")
        self.check_set(variable)
        if variable not in self._parsed.variables and variable in self._parsed.symbols.own:
            assign_neurons(self.equation_values, variable, value, item)
        else:
            self.equation_values.assign_where(variable, item, value)

    def __getitem__(self, item: Any) -> np.ndarray:
        """Numbers (int64 (n,)) of synapses, for ``record=S[0, :]``; see `SynapticIndex`."""
        return np.atleast_1d(self.positions(item))

    def positions(self, item: Any) -> Any:
        """Index into arrays of all synapses for `item`; a pair means sources and targets."""
        return self.equation_values.positions(item)

    def __getattr__(self, variable: str) -> Any:
        if variable.startswith("_"):
            raise AttributeError(variable)
        if is_in_si(variable) and variable not in self._pathways:
            return in_si(self, variable)
        if variable == "delay" and "pre" in self._pathways:
            return PathwayView(self, "pre").delay
        if variable in self._pathways and variable not in self._parsed.variables:
            return PathwayView(self, variable)
        if variable in {"t", "dt"}:
            return getattr(self.target, variable)
        if variable in {"N_pre", "N_post"}:
            return len(self.source if variable == "N_pre" else self.target)
        if variable in self._parsed.variables or variable in self._parsed.symbols.own:
            return VariableView(self, variable)
        valid = [*self.variables(), *self._pathways, "i", "j", "N", "connect"]
        raise unknown_attribute(self._called(), variable, valid)

    def _settable_names(self) -> dict[str, str]:
        of_neurons = settable_of_neurons(self)
        delay = ["delay"] if "pre" in self._pathways else []
        return {
            **dict.fromkeys([*self._parsed.variables, *delay], BETWEEN_RUNS),
            **dict.fromkeys(self._parsed.linked, BEFORE_RUN),
            **dict.fromkeys(
                [x for x in of_neurons if x not in {*self._parsed.variables, *delay}], BETWEEN_RUNS
            ),
        }

    def _computed(self) -> Collection[str]:
        return [*self._parsed.symbols.own, *self._pathways]

    def _set(self, variable: str, value: Any) -> None:
        if variable in self._parsed.linked:
            self.links.set(variable, value)
            return
        if variable == "active" and variable not in self.variables():
            super()._set(variable, value)
            return
        self.check_set(variable)
        if variable in self._parsed.variables:
            self.assign(variable, value)
        elif variable == "delay" and "pre" in self._pathways:
            PathwayView(self, "pre").delay = value
        else:
            assign_neurons(self.equation_values, variable, value)

    def assign(self, variable: str, value: Any) -> None:
        """Set a variable or delay of all synapses."""
        self.check_set(variable)
        self.equation_values.assign(variable, value)

    def _with_pair_index(self, where: str, model: Any, name: str | None) -> Any:
        """The model with the variable that holds the index within a pair, if it has a name."""
        self._pair_index = checked_name(where, name)
        if name is None or not isinstance(model, str):
            return model
        return f"{model}\n{name} : integer (constant)"

    def _with_own(self, text: str) -> str:
        return self._model.with_subexpressions(text)

    def _end(self, where: str, role: str, end: object) -> Subgroup:
        if isinstance(end, EquationSynapses):
            return SynapsesEnd(end)
        return super()._end(where, role, end)

    def _accept(self, rule: ConnectionRule, matrix: Matrix | None) -> None:  # noqa: ARG002 - as in the base
        if matrix is not None and matrix.strengths is not None:
            raise ParameterError(
                self._called(),
                "the matrix has strengths",
                "synapses with equations have variables of their own names",
                "connect without strengths and set a variable to the values",
            )
