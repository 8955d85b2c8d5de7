"""The nodes of two collections that are joined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.fixed_rules import FixedIndegree, FixedOutdegree, FixedTotalNumber
from distsnn.describe.synapses.rules import AllToAll, Bernoulli, OneToOne
from distsnn.errors import ConnectivityError, ParameterError, unknown_name
from distsnn.nest.space.masks import Mask, as_mask
from distsnn.nest.values.parameter import Evaluation, Parameter, whole_numbers

Pairs = tuple[np.ndarray, np.ndarray]
_COMMON = {"rule", "allow_autapses", "allow_multapses", "make_symmetric"}
_SPATIAL = {"mask", "p", "use_on_source", "allow_oversized_mask"}
_WITH_MASK = {"pairwise_bernoulli", "pairwise_poisson", "fixed_indegree", "fixed_outdegree"}
_SYMMETRIC = ("one_to_one", "all_to_all", "symmetric_pairwise_bernoulli")
_NUMBERS = {
    "all_to_all": (),
    "one_to_one": (),
    "fixed_indegree": ("indegree",),
    "fixed_outdegree": ("outdegree",),
    "fixed_total_number": ("N",),
    "pairwise_bernoulli": ("p",),
    "pairwise_poisson": ("pairwise_avg_num_conns",),
    "symmetric_pairwise_bernoulli": ("p",),
}


@dataclass(frozen=True, eq=False)
class PairRule:
    """A rule with its numbers.

    Attributes
    ----------
    name : str
        NEST's name.
    number : object
        Degree, number or probability; None of rules without one.
    autapses, multapses : bool
        Whether a node may be joined to itself, and a pair by several connections.
    built_in : ConnectionRule or None
        The same as a rule of distsnn, where there is one.
    mask : Mask or None
        Where nodes are looked for.
    kernel : object
        Probability of a pair, or its weight among those of a node with a fixed degree.
    on_source : bool
        Whether the mask is around the target.
    back : bool
        Whether the pairs are those of the same draw, from target to source.
    """

    name: str
    number: Any
    autapses: bool
    multapses: bool
    built_in: ConnectionRule | None
    mask: Mask | None = None
    kernel: Any = None
    on_source: bool = False
    # Whether pairs are those that the rule joins from target to source.
    back: bool = False
    # Whether the mask may be larger than a wrapped extent, as long as nothing is drawn.
    oversized: bool = False

    @property
    def spatial(self) -> bool:
        """Whether it needs positions."""
        kernels = (self.kernel, self.number)
        spatial = any(isinstance(k, Parameter) and k.is_spatial() for k in kernels)
        return self.mask is not None or spatial


def pair_rule(given: Any) -> PairRule:
    """The rule of a ``conn_spec``.

    Raises
    ------
    ParameterError
        If there is no such rule, or a number is missing or none.
    """
    spec = {"rule": "all_to_all"} if given is None else given
    spec = {"rule": spec} if isinstance(spec, str) else dict(spec)
    name = spec.get("rule", "all_to_all")
    if name not in _NUMBERS:
        unknown_name("nest.Connect: rule", str(name), _NUMBERS)
    for key in spec:
        allowed = {*_COMMON, *_NUMBERS[name], *(_SPATIAL if name in _WITH_MASK else ())}
        if key not in allowed:
            unknown_name(f"nest.Connect: {name}", key, sorted(allowed))
    number = None
    for key in _NUMBERS[name]:
        if key == "p" and "mask" in spec:
            spec.setdefault("p", 1.0)
        if key not in spec:
            raise ParameterError(
                "nest.Connect", f"{key} of {name} is missing", f"{name} needs {key}", f"give {key}"
            )
        number = spec[key]
        if isinstance(number, Parameter) and isinstance(number.law, float):
            number = number.law
        if key in {"indegree", "outdegree", "N"} and not isinstance(number, Parameter):
            number = _whole(key, number)
    autapses = bool(spec.get("allow_autapses", True))
    multapses = bool(spec.get("allow_multapses", True))
    _check_symmetric(name, spec)
    mask = as_mask(spec["mask"]) if "mask" in spec else None
    kernel = spec.get("p")
    built_in = None
    if mask is None and (kernel is None or name == "pairwise_bernoulli"):
        built_in = _built_in(name, number, autapses, multapses)
    on_source = bool(spec.get("use_on_source", False))
    oversized = bool(spec.get("allow_oversized_mask", False))
    made = PairRule(name, number, autapses, multapses, built_in, mask, kernel, on_source)
    return replace(made, oversized=oversized)


def _check_symmetric(name: str, spec: Mapping[str, Any]) -> None:
    """Raise ParameterError if a rule cannot join both directions as asked."""
    if spec.get("make_symmetric") and name not in _SYMMETRIC:
        raise ParameterError(
            "nest.Connect",
            f"make_symmetric with {name}",
            f"{', '.join(_SYMMETRIC)} can be symmetric",
            "connect both directions yourself",
        )
    needed = {"allow_autapses": False, "allow_multapses": True, "make_symmetric": True}
    given = {"allow_autapses": True, "allow_multapses": True, "make_symmetric": False, **spec}
    if name == "symmetric_pairwise_bernoulli":
        for key, value in needed.items():
            if bool(given[key]) != value:
                raise ParameterError(
                    f"nest.Connect: {name}", f"{key} is {not value}",
                    "it joins both directions, and no node to itself", f"say {key}={value}",
                )  # fmt: skip
        if isinstance(spec.get("p"), int | float) and spec["p"] >= 1:
            raise ParameterError(
                f"nest.Connect: {name}", f"p={spec['p']:g}", "p is at least 0 and less than 1",
                "take all_to_all with make_symmetric",
            )  # fmt: skip


def _whole(key: str, number: Any) -> int:
    if isinstance(number, bool) or int(number) != number:
        raise ParameterError(
            "nest.Connect", f"{key}={number!r}", f"{key} is a whole number", "correct it"
        )
    return int(number)


def _built_in(name: str, number: Any, autapses: bool, multapses: bool) -> ConnectionRule | None:
    if isinstance(number, Parameter):
        return None
    switches = {"autapses": autapses, "multapses": multapses}
    made: dict[str, Callable[[], ConnectionRule]] = {
        "all_to_all": lambda: AllToAll(autapses),
        "one_to_one": OneToOne,
        "fixed_indegree": lambda: FixedIndegree(number, **switches),
        "fixed_outdegree": lambda: FixedOutdegree(number, **switches),
        "fixed_total_number": lambda: FixedTotalNumber(number, **switches),
        "pairwise_bernoulli": lambda: Bernoulli(number, autapses),
    }
    return made[name]() if name in made else None


def check_sizes(rule: PairRule, source: np.ndarray, target: np.ndarray) -> None:
    """Raise ConnectivityError if collections have too few nodes for a rule, or too many."""
    n, m = source.size, target.size
    if rule.name == "one_to_one":
        if n != m:
            raise ConnectivityError(
                "nest.Connect",
                f"one_to_one from {n} nodes to {m}",
                "both have the same number of nodes",
                "slice the larger collection",
            )
    elif rule.built_in is not None and not isinstance(rule.built_in, AllToAll | Bernoulli):
        shift = 0 if np.array_equal(source, target) else None
        rule.built_in.check(n, m, shift, "nest.Connect")


def draw_pairs(
    rule: PairRule, source: np.ndarray, target: np.ndarray, rng: np.random.Generator
) -> Pairs:
    """Places of the sources and targets (int64 (n,)) that a rule joins.

    Parameters
    ----------
    rule : PairRule
    source, target : int64 array
        Global ids.
    rng : numpy.random.Generator

    Raises
    ------
    ConnectivityError
        If the rule cannot be met.
    """
    check_sizes(rule, source, target)
    if rule.name == "one_to_one":
        return np.arange(source.size), np.arange(source.size)
    return _DRAWN[rule.name](rule, source, target, rng)


def _all(rule: PairRule, source: np.ndarray, target: np.ndarray, _: np.random.Generator) -> Pairs:
    i, j = (
        np.tile(np.arange(source.size), target.size),
        np.repeat(np.arange(target.size), source.size),
    )
    return (i, j) if rule.autapses else _without_autapses(i, j, source, target)


def _without_autapses(
    i: np.ndarray, j: np.ndarray, source: np.ndarray, target: np.ndarray
) -> Pairs:
    keep = source[i] != target[j]
    return i[keep], j[keep]


def _bernoulli(
    rule: PairRule, source: np.ndarray, target: np.ndarray, rng: np.random.Generator
) -> Pairs:
    total = source.size * target.size
    if isinstance(rule.number, Parameter):
        p = rule.number.of(Evaluation(total, rng))
        flat = np.flatnonzero(rng.random(total) < p)
    else:
        number = int(rng.binomial(total, rule.number))
        flat = np.sort(rng.choice(total, number, replace=False, shuffle=False))
    i, j = flat % source.size, flat // source.size
    return (i, j) if rule.autapses else _without_autapses(i, j, source, target)


def _poisson(
    rule: PairRule, source: np.ndarray, target: np.ndarray, rng: np.random.Generator
) -> Pairs:
    counts = rng.poisson(float(rule.number), source.size * target.size)
    flat = np.repeat(np.arange(counts.size), counts)
    i, j = flat % source.size, flat // source.size
    return (i, j) if rule.autapses else _without_autapses(i, j, source, target)


def _symmetric(
    rule: PairRule, source: np.ndarray, target: np.ndarray, rng: np.random.Generator
) -> Pairs:
    """Some sources of each target, drawn by NEST's law; both ways are joined.

    Two nodes may draw each other, and are joined twice then.
    """
    ends = (target, source) if rule.back else (source, target)
    n = ends[0].size
    numbers = rng.binomial(n, float(rule.number), ends[1].size)
    while (numbers >= n).any():
        again = numbers >= n
        numbers[again] = rng.binomial(n, float(rule.number), int(again.sum()))
    found = [
        rng.choice(np.flatnonzero(ends[0] != gid), number, replace=False)
        for gid, number in zip(ends[1], numbers, strict=True)
    ]
    i = np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
    j = np.repeat(np.arange(ends[1].size), numbers)
    return (j, i) if rule.back else (i, j)


def _degree(
    degree: Any, own: np.ndarray, pool: np.ndarray, rule: PairRule, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Members of a pool for each of some nodes: places of nodes and of members."""
    degrees = (
        whole_numbers(degree.of(Evaluation(own.size, rng)))
        if isinstance(degree, Parameter)
        else np.full(own.size, degree)
    )
    node = np.repeat(np.arange(own.size), degrees)
    if rule.multapses:
        member = rng.integers(0, pool.size, node.size)
        while not rule.autapses:
            bad = np.flatnonzero(pool[member] == own[node])
            if not bad.size:
                break
            member[bad] = rng.integers(0, pool.size, bad.size)
        return node, member
    found = []
    for k, number in zip(own, degrees, strict=True):
        allowed = np.arange(pool.size) if rule.autapses else np.flatnonzero(pool != k)
        found.append(allowed[rng.choice(allowed.size, int(number), replace=False)])
    return node, np.concatenate(found) if found else node


def _indegree(
    rule: PairRule, source: np.ndarray, target: np.ndarray, rng: np.random.Generator
) -> Pairs:
    j, i = _degree(rule.number, target, source, rule, rng)
    return i, j


def _outdegree(
    rule: PairRule, source: np.ndarray, target: np.ndarray, rng: np.random.Generator
) -> Pairs:
    return _degree(rule.number, source, target, rule, rng)


def _total(
    rule: PairRule, source: np.ndarray, target: np.ndarray, rng: np.random.Generator
) -> Pairs:
    total, number = source.size * target.size, int(rule.number)
    found = np.empty(0, dtype=np.int64)
    while found.size < number:
        flat = rng.integers(0, total, number - found.size)
        if not rule.autapses:
            flat = flat[source[flat % source.size] != target[flat // source.size]]
        found = np.concatenate([found, flat])
        if not rule.multapses:
            found = found[np.sort(np.unique(found, return_index=True)[1])]
    return found % source.size, found // source.size


_DRAWN: Mapping[str, Callable[[PairRule, np.ndarray, np.ndarray, np.random.Generator], Pairs]] = {
    "all_to_all": _all,
    "pairwise_bernoulli": _bernoulli,
    "pairwise_poisson": _poisson,
    "symmetric_pairwise_bernoulli": _symmetric,
    "fixed_indegree": _indegree,
    "fixed_outdegree": _outdegree,
    "fixed_total_number": _total,
}
