"""Values a user gives: numbers, arrays and distributions, checked and ready to be drawn."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from distsnn.describe.checks.constructors import known_names
from distsnn.errors import ParameterError, UnitError

T = TypeVar("T")


class ValueSource(ABC):
    """Values that are neither one number nor an array: drawn, computed, kept by source and so on.

    The base of all kinds; `Value` is what descriptions have.
    """

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest possible value, in its unit; infinite if that is not known."""
        return -math.inf, math.inf

    @abstractmethod
    def content(self) -> tuple[object, ...]:
        """Everything that defines the values, for the digest."""


class Distribution(ValueSource):
    """A distribution that values are drawn from."""

    low: float
    high: float

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest possible value, in its unit."""
        return self.low, self.high

    @abstractmethod
    def cdf(self, x: float) -> float:
        """Probability of a value up to `x` (float, unit of the value), without truncation."""


@known_names
@dataclass(frozen=True)
class Normal(Distribution):
    """Normal distribution, optionally truncated.

    Parameters
    ----------
    mean, std : float
        Mean and standard deviation of the untruncated distribution, in the unit of the value.
    low, high : float
        Bounds, same unit. Values outside are drawn again (equivalently, the distribution is
        truncated), as the ``redraw`` of NEST does.

    Raises
    ------
    ParameterError
        If ``std`` is negative, a number is not finite, or the bounds leave nothing to draw.
    """

    mean: float
    std: float
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        check_finite("Normal", mean=self.mean, std=self.std)
        _check_spread("Normal", "std", self.std)
        check_bounds("Normal", self.low, self.high)
        if self.std == 0 and not self.low <= self.mean <= self.high:
            raise ParameterError(
                "Normal",
                f"mean={self.mean} lies outside [{self.low}, {self.high}] and std=0",
                "with std=0 the mean must lie within the bounds",
                "widen low= and high=",
            )
        if self.std > 0 and not self.cdf(self.high) - self.cdf(self.low) > 1e-12:
            raise ParameterError(
                "Normal",
                f"no value of mean={self.mean}, std={self.std} lies in [{self.low}, {self.high}]",
                "the bounds must leave at least 1e-12 of the distribution",
                "widen low= and high=",
            )

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest possible value, in its unit."""
        return (self.low, self.high) if self.std else (self.mean, self.mean)

    def cdf(self, x: float) -> float:
        """Probability of a value up to `x` (float, unit of the value), without truncation."""
        if self.std == 0:
            return float(x >= self.mean)
        return _normal_cdf((x - self.mean) / self.std)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the distribution, for the digest."""
        return ("normal", self.mean, self.std, self.low, self.high)


@known_names
@dataclass(frozen=True)
class LogNormal(Distribution):
    """Log-normal distribution, exp(mu + sigma*z) with a standard normal z, optionally truncated.

    Parameters
    ----------
    mu, sigma : float
        Mean and standard deviation of the logarithm of the value (in distsnn's unit of it).
    low, high : float
        Bounds of the value; values outside are drawn again.

    Raises
    ------
    ParameterError
        If ``sigma`` is negative, a number is not finite, or the bounds leave nothing to draw.
    """

    mu: float
    sigma: float
    low: float = 0.0
    high: float = math.inf

    def __post_init__(self) -> None:
        check_finite("LogNormal", mu=self.mu, sigma=self.sigma)
        _check_spread("LogNormal", "sigma", self.sigma)
        check_bounds("LogNormal", self.low, self.high)
        if not self.cdf(self.high) - self.cdf(self.low) > (1e-12 if self.sigma else 0.0):
            raise ParameterError(
                "LogNormal",
                f"no value of mu={self.mu}, sigma={self.sigma} lies in [{self.low}, {self.high}]",
                "the bounds must leave at least 1e-12 of the distribution",
                "widen low= and high=",
            )

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest possible value, in its unit."""
        return (self.low, self.high) if self.sigma else (math.exp(self.mu), math.exp(self.mu))

    def cdf(self, x: float) -> float:
        """Probability of a value up to `x` (float, unit of the value), without truncation."""
        if x <= 0:
            return 0.0
        if self.sigma == 0:
            return float(math.log(x) >= self.mu)
        return _normal_cdf((math.log(x) - self.mu) / self.sigma) if x < math.inf else 1.0

    def content(self) -> tuple[object, ...]:
        """Everything that defines the distribution, for the digest."""
        return ("lognormal", self.mu, self.sigma, self.low, self.high)


@known_names
@dataclass(frozen=True)
class Uniform(Distribution):
    """Uniform distribution on [low, high).

    Parameters
    ----------
    low, high : float
        Bounds, in the unit of the value.

    Raises
    ------
    ParameterError
        If a bound is not finite or they are reversed.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        check_finite("Uniform", low=self.low, high=self.high)
        check_bounds("Uniform", self.low, self.high)

    def cdf(self, x: float) -> float:
        """Probability of a value up to `x` (float, unit of the value)."""
        if self.high == self.low:
            return float(x >= self.low)
        return min(1.0, max(0.0, (x - self.low) / (self.high - self.low)))

    def content(self) -> tuple[object, ...]:
        """Everything that defines the distribution, for the digest."""
        return ("uniform", self.low, self.high)


@known_names
@dataclass(frozen=True, eq=False)
class PerSource(ValueSource):
    """Delays that all synapses of one source share.

    Parameters
    ----------
    values : array-like of float, shape (n_source,)
        One value for each source, in the unit of the value.

    Raises
    ------
    ParameterError
        If it is not one-dimensional or not finite.
    """

    values: np.ndarray

    def __post_init__(self) -> None:
        checked = checked_value("PerSource", "values", self.values, "the unit of the value")
        if not isinstance(checked, np.ndarray) or checked.ndim != 1:
            raise ParameterError(
                "PerSource",
                f"values={self.values!r}",
                "there is one value for each source, in one dimension",
                "give a number if all are the same",
            )
        object.__setattr__(self, "values", checked)

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value, in its unit."""
        return value_bounds(self.values)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the values, for the digest."""
        return ("per source", self.values)


@dataclass(frozen=True, eq=False)
class PerSynapse(ValueSource):
    """Values of all synapses of one ``connect``, in the order in which they are created.

    Parameters
    ----------
    values : float64 array (n,)
        In the unit of the value.
    """

    values: np.ndarray

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value, in its unit."""
        return value_bounds(self.values)

    def content(self) -> tuple[object, ...]:
        """Everything that defines the values, for the digest."""
        return ("per synapse", self.values)


@dataclass(frozen=True)
class Stored(ValueSource):
    """Values that are stored with the synapses of a rule; see `StoredRule`.

    Parameters
    ----------
    column : str
        What they are stored as.
    low, high : float
        The smallest and the largest of them, in the unit of the value.
    single : bool
        Whether single precision holds all of them exactly.
    """

    column: str
    low: float
    high: float
    single: bool = False

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value, in its unit."""
        return self.low, self.high

    def content(self) -> tuple[object, ...]:
        """Everything that defines the values besides those of the rule, for the digest."""
        return ("stored", self.column)


Value = float | np.ndarray | ValueSource


def whole_number(given: object, least: int) -> int | None:
    """`given` as an int if it is a whole number (also as a float) >= `least`, else None."""
    if isinstance(given, bool) or not isinstance(given, int | float | np.integer | np.floating):
        return None
    return int(given) if given % 1 == 0 and given >= least else None


def checked_value(
    where: str,
    name: str,
    value: object,
    unit: str,
    shape: tuple[int, ...] | None = None,
    infinite: bool = False,
) -> Value:
    """Check a value a user gave and freeze it.

    Raises ParameterError if it is none of these, NaN, infinite or of another shape; and UnitError
    if it carries the units of another library.

    Parameters
    ----------
    value : number, array-like or Distribution
        The value given.
    shape : tuple of int, optional
        The shape an array must have; None allows any. One value in a list counts as a number.
    infinite : bool
        Whether infinity is allowed.

    Returns
    -------
    float, read-only float64 array, Distribution or PerSynapse
    """
    if isinstance(value, float) and math.isfinite(value) and not hasattr(value, "dim"):
        return float(value)
    if isinstance(value, Distribution | PerSynapse):
        return value
    _refuse_foreign_units(where, name, value, unit)
    try:
        if np.asarray(value).dtype.kind not in ("iufb" if unit == "boolean" else "iuf"):
            raise TypeError(value)
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(
            where,
            f"{name}={value!r} is not a value",
            f"{name} is a number in {unit}, an array, or Normal, LogNormal, Uniform",
            f"give {name} as one of these",
        ) from None
    if np.isnan(array).any() if infinite else not np.isfinite(array).all():
        raise ParameterError(
            where,
            f"{name} has a value that is not finite ({_first_bad(array)}) {unit}",
            "values are numbers" if infinite else "values must be finite",
            f"look for NaN or inf in {name}",
        )
    if shape is not None:
        array = np.asarray(one_for_all(array, shape))
    if array.ndim == 0:
        return float(array)
    if shape is not None and array.shape != shape:
        raise ParameterError(
            where,
            f"{name} has shape {array.shape}",
            f"the shape must be {shape}",
            f"give {name} as a number or as an array of that shape",
            shape=array.shape,
        )
    array.setflags(write=False)
    return array


def checked_dt(where: str, dt: object) -> float:
    """A time between steps, samples or calls (ms) as a float.

    Raises ParameterError if it is not one positive number.
    """
    checked = checked_value(where, "dt", dt, "ms")
    if not isinstance(checked, float) or not checked > 0:
        raise ParameterError(where, f"dt={dt!r} ms", "dt is one number > 0 ms", "correct dt")
    return checked


def one_for_all(value: T, shape: tuple[int, ...] | None) -> T | float:
    """`value`; one value in a list, where there are others to set, is one for all, as in numpy."""
    if isinstance(value, np.ndarray) and value.shape == (1,) != shape:
        return float(value[0])
    return value


def value_content(value: object) -> object:
    """A value in a form that the digest can hash."""
    return value.content() if isinstance(value, ValueSource) else value


def value_bounds(value: Value) -> tuple[float, float]:
    """Smallest and largest possible value (floats, unit of the value; infinite if unbounded)."""
    if isinstance(value, ValueSource):
        return value.bounds
    if isinstance(value, np.ndarray):
        return (float(value.min()), float(value.max())) if value.size else (0.0, 0.0)
    return value, value


def _refuse_foreign_units(where: str, name: str, value: object, unit: str) -> None:
    # Their numbers count in other units (Brian 2's in SI), so taking them would be silently wrong.
    for mark in ("dim", "units", "unit", "dimensionality"):
        if hasattr(value, mark):
            raise UnitError(
                where,
                f"{name}={value!r} carries units of {type(value).__module__.split('.')[0]}",
                f"{name} is a plain number in {unit}, made with the constants of distsnn",
                f"write 'from distsnn import {unit}' and multiply by it, or divide by its own unit"
                if unit.isidentifier()
                else "divide by its own unit",
            )


def _normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def check_finite(where: str, **numbers: float) -> None:
    """Raise ParameterError if one of some numbers is none, or not finite."""
    for name, number in numbers.items():
        if (
            isinstance(number, bool)
            or not isinstance(number, int | float | np.number)
            or not math.isfinite(number)
        ):
            raise ParameterError(
                where,
                f"{name}={number!r} is not a finite number",
                f"{name} is a finite number",
                f"correct {name}",
            )


def _check_spread(where: str, name: str, number: float) -> None:
    if number < 0:
        raise ParameterError(
            where, f"{name}={number} is negative", f"{name} must be >= 0", f"correct {name}"
        )


def check_bounds(where: str, low: float, high: float) -> None:
    """Raise ParameterError if bounds are no numbers, or reversed."""
    for name, bound in (("low", low), ("high", high)):
        if isinstance(bound, bool) or not isinstance(bound, int | float | np.number):
            raise ParameterError(
                where, f"{name}={bound!r}", f"{name} is a number", f"correct {name}"
            )
    if not low <= high:
        raise ParameterError(
            where, f"low={low} is above high={high}", "low must be <= high", "exchange them"
        )


def _first_bad(array: np.ndarray) -> str:
    bad = np.flatnonzero(~np.isfinite(array.ravel()))
    return f"{array.ravel()[bad[0]]} at flat index {bad[0]}"
