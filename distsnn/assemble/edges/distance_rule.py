"""The rule of a probability that falls with distance."""
# ruff: noqa: ARG002 - all rules answer the same questions, and not every one needs all arguments

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.errors import ConnectivityError
from distsnn.kernels.connect import connect_distance as kernels

_PROFILES = {
    "constant": kernels.CONSTANT,
    "linear": kernels.LINEAR,
    "exponential": kernels.EXPONENTIAL,
    "gaussian": kernels.GAUSSIAN,
}
# Cells on one side of a target's, by the number of dimensions.
_MOST_REACH = {1: 128, 2: 16, 3: 5}
_NOBODY = -(1 << 62)
# Bounds hold for distances that rounding has shortened.
_SHORTER = 1.0 - 1e-9


@known_names
@dataclass(frozen=True, eq=False)
class BernoulliByDistance(ConnectionRule):
    r"""Each pair independently with a probability that falls with the distance.

    With :math:`x = d/\mathrm{scale}` the probability at distance d is `p` times

    =============== =====================
    `profile`
    =============== =====================
    ``constant``    1
    ``linear``      :math:`\max(0, 1-x)`
    ``exponential`` :math:`e^{-x}`
    ``gaussian``    :math:`e^{-x^2/2}`
    =============== =====================

    and 0 beyond `cutoff`. Time and memory are near those of the synapses, not of the pairs.

    Parameters
    ----------
    source, target : array (n_source, d) and (n_target, d), or (n,) in one dimension
        Positions in d <= 3 dimensions, in any unit of length.
    p : float
        Probability at distance 0, between 0 and 1.
    profile : str
        How it falls.
    scale : float
        Length over which it falls, > 0.
    cutoff : float, optional
        Farthest distance of a synapse.
    autapses : bool
        Whether a neuron may be joined to itself.

    Raises
    ------
    ConnectivityError
        If an argument is not as said.

    Notes
    -----
    As ``pairwise_bernoulli`` of NEST with a spatial distribution as ``p`` and a circular mask.
    """

    source: np.ndarray
    target: np.ndarray
    p: float
    profile: str = "constant"
    scale: float = 1.0
    cutoff: float = np.inf
    autapses: bool = True

    def __post_init__(self) -> None:
        for name in ("source", "target"):
            object.__setattr__(self, name, _positions(name, getattr(self, name)))
        if self.source.shape[1] != self.target.shape[1]:
            _refuse(
                "source and target have positions of different dimensions", "both have the same"
            )
        object.__setattr__(self, "cutoff", np.inf if self.cutoff is None else self.cutoff)
        for name, allowed, fits in (
            ("p", "a number between 0 and 1", lambda p: 0 <= p <= 1),
            ("scale", "a finite number > 0", lambda s: 0 < s < np.inf),
            ("cutoff", "a number >= 0", lambda c: c >= 0),
        ):
            value = getattr(self, name)
            number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            if not number or not fits(value):
                _refuse(f"{name}={value!r}", f"{name} is {allowed}")
            object.__setattr__(self, name, float(value))
        if not isinstance(self.profile, str) or self.profile not in _PROFILES:
            _refuse(f"profile={self.profile!r}", f"profile is one of {', '.join(_PROFILES)}")
        check_switches("BernoulliByDistance", ConnectivityError, autapses=self.autapses)
        object.__setattr__(self, "autapses", bool(self.autapses))

    def check(self, n_source: int, n_target: int, shift: int | None, where: str) -> None:
        """Raise unless each neuron has a position."""
        for name, n in (("source", n_source), ("target", n_target)):
            found = len(getattr(self, name))
            if found != n:
                raise ConnectivityError(
                    where,
                    f"BernoulliByDistance has {found} positions for {name}",
                    f"there are {n} neurons",
                    "give one position for each",
                )

    def probability(self, distance: np.ndarray) -> np.ndarray:
        """Probability (float64 (n,)) of a synapse at some distances (n,)."""
        out = np.empty(np.size(distance))
        kernels.fill_probability(out, np.array(distance, np.float64).ravel(), *self._law)
        return out

    def edges_to(
        self, targets: np.ndarray, n_source: int, n_target: int, shift: int | None, draws: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """The synapses onto some targets."""
        if not n_source:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        excluded = _NOBODY if self.autapses or shift is None else -shift
        parts: list[tuple[np.ndarray, np.ndarray]] = []
        state, done = np.zeros(5, dtype=np.int64), 0
        ends = np.empty((2, 1 << 16), dtype=np.int64)
        while done < targets.size:
            kernels.draw_by_distance(
                *ends,
                state,
                targets[done:],
                _in_space(self.target),
                *self._grid,
                *self._law,
                excluded,
                *draws.key,
            )
            parts.append((ends[0, : state[1]].copy(), ends[1, : state[1]].copy()))
            done += int(state[0])
            if not state[0]:
                ends = np.empty((2, 2 * ends.shape[1]), dtype=np.int64)
        return np.concatenate([s for s, _ in parts]), np.concatenate([t for _, t in parts])

    @property
    def _law(self) -> tuple[int, float, float, float]:
        return _PROFILES[self.profile], self.p, self.scale, self.cutoff

    @cached_property
    def _grid(self) -> tuple[Any, ...]:
        """Arguments of the kernel from `source_position` to `far_bound`."""
        position = _in_space(self.source)
        low, n, d = position.min(axis=0), len(position), self.source.shape[1]
        extent = position.max(axis=0) - low
        reach = self._reach(n)
        side = max(reach / _MOST_REACH[d], float(extent.max()) / n, 1e-300)
        while (cells := np.floor(extent / side) + 1).prod() > 2 * n + 64:
            side *= 1.25
        shape = cells.astype(np.int64)
        cell = np.empty(n, dtype=np.int64)
        kernels.fill_cells(cell, position, low, side, shape)
        order = np.argsort(cell, kind="stable")
        start = np.searchsorted(cell[order], np.arange(shape.prod() + 1))
        steps = int(np.ceil(reach / side))
        along = np.where(np.arange(3) < d, steps, 0)
        offset, shell_start, bound = self._shells(along, side)
        far = float(self.probability(np.array([steps * side * _SHORTER]))[0])
        return (
            position[order], order, cell[order], start, low, side, shape,
            offset, shell_start, bound, along, far,
        )  # fmt: skip

    def _shells(self, along: np.ndarray, side: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Offsets of cells in order of their bounds, and those of like bounds together."""
        axes = [np.arange(-n, n + 1) for n in along]
        offset = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        nearest = np.sqrt((np.maximum(np.abs(offset) - 1, 0) ** 2).sum(axis=1)) * side
        bound = self.probability(nearest * _SHORTER)
        order = np.argsort(-bound, kind="stable")
        order = order[bound[order] > 0]
        offset, bound = np.ascontiguousarray(offset[order]), bound[order]
        # A shell has bounds within a factor of two; the first is the greatest.
        part, exponent = np.frexp(bound / max(self.p, 1e-300))
        factor = (part == 0.5) - exponent
        first = np.flatnonzero(np.diff(factor, prepend=-1.0))
        return offset, np.append(first, len(offset)), bound[first]

    def _reach(self, n_source: int) -> float:
        """Distance beyond which less than one synapse of a target is expected."""
        both = np.concatenate([self.source, self.target])
        low, high = 0.0, float(np.sqrt((np.ptp(both, axis=0) ** 2).sum()))
        for _ in range(60):
            middle = 0.5 * (low + high)
            few = self.probability(np.array([middle]))[0] * n_source <= 1
            low, high = (low, middle) if few else (middle, high)
        return high


def _in_space(position: np.ndarray) -> np.ndarray:
    """The same positions in three dimensions."""
    return np.ascontiguousarray(np.pad(position, ((0, 0), (0, 3 - position.shape[1]))))


def _positions(name: str, given: object) -> np.ndarray:
    try:
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty((0, 0, 0))
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or not 1 <= array.shape[1] <= 3 or not np.isfinite(array).all():
        _refuse(
            f"{name} is no array of positions",
            f"{name} has the shape (n, 1), (n, 2) or (n, 3) and finite numbers",
        )
    array.setflags(write=False)
    return array


def _refuse(what: str, allowed: str) -> None:
    raise ConnectivityError("BernoulliByDistance", what, allowed, "correct it")
