"""The statements of equation-based synapses, and their pathways with their delays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from distsnn.describe.checks.settable import BEFORE_RUN, BETWEEN_RUNS, Settable, unknown_attribute
from distsnn.describe.operations import SPIKE
from distsnn.describe.synapses.equation_based import SynapseStrings, delay_variable
from distsnn.errors import NotThereError, ParameterError, unknown_name
from distsnn.front.names.si_numbers import from_si, in_si, is_in_si
from distsnn.front.neurons.group_events import checked_order, checked_slot
from distsnn.front.neurons.linked_variables import refuse_built
from distsnn.front.variable_view import Assignable, VariableView
from distsnn.integrate.methods import checked_method


def checked_strings(
    where: str,
    model: object,
    on_pre: object,
    on_post: object,
    method: object,
    on_event: object,
) -> SynapseStrings:
    """The expressions of synapses.

    Raises ParameterError if one is no string, or two pathways have the same name; and EquationError
    if the method is not known.
    """
    if not isinstance(model, str):
        raise ParameterError(
            where,
            f"model={model!r}",
            "model is a string or a receptor such as Exponential(...)",
            "give one",
        )
    integrated = checked_method(where, method)
    before = _pathways(where, "on_pre", on_pre, "pre")
    after = _pathways(where, "on_post", on_post, "post")
    both = {name for name, _ in before} & {name for name, _ in after}
    if both:
        raise ParameterError(
            where,
            f"two pathways are named {min(both)!r}",
            "pathways have different names",
            "rename one",
        )
    names = [name for name, _ in (*before, *after)]
    events = _events(where, on_event, names)
    return SynapseStrings(model, before, after, integrated, events)


def _events(where: str, on_event: object, pathways: list[str]) -> tuple[tuple[str, str], ...]:
    """The event of each pathway that does not act at spikes."""
    given = dict.fromkeys(pathways, on_event) if isinstance(on_event, str) else on_event
    if not isinstance(given, Mapping) or not all(isinstance(x, str) for x in given.values()):
        raise ParameterError(
            where,
            f"on_event={on_event!r}",
            "on_event is the name of an event, or a dict of pathways and events",
            "correct it",
        )
    for name in given:
        if name not in pathways:
            unknown_name(f"{where}, on_event=", str(name), pathways)
    return tuple((name, given[name]) for name in pathways if given.get(name, SPIKE) != SPIKE)


def _pathways(
    where: str, argument: str, given: object, default: str
) -> tuple[tuple[str, str], ...]:
    if given is None:
        return ()
    if isinstance(given, str):
        return ((default, given),)
    if not isinstance(given, Mapping) or not all(
        isinstance(n, str) and n.isidentifier() and isinstance(t, str) for n, t in given.items()
    ):
        raise ParameterError(
            where,
            f"{argument}={given!r}",
            f"{argument} is a string, or a dict of names and texts",
            "correct it",
        )
    return tuple(sorted(given.items()))


def delays_of(where: str, delay: Any, strings: SynapseStrings) -> dict[str, Any]:
    """The delays given, by pathway.

    Raises ParameterError if there is no pathway ``pre`` that a single delay could mean.
    """
    if delay is None:
        return {}
    if isinstance(delay, Mapping):
        for name in delay:
            if name not in strings.pathways:
                raise NotThereError(
                    where,
                    f"delay= has the unknown name {name!r}",
                    f"pathways are {', '.join(strings.pathways)}",
                    "name one of them",
                    name=name,
                )
        return dict(delay)
    if "pre" not in strings.pathways:
        raise ParameterError(
            where,
            "delay is one value, but there is no pathway 'pre'",
            "pathways are " + (", ".join(strings.pathways) or "none"),
            "give delay={'<pathway>': ...}",
        )
    return {"pre": delay}


class WithPathways(Assignable, Protocol):
    """Synapses with several pathways."""

    def switch(self, part: str, active: bool) -> None:
        """Let one part act, or rest."""

    def rests(self, part: str) -> bool:
        """Whether a part rests."""

    def _called(self) -> str:
        """Name in messages."""

    @property
    def name(self) -> str:
        """Name within the network."""

    def assign(self, variable: str, value: Any) -> None:
        """Set a variable of all synapses."""

    @property
    def equation_values(self) -> Any:
        """Its model and values."""


class PathwayView(Settable):
    """One pathway of synapses: ``S.pre.delay = 2*ms``, ``S.pre.order = 1``, ``S.pre.active``."""

    SETTABLE = {
        "delay": BETWEEN_RUNS,
        "order": BEFORE_RUN,
        "when": BEFORE_RUN,
        "active": BETWEEN_RUNS,
    }

    def __init__(self, synapses: WithPathways, name: str) -> None:
        self._synapses = synapses
        self._name = name

    def _called(self) -> str:
        return f"{self._synapses._called()}.{self._name}"

    def unit_of(self, name: str) -> str:
        """Unit of an attribute."""
        return "second" if name == "delay" else "1"

    def _from_si(self, name: str, value: Any) -> Any:
        return from_si(self.unit_of(name), value)

    def __getattr__(self, name: str) -> Any:
        if is_in_si(name):
            return in_si(self, name)
        raise unknown_attribute(self._called(), name, [*self.SETTABLE, "clock", "name"])

    @property
    def name(self) -> str:
        """Name in the order of a step: that of the synapses with its own behind it."""
        return f"{self._synapses.name}_{self._name}"

    @property
    def order(self) -> int:
        """Pathways act by order, then by name; -1 after the source, 1 after the target.

        Poisson inputs have the order 0.
        """
        return int(self._synapses.equation_values.model.strings.order_of(self._name))

    @order.setter
    def order(self, order: int) -> None:
        refuse_built(self._synapses, f"the order of {self._name} was set")
        checked = checked_order(self._called(), order)
        self._synapses.equation_values.model.take_order(self._name, checked)

    @property
    def when(self) -> str:
        """Slot of a step in which it acts.

        Before the threshold, what spiked in the step before acts.
        """
        return str(self._synapses.equation_values.model.strings.slot_of(self._name))

    @when.setter
    def when(self, when: str) -> None:
        refuse_built(self._synapses, f"when of {self._name} was set")
        slot = checked_slot(self._called(), when)
        self._synapses.equation_values.model.take_slot(self._name, slot)

    @property
    def active(self) -> bool:
        """Whether its events act in the next runs; it may be set between runs."""
        return not self._synapses.rests(f"*_{self._name}")

    @active.setter
    def active(self, active: bool) -> None:
        self._synapses.switch(f"*_{self._name}", active)

    @property
    def clock(self) -> Any:
        """The clock in whose steps the pathway acts: that of its source or target."""
        return self._synapses.equation_values.model.pathway_clocks[self._name][1]

    @property
    def delay(self) -> Any:
        """Delay of each synapse, float64 (n,), ms."""
        variable = delay_variable(self._name)
        return VariableView(self._synapses, variable)

    @delay.setter
    def delay(self, value: Any) -> None:
        self._synapses.assign(delay_variable(self._name), value)
