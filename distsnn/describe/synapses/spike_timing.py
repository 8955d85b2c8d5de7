"""The base of all rules that change weights by the spikes of both sides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.describe.checks.arguments import check_choice
from distsnn.describe.synapses.short_term import AFTER, BEFORE
from distsnn.describe.values.given import (
    Distribution,
    Value,
    checked_value,
    value_bounds,
    value_content,
)
from distsnn.errors import ParameterError

ALL_TO_ALL, NEAREST, CENTERED = "all_to_all", "nearest_symmetric", "presynaptic_centered"
PRE_FIRST, IGNORE = "pre_first", "ignore"


@dataclass(frozen=True)
class WeightChange:
    """The new weight after a spike of the target and after one of the source, as expressions.

    `w` is the weight. At a spike of the target, `r` is the trace of the source and `s` the second
    trace of the target before its own jump; at a spike of the source, `y` is the trace of the
    target and `z` the second trace of the source before its own jump. All other names are
    parameters of the rule. Its `name`, if it has one, stands for the expressions in digests.
    """

    at_target: str
    at_source: str
    name: str = ""

    def content(self) -> object:
        """Everything that defines the change, for the digest."""
        return self.name or (self.at_target, self.at_source)


class SpikeTiming:
    """The base of all rules, also of a user's own; see `STDP`, `TripletSTDP` and `VogelsSTDP`.

    Attributes
    ----------
    formula : WeightChange
    parameters : dict of str to Value
        What the formula needs.
    tau_plus, tau_minus : Value, ms
        Time constants of the traces of source and target.
    slow : tuple of two floats or None, ms
        Time constants of the second traces of source and target.
    """

    tau_plus: Any
    tau_minus: Any
    w_min: Any
    w_max: Any
    pairing: str
    coincidence: str
    transmits: str
    slow: tuple[float, float] | None = None

    @property
    def formula(self) -> WeightChange:
        """The change of the weight."""
        raise NotImplementedError

    @property
    def parameters(self) -> dict[str, Value]:
        """Numbers of the formula, or values of each synapse; bounds come first."""
        raise NotImplementedError

    @property
    def values(self) -> dict[str, Value]:
        """Numbers or values of each synapse: parameters, and time constants of the traces."""
        return {**self.parameters, "tau_plus": self.tau_plus, "tau_minus": self.tau_minus}

    @property
    def separate(self) -> bool:
        """Whether each synapse has its own time constants, and so traces of its own."""
        return not (isinstance(self.tau_plus, float) and isinstance(self.tau_minus, float))

    @property
    def changes(self) -> bool:
        """Whether the rule can change a weight at all."""
        bounds = {"w_min", "w_max", "mu_plus", "mu_minus", "w_0", "alpha", "rho_0", "tau"}
        amplitudes = [v for name, v in self.parameters.items() if name not in bounds]
        return any(not isinstance(v, float) or v != 0.0 for v in amplitudes)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the rule, for the digest."""
        return (
            type(self).__name__,
            self.formula.content(),
            value_content(self.tau_plus),
            value_content(self.tau_minus),
            self.slow or (),
            self.pairing,
            self.coincidence,
            self.transmits,
            *((name, value_content(value)) for name, value in self.parameters.items()),
        )

    def _check(self, *times: str) -> None:
        where = type(self).__name__
        self._check_values(*times)
        for name in times:
            given = getattr(self, name)
            if not value_bounds(given)[0] > 0:
                raise ParameterError(where, f"{name}={shown(given)} ms", f"{name} must be > 0 ms")
        for name in ("w_min", "w_max"):
            bound = getattr(self, name)
            if not (isinstance(bound, float) and math.isinf(bound)):
                self._set(name, checked_value(where, name, bound, "the unit of the weight"))
        low, high = value_bounds(self.w_min)[0], value_bounds(self.w_max)[1]
        if isinstance(self.w_min, float) and isinstance(self.w_max, float):
            reversed_bounds = low > high
        else:
            reversed_bounds = value_bounds(self.w_min)[1] > value_bounds(self.w_max)[0]
        if reversed_bounds:
            raise ParameterError(
                where,
                f"w_min={shown(self.w_min)} is above w_max={shown(self.w_max)}",
                "w_min must be <= w_max",
                "exchange them",
            )
        for name, allowed in (
            ("pairing", (ALL_TO_ALL, NEAREST, CENTERED)),
            ("coincidence", (PRE_FIRST, IGNORE)),
            ("transmits", (BEFORE, AFTER)),
        ):
            check_choice(where, name, getattr(self, name), allowed)

    def _check_values(self, *names: str) -> None:
        for name in names:
            given = getattr(self, name)
            self._set(name, checked_value(type(self).__name__, name, given, "its unit"))

    def _check_numbers(self, *names: str) -> None:
        """Raise ParameterError if one of some parameters is not one number for all synapses."""
        for name in names:
            if not isinstance(getattr(self, name), float):
                raise ParameterError(
                    type(self).__name__,
                    f"{name}={getattr(self, name)!r}",
                    f"{name} is one number for all synapses; amplitudes and bounds may differ",
                    "write synapses whose other parameters differ as equations",
                )

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def shown(value: Value) -> str:
    """A value or its bounds, for messages."""
    if isinstance(value, float):
        return f"{value:g}"
    low, high = value_bounds(value)
    return f"{low:g} to {high:g}" if isinstance(value, Distribution | np.ndarray) else repr(value)
