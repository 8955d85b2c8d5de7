"""Poisson input to neurons."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from distsnn.describe.checks.constructors import known_names
from distsnn.describe.checks.settable import BETWEEN_RUNS
from distsnn.describe.models.receptors.delta_receptor import Increment
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.operations import name_in_order
from distsnn.describe.synapses.projections import PoissonInputDescription, Slice
from distsnn.describe.values.given import checked_value, whole_number
from distsnn.display.card import Card
from distsnn.display.cards import input_card
from distsnn.errors import ParameterError, UnsupportedError
from distsnn.front.names.named import checked_name
from distsnn.front.names.scope import next_creation_index
from distsnn.front.names.si_numbers import scaled, si_decades
from distsnn.front.neurons.group_base import Subgroup
from distsnn.front.neurons.group_events import checked_order
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.regular_operations import RegularOperation
from distsnn.front.neurons.target_checks import as_slice, attachable, checked_weight
from distsnn.front.switched import Switched
from distsnn.language.types import BOOLEAN, INTEGER

T = TypeVar("T")


class InputOwner(Protocol):
    """The network that an input belongs to, as far as the input knows it."""

    @property
    def built(self) -> bool:
        """Whether the network has been built."""

    def setting(self, read: Callable[[], T]) -> T:
        """A value that has been set, as users see it."""

    def take_settings(self) -> None:
        """Let what runs already know of what has been set."""


@known_names
class PoissonInput(Switched):
    """Independent Poisson spike trains to each neuron of a target.

    Each neuron gets the events of `N` sources of its own in every step, times the weight. With the
    name of a variable their number is drawn from the binomial distribution of `N` trials of
    probability ``rate * dt``, as in Brian 2 (which takes a normal distribution for many events,
    here the law is exact); with a receptor from the Poisson distribution with mean
    ``N * rate * dt``, as in NEST.

    Parameters
    ----------
    target : NeuronGroup or slice
    target_var : str, Exponential, Alpha or Delta
        The name of a variable of equations, as in Brian 2; or a receptor, see `Synapses`.
    N : int
        Number of sources of each neuron.
    rate : float, 1/ms
        Rate of each; write ``8 * Hz``.
    weight : float or str
        What an event adds, in the receptor's unit. An expression over variables of the target
        (``'w*volt'``) adds what it gives in each step, after the events of synapses; it stays
        as it is, as does the rate with it.
    name : str, optional
        Name within the network; draws are keyed by it.
    when, order
        When it acts in a step, by default with synapses, between pathways of order -1 and 1. With
        the name of a variable any slot of `SpikeSource.run_regularly` is allowed besides, or
        another order; rate and weight then stay as they are.

    Raises
    ------
    ParameterError
        If a value is not allowed. By the run: if more than 20,000 events are expected in a step, or
        in Brian 2's form ``rate * dt`` is above 1.
    """

    INTERNAL = frozenset(
        {
            "become_statement",
            "is_statement",
            "statement",
            "sorted_as",
            "touched",
            "slot_of_statement",
            "belong_to",
        }
        | {"describe", "restore", "settings"}
    )
    SETTABLE = {"rate": BETWEEN_RUNS, "weight": BETWEEN_RUNS}

    def __init__(  # noqa: PLR0913 - Brian's
        self,
        target: NeuronGroup | Subgroup,
        target_var: Receptor | str,
        N: int,
        rate: float,
        weight: float | str,
        name: str | None = None,
        when: str = "synapses",
        order: int = 0,
    ) -> None:
        where = name if isinstance(name, str) and name else "PoissonInput"
        self.when, self.order = when, checked_order(where, order)
        self.creation_index = next_creation_index()
        self._name = checked_name(where, name)
        self.target = as_slice(where, "target", target)
        self._binomial = isinstance(target_var, str)
        receptor = Increment(target_var) if isinstance(target_var, str) else target_var
        self._receptor_index = attachable(where, self.target, receptor).attach(receptor)
        number = whole_number(N, 0)
        if number is None:
            raise ParameterError(where, f"N={N!r}", "N is a whole number >= 0", "correct N")
        self.N = number
        self._receptor = receptor
        self._owner: InputOwner | None = None
        self._rate = _checked_rate(where, rate)
        self._statement = None
        self._weight = weight if isinstance(weight, str) else self._checked_weight(weight)
        if isinstance(weight, str) or (when, self.order) != ("synapses", 0):
            self._statement = self._as_statement(target_var, self.when)

    def _as_statement(self, variable: object, slot: str) -> RegularOperation:
        """The same as a statement of the neurons, as in Brian 2."""
        if not (self._binomial and isinstance(variable, str)):
            raise UnsupportedError(
                self._called(),
                f"weight={self._weight!r}, when={self.when!r}, order={self.order}",
                "onto a receptor the weight is a number, when is 'synapses' and order 0",
                "name a variable of equations in place of the receptor",
            )
        weight = self._weight
        if not isinstance(weight, str):
            unit = self.target.group.unit_of(variable)
            weight = f"{scaled(weight, -si_decades(unit))!r}*({unit})"
        events = f"binomial({self.N}, {self._rate!r}/ms*dt)"
        text = f"{variable} += {events}*({' '.join(weight.split())})"
        when = self.slot_of_statement if slot == "synapses" else slot
        return self.target.run_regularly(text, when=when, order=self.order)

    @property
    def slot_of_statement(self) -> str:
        """The slot in which a statement stands for one among synapses: before or after all."""
        after = "after_synapses" if self.order else "before_resets"
        return "before_synapses" if self.order < 0 else after

    def become_statement(self, strict: bool) -> None:
        """Be a statement of the neurons, once and for all, of which a slot can hold others too.

        One onto a receptor cannot; it stays as it is, or if `strict` raises ParameterError.
        """
        if self._statement is None and (self._binomial or strict):
            self._statement = self._as_statement(self._receptor.variable, self.when)

    @property
    def is_statement(self) -> bool:
        """Whether it is a statement of the neurons."""
        return self._statement is not None

    @property
    def statement(self) -> str:
        """Name of the statement, empty if it is none."""
        return "" if self._statement is None else self._statement.part

    @property
    def touched(self) -> set[str]:
        """Names of the neurons' variables that the statement writes and reads."""
        text = self._receptor.variable if self._statement is None else self._statement.statements
        return set(re.findall(r"[A-Za-z_]\w*", text)) & set(self.target.group.recordable())

    @property
    def sorted_as(self) -> str:
        """Name by which it is sorted among the objects of a slot."""
        return name_in_order(self.name)

    @property
    def rate(self) -> float:
        """Rate of each source, 1/ms; it may be set between runs."""
        return self._seen(lambda: self._rate)

    @rate.setter
    def rate(self, rate: float) -> None:
        self._refuse_statement("rate")
        before, self._rate = self._rate, _checked_rate(self._called(), rate)
        try:
            self._make_known()
        except ParameterError:
            self._rate = before
            raise

    @property
    def weight(self) -> Any:
        """The weight of an event, in the receptor's unit; it may be set between runs."""
        return self._seen(lambda: self._weight)

    @weight.setter
    def weight(self, weight: float) -> None:
        self._refuse_statement("weight")
        self._weight = self._checked_weight(weight)
        self._make_known()

    def _seen(self, read: Callable[[], T]) -> T:
        return read() if self._owner is None else self._owner.setting(read)

    def _refuse_statement(self, name: str) -> None:
        if self._statement is not None:
            raise ParameterError(
                self._called(),
                f"{name} was set; weight={self._weight!r}, when={self.when!r}, order={self.order}",
                "an input whose weight is an expression, or that has a slot or order of its own, "
                "stays as it is",
                "let the expression depend on a variable of the neurons, and set that",
            )

    def switch(self, part: str, active: bool) -> None:
        """Let the input act, or rest."""
        super().switch(part, active)
        if self._statement is not None:
            self._statement.active = active

    def _checked_weight(self, weight: object) -> float:
        where = self._called()
        checked = _number(where, "weight", weight, self._receptor.weight_unit)
        checked_weight(where, checked, self._receptor)
        if variable := self._receptor.variable:
            kind = self.target.group.type_of(variable)
            if kind == BOOLEAN or (kind == INTEGER and not checked.is_integer()):
                raise ParameterError(
                    where,
                    f"weight={checked:g} is added to {variable}, which is declared as {kind}",
                    "a whole number can be added to an integer variable",
                    "give one, or declare the variable without type, ': 1'",
                    weight=checked,
                )
        return checked

    def _card(self) -> Card:
        return input_card(self, self._receptor.weight_unit)

    def belong_to(self, owner: InputOwner | None) -> None:
        """Let `owner` know of what is set; none if it belongs to no network."""
        self._owner = owner

    def _make_known(self) -> None:
        if self._owner is not None:
            self._owner.take_settings()

    def describe(self, group_index: dict[int, int], dt: float) -> PoissonInputDescription:
        """The description of this input; `group_index` maps id(group) to its index."""
        target = Slice(group_index[id(self.target.group)], self.target.start, self.target.stop)
        weight: Any = self._weight
        described = PoissonInputDescription(
            self._name or "",
            target,
            self._receptor_index,
            self.N if self._statement is None else 0,
            self._rate,
            weight if self._statement is None else 0.0,
            self._binomial,
        )
        # Before, another time step may still be set; then building checks it.
        if self._owner is not None and self._owner.built:
            described.check_events(dt)
        return described

    def settings(self) -> dict[str, Any]:
        """Values to set between runs; see `distsnn.front.network.saved.settings_between_runs`."""
        return {"rate": self._rate, "weight": self._weight}

    def restore(self, settings: Mapping[str, Any]) -> None:
        """Take back what `settings` gave."""
        self._rate, self._weight = settings["rate"], settings["weight"]


def _checked_rate(where: str, rate: object) -> float:
    checked = _number(where, "rate", rate, "1/ms")
    if checked < 0:
        raise ParameterError(
            where, f"rate={checked} / ms is negative", "rate must be >= 0", "correct rate"
        )
    return checked


def _number(where: str, name: str, value: object, unit: str) -> float:
    checked = checked_value(where, name, value, unit)
    if not isinstance(checked, float):
        raise ParameterError(
            where,
            f"{name}={value!r}",
            f"{name} is one number in {unit}",
            "use one PoissonInput for each slice with a value of its own",
        )
    return checked
