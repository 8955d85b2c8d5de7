"""Groups of Poisson sources."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from distsnn.assemble.values.expressions import ExpressionEvaluator, draws_of
from distsnn.describe.checks.arguments import check_namespace
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.checks.settable import BETWEEN_RUNS
from distsnn.describe.groups import PoissonDescription, check_rate
from distsnn.describe.operations import Event, Operation
from distsnn.describe.values.by_trial import ByTrial
from distsnn.describe.values.given import Distribution, Value, checked_value, value_bounds
from distsnn.errors import ParameterError
from distsnn.front.names.checked_expressions import checked_expression
from distsnn.front.names.scope import Clock, give_visible_names
from distsnn.front.neurons.assignments import with_items
from distsnn.front.neurons.group_base import SpikeSource
from distsnn.front.neurons.linked_variables import refuse_built
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.poisson_input import InputOwner
from distsnn.front.neurons.values_without_network import ValuesWithoutNetwork
from distsnn.language.functions import FUNCTIONS
from distsnn.language.source_location import SourceLocation
from distsnn.language.symbols import SPECIALS, SymbolTable
from distsnn.language.syntax import calls_in, names_in, parse_expression
from distsnn.language.unit_names import parse_unit


class SourceOwner(InputOwner, Protocol):
    """The network that sources belong to, as far as they know it."""

    @property
    def t(self) -> float:
        """Time reached, ms."""

    @property
    def step(self) -> int:
        """The next step."""

    @property
    def dt(self) -> float:
        """Time step, ms."""

    def key_now(self, purpose: str, name: str) -> tuple[int, int]:
        """Key of what is drawn between two steps."""


_ARGUMENTS = {"N", "rates", "name", "namespace", "dt", "clock", "order"}


@known_names
class PoissonGroup(SpikeSource):
    """Independent Poisson spike sources.

    Source i spikes in a step with probability ``rates[i] * dt``, as in Brian 2.

    Parameters
    ----------
    N : int
        Number of sources.
    rates : float, array (N,), Distribution or str, 1/ms
        Rates; write ``10 * Hz``, or an expression over ``i``, ``N`` and numbers from outside, such
        as ``'(1 + i)*10*Hz'``. An expression that changes in time (``'stimulus(t)'``,
        ``'10*Hz*rand()'``) makes a `NeuronGroup` with the subexpression ``rates`` and the threshold
        ``'rand() < rates*dt'``, as in Brian 2; it draws in every step.
    namespace : mapping, optional
        Numbers that names in the expression stand for; see `NeuronGroup`.
    name, dt, clock, order
        See `SpikeSource`.

    Raises
    ------
    ParameterError
        If a rate is negative or not finite, or the shape is wrong. By the run: if a source would
        spike more than once in a step.
    EquationError, UnitError
        If an expression cannot be understood, or is no rate.

    Examples
    --------
    >>> import distsnn as snn
    >>> stimulus = snn.TimedArray([0.0, 100 * snn.Hz], dt=50 * snn.ms)
    >>> changing = snn.PoissonGroup(100, rates="stimulus(t)")
    >>> spikes = snn.SpikeMonitor(changing)
    >>> summary = snn.Network(changing, spikes).run(100)
    >>> bool(min(spikes.t) >= 50)
    True
    """

    SETTABLE = {"rates": BETWEEN_RUNS}
    # What sources become whose rates equations say.
    _of_equations: type[NeuronGroup] = NeuronGroup

    def __new__(cls, *values: Any, **named: Any) -> Self:
        """A group with constant rates, or a `NeuronGroup` for rates that change in time."""
        given = dict(zip(("N", "rates", "name"), values, strict=False)) | named
        rates = given.get("rates")
        # What else is wrong with the arguments is said where they are read.
        if isinstance(rates, str) and given.keys() <= _ARGUMENTS and _changes(rates):
            kind: Any = cls._of_equations
            return _changing_group(kind, **given)  # type: ignore[return-value]  # as documented
        return super().__new__(cls)

    def __init__(
        self,
        N: int,
        rates: Any,
        name: str | None = None,
        *,
        namespace: Mapping[str, Any] | None = None,
        dt: float | None = None,
        clock: Clock | None = None,
        order: int = 0,
    ) -> None:
        super().__init__(N, name, dt, clock, order)
        check_namespace(self._called(), namespace)
        self._namespace = namespace or {}
        self._owner: SourceOwner | None = None
        # How often rates have been set: each time others are drawn.
        self._n_set = 0
        self._rates = self._checked_rates(
            name if isinstance(name, str) and name else "PoissonGroup", rates
        )

    @property
    def rates(self) -> Value:
        """Rates, 1/ms; they may be set between runs.

        As in Brian 2, an expression that is set here gives constant rates, those of the time
        reached: ``P.rates = 'stimulus(t)'``.
        """
        return self._rates if self._owner is None else self._owner.setting(lambda: self._rates)

    @rates.setter
    def rates(self, rates: Any) -> None:
        where, before = self._called(), (self._rates, self._n_set)
        self._n_set += 1
        if isinstance(rates, str):
            rates = _rates_now(where, rates, self._now(rates), self._namespace)
        self._rates = self._checked_rates(where, rates)
        try:
            self._make_known()
        except ParameterError:
            self._rates, self._n_set = before
            raise

    def variables(self) -> dict[str, str]:
        """Names of what can be set of a slice, and their units."""
        return {"rates": "hertz"}

    def recordable(self) -> dict[str, str]:
        """Nothing: rates change between runs only."""
        return {}

    def assign(self, variable: str, start: int, stop: int, value: Any) -> None:
        """Set the rates of the members ``start <= index < stop``."""
        if isinstance(self._rates, Distribution):
            raise ParameterError(
                self._called(),
                f"{variable} of a slice were set, and those of the group are drawn",
                "rates of a slice are set where all are numbers",
                "give the group an array",
            )
        if isinstance(value, str):
            value = _rates_now(self._called(), value, self._now(value), self._namespace)[start:stop]
        every = np.broadcast_to(np.asarray(self._rates, dtype=np.float64), (self.N,))
        self.rates = with_items(self._called(), variable, every, slice(start, stop), value)

    def values_now(self, variable: str) -> np.ndarray:
        """Rates (float64 (N,), 1/ms) now, unless they are drawn; see `VariableView`."""
        if variable != "rates" or isinstance(self._rates, Distribution):
            return super().values_now(variable)
        rates = self.rates
        every = rates.values if isinstance(rates, ByTrial) else [rates]
        found = [np.broadcast_to(np.asarray(one, dtype=np.float64), (self.N,)) for one in every]
        return np.stack(found) if isinstance(rates, ByTrial) else found[0]

    def assign_where(
        self,
        variable: str,
        item: Any,
        value: Any,
        by_expression: bool = False,  # noqa: ARG002 - as in the base
    ) -> None:
        """Set the rates of some members."""
        rates = self.values_now(variable).copy()
        rates[self.positions(item)] = value
        self.rates = rates

    def _now(self, text: str) -> _Now:
        """Values of names in expressions at this time."""
        if self._owner is None and _changes(text):
            # Random numbers depend on the name.
            give_visible_names(self)
        owner = self._owner or ValuesWithoutNetwork(float(self.clock.dt))
        key = owner.key_now(f"rates set as {self._n_set}", self._called())
        return _Now(self.N, owner.t, owner.step, self.own_dt or owner.dt, key)

    def belong_to(self, owner: SourceOwner | None) -> None:
        """Let `owner` know of what is set; none if it belongs to no network."""
        self._owner = owner

    def _make_known(self) -> None:
        if self._owner is not None:
            self._owner.take_settings()

    def add_operation(self, operation: Operation | Event) -> None:
        """Run an operation from the first step on: as the rates change, equations say them now."""
        rates, index, owner = self._rates, self.creation_index, self._owner
        refuse_built(self, "run_regularly() or run_on_event() was called")
        # It stays the same object for synapses and monitors.
        object.__setattr__(self, "__class__", self._of_equations)
        self._sealed = False
        made: Any = self
        NeuronGroup.__init__(
            made,
            self.N,
            "rates : Hz",
            threshold="rand() < rates*dt",
            name=self._name,
            clock=self._clock,
        )
        made.creation_index, made._owner, made._sealed = index, owner, True
        made.rates = rates
        made.add_operation(operation)

    def _checked_rates(self, where: str, rates: Any) -> Value:
        if isinstance(rates, str):
            now = _Now(self.N, 0.0, 0, float(self.clock.dt), (0, 0))
            rates = _rates_now(where, rates, now, self._namespace)
        checked = checked_value(where, "rates", rates, "1/ms", (self.N,))
        if value_bounds(checked)[0] < 0:
            raise ParameterError(
                where,
                f"rates can be {value_bounds(checked)[0]} / ms",
                "rates must be >= 0",
                "correct rates, or bound them with low=0",
            )
        return checked

    def describe(self, dt: float) -> PoissonDescription:
        """The description of this group in a network with time step `dt` (ms)."""
        described = PoissonDescription(self._name or "", self.N, self._rates)
        most = value_bounds(self._rates)[1]
        # Before, another time step may still be set; then building checks them.
        if self._owner is not None and self._owner.built and most < math.inf:
            check_rate(described, most, dt)
        return described

    def settings(self) -> dict[str, Any]:
        """Values to set between runs; see `distsnn.front.network.saved.settings_between_runs`."""
        return {"rates": self._rates, "n_set": self._n_set}

    def restore(self, settings: Mapping[str, Any]) -> None:
        """Take back what `settings` gave."""
        self._rates, self._n_set = settings["rates"], settings["n_set"]


def _parse(where: str, text: str) -> tuple[ast.expr, SourceLocation]:
    location = SourceLocation(where, "rates", " ".join(text.split()))
    return parse_expression(location.text, location), location


def _changes(rates: str) -> bool:
    """Whether an expression changes in time."""
    tree, _ = _parse("PoissonGroup", rates)
    return not {"t", "t_in_timesteps", "xi"}.isdisjoint(names_in(tree)) or any(
        name not in FUNCTIONS for name in calls_in(tree)
    )


def _changing_group(
    kind: type[NeuronGroup], N: int, rates: str, name: str | None = None, **other: Any
) -> NeuronGroup:
    """Sources whose rates change in time; `other` are further arguments of `NeuronGroup`."""
    text, threshold = _parse(name or "PoissonGroup", rates)[1].text, "rand() < rates*dt"
    return kind(N, f"rates = {text} : Hz", threshold=threshold, name=name, **other)


@dataclass(frozen=True)
class _Now:
    """Values for an expression of rates: number of sources, time and step (ms), key of draws."""

    N: int
    t: float
    t_in_timesteps: int
    dt: float
    key: tuple[int, int]


def _rates_now(where: str, text: str, now: _Now, names: Mapping[str, Any]) -> np.ndarray:
    """Rates (float64 (N,), 1/ms) that an expression gives."""
    special = {name: getattr(now, name) for name in ("N", "t", "t_in_timesteps", "dt")}
    symbols = SymbolTable({name: SPECIALS[name] for name in ("i", *special)})
    location = SourceLocation(where, "rates", text)
    wanted = "rates", parse_unit("Hz", location)[0]
    given = checked_expression(location, symbols, wanted, names)
    index = np.arange(now.N)
    values = {**given.names.numbers, **special, "i": index}
    expression = ExpressionEvaluator(given.tree, given.names.arrays, now.dt)
    found = expression.of(values, draws_of(given.tree, index, now.key))
    return np.broadcast_to(np.asarray(found, dtype=np.float64), (now.N,)).copy()
