"""Values of equation-based synapses: what has been assigned, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from distsnn.assemble.edges.connections import ObjectEdges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.synapse_variables import Moment, SynapseVariables
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import EVERY_CONNECT, SynapseAssignment
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.describe.values.given import Value, checked_value, one_for_all
from distsnn.describe.values.given_expressions import Expression
from distsnn.errors import ParameterError
from distsnn.front.names.network_clocks import network_clocks
from distsnn.front.names.scope import current_seed, defaultclock, give_visible_names, next_draw
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.shared_values import check_shared_value
from distsnn.front.synapses.synapse_model import SynapseModel
from distsnn.front.synapses.synapses_as_end import SynapsesEnd, all_around, assigned_before
from distsnn.front.synapses.synaptic_index import SynapticIndex
from distsnn.language.objects.shared_variables import COMMON
from distsnn.language.objects.synapse_equations import REFRACTORINESS

if TYPE_CHECKING:
    # They have values.
    from distsnn.front.synapses.equation_synapses import EquationSynapses

# Assignments to some synapses that are kept, each to be carried out again with the next one.
_MOST_IN_PART = 16


class EquationValues:
    """The assignments to variables of synapses, and their values now.

    Attributes
    ----------
    made : tuple of SynapseAssignment
        Those that something may still depend on, in order.
    next_order : int
        The order of the next one.
    """

    def __init__(self, synapses: EquationSynapses, model: SynapseModel) -> None:
        self.synapses, self.model = synapses, model
        self.made: tuple[SynapseAssignment, ...] = ()
        self.next_order = 0
        self._drawn: tuple[object, Edges] | None = None

    # ---- assignments

    def assign(
        self,
        variable: str,
        value: Any,
        where: np.ndarray | Expression | None = None,
        shape: tuple[int, ...] | None = None,
    ) -> None:
        """Set a variable or delay of all synapses, or of those `where` selects."""
        synapses, parsed, name = self.synapses, self.model.parsed, self._called
        is_delay, built = variable.startswith("delay of "), self._is_built
        if variable in parsed.shared:
            differing = parsed.symbols.own.keys() - parsed.shared - COMMON
            check_shared_value(name, variable, value, where is None, differing)
        checked: Value
        if isinstance(value, str):
            checked = self.expression("delay" if is_delay else variable, value)
        else:
            unit = "ms" if is_delay else self.model.unit(variable)
            checked = checked_value(name, variable, value, unit)
            wanted = shape
            if isinstance(checked, np.ndarray):
                wanted = (len(synapses),) if shape is None and where is None else shape
                checked = one_for_all(checked, wanted)
            if isinstance(checked, np.ndarray) and wanted is not None and checked.shape != wanted:
                raise ParameterError(
                    name,
                    f"{variable} was given {checked.shape[0]} values",
                    f"there are {wanted[0] if wanted else 1} synapses",
                    "give one for each, in the order of creation",
                    shape=checked.shape,
                )
        seen = self._seen(isinstance(checked, Expression) or isinstance(where, Expression))
        connected = len(synapses._rules)
        drawn = next_draw(checked)
        made = SynapseAssignment(variable, checked, self.next_order, connected, where, seen, drawn)
        self.next_order += 1
        if built and is_delay:
            self._take_delay(made)
        elif built:
            synapses._owner.set_synapse_state(synapses, made)
        else:
            self.made += (made,)

    def _take_delay(self, made: SynapseAssignment) -> None:
        """Let later spikes have other delays; those under way keep theirs.

        Raises ParameterError if a delay is negative or too long.
        """
        owner, variable = self.synapses._owner, made.variable
        step = owner.step_between_runs(self._called)
        pathway = variable.removeprefix("delay of ")
        description, mine = self._description()
        dt, edges = description.dt, self.edges()
        variables = SynapseVariables(description, mine, Moment(step, self.member_now))
        values = np.array(self.read(variable))
        variables.at(edges, self.read).assign(made, values)
        kept = replace(made, value=values, where=None, connected=EVERY_CONNECT, since=step)
        # Those that no spike under way has any more are not needed.
        longest = int(np.rint(self.read(variable).max(initial=0.0) / dt)) + 1
        whole = [one.since for one in self.made if one.variable == variable and one.since]
        gone = max((one for one in whole if one + longest < step), default=0)
        others = [one for one in self.made if one.variable != variable or not 0 < one.since < gone]
        assert mine.statements is not None
        effect = replace(mine.statements, assignments=(kept,))
        later = SynapseVariables(description, replace(mine, effect=effect))
        later.at(edges).delay_steps(pathway)
        self.made = (*others, kept)

    def assign_where(self, variable: str, item: Any, value: Any) -> None:
        """Set a variable of the synapses that an index, mask, pair of indices or text selects."""
        whole = item is Ellipsis or (isinstance(item, slice) and item == slice(None))
        given = isinstance(value, int | float | np.ndarray)
        if whole and (given or variable in self.model.parsed.shared):
            self.assign(variable, value)
        elif isinstance(item, str) and (isinstance(value, str) or np.ndim(value) == 0):
            self.assign(variable, value, self.expression(None, item))
        else:
            numbers = self.positions(item)
            self.assign(variable, value, np.atleast_1d(numbers), np.shape(numbers))

    def positions(self, item: Any) -> Any:
        """Index into arrays of all synapses for `item`; a pair means sources and targets."""
        ends, edges = (self.synapses.source, self.synapses.target), self.edges()
        index = SynapticIndex(self._called, ends, edges.source, edges.target, self.evaluate)
        return index.of(item)

    def _seen(self, by_expression: bool) -> tuple[int, int]:
        """Order of the next assignments to source and target; expressions see those before."""
        ends = self.synapses.source, self.synapses.target
        before, after = (assigned_before(end, by_expression) for end in ends)
        return before, after

    def accept(self, made: SynapseAssignment) -> None:
        """Keep an assignment with values of this moment in place of what changes in runs.

        Earlier ones of all synapses go unless an expression sees them. Many ones of some synapses
        become one of all.
        """
        made = self._fixed(made)
        in_part = sum(isinstance(one.where, np.ndarray) for one in self.made)
        where, is_given = made.where, isinstance(made.value, float | np.ndarray)
        if isinstance(where, np.ndarray) and is_given and in_part >= _MOST_IN_PART:
            values = self.read(made.variable)
            values[where] = made.value
            values.flags.writeable = False
            made = replace(made, value=values, where=None)
        if made.where is None and not isinstance(made.value, Expression):
            seen = max((one.order for one in self.made if one.is_expression), default=-1)
            self.made = tuple(
                one for one in self.made if one.variable != made.variable or one.order < seen
            )
        self.made += (made,)

    def _fixed(self, made: SynapseAssignment) -> SynapseAssignment:
        where, value = made.where, made.value
        if isinstance(where, Expression) and self.model.changes(where):
            where = np.flatnonzero(self.read_expression(where, order=made.order))
        if isinstance(value, Expression) and self.model.changes(value):
            value = self.read_expression(value, order=made.order)
            if isinstance(where, Expression):
                where = np.flatnonzero(self.read_expression(where, order=made.order))
            if where is not None:
                value = value[where]
        return replace(made, value=value, where=where)

    def settings(self) -> dict[str, Any]:
        """Assignments and meanings of names; see `front.network.saved.settings_between_runs`."""
        return {
            "assignments": self.made,
            "next": self.next_order,
            "names": self.model.outside.names,
        }

    def restore(self, settings: Mapping[str, Any]) -> None:
        """Take back what `settings` gave."""
        self.made, self.next_order = settings["assignments"], settings["next"]
        if "names" in settings:
            self.model.outside.restore(self._called, settings["names"])

    # ---- values

    def read(self, variable: str) -> np.ndarray:
        """Values (float64 (n,)) of a variable, in the order of creation."""
        owner = self.synapses._owner
        if owner is not None:
            known = owner.synapse_state(self.synapses, variable)
            if known is not None:
                return np.asarray(known)
        in_run: Any = {} if owner is None else owner.known_in_run
        made, found = in_run.get((self, variable), (None, None))
        if made is not self.made or found is None:
            found = self._assigned(variable)
            in_run[self, variable] = self.made, found
        return np.array(found)

    def _assigned(self, variable: str) -> np.ndarray:
        """Values (float64 (n,)) of a variable as assignments say."""
        description, mine = self._description()
        values = SynapseVariables(description, mine).at(self.edges())
        if variable.startswith("delay of "):
            return values.delay_steps(variable.removeprefix("delay of ")) * description.dt
        return values.of(variable)

    def now(self, variable: str) -> np.ndarray:
        """Values (n,) of a variable or delay, of what is computed, or of ``i`` or ``j``."""
        if variable in {"i", "j"}:
            edges = self.edges()
            return edges.source if variable == "i" else edges.target
        own = variable in self.model.parsed.variables or variable.startswith("delay of ")
        return self.read(variable) if own else self.evaluate(variable)

    def expression(self, variable: str | None, text: str) -> Expression:
        """`text`, checked to have the unit of `variable`."""
        return self.model.expression(self._called, variable, text)

    def evaluate(self, text: str) -> np.ndarray:
        """Values (n,) of an expression over the synapses now."""
        return self.read_expression(self.expression(None, text))

    def read_expression(
        self, value: Expression, purpose: str = "value", order: int | None = None
    ) -> np.ndarray:
        """Values (n,) of a checked expression now; `purpose` and `order` key what it draws.

        The order is that of the assignment it belongs to, by default of the next one.
        """
        description, mine = self._description()
        moment = current = None
        if self._is_built:
            moment, current = Moment(self.synapses._owner.step, self.member_now), self.read
        variables = SynapseVariables(description, mine, moment)
        return variables.at(self.edges(), current).expression(
            value, self.next_order if order is None else order, purpose
        )

    def member_now(self, side: str, variable: str, before: int | None = None) -> np.ndarray:  # noqa: ARG002 - as before the run
        """Values now of a variable of the source (`side` ``"pre"``) or target slice."""
        end = self.synapses.source if side == "pre" else self.synapses.target
        if side == "pre" and variable in self.synapses.links:
            return self.synapses.links.now(variable, len(end))
        if isinstance(end, SynapsesEnd):
            return np.asarray(end.group.values_now(variable), dtype=np.float64)
        assert isinstance(end.group, NeuronGroup)
        special = variable in REFRACTORINESS
        values = end.group.evaluate(variable) if special else end.group.read(variable)
        return np.asarray(values)[end.start : end.stop]

    def edges(self, alone: bool = False) -> Edges:
        """All synapses, in the order of creation; they are drawn once.

        `alone` does not ask the network, which may have to know how many there are.
        """
        owner = self.synapses._owner
        in_run: Any = {} if owner is None else owner.known_in_run
        if self in in_run:
            found: Edges = in_run[self][1]
            return found
        description, mine = self._alone() if alone else self._description()
        key = (description.seed, mine.name, mine.rules)
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = key, ObjectEdges.of(description, mine).edges()
        in_run[self] = None, self._drawn[1]
        return self._drawn[1]

    # ---- inside

    @property
    def _called(self) -> str:
        return self.synapses._called()

    @property
    def _is_built(self) -> bool:
        owner = self.synapses._owner
        return owner is not None and owner.built

    def _description(self) -> tuple[NetworkDescription, SynapsesDescription]:
        """The network as far as values depend on it, and the synapses in it."""
        synapses = self.synapses
        if synapses._owner is not None:
            description = synapses._owner.description
            return description, next(s for s in description.synapses if s.name == synapses.name)
        return self._alone()

    def _alone(self) -> tuple[NetworkDescription, SynapsesDescription]:
        """The same without a network: what `run` would make of it in this scope."""
        synapses = self.synapses
        groups, joined = all_around(synapses)
        give_visible_names(synapses, *groups, *joined)
        index = {id(g): n for n, g in enumerate(groups)}
        mine, *inner = (s.describe(index) for s in (synapses, *joined))
        dt, clocks = network_clocks((*groups, synapses, *joined), float(defaultclock.dt))
        described = tuple(replace(g.describe(g.own_dt or dt), name=g.name) for g in groups)
        owner = synapses._owner
        seed = current_seed() if owner is None else owner.seed
        every = (mine, *inner)
        return NetworkDescription(described, every, dt=dt, seed=seed, clocks=clocks), mine
