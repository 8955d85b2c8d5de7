"""Built-in connection rules that make a fixed number of synapses; see `ConnectionRule`."""
# ruff: noqa: ARG002 - all rules answer the same questions, and not every one needs all arguments

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np

from distsnn.describe.checks.constructors import known_names
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.rules import allowed_pairs, check_pair_switches, count_autapses
from distsnn.errors import ConnectivityError


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
        check_pair_switches(self)

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
        check_pair_switches(self)

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
        check_pair_switches(self)

    def check(self, n_source: int, n_target: int, shift: int | None, where: str) -> None:
        """Raise if there are too few allowed pairs."""
        pairs = allowed_pairs(self.autapses, n_source, n_target, shift)
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
