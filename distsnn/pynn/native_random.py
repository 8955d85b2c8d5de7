"""Random numbers of PyNN that are the same on all ranks, and those that distsnn draws itself."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from pyNN import random
from pyNN.parameters import LazyArray

import distsnn as snn
from distsnn.kernels.arithmetic.elementwise import log
from distsnn.pynn import simulator
from distsnn.pynn.spike_sources import generator


class NativeRNG(random.NumpyRNG, random.NativeRNG):
    """Random numbers of distsnn; see PyNN.

    Connectors, weights and delays with it are drawn by distsnn's rules, on each rank those of its
    own cells. Other values are drawn from Philox, keyed by `seed`.
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(seed)

    def __deepcopy__(self, memo: dict[int, Any]) -> NativeRNG:
        """A native generator too: PyNN copies values, and would make one of its own of it."""
        made = NativeRNG.__new__(NativeRNG)
        made.__dict__.update(self.__dict__, rng=deepcopy(self.rng, memo))
        made.random = made.sample = made.next
        return made


# So many standard deviations away there are no draws, but for one of 10^12.
_FAR = 7.0


def seed_alike() -> None:
    """Let generators of PyNN without a seed be the same on all ranks, and repeatable.

    PyNN seeds them from the system, and with ``parallel_safe=False`` adds the rank to a seed. The
    k-th unseeded generator after `setup` has a seed that follows from that of `setup`, and k.
    """
    make = random.NumpyRNG.__init__

    def alike(self: Any, seed: int | None = None, parallel_safe: bool = True) -> None:
        make(self, seed, parallel_safe)
        self.mpi_rank, self.num_processes = 0, 1
        self.seed = seed
        if seed is not None:
            self.rng.seed(seed)
            return
        simulator.state.unseeded += 1
        drawn = generator("unseeded", simulator.state.unseeded).integers(2**32, size=8)
        self.rng.seed(drawn.astype(np.uint32))

    random.NumpyRNG.__init__ = alike


def is_native(rng: Any) -> bool:
    """Whether distsnn may draw in place of a generator: it is native, or has no seed."""
    return isinstance(rng, random.NativeRNG) or (
        isinstance(rng, random.NumpyRNG) and rng.seed is None
    )


def distribution(value: LazyArray, least: float = -np.inf) -> float | Callable[[float], Any] | None:
    """A value of connections as distsnn draws it.

    Parameters
    ----------
    least : float
        The least value that there may be.

    Returns
    -------
    float, function or None
        The number; or what makes the distribution, times a factor; None if distsnn cannot draw it.
    """
    if value.operations:
        return None
    base = value.base_value
    if isinstance(base, int | float | np.number) and not isinstance(base, bool):
        return float(base)
    if not isinstance(base, random.RandomDistribution) or not is_native(base.rng):
        return None
    own, name = base.parameters, base.name
    if name == "uniform" and own["low"] >= least:
        return lambda factor: snn.Uniform(own["low"] * factor, own["high"] * factor)
    if name in {"normal", "normal_clipped"}:
        low, high = own.get("low", -np.inf), own.get("high", np.inf)
        if low < least and own["mu"] - _FAR * own["sigma"] < least:
            return None
        low = max(low, least)
        return lambda factor: snn.Normal(
            own["mu"] * factor, own["sigma"] * factor, low * factor, high * factor
        )
    if name in {"gamma", "exponential"}:
        shape, scale = (own["k"], own["theta"]) if name == "gamma" else (1.0, own["beta"])
        return lambda factor: snn.Gamma(shape, scale * factor)
    if name == "lognormal":
        return lambda factor: snn.LogNormal(own["mu"] + log(factor), own["sigma"])
    return None
