"""The built-in connection rules; see `distsnn.describe.synapses.connection_rule`."""
# ruff: noqa: ARG002 - all rules answer the same questions, and not every one needs all arguments

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, NoReturn

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
        _check_switches(self)

    def exact_number(self, n_source: int, n_target: int, shift: int | None) -> int:
        """Exact number of synapses."""
        return _allowed_pairs(self.autapses, n_source, n_target, shift)

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
        _check_switches(self)

    def exact_number(self, n_source: int, n_target: int, shift: int | None) -> int | None:
        """Exact number of synapses for p = 0 and p = 1, else None."""
        if 0 < self.p < 1:
            return None
        return int(self.p) * _allowed_pairs(self.autapses, n_source, n_target, shift)

    def expected_number(self, n_source: int, n_target: int, shift: int | None) -> float:
        """Mean number of synapses."""
        return self.p * _allowed_pairs(self.autapses, n_source, n_target, shift)

    def thinned(self, share: float) -> ConnectionRule | None:
        """The same rule."""
        return self


@known_names
@dataclass(frozen=True)
class FixedIndegree(ConnectionRule):
    """`indegree` synapses on every target, their sources drawn uniformly.

    Arrays of weights or delays have the shape (n_target, indegree).

    Parameters
    ----------
    indegree : int
        Synapses per target.
    autapses : bool
        Whether a neuron may be joined to itself.
    multapses : bool
        Whether a pair may have several synapses.

    Raises
    ------
    ConnectivityError
        If `indegree` is not a whole number >= 0.
    """

    indegree: int
    autapses: bool = True
    multapses: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "indegree", _whole("FixedIndegree", "indegree", self.indegree))
        _check_switches(self)

    def check(self, n_source: int, n_target: int, shift: int | None, where: str) -> None:
        """Raise if a target has too few allowed sources."""
        excluded = not self.autapses and count_autapses(n_source, n_target, shift) > 0
        _check_degree(where, self, "indegree", n_target, n_source - excluded)

    def exact_number(self, n_source: int, n_target: int, shift: int | None) -> int:
        """Exact number of synapses."""
        return self.indegree * n_target

    def array_shape(self, n_source: int, n_target: int) -> tuple[int, ...]:
        """(n_target, indegree)."""
        return (n_target, self.indegree)

    def array_index(self, n_target: int, edges: Any) -> np.ndarray:
        """Targets are rows."""
        return np.asarray(edges.major * self.indegree + edges.k)

    def missing(
        self, indegree: float, n_source: int, n_target: int, n_local: int, share: np.ndarray
    ) -> np.ndarray:
        """With multapses, synapses fall on sources by chance."""
        return (
            np.exp(-indegree * n_local / n_source * share)
            if self.multapses
            else super().missing(indegree, n_source, n_target, n_local, share)
        )

    def thinned(self, share: float) -> ConnectionRule | None:
        """As many synapses onto each target as the share has, unless these are few."""
        indegree = round(self.indegree * share)
        return replace(self, indegree=indegree) if indegree >= 4 else None


@known_names
@dataclass(frozen=True)
class FixedOutdegree(ConnectionRule):
    """`outdegree` synapses from every source, their targets drawn uniformly.

    Arrays of weights or delays have the shape (n_source, outdegree).

    Parameters
    ----------
    outdegree : int
        Synapses per source.
    autapses : bool
        Whether a neuron may be joined to itself.
    multapses : bool
        Whether a pair may have several synapses.

    Raises
    ------
    ConnectivityError
        If `outdegree` is not a whole number >= 0.
    """

    outdegree: int
    autapses: bool = True
    multapses: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "outdegree", _whole("FixedOutdegree", "outdegree", self.outdegree))
        _check_switches(self)

    def check(self, n_source: int, n_target: int, shift: int | None, where: str) -> None:
        """Raise if a source has too few allowed targets."""
        excluded = not self.autapses and count_autapses(n_source, n_target, shift) > 0
        _check_degree(where, self, "outdegree", n_source, n_target - excluded)

    def exact_number(self, n_source: int, n_target: int, shift: int | None) -> int:
        """Exact number of synapses."""
        return self.outdegree * n_source

    def array_shape(self, n_source: int, n_target: int) -> tuple[int, ...]:
        """(n_source, outdegree)."""
        return (n_source, self.outdegree)

    def array_index(self, n_target: int, edges: Any) -> np.ndarray:
        """Sources are rows."""
        return np.asarray(edges.major * self.outdegree + edges.k)

    def missing(
        self, indegree: float, n_source: int, n_target: int, n_local: int, share: np.ndarray
    ) -> np.ndarray:
        """Each synapse falls on them by chance."""
        return np.asarray((1.0 - n_local / n_target * share) ** self.outdegree)

    def thinned(self, share: float) -> ConnectionRule | None:
        """The same rule."""
        return self


@known_names
@dataclass(frozen=True)
class FixedTotalNumber(ConnectionRule):
    """`number` synapses, each joining a pair drawn uniformly from the allowed ones.

    Parameters
    ----------
    number : int
        Synapses of the projection.
    autapses : bool
        Whether a neuron may be joined to itself.
    multapses : bool
        Whether a pair may have several synapses.

    Raises
    ------
    ConnectivityError
        If `number` is not a whole number >= 0.
    """

    number: int
    autapses: bool = True
    multapses: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", _whole("FixedTotalNumber", "number", self.number))
        _check_switches(self)

    def check(self, n_source: int, n_target: int, shift: int | None, where: str) -> None:
        """Raise if there are too few allowed pairs."""
        pairs = _allowed_pairs(self.autapses, n_source, n_target, shift)
        if self.number > 0 and pairs == 0:
            _no_partner(where, f"FixedTotalNumber(number={self.number})", "pair of neurons")
        if not self.multapses and self.number > pairs:
            raise ConnectivityError(
                where,
                f"FixedTotalNumber(number={self.number}, multapses=False) among {pairs} "
                "allowed pairs",
                f"number must be at most {pairs} without multapses",
                "Lower number or allow multapses",
                number=self.number,
                available=pairs,
            )

    def exact_number(self, n_source: int, n_target: int, shift: int | None) -> int:
        """Exact number of synapses."""
        return self.number

    def missing(
        self, indegree: float, n_source: int, n_target: int, n_local: int, share: np.ndarray
    ) -> np.ndarray:
        """With multapses, synapses fall on sources by chance."""
        return (
            np.exp(-indegree * n_local / n_source * share)
            if self.multapses
            else super().missing(indegree, n_source, n_target, n_local, share)
        )

    def thinned(self, share: float) -> ConnectionRule | None:
        """A share of the synapses."""
        return replace(self, number=round(self.number * share))


def _check_switches(rule: ConnectionRule) -> None:
    for name in {"autapses", "multapses"} & rule.__dataclass_fields__.keys():
        value = getattr(rule, name)
        check_switches(type(rule).__name__, ConnectivityError, **{name: value})
        object.__setattr__(rule, name, bool(value))


def _allowed_pairs(autapses: bool, n_source: int, n_target: int, shift: int | None) -> int:
    excluded = 0 if autapses else count_autapses(n_source, n_target, shift)
    return n_source * n_target - excluded


def _whole(where: str, name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise ConnectivityError(
            where,
            f"{name}={value!r} is not a number of synapses",
            f"{name} must be a whole number >= 0",
            f"Correct {name}",
            value=value,
        )
    return int(value)


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


def _check_degree(
    where: str, rule: FixedIndegree | FixedOutdegree, name: str, n_local: int, available: int
) -> None:
    degree = getattr(rule, name)
    side, other = ("target", "source") if name == "indegree" else ("source", "target")
    kind = type(rule).__name__
    if n_local == 0 or degree == 0:
        return
    if available <= 0:
        _no_partner(where, f"{kind}({name}={degree})", f"{other} for some {side}")
    if not rule.multapses and degree > available:
        raise ConnectivityError(
            where,
            f"{kind}({name}={degree}, multapses=False) with {available} allowed {other}s "
            f"for some {side}",
            f"{name} must be at most {available} without multapses",
            f"Lower {name} or allow multapses",
            degree=degree,
            available=available,
        )


def _no_partner(where: str, what: str, missing: str) -> NoReturn:
    raise ConnectivityError(
        where,
        f"{what} finds no allowed {missing}",
        "there must be at least one, autapses excluded if so asked",
        "Enlarge the group or allow autapses",
    )
