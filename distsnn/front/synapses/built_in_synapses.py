"""Synapses onto built-in receptors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.checks.settable import BETWEEN_RUNS, unknown_attribute
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.matrix import Matrix
from distsnn.describe.synapses.projections import (
    AUTO,
    NEVER_SET,
    ProjectionDescription,
    SetAt,
)
from distsnn.describe.synapses.short_term import ShortTerm
from distsnn.describe.synapses.spike_timing import SpikeTiming
from distsnn.describe.synapses.synapses import (
    DELAY,
    DENDRITIC_DELAY,
    WEIGHT,
    AddToReceptor,
    Connect,
    SynapsesDescription,
)
from distsnn.describe.values.given import (
    PerSynapse,
    Value,
)
from distsnn.describe.values.given_expressions import Expression
from distsnn.display.card import Card
from distsnn.display.cards import built_in_synapses_card
from distsnn.errors import ParameterError
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.target_checks import attachable, check_spiking, checked_weight
from distsnn.front.synapses.built_in_values import (
    check_shapes,
    checked_delay,
    checked_delays,
    checked_plasticity,
    checked_storage,
    checked_weights,
    in_creation_order,
    like_earlier,
    pair_expression,
    rounded,
    rule_settings,
    rule_with,
    values_now,
)
from distsnn.front.synapses.drawn_synapses import DrawnSynapses
from distsnn.front.synapses.synapse_checks import check_same_rule, checked_rule
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.front.synapses.synaptic_index import SynapticIndex
from distsnn.front.variable_view import VariableView

# Weight, axonal and dendritic delay of one `connect`.
_Values = tuple[Value, Value, Value]
_DELAYS = ("delay", "dendritic_delay")


@known_names
class ReadySynapses(Synapses, kind="built-in"):
    """Synapses from one group to a receptor of another.

    Parameters
    ----------
    source : group or slice
        What spikes.
    target : NeuronGroup or slice
        What receives.
    receptor : Exponential, Alpha or Delta
        The receptor; the same object is the same variable of the target.
    weight : float, array, Distribution or str
        What an event adds to the receptor's variable: pA (`CUBA`), nS (`COBA`, `MgBlock`), mV
        (`Delta`); BrainPy calls it ``g_max``. The shape of an array depends on the rule: see
        `connect`; with any rule it may have one value for each synapse in the order of `i` and `j`,
        such as another network's `w`. Drawn weights are rounded to single precision. An expression
        is an expression over ``i``, ``j``, ``N_pre``, ``N_post``, variables ``x_pre`` and
        ``x_post`` of the groups at the start, ``rand()`` and ``randn()``.
    delay : float, array, Distribution, PerSource or str, ms
        Time from spike to effect, rounded to the nearest step; arrays as for `weight`. With 0 (the
        default, as in Brian 2) spikes must be exchanged in every step; at least one is faster.
    dendritic_delay : float, array, Distribution, PerSource or str, ms
        Further time from the synapse to the effect, rounded by itself: `delay` is then the time
        to the synapse alone. It matters for rules that change weights: spikes of the target
        reach the synapse after it.
    stp : STD or STP, optional
        Short-term plasticity: an event adds the weight times what the spike releases.
    stdp : STDP, TripletSTDP or VogelsSTDP, optional
        Rule that changes the weights; `weight` is where they start.
    storage : "auto", "dense" or "sparse"
        Whether each synapse has an index of its target (sparse), or each row of the matrix is
        kept as runs of consecutive targets (dense). By default matrices that are full and have
        one delay per source are dense. Synapses onto built-in receptors share tables as far as
        possible, and a table is dense if one of them asks for it. The results are the same.
    weight_bits : 32 or 16
        Bits of a drawn weight. With 16, weights are rounded to multiples of a power of two that is
        between 1/2048 and 1/1024 of the standard deviation of their distribution, and those
        further than seven of them from the mean are set to that distance: a synapse takes a third
        less memory, and large networks run faster. It is the rounded weight that acts and that
        `weight` shows.
    stop_spike_gradient : bool
        Whether a gradient of `distsnn.learning` ends here, as with the option of BrainPy: weights
        and delays have their derivatives, the times of the source's spikes have none through
        these synapses.
    name : str, optional
        Name within the network; draws are keyed by it.

    Raises
    ------
    ParameterError
        If the target has no neurons that receive, or a value is not allowed.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(100, snn.LIF())
    >>> exc = snn.Exponential(tau=5 * snn.ms)
    >>> S = snn.Synapses(cells, cells, exc, weight=20 * snn.pA, delay=1.5 * snn.ms)
    >>> S.connect(p=0.1)
    """

    INTERNAL = frozenset(
        {"assign_where", "described", "positions", "values_now", "version", "weight_signs"}
    )
    SETTABLE = dict.fromkeys(("weight", "w", "delay", "dendritic_delay", "stdp"), BETWEEN_RUNS)

    def __init__(  # noqa: PLR0913 - a synapse has so many options
        self,
        source: SpikeSource | Subgroup,
        target: NeuronGroup | Subgroup,
        receptor: Receptor,
        *,
        weight: Any,
        delay: Any = 0.0,
        dendritic_delay: Any = 0.0,
        stp: ShortTerm | None = None,
        stdp: SpikeTiming | None = None,
        storage: str = AUTO,
        weight_bits: int = 32,
        stop_spike_gradient: bool = False,
        name: str | None = None,
    ) -> None:
        where = name if isinstance(name, str) and name else "Synapses"
        self._join(where, source, target, name)
        check_spiking(where, "source", self.source)
        self.receptor = receptor
        self._neurons = attachable(where, self.target, receptor)
        self._receptor_index = self._neurons.attach(receptor)
        self._weight = (
            self._text(where, "weight", weight, receptor.weight_unit)
            if isinstance(weight, str)
            else checked_weight(where, weight, receptor)
        )
        self._delay, self._dendritic = (
            self._text(where, name, given, "ms")
            if isinstance(given, str)
            else checked_delay(where, name, given, len(self.source))
            for name, given in (("delay", delay), ("dendritic_delay", dendritic_delay))
        )
        self.stp = checked_plasticity(where, stp)
        self.stdp = checked_rule(where, stdp, (self.source, self.target), receptor, self._weight)
        self._weight = rounded(where, weight_bits, self._weight, self.stdp)
        self.weight_bits = weight_bits
        check_switches(where, stop_spike_gradient=stop_spike_gradient)
        self.stop_spike_gradient = stop_spike_gradient
        self.storage = checked_storage(where, storage)
        self._as_drawn = DrawnSynapses(self)
        self._values: list[_Values] = []
        # How often weights and delays have been set; it keys what expressions draw.
        self._n_set = 0
        self._set_at = NEVER_SET

    _DRAWN = ("i", "j", "weight", "w", "delay", "dendritic_delay")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise unknown_attribute(self._name or "Synapses", name, [*self._DRAWN, "connect"])

    def _text(self, where: str, name: str, text: str, unit: str) -> Value:
        return pair_expression(where, name, text, unit, (self.source, self.target))

    def _accept(self, rule: ConnectionRule, matrix: Matrix | None) -> None:
        where = self._name or "Synapses"
        delay, dendritic = self._delay, self._dendritic
        weight = self._weight
        if matrix is not None:
            weight, delay = (
                matrix.weight(where, self._weight),
                matrix.at_cells(where, "delay", delay),
            )
            dendritic = matrix.at_cells(where, "dendritic_delay", dendritic)
            if not isinstance(weight, Expression):
                weight = checked_weight(where, weight, self.receptor)
        shape = rule.array_shape(len(self.source), len(self.target))
        given: dict[str, Value] = {
            name: self._in_order(name, value, rule, shape)
            for name, value in zip(
                ("weight", "delay", "dendritic_delay"), (weight, delay, dendritic), strict=True
            )
        }
        parameters = {} if self.stdp is None else self.stdp.values
        check_shapes(where, given | parameters, type(rule).__name__, shape)
        self._values.append((given["weight"], given["delay"], given["dendritic_delay"]))

    def _in_order(
        self, name: str, value: Value, rule: ConnectionRule, shape: tuple[int, ...] | None
    ) -> Value:
        """Values of all synapses in the order of creation, where an array has not the shape."""
        if not isinstance(value, np.ndarray) or value.ndim != 1 or value.shape == shape:
            return value
        # If the number of synapses is not known before they are drawn, building checks it.
        known = rule.exact_number(len(self.source), len(self.target), self._shift)
        if known is not None and known != value.size:
            raise ParameterError(
                self._name or "Synapses",
                f"{name} has {value.size} values",
                f"there are {known} synapses, in the order of creation"
                + (f", or in an array of shape {shape}" if shape else ""),
                "give one value for each, or a number",
                shape=value.shape,
            )
        return PerSynapse(value)

    def _check_late(self) -> None:
        """Allow it: further synapses are there from the next run on."""

    def describe(self, group_index: dict[int, int]) -> SynapsesDescription:
        """The description; `group_index` maps id(group) to its index."""
        source, target = self._slices(group_index)
        connects = tuple(
            Connect(
                rule, dict(zip((WEIGHT, DELAY, DENDRITIC_DELAY), values, strict=True)), since, drawn
            )
            for rule, values, since, drawn in zip(
                self._rules, self._values, self.since, self._draws, strict=True
            )
        )
        effect = AddToReceptor(
            self._receptor_index, self.stp, self.stdp, self.storage, set_at=self._set_at
        )
        return SynapsesDescription(self._name or "synapses", source, target, connects, effect)

    def _card(self) -> Card:
        return built_in_synapses_card(self)

    def check_switch(self, changes: bool) -> None:
        """Raise ParameterError if they have state."""
        if changes and (self.stp is not None or self.stdp is not None):
            raise ParameterError(
                self._called(),
                "active was set",
                "spikes change the state of built-in synapses with stp= or stdp= in every step",
                "write the synapses with equations, or set weights to 0",
            )

    def settings(self) -> dict[str, Any]:
        """Values to set between runs; see `distsnn.front.network.saved.settings_between_runs`."""
        return {
            "weights": tuple(weight for weight, *_ in self._values),
            "next": self._n_set,
            "delays": tuple(delay for _, *delays in self._values for delay in delays),
            "rule": rule_settings(self.stdp),
            "set_at": (self._set_at.delays, self._set_at.rule),
        }

    def restore(self, settings: Mapping[str, Any]) -> None:
        """Take back what `settings` gave."""
        delays = settings["delays"]
        self._values = list(zip(settings["weights"], delays[::2], delays[1::2], strict=True))
        self._n_set = settings["next"]
        object.__setattr__(self, "stdp", rule_with(self.stdp, settings["rule"]))
        self._set_at = SetAt(*settings["set_at"])

    @property
    def described(self) -> list[ProjectionDescription]:
        """The description of each ``connect``, in a network; empty without one."""
        return (
            [] if self._owner is None else list(self.describe(self._owner.group_index).projections)
        )

    @property
    def i(self) -> np.ndarray:
        """Source index of each synapse, int64 (n,). Any rank may ask, alone: it draws them."""
        return np.concatenate([np.empty(0, np.int64), *(e.source for e in self._as_drawn.edges())])

    @property
    def j(self) -> np.ndarray:
        """Target index of each synapse, int64 (n,), in the order of `i`."""
        return np.concatenate([np.empty(0, np.int64), *(e.target for e in self._as_drawn.edges())])

    @property
    def weight(self) -> Any:
        """Weight of each synapse now, float64 (n,), in the order of `i`; unit of the receptor.

        Where a rule changes weights, all spikes count that have reached the synapse before the
        next step. Setting it, or items of it, before the first run or between runs sets the
        weights: to a number, an array, or an expression over ``i``, ``j``, ``x_pre``, ``x_post``.
        """
        return VariableView(self, "w")

    @property
    def w(self) -> Any:
        """The same as `weight`."""
        return self.weight

    def values_now(self, variable: str) -> np.ndarray:
        """Weights or delays (float64 (n,)) now; see `VariableView`."""
        if variable in _DELAYS:
            at = 3 + _DELAYS.index(variable)
            return np.concatenate([np.empty(0), *(e[at] for e in self._as_drawn.with_values())])
        changed = self._changed_weights()
        if changed is not None:
            return changed
        return np.concatenate([np.empty(0), *(e[2] for e in self._as_drawn.with_values())])

    def version(self, variable: str) -> object:  # noqa: ARG002 - of none it is known
        """See `VariableView`: it is not known."""
        return None

    def positions(self, item: Any) -> Any:
        """Numbers of the synapses that `item` means, see `SynapticIndex`."""
        index = SynapticIndex(
            self._called(), (self.source, self.target), self.i, self.j, self._evaluate
        )
        return index.of(item)

    def assign_where(self, variable: str, item: Any, value: Any) -> None:
        """Set the weights or delays of the synapses that `item` selects."""
        self.check_set(variable)
        where = self._called()
        whole = item is Ellipsis or (isinstance(item, slice) and item == slice(None))
        sizes = self._as_drawn.sizes()
        numbers = np.arange(sum(sizes)) if whole else self.positions(item)
        delays = variable in _DELAYS
        if isinstance(value, str):
            unit = "ms" if delays else self.receptor.weight_unit
            value = self._evaluate(self._text(where, variable, value, unit))[numbers]
        made = (
            checked_delays(where, variable, value, np.shape(numbers))
            if delays
            else checked_weights(where, value, np.shape(numbers), self.receptor, self.stdp)
        )
        if whole and isinstance(made, float):
            parts: list[float | np.ndarray] = [made for _ in sizes]
        else:
            values = np.zeros(sum(sizes)) if whole else np.array(self.values_now(variable))
            values[numbers] = made
            parts = list(np.split(values, np.cumsum(sizes)[:-1]))
        self._n_set += 1
        if delays:
            self._take_delays(1 + _DELAYS.index(variable), parts)
            return
        owner, described = self._owner, self.described
        if owner is not None and owner.built and any(p.changes for p in described):
            owner.set_weights(
                self,
                {
                    p.name: np.broadcast_to(part, size)
                    for p, part, size in zip(described, parts, sizes, strict=True)
                },
            )
            return
        before = list(self._values)
        for n, part in enumerate(parts):
            kept = part if isinstance(part, float) else PerSynapse(part)
            self._values[n] = kept, *self._values[n][1:]
        if owner is not None:
            try:
                owner.take_settings()
            except ParameterError:
                self._values = before
                raise

    def _set(self, name: str, value: Any) -> None:
        if name == "stdp":
            self._take_rule(value)
        elif name == "active":
            super()._set(name, value)
        else:
            self.assign_where("w" if name == "weight" else name, slice(None), value)

    def _take_delays(self, column: int, parts: list[float | np.ndarray]) -> None:
        """Let the axonal (`column` 1) or dendritic (2) delays of each ``connect`` be others."""
        for n, part in enumerate(parts):
            values: list[Value] = list(self._values[n])
            values[column] = part if isinstance(part, float) else PerSynapse(part)
            self._values[n] = values[0], values[1], values[2]
        step = self._step_now()
        self._set_at = SetAt(step, self._set_at.rule if self.stdp is None else step)

    def _take_rule(self, rule: object) -> None:
        """Let weights change by other numbers of the rule that there is."""
        where = self._called()
        checked = checked_rule(where, rule, (self.source, self.target), self.receptor, None)
        if checked is not None and self.stdp is not None and len(self._rules) == 1:
            checked = like_earlier(self.stdp, checked, len(self))
        check_same_rule(where, self.stdp, checked)
        assert checked is not None
        for one in self._rules:
            shape = one.array_shape(len(self.source), len(self.target))
            if len(self._rules) == 1:
                checked = in_creation_order(checked, shape, len(self))
            check_shapes(where, checked.values, type(one).__name__, shape)
        object.__setattr__(self, "stdp", checked)
        self._set_at = SetAt(self._set_at.delays, self._step_now())

    def _step_now(self) -> int:
        return 0 if self._owner is None else int(self._owner.step_between_runs(self._called()))

    def _evaluate(self, text: str | Value) -> np.ndarray:
        if isinstance(text, str):
            text = self._text(self._called(), "condition", text, "1")
        assert isinstance(text, Expression)
        edges, (description, projections) = self._as_drawn.edges(), self._as_drawn.known()
        purpose = f"weight set as {self._n_set}"
        ends = self.source, self.target
        return values_now((description, projections, edges), ends, text, purpose)

    @property
    def delay(self) -> Any:
        """Axonal delay of each synapse as simulated, float64 (n,), ms, in the order of `i`.

        Setting it, or items of it, before the first run or between runs sets the delays. What is
        under way arrives with the delays that it had, and synapses with a rule take it in at once.
        """
        return VariableView(self, "delay")

    @property
    def dendritic_delay(self) -> Any:
        """Dendritic delay of each synapse as simulated; like `delay`."""
        return VariableView(self, "dendritic_delay")

    def _changed_weights(self) -> np.ndarray | None:
        projections = self.described
        if self._owner is None or not any(p.changes for p in projections):
            return None
        found = [self._owner.weights_now(p.name) for p in projections]
        return None if any(w is None for w in found) else np.concatenate(found, axis=-1)

    def weight_signs(self) -> set[bool]:
        """Whether weights lie below zero and whether others do not, without holding them all."""
        return self._as_drawn.weight_signs()
