"""Groups that only send spikes: Poisson sources and given spike times."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from distsnn.describe.groups import GeneratorDescription, PoissonDescription
from distsnn.describe.names import known_names
from distsnn.describe.values import checked_value, value_bounds
from distsnn.equations.check import DimensionCheck
from distsnn.equations.evaluate import evaluate
from distsnn.equations.functions import FUNCTIONS
from distsnn.equations.place import Place
from distsnn.equations.symbols import SPECIALS, SymbolTable
from distsnn.equations.syntax import calls_in, names_in, parse_expression
from distsnn.equations.unit_names import parse_unit
from distsnn.errors import ParameterError
from distsnn.front.groups import SpikeSource
from distsnn.front.outside import OutsideNames
from distsnn.front.scope import user_names


@known_names
class PoissonGroup(SpikeSource):
    """Independent Poisson spike sources.

    Source i spikes in a step with probability ``rates[i] * dt``, as in Brian 2.

    Parameters
    ----------
    N : int
        Number of sources.
    rates : float, array (N,), Distribution or str, 1/ms
        Rates; write ``10 * Hz``, or a text over ``i``, ``N`` and numbers from outside, such as
        ``'(1 + i)*10*Hz'``.
    name : str, optional
        See `SpikeSource`.

    Raises
    ------
    ParameterError
        If a rate is negative or not finite, the shape is wrong, or a text changes in time.
    EquationError, UnitError
        If a text cannot be understood, or is no rate.
    """

    def __init__(self, N: int, rates: Any, name: str | None = None) -> None:
        super().__init__(N, name)
        where = name or "PoissonGroup"
        if isinstance(rates, str):
            rates = _rates_of_text(where, rates, self.N)
        self.rates = checked_value(where, "rates", rates, "1/ms", (self.N,))
        if value_bounds(self.rates)[0] < 0:
            raise ParameterError(
                where,
                f"rates can be {value_bounds(self.rates)[0]} / ms",
                "rates must be >= 0",
                "correct rates, or bound them with low=0",
            )

    def describe(self, dt: float) -> PoissonDescription:
        """The description of this group in a network with time step `dt` (ms)."""
        most = value_bounds(self.rates)[1]
        if most < math.inf and most * dt > 1:
            raise ParameterError(
                self.name or "PoissonGroup",
                f"a rate of {most:g} / ms is {most * dt:g} spikes in a step of {dt:g} ms",
                "a source spikes at most once in a step",
                "write rates as 10*Hz, or use PoissonInput for so many spikes",
            )
        return PoissonDescription(self.name or "", self.N, self.rates)


def _rates_of_text(where: str, text: str, size: int) -> np.ndarray:
    """Rates (float64 (size,), 1/ms) that a text gives."""
    place = Place(where, "rates", " ".join(text.split()))
    tree = parse_expression(place.text, place)
    symbols = SymbolTable({name: SPECIALS[name] for name in ("i", "N")})
    changing = [n for n in names_in(tree) if n in {"t", "t_in_timesteps", "xi"}]
    changing += [f"{c}()" for c in calls_in(tree) if c not in FUNCTIONS]
    if changing:
        raise ParameterError(
            where,
            f"rates={text!r}: {changing[0]} in rates is not supported",
            "rates are constant in time; a text has i, N, numbers from outside and functions",
            "use a NeuronGroup with the threshold 'rand() < rates*dt' for others",
        )
    DimensionCheck(symbols).expression(tree, place, parse_unit("Hz", place)[0], "rates")
    names = OutsideNames(symbols.constants_in([tree]), [], None)
    names.look_up(user_names())
    names.check(dict.fromkeys(names_in(tree), place), symbols)
    found = evaluate(tree, {**names.numbers, "i": np.arange(size), "N": size})
    return np.broadcast_to(np.asarray(found, dtype=np.float64), (size,)).copy()


@known_names
class SpikeGeneratorGroup(SpikeSource):
    """Sources that spike at given times.

    Parameters
    ----------
    N : int
        Number of sources.
    indices : array-like of int (n,)
        Source of each spike.
    times : array-like of float (n,), ms
        Time of each spike, rounded to the nearest step.
    name : str, optional
        See `SpikeSource`.

    Raises
    ------
    ParameterError
        If shapes differ, an index is outside the group, or a time is negative or not finite.
    """

    def __init__(
        self, N: int, indices: ArrayLike, times: ArrayLike, name: str | None = None
    ) -> None:
        super().__init__(N, name)
        where = name or "SpikeGeneratorGroup"
        given = np.atleast_1d(np.array(indices))
        at = np.atleast_1d(np.asarray(checked_value(where, "times", times, "ms")))
        if given.size == 0:
            given = given.astype(np.int64)
        if given.dtype.kind not in "iu" or given.shape != at.shape or given.ndim != 1:
            raise ParameterError(
                where,
                f"indices (dtype {given.dtype}, shape {given.shape}) and times (shape "
                f"{at.shape}) do not fit",
                "both are one-dimensional and of equal length, indices whole numbers",
                "give one index and one time for each spike",
            )
        if given.size and not (given.min() >= 0 and given.max() < self.N):
            bad = int(given.min()) if given.min() < 0 else int(given.max())
            raise ParameterError(
                where,
                f"index {bad} lies outside the group",
                f"indices are at least 0 and below {self.N}",
                "correct indices",
            )
        if at.size and at.min() < 0:
            raise ParameterError(
                where, f"time {at.min()} ms is negative", "times are >= 0 ms", "correct times"
            )
        self.indices = given.astype(np.int64)
        self.times = at.astype(np.float64)

    def describe(self, dt: float) -> GeneratorDescription:  # noqa: ARG002 - see SpikeSource
        """The description of this group; `dt` (ms) does not matter."""
        return GeneratorDescription(self.name or "", self.N, self.indices, self.times)
