"""Synapses with equations and statements as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from distsnn.build.synapse_edges import SynapseEdges, synapse_edges
from distsnn.build.synapses import delay_steps, parse_description, synapse_values
from distsnn.describe.matrix import Matrix
from distsnn.describe.names import refuse_argument
from distsnn.describe.network import NetworkDescription
from distsnn.describe.rules import Rule
from distsnn.describe.synapses import (
    EVERY_CONNECT,
    SynapseAssignment,
    SynapseDescription,
    delay_variable,
)
from distsnn.describe.text import TextValue
from distsnn.describe.values import Value, checked_value
from distsnn.equations.check import DimensionCheck
from distsnn.equations.members import members_of_part
from distsnn.equations.place import Place
from distsnn.equations.shared import COMMON
from distsnn.equations.symbols import SymbolTable
from distsnn.equations.synapse_text import REFRACTORINESS, SynapseText, parse_synapses
from distsnn.equations.syntax import calls_in, names_in, parse_expression
from distsnn.errors import ParameterError, unknown_name
from distsnn.front.attributes import unknown_attribute
from distsnn.front.groups import SpikeSource, Subgroup
from distsnn.front.neurons import NeuronGroup
from distsnn.front.neurons_of_synapses import assign_neurons
from distsnn.front.outside import OutsideNames
from distsnn.front.pathway_view import PathwayView
from distsnn.front.scope import current_seed, defaultclock, user_names
from distsnn.front.shared_values import check_shared_value
from distsnn.front.synapse_texts import attach_written, checked_texts, delays_of
from distsnn.front.synapses import Synapses
from distsnn.front.synaptic_array import SynapticArray
from distsnn.front.synaptic_index import SynapticIndex
from distsnn.front.targets import check_spiking

_ARGUMENTS = (
    "source",
    "target",
    "model",
    "on_pre",
    "on_post",
    "delay",
    "method",
    "namespace",
    "name",
)


class EquationSynapses(Synapses, kind="equations"):
    """Synapses with equations and statements in the dialect of Brian 2.

    Variables of the synapses are attributes: reading one gives its values in the order of
    creation (by source, then target; lists as given); setting one takes a number, an array, a
    distribution or a text over ``i``, ``j``, ``x_pre``, ``x_post``, variables and ``rand()``.
    Pathways act one after the other as in Brian 2, and statements see what events of the step so
    far have left. To that end groups live on one rank as a whole where synapses between them write
    to their source (``x_pre += w``, ``x_pre = ... : unit (summed)``), or read an ``x_pre`` that may
    have changed in the step: by pathways before theirs, by their own, or, in ``on_post``, by a
    `PoissonInput`. Ready synapses do not count: ``x_pre`` is as it was before they added to it.
    A synapse of a neuron onto itself adds to both ``x_pre`` and ``x_post``, as Brian 2's numpy code
    does (its compiled code loses one); otherwise order matters as in Brian 2's compiled code.
    ``S.w[0, :]`` and ``S.w['i < 3']`` mean some synapses; ``S.x_post = ...`` sets the targets'
    variable, see `assign_neurons`. ``S.delay`` is the delay of the pathway ``pre``;
    ``S.<pathway>.delay`` that of any.

    Parameters
    ----------
    source, target : group or slice
        `target` is the source by default.
    model : str
        Parameters ``w : 1``, subexpressions, differential equations marked ``(event-driven)`` or
        ``(clock-driven)``, and sums ``x_post = ... : unit (summed)`` (or ``x_pre``); see
        `NeuronGroup` for ``(constant over dt)``.
    on_pre, on_post : str or dict of str to str, optional
        Statements for spikes of the source and of the target; a dict names several pathways.
    delay : float (ms) or dict of str to float, optional
        Delay of all synapses of the pathway ``pre``, or of each pathway named.
    method : str, optional
        Method for clock-driven equations, see `NeuronGroup`.
    namespace : mapping, optional
        Numbers that names in the texts stand for; see `NeuronGroup`.
    name : str, optional
        Name within the network; draws are keyed by it.

    Raises
    ------
    ParameterError
        If an argument is not supported or of the wrong kind.
    EquationError, UnitError
        If a text cannot be understood, or dimensions do not agree.

    Notes
    -----
    Statements that only add a weight take the tables of ready synapses, also where the weight
    changes by the pair rule with exponential traces (`STDP`), written as for Brian 2::

        on_pre="g_post += w; apre += Apre; w = clip(w + apost, 0, gmax)"
        on_post="apost += Apost; w = clip(w + apre, 0, gmax)"

    with numbers that are the same for all synapses, ``dapre/dt = -apre/taupre : 1
    (event-driven)`` and the like for ``apost``, and no other variables. Recording a trace, setting
    one, weights outside the bounds, or other numbers between runs make the synapses go on
    as they are written, with the same results to rounding, but slower.

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

    _OWN = frozenset({"name", "source", "target", "stamp", "namespace"})

    def __init__(  # noqa: PLR0913 - Brian's
        self,
        source: SpikeSource | Subgroup,
        target: SpikeSource | Subgroup | None = None,
        model: str = "",
        on_pre: str | Mapping[str, str] | None = None,
        on_post: str | Mapping[str, str] | None = None,
        *,
        delay: Any = None,
        method: str | None = None,
        namespace: Mapping[str, Any] | None = None,
        name: str | None = None,
        **other: Any,
    ) -> None:
        where = name or "Synapses"
        for given in other:
            refuse_argument(where, given, _ARGUMENTS)
            unknown_name(where, given, _ARGUMENTS)
        self._join(where, source, source if target is None else target, name)
        if not isinstance(self.target.group, NeuronGroup):
            raise ParameterError(
                where,
                f"target {self.target.name} only sends spikes",
                "the target is a NeuronGroup or a slice of one",
                "exchange source and target if that is what was meant",
            )
        self._texts = checked_texts(where, model, on_pre, on_post, method)
        for role, end, texts in (
            ("source", self.source, self._texts.on_pre),
            ("target", self.target, self._texts.on_post),
        ):
            if texts:
                check_spiking(where, role, end)
        self._text = self._parsed(where)
        self._outside = OutsideNames(*self._text.outside, namespace, model)
        self._outside.look_up(user_names())
        self._made: tuple[SynapseAssignment, ...] = ()
        self._edges_known: tuple[object, SynapseEdges] | None = None
        for end, written in (
            (self.source, self._text.written_pre),
            (self.target, self._text.written_post),
        ):
            for x in sorted(written):
                assert isinstance(end.group, NeuronGroup)
                attach_written(end.group, x)
        for pathway, value in delays_of(where, delay, self._texts).items():
            self._assign(delay_variable(pathway), value, None, None)
        # Unlike values set later, these are of all synapses, whenever they are made.
        self._made = _of_every_connect(self._made)

    # ---- what the network asks

    def look_up(self, around: Mapping[str, Any]) -> None:
        """Take values of names from outside."""
        self._outside.look_up(around)

    def check_names(self) -> None:
        """Raise if a name from outside is not known."""
        if self._outside.missing:
            places: dict[str, Place] = {}
            text = self._text
            lines = (*text.equations.values(), *text.summed, *text.refreshed)
            parts = [(e.expression, e.place) for e in lines]
            parts += [(s.expression, s.place) for p in text.pathways for s in p.statements]
            for tree, place in parts:
                for name in [] if tree is None else [*names_in(tree), *calls_in(tree)]:
                    places.setdefault(name, place)
            self._outside.check(places, text.symbols)

    def describe_synapses(self, group_index: dict[int, int]) -> SynapseDescription:
        """The description; `group_index` maps id(group) to its index."""
        source, target = self._slices(group_index)
        return SynapseDescription(
            self.name or "synapses",
            source,
            target,
            self._texts,
            self._outside.names,
            tuple(self._rules),
            self._made,
            bool(self._text.written_pre),
            self._text.accesses,
        )

    def accept(self, made: SynapseAssignment) -> None:
        """Remember an assignment."""
        self._made += (made,)

    def now_fixed(self, made: SynapseAssignment) -> SynapseAssignment:
        """The assignment with values of this moment in place of texts over what changes."""
        where, value = made.where, made.value
        if isinstance(where, TextValue) and self._changes(where):
            where = np.flatnonzero(self.read_text(where))
        if isinstance(value, TextValue) and self._changes(value):
            value = self.read_text(value)
            if isinstance(where, TextValue):
                where = np.flatnonzero(self.read_text(where))
            if where is not None:
                value = value[where]
        return replace(made, value=value, where=where)

    def _changes(self, value: TextValue) -> bool:
        """Whether a text depends on something that changes during runs."""
        place = Place(self.name or "Synapses", "value", value.text)
        names = names_in(self._text.inlined(parse_expression(value.text, place)))
        return any(n in {"t", "t_in_timesteps"} or n.endswith(("_pre", "_post")) for n in names)

    # ---- what users see

    @property
    def i(self) -> np.ndarray:
        """Source index of each synapse, int64 (n,). Any rank may ask, alone: it draws them."""
        return SynapticArray.bound(self._edges().source, self, "i")

    @property
    def j(self) -> np.ndarray:
        """Target index of each synapse, int64 (n,), in the order of `i`."""
        return SynapticArray.bound(self._edges().target, self, "j")

    @property
    def N(self) -> int:
        """Number of synapses."""
        return len(self)

    def variables(self) -> list[str]:
        """Names that can be read and set."""
        return [*self._text.variables, *(["delay"] if "pre" in self._texts.pathways else [])]

    def units(self) -> dict[str, str]:
        """Unit of each variable, as the model says it."""
        return {name: self._unit(name) for name in self.variables()}

    @property
    def sums(self) -> list[tuple[str, Subgroup]]:
        """The variables of neurons that are sums over these synapses, and whose they are."""
        return [
            (x.rsplit("_", 1)[0], self.source if x.endswith("_pre") else self.target)
            for x in (e.name for e in self._text.summed)
        ]

    def recordable(self) -> tuple[str, ...]:
        """Names of what monitors can record."""
        text = self._text
        return tuple(dict.fromkeys([*text.equations, *text.variables]))

    def read(self, variable: str) -> np.ndarray:
        """Values (float64 (n,)) of a variable, in the order of creation."""
        if self._owner is not None:
            known = self._owner.synapse_state(self, variable)
            if known is not None:
                return known
        description, mine = self._description()
        text = parse_description(description, mine)
        values = synapse_values(description, mine, self._edges(), text)
        if variable.startswith("delay of "):
            steps = delay_steps(values, variable.removeprefix("delay of "), description.dt)
            return steps * description.dt
        return values.of(variable)

    def evaluate(self, text: str) -> np.ndarray:
        """Values (n,) of an expression over the synapses now."""
        return self.read_text(self.text_value(None, text))

    def read_text(self, value: TextValue, purpose: str = "value") -> np.ndarray:
        """Values (n,) of a checked text now; `purpose` keys what it draws."""
        description, mine = self._description()
        values = synapse_values(
            description, mine, self._edges(), parse_description(description, mine)
        )
        if self._owner is not None and self._owner.built:
            values.known, values.member = self.read, self.member_now
            values.step = round(self._owner.t / self._owner.dt)
        return values.expression(value, len(self._made), purpose)

    def member_now(self, side: str, variable: str, before: int | None = None) -> np.ndarray:  # noqa: ARG002 - as before the run
        """Values now of a variable of the source (`side` ``"pre"``) or target slice."""
        end = self.source if side == "pre" else self.target
        assert isinstance(end.group, NeuronGroup)
        special = variable in REFRACTORINESS
        values = end.group.evaluate(variable) if special else end.group.read(variable)
        return np.asarray(values)[end.start : end.stop]

    def assign_where(self, variable: str, item: Any, value: Any) -> None:
        """Set a variable of the synapses that an index, mask, pair of indices or text selects."""
        if variable in {"i", "j"}:
            raise ParameterError(
                self.name or "Synapses",
                f"{variable} was set",
                "connect() says which neurons synapses join",
                "call connect()",
            )
        if self._is_of_neurons(variable):
            assign_neurons(self, (self._text, self._edges()), variable, value, item)
            return
        if isinstance(item, str):
            self._assign(variable, value, self.text_value(None, item), None)
            return
        numbers = self.positions(item)
        self._assign(variable, value, np.atleast_1d(numbers), np.shape(numbers))

    def __getitem__(self, item: Any) -> np.ndarray:
        """Numbers (int64 (n,)) of synapses, for ``record=S[0, :]``; see `SynapticIndex`."""
        return np.atleast_1d(self.positions(item))

    def positions(self, item: Any) -> Any:
        """Index into arrays of all synapses for `item`; a pair means sources and targets."""
        edges, where = self._edges(), self.name or "Synapses"
        ends = self.source, self.target
        return SynapticIndex(where, ends, edges.source, edges.target, self.evaluate).of(item)

    def __getattr__(self, variable: str) -> Any:
        if variable.startswith("_") or variable in self._OWN:
            raise AttributeError(variable)
        if variable in self._text.variables:
            return SynapticArray.bound(self.read(variable), self, variable)
        if variable == "delay" and "pre" in self._texts.pathways:
            return PathwayView(self, "pre").delay
        if variable in self._texts.pathways:
            return PathwayView(self, variable)
        if variable in self._text.symbols.own:
            return SynapticArray.bound(self.evaluate(variable), self, variable)
        return self._unknown(variable)

    def __setattr__(self, variable: str, value: Any) -> None:
        if variable.startswith("_") or variable in self._OWN:
            object.__setattr__(self, variable, value)
        elif variable in self._text.variables:
            self.assign(variable, value)
        elif variable == "delay" and "pre" in self._texts.pathways:
            PathwayView(self, "pre").delay = value
        elif variable in self._text.symbols.own:
            assign_neurons(self, (self._text, self._edges()), variable, value)
        else:
            self._unknown(variable)

    def assign(self, variable: str, value: Any) -> None:
        """Set a variable or delay of all synapses."""
        self._assign(variable, value, None, None)

    # ---- inside

    def _is_of_neurons(self, variable: str) -> bool:
        return variable not in self._text.variables and variable in self._text.symbols.own

    def _unknown(self, variable: str) -> Any:
        valid = [*self.variables(), *self._texts.pathways, "i", "j", "N", "connect"]
        raise unknown_attribute(self.name or "Synapses", variable, valid)

    def _accept(self, rule: Rule, matrix: Matrix | None) -> None:  # noqa: ARG002 - as in the base
        if matrix is not None and matrix.strengths is not None:
            raise ParameterError(
                self.name or "Synapses",
                "the matrix has strengths",
                "synapses with equations have variables of their own names",
                "connect without strengths and set a variable to the values",
            )

    def _parsed(self, where: str) -> SynapseText:
        return parse_synapses(
            self._texts,
            where,
            *(
                members_of_part(end.group.describe(defaultclock.dt), end.start, end.stop)
                for end in (self.source, self.target)
            ),
        )

    def _assign(
        self,
        variable: str,
        value: Any,
        where: np.ndarray | TextValue | None,
        shape: tuple[int, ...] | None,
    ) -> None:
        is_delay, own = variable.startswith("delay of "), self._text.symbols.own
        if variable in self._text.shared:
            differing = own.keys() - self._text.shared - COMMON
            name = self.name or "Synapses"
            check_shared_value(name, variable, value, where is None, differing)
        unit = "ms" if is_delay else self._unit(variable)
        if self._owner is not None and self._owner.built and is_delay:
            raise ParameterError(
                self.name or "Synapses",
                "a delay was set after the first run",
                "delays are fixed once the network has been built",
                "set it before the first run",
            )
        checked: Value | TextValue
        if isinstance(value, str):
            checked = self.text_value("delay" if is_delay else variable, value)
        else:
            checked = checked_value(self.name or "Synapses", variable, value, unit)
            if isinstance(checked, np.ndarray):
                wanted = (len(self),) if shape is None and where is None else shape
                if wanted is not None and checked.shape != wanted:
                    raise ParameterError(
                        self.name or "Synapses",
                        f"{variable} was given {checked.shape[0]} values",
                        f"there are {wanted[0] if wanted else 1} synapses",
                        "give one for each, in the order of creation",
                        shape=checked.shape,
                    )
        seen = self._seen(isinstance(checked, TextValue) or isinstance(where, TextValue))
        made = SynapseAssignment(variable, checked, len(self._made), len(self._rules), where, seen)
        if self._owner is not None and self._owner.built:
            self._owner.set_synapse_state(self, made)
            return
        self._made += (made,)

    def _seen(self, by_text: bool) -> tuple[int, int]:
        """Order of the next assignments to the source and the target; a text sees those before."""
        before, after = (
            0
            if not isinstance(group, NeuronGroup)
            else group.assignments.see()
            if by_text
            else group.assignments.next_order
            for group in (self.source.group, self.target.group)
        )
        return before, after

    def _unit(self, variable: str) -> str:
        equation = self._text.equations.get(variable)
        return "ms" if equation is None else equation.unit

    def text_value(self, variable: str | None, text: str) -> TextValue:
        """`text`, checked to have the unit of `variable`."""
        kind = f"{variable} =" if variable else "expression"
        place = Place(self.name or "Synapses", kind, " ".join(text.split()))
        tree = parse_expression(place.text, place)
        symbols: SymbolTable = self._text.symbols
        if variable is not None:
            wanted = symbols["t" if variable == "delay" else variable].dimension
            DimensionCheck(symbols).expression(tree, place, wanted, variable)
        names = OutsideNames(symbols.constants_in([tree]), symbols.arrays_in([tree]), None)
        names.look_up({**user_names(), **self._outside.given})
        names.check(dict.fromkeys([*names_in(tree), *calls_in(tree)], place), symbols)
        return TextValue(place.text, names.names)

    def _description(self) -> tuple[NetworkDescription, SynapseDescription]:
        """The network as far as values depend on it, and the synapses in it."""
        if self._owner is not None:
            description = self._owner.description
            return description, next(s for s in description.synapses if s.name == self.name)
        # Before there is a network: what `run` would make of it in this scope.
        groups = list(dict.fromkeys([self.source.group, self.target.group]))
        if self.name is None:
            self.name = f"synapses_{self.stamp[1]}"
        mine = self.describe_synapses({id(g): n for n, g in enumerate(groups)})
        described = tuple(
            replace(g.describe(defaultclock.dt), name=g.name or f"group_{n}")
            for n, g in enumerate(groups)
        )
        return NetworkDescription(
            described, dt=defaultclock.dt, seed=current_seed(), synapses=(mine,)
        ), mine

    def _edges(self) -> SynapseEdges:
        description, mine = self._description()
        key = (description.seed, mine.name, mine.rules)
        if self._edges_known is None or self._edges_known[0] != key:
            self._edges_known = key, synapse_edges(description, mine)
        return self._edges_known[1]


def _of_every_connect(made: tuple[SynapseAssignment, ...]) -> tuple[SynapseAssignment, ...]:
    return tuple(replace(one, connected=EVERY_CONNECT) for one in made)
