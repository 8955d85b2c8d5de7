"""Built-in rules that join given pairs, or each with a probability; see `ConnectionRule`."""
# ruff: noqa: ARG002 - all rules answer the same questions, and not every one needs all arguments

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.errors import ConnectivityError


def count_autapses(n_source: int, n_target: int, shift: int | None) -> int:
    """Count the pairs that are autapses.

    Parameters
    ----------
    n_source, n_target : int
        Sizes of the slices.
    shift : int or None
        See `ConnectionRule`.

    Returns
    -------
    int
    """
    if shift is None:
        return 0
    return max(0, min(n_source, n_target - shift) - max(0, -shift))


@known_names
@dataclass(frozen=True)
class AllToAll(ConnectionRule):
    """Every source to every target.

    Arrays of weights or delays have the shape (n_source, n_target); entries of autapses
    that are not made are not read.

    Parameters
    ----------
    autapses : bool
        Whether a neuron is joined to itself.
    """

    autapses: bool = True

    def __post_init__(self) -> None:
        check_pair_switches(self)

    def exact_number(self, n_source: int, n_target: int, shift: int | None) -> int:
        """Exact number of synapses."""
        return allowed_pairs(self.autapses, n_source, n_target, shift)

    def array_shape(self, n_source: int, n_target: int) -> tuple[int, ...]:
        """(n_source, n_target)."""
        return (n_source, n_target)

    def array_index(self, n_target: int, edges: Any) -> np.ndarray:
        """Sources are rows."""
        return np.asarray(edges.source * n_target + edges.target)

    def thinned(self, share: float) -> ConnectionRule | None:
        """The same rule."""
        return self


@known_names
@dataclass(frozen=True)
class OneToOne(ConnectionRule):
    """Source number i to target number i; arrays of weights or delays have the shape (n,)."""

    def check(self, n_source: int, n_target: int, shift: int | None, where: str) -> None:
        """Raise unless there are as many sources as targets."""
        if n_source != n_target:
            raise ConnectivityError(
                where,
                f"OneToOne from {n_source} sources to {n_target} targets",
                "both must have the same size",
                "Slice the larger group",
                n_source=n_source,
                n_target=n_target,
            )

    def exact_number(self, n_source: int, n_target: int, shift: int | None) -> int:
        """Exact number of synapses."""
        return n_target

    def array_shape(self, n_source: int, n_target: int) -> tuple[int, ...]:
        """(n,)."""
        return (n_target,)

    def array_index(self, n_target: int, edges: Any) -> np.ndarray:
        """The target."""
        return np.asarray(edges.target)

    def missing(
        self, indegree: float, n_source: int, n_target: int, n_local: int, share: np.ndarray
    ) -> np.ndarray:
        """Whether its only target is among them."""
        return np.asarray(1.0 - n_local / n_source * share)


@known_names
@dataclass(frozen=True, eq=False)
class Pairs(ConnectionRule):
    """Explicit synapses: number m goes from source ``i[m]`` to target ``j[m]``.

    A pair may occur several times. Arrays of weights or delays have the shape of `i`.

    Parameters
    ----------
    i, j : array-like of int, shape (n,)
        Indices within the source and target slices.

    Raises
    ------
    ConnectivityError
        If they are not one-dimensional, of equal length, whole and not negative.
    """

    i: np.ndarray
    j: np.ndarray
    listed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("i", "j"):
            object.__setattr__(self, name, _indices(name, getattr(self, name)))
        if self.i.size != self.j.size:
            raise ConnectivityError(
                "Pairs",
                f"i has {self.i.size} entries and j has {self.j.size}",
                "both must have the same length",
                "Give one i and one j for each synapse",
                n_i=self.i.size,
                n_j=self.j.size,
            )

    def check(self, n_source: int, n_target: int, shift: int | None, where: str) -> None:
        """Raise if an index lies outside its slice."""
        for name, indices, size in (("i", self.i, n_source), ("j", self.j, n_target)):
            if indices.size and indices.max() >= size:
                position = int(indices.argmax())
                raise ConnectivityError(
                    where,
                    f"{name}[{position}]={indices[position]} lies outside the group",
                    f"{name} must be at least 0 and below {size}",
                    f"Correct {name}",
                    index=int(indices[position]),
                    position=position,
                    size=size,
                )

    def exact_number(self, n_source: int, n_target: int, shift: int | None) -> int:
        """Exact number of synapses."""
        return int(self.i.size)

    def array_shape(self, n_source: int, n_target: int) -> tuple[int, ...]:
        """(n,)."""
        return (int(self.i.size),)

    def array_index(self, n_target: int, edges: Any) -> np.ndarray:
        """The position in the lists."""
        return np.asarray(edges.k)


@known_names
@dataclass(frozen=True)
class Bernoulli(ConnectionRule):
    """Each allowed pair independently with probability `p`.

    Parameters
    ----------
    p : float
        Probability, between 0 and 1.
    autapses : bool
        Whether a neuron may be joined to itself.

    Raises
    ------
    ConnectivityError
        If `p` is not a number in [0, 1].
    """

    p: float
    autapses: bool = True

    def __post_init__(self) -> None:
        if (
            isinstance(self.p, bool)
            or not isinstance(self.p, int | float | np.number)
            or not 0 <= self.p <= 1
        ):
            raise ConnectivityError(
                "Bernoulli",
                f"p={self.p!r} is not a probability",
                "p must lie between 0 and 1",
                "Correct p",
                p=self.p,
            )
        object.__setattr__(self, "p", float(self.p))
        check_pair_switches(self)

    def exact_number(self, n_source: int, n_target: int, shift: int | None) -> int | None:
        """Exact number of synapses for p = 0 and p = 1, else None."""
        if 0 < self.p < 1:
            return None
        return int(self.p) * allowed_pairs(self.autapses, n_source, n_target, shift)

    def expected_number(self, n_source: int, n_target: int, shift: int | None) -> float:
        """Mean number of synapses."""
        return self.p * allowed_pairs(self.autapses, n_source, n_target, shift)

    def thinned(self, share: float) -> ConnectionRule | None:
        """The same rule."""
        return self


def check_pair_switches(rule: ConnectionRule) -> None:
    """Check the arguments `autapses` and `multapses` of a rule that has them."""
    for name in {"autapses", "multapses"} & rule.__dataclass_fields__.keys():
        value = getattr(rule, name)
        check_switches(type(rule).__name__, ConnectivityError, **{name: value})
        object.__setattr__(rule, name, bool(value))


def allowed_pairs(autapses: bool, n_source: int, n_target: int, shift: int | None) -> int:
    """Number of pairs that a rule may join; autapses are left out where it makes none."""
    excluded = 0 if autapses else count_autapses(n_source, n_target, shift)
    return n_source * n_target - excluded


def _indices(name: str, values: object) -> np.ndarray:
    array = np.asarray(values)
    whole = array.size == 0 or np.issubdtype(array.dtype, np.integer)
    if array.ndim != 1 or not whole:
        raise ConnectivityError(
            "Pairs",
            f"{name} has the shape {array.shape} and the type {array.dtype}",
            f"{name} must be a one-dimensional array of whole numbers",
            f"Correct {name}",
            shape=array.shape,
        )
    for bad in (array.min(), array.max()) if array.size else ():
        if not 0 <= bad < 2**32:
            raise ConnectivityError(
                "Pairs",
                f"{name} contains {bad}",
                "indices must be at least 0 and have at most 32 bits",
                f"Correct {name}",
                index=int(bad),
            )
    indices = array.astype(np.int64)
    indices.setflags(write=False)
    return indices
