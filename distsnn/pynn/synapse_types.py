"""PyNN's synapse types: which synapses of distsnn run them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pyNN import errors
from pyNN.standardmodels import build_translations, synapses

import distsnn as snn
from distsnn.pynn import simulator

# A number, one for each connection, or a distribution.
Values = Mapping[str, Any]
# Indices of sources and targets.
Edges = tuple[np.ndarray, np.ndarray]
# In place of a time constant of 0.
_INSTANT = 1e-6


@dataclass(frozen=True)
class Ends:
    """The two ends of synapses.

    Attributes
    ----------
    source : group or slice
    target : NeuronGroup or slice
    receptor : Receptor
    variable : str
        The variable of the target that events add to.
    decay : str
        The time constant of the target with which that variable decays; empty if there is none.
    factor : float
        From PyNN's unit of weights to distsnn's.
    name : str
        Name of the synapses.
    gaps : (str, str) or empty
        Variables of target and source for the currents of electrical synapses.
    """

    source: Any
    target: Any
    receptor: Any
    variable: str
    decay: str
    factor: float
    name: str
    gaps: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """Unit of the variable in equations."""
        return {"g": "siemens", "I": "amp", "V": "volt"}[self.variable[0]]


def one(values: Any) -> float | None:
    """The number that all connections share, or None."""
    if isinstance(values, np.ndarray):
        return float(values[0]) if values.size and np.all(values == values[0]) else None
    return float(values) if isinstance(values, int | float | np.number) else None


def scaled(values: Any, factor: float) -> Any:
    """Values times a factor; one number where all are the same."""
    shared = one(values)
    if shared is not None:
        return shared * factor
    return values * factor if isinstance(values, np.ndarray) else values


class _Type:
    """The base of synapse types."""

    # Parameters that may be distributions, which distsnn draws.
    drawn: ClassVar[frozenset[str]] = frozenset()

    def _get_minimum_delay(self) -> float:
        given = simulator.state.min_delay
        return simulator.state.dt if isinstance(given, str) else given

    def made(self, ends: Ends, values: Values) -> Any:
        """The synapses, without connections."""
        raise NotImplementedError

    def joined(self, ends: Ends, edges: Edges, values: Values) -> list[Any]:
        """The synapses with a list of connections, and a value of each."""
        made = self.made(ends, values)
        made.connect(i=edges[0], j=edges[1])
        self.assign(made, ends, values)
        return [made]

    def assign(self, made: Any, ends: Ends, values: Values) -> None:
        """Set what is only known once connections are there."""

    def change(self, made: Any, ends: Ends, name: str, values: Values) -> None:
        """Set a parameter of synapses that have run; `values` are those of all parameters."""
        if name == "weight":
            made.w = scaled(values[name], ends.factor)
        else:
            made.delay = scaled(values[name], 1.0)


class StaticSynapse(_Type, synapses.StaticSynapse):
    __doc__ = synapses.StaticSynapse.__doc__
    translations = build_translations(("weight", "weight"), ("delay", "delay"))
    drawn = frozenset({"weight", "delay"})

    def made(self, ends: Ends, values: Values) -> Any:
        """See `_Type`."""
        return snn.Synapses(
            ends.source, ends.target, ends.receptor, name=ends.name,
            weight=scaled(values["weight"], ends.factor), delay=scaled(values["delay"], 1.0),
        )  # fmt: skip


class _Equations(_Type):
    """Synapses of equations, with a variable ``syn_<name>`` for each parameter.

    Attributes
    ----------
    model, on_pre : str
        ``{target}`` stands for the variable that events add to.
    units : mapping of str to str
        Unit of each parameter besides weight and delay.
    starts : mapping of str to float
        Where other variables start.
    """

    model: ClassVar[str] = ""
    on_pre: ClassVar[str] = ""
    units: ClassVar[Mapping[str, str]] = {}
    starts: ClassVar[Mapping[str, float]] = {}

    def made(self, ends: Ends, values: Values) -> Any:  # noqa: ARG002 - they are assigned
        """See `_Type`."""
        lines = [f"syn_weight : {ends.unit}", *(f"syn_{n} : {u}" for n, u in self.units.items())]
        return snn.Synapses(
            ends.source, ends.target, "\n".join([*lines, self.model]), name=ends.name,
            on_pre=self.on_pre.format(target=f"{ends.variable}_post"),
        )  # fmt: skip

    def assign(self, made: Any, ends: Ends, values: Values) -> None:
        """See `_Type`."""
        made.delay = scaled(values["delay"], 1.0)
        for name in ("weight", *self.units):
            self.change(made, ends, name, values)
        for name, start in self.starts.items():
            setattr(made, name, start)

    def change(self, made: Any, ends: Ends, name: str, values: Values) -> None:
        """See `_Type`."""
        if name == "delay":
            super().change(made, ends, name, values)
            return
        given = scaled(values[name], ends.factor if name == "weight" else 1.0)
        if name.startswith("tau"):
            given = np.maximum(given, _INSTANT)
        setattr(made, f"syn_{name}", given)


_TM = build_translations(
    ("weight", "weight"), ("delay", "delay"), ("U", "U"), ("tau_rec", "tau_rec"),
    ("tau_facil", "tau_facil"),
)  # fmt: skip
_TM_UNITS = {"U": "1", "tau_rec": "second", "tau_facil": "second"}


class TsodyksMarkramSynapse(_Equations, synapses.TsodyksMarkramSynapse):
    __doc__ = synapses.TsodyksMarkramSynapse.__doc__
    translations = _TM
    units = _TM_UNITS
    # Resources are ready (x), active (y) or recovering; they are active as long as the current of
    # the target flows.
    model = """
    dsyn_u/dt = -syn_u/syn_tau_facil : 1 (event-driven)
    syn_x : 1
    syn_y : 1
    syn_last : second
    syn_decay : second
    """
    on_pre = """
    recovering = exp((syn_last - t)/syn_tau_rec)
    active = exp((syn_last - t)/syn_decay)
    recovered = ((1 - active)*syn_decay - (1 - recovering)*syn_tau_rec)/(syn_decay - syn_tau_rec)
    syn_x += recovered*syn_y + (1 - recovering)*(1 - syn_x - syn_y)
    syn_u += syn_U*(1 - syn_u)
    syn_y = syn_y*active + syn_u*syn_x
    {target} += syn_weight*syn_u*syn_x
    syn_x -= syn_u*syn_x
    syn_last = t
    """
    starts = {"syn_x": 1.0}

    def assign(self, made: Any, ends: Ends, values: Values) -> None:
        """See `_Type`."""
        super().assign(made, ends, values)
        # The formula has no value where both time constants are equal.
        made.syn_decay = f"{ends.decay}_post*(1 + 1e-9)" if ends.decay else _INSTANT


class SimpleStochasticSynapse(_Equations, synapses.SimpleStochasticSynapse):
    __doc__ = synapses.SimpleStochasticSynapse.__doc__
    translations = build_translations(("weight", "weight"), ("delay", "delay"), ("p", "p"))
    units = {"p": "1"}
    on_pre = "{target} += syn_weight*int(rand() < syn_p)"


class StochasticTsodyksMarkramSynapse(_Equations, synapses.StochasticTsodyksMarkramSynapse):
    __doc__ = synapses.StochasticTsodyksMarkramSynapse.__doc__
    translations = _TM
    units = _TM_UNITS
    model = """
    dsyn_u/dt = -syn_u/syn_tau_facil : 1 (event-driven)
    syn_ready : 1
    syn_released : 1
    syn_last : second
    """
    on_pre = """
    syn_u += syn_U*(1 - syn_u)
    syn_ready += (1 - syn_ready)*int(rand() >= exp((syn_last - t)/syn_tau_rec))
    syn_released = syn_ready*int(rand() < syn_u)
    {target} += syn_weight*syn_released
    syn_ready -= syn_released
    syn_last = t
    """
    starts = {"syn_ready": 1.0}


class MultiQuantalSynapse(_Equations, synapses.MultiQuantalSynapse):
    __doc__ = synapses.MultiQuantalSynapse.__doc__
    translations = _TM | build_translations(("n", "n"))
    units = {**_TM_UNITS, "n": "1"}
    model = """
    dsyn_u/dt = -syn_u/syn_tau_facil : 1 (event-driven)
    syn_a : 1
    syn_some : 1
    syn_last : second
    """
    # Each site that is used up recovers, and each that is ready releases, by chance.
    on_pre = """
    syn_u += syn_U*(1 - syn_u)
    syn_a = clip(syn_a, 0, syn_n)
    syn_a += binomial(syn_n - syn_a, 1 - exp((syn_last - t)/syn_tau_rec))
    syn_some = binomial(syn_a, syn_u)
    {target} += syn_weight*syn_some
    syn_a -= syn_some
    syn_last = t
    """

    def assign(self, made: Any, ends: Ends, values: Values) -> None:
        """See `_Type`; all sites are ready at the start."""
        super().assign(made, ends, values)
        made.syn_a = scaled(values["n"], 1.0)


class ElectricalSynapse(_Equations, synapses.ElectricalSynapse):
    __doc__ = synapses.ElectricalSynapse.__doc__
    translations = build_translations(("weight", "weight"))

    def joined(self, ends: Ends, edges: Edges, values: Values) -> list[Any]:
        """See `_Type`; a current flows in both directions."""
        made: list[Any] = []
        for (a, b), (i, j), current in zip(
            ((ends.source, ends.target), (ends.target, ends.source)),
            (edges, edges[::-1]),
            ends.gaps,
            strict=True,
        ):
            model = (
                "syn_weight : siemens\n"
                f"{current}_post = syn_weight*(V_m_pre - V_m_post) : amp (summed)"
            )
            one = snn.Synapses(a, b, model, name=f"{ends.name}_{len(made)}")
            one.connect(i=i, j=j)
            self.change(one, ends, "weight", values)
            made.append(one)
        return made


class STDPMechanism(_Type, synapses.STDPMechanism):
    __doc__ = synapses.STDPMechanism.__doc__
    drawn = frozenset({"weight"})
    base_translations = build_translations(
        ("weight", "weight"), ("delay", "delay"),
        ("dendritic_delay_fraction", "dendritic_delay_fraction"),
    )  # fmt: skip

    def _build_translations(self) -> None:
        self.translations = dict(self.base_translations)
        for component in (self.timing_dependence, self.weight_dependence):
            if component:
                self.translations.update(component.translations)
        if self.voltage_dependence is not None:
            raise errors.NoModelAvailableError("distsnn: voltage_dependence is not supported")

    def made(self, ends: Ends, values: Values) -> Any:
        """See `_Type`."""
        delay, dendritic = self._delays(values)
        return snn.Synapses(
            ends.source, ends.target, ends.receptor, name=ends.name,
            stdp=self._rule(ends, values), weight=scaled(values["weight"], ends.factor),
            delay=delay, dendritic_delay=dendritic,
        )  # fmt: skip

    def change(self, made: Any, ends: Ends, name: str, values: Values) -> None:
        """See `_Type`."""
        if name == "weight":
            super().change(made, ends, name, values)
        elif name in {"delay", "dendritic_delay_fraction"}:
            made.delay, made.dendritic_delay = self._delays(values)
        else:
            made.stdp = self._rule(ends, values)

    def _delays(self, values: Values) -> tuple[Any, Any]:
        """The axonal and the dendritic delays, ms."""
        dt = simulator.state.dt
        # The whole delay is on the grid; the part before the synapse is rounded to it.
        delay = np.rint(np.asarray(values["delay"]) / dt)
        dendritic = np.rint(delay * np.asarray(values["dendritic_delay_fraction"]))
        return scaled((delay - dendritic) * dt, 1.0), scaled(dendritic * dt, 1.0)

    def _rule(self, ends: Ends, values: Values) -> Any:
        return self.timing_dependence.rule(self.weight_dependence, values, ends.factor)


class _Bounds:
    """A dependence on the weight: the formula, and what amplitudes are multiplied with."""

    formula: ClassVar[str]
    # Whether A_plus and A_minus are fractions of w_max.
    fractions: ClassVar[tuple[bool, bool]] = (False, False)
    possible_models = frozenset({"pairs", "vogels"})


_BOUNDS = build_translations(("w_max", "w_max"), ("w_min", "w_min"))


class AdditiveWeightDependence(_Bounds, synapses.AdditiveWeightDependence):
    __doc__ = synapses.AdditiveWeightDependence.__doc__
    translations = _BOUNDS
    formula, fractions = "additive", (True, True)


class MultiplicativeWeightDependence(_Bounds, synapses.MultiplicativeWeightDependence):
    __doc__ = synapses.MultiplicativeWeightDependence.__doc__
    translations = _BOUNDS
    formula = "multiplicative"


class AdditivePotentiationMultiplicativeDepression(
    _Bounds, synapses.AdditivePotentiationMultiplicativeDepression
):
    __doc__ = synapses.AdditivePotentiationMultiplicativeDepression.__doc__
    translations = _BOUNDS
    formula, fractions = "van_rossum", (True, False)


class GutigWeightDependence(_Bounds, synapses.GutigWeightDependence):
    __doc__ = synapses.GutigWeightDependence.__doc__
    translations = _BOUNDS | build_translations(("mu_plus", "mu_plus"), ("mu_minus", "mu_minus"))
    formula = "guetig"


class SpikePairRule(synapses.SpikePairRule):
    __doc__ = synapses.SpikePairRule.__doc__
    translations = build_translations(
        ("tau_plus", "tau_plus"), ("tau_minus", "tau_minus"), ("A_plus", "A_plus"),
        ("A_minus", "A_minus"),
    )  # fmt: skip
    possible_models = frozenset({"pairs"})

    def rule(self, bounds: Any, values: Values, factor: float) -> snn.STDP:
        """The rule of distsnn."""
        w_max = scaled(values["w_max"], factor)
        plus, minus = (
            scaled(values[name], 1.0) * (w_max if fraction else 1.0)
            for name, fraction in zip(("A_plus", "A_minus"), bounds.fractions, strict=True)
        )
        extra: dict[str, Any] = {
            n: scaled(values[n], 1.0) for n in ("mu_plus", "mu_minus") if n in values
        }
        return snn.STDP(
            plus, minus, scaled(values["tau_plus"], 1.0), scaled(values["tau_minus"], 1.0),
            w_min=scaled(values["w_min"], factor), w_max=w_max, dependence=bounds.formula,
            coincidence="ignore", transmits="after", **extra,
        )  # fmt: skip


class Vogels2011Rule(synapses.Vogels2011Rule):
    __doc__ = synapses.Vogels2011Rule.__doc__
    translations = build_translations(("tau", "tau"), ("eta", "eta"), ("rho", "rho"))
    possible_models = frozenset({"vogels"})

    def rule(self, bounds: Any, values: Values, factor: float) -> snn.VogelsSTDP:  # noqa: ARG002 - they are values
        """The rule of distsnn."""
        return snn.VogelsSTDP(
            scaled(values["eta"], factor), scaled(values["rho"], snn.Hz),
            scaled(values["tau"], 1.0),
            w_min=scaled(values["w_min"], factor), w_max=scaled(values["w_max"], factor),
            coincidence="ignore",
        )  # fmt: skip
