"""The protocol of connection rules.

Every rule answers the same questions for synapses from `n_source` to `n_target` neurons.
`shift` is the start of the source slice minus the start of the target slice where both are
slices of one group, else None: the pair of source s and target t (indices within their
slices) is an autapse when ``s + shift == t``.
"""
# ruff: noqa: ARG002 - all rules answer the same questions, and not every one needs all arguments

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from distsnn.describe.checks.settable import fixed
from distsnn.describe.checks.trees import code_of_class
from distsnn.errors import ConnectivityError

_PLAIN = (bool, int, float, str, np.bool_, np.number, type(None))


@fixed
@dataclass(frozen=True)
class ConnectionRule:
    """A rule that says which synapses join two groups; the base of all, also of a user's own.

    A rule is a frozen dataclass. Its fields are numbers, strings, arrays of numbers, or tuples of
    these. It has either `edges_to` or `edges_from`; all else is optional.

    Attributes
    ----------
    listed : bool
        Of the class: whether synapses are created in the order in which the rule gives them,
        not by source and target.
    """

    listed: ClassVar[bool] = False

    @property
    def gives_arrays(self) -> bool:
        """Whether `edges_to` or `edges_from` gives the synapses, not kernels of the package."""
        return any(_is_defined_by(type(self), name) for name in ("edges_to", "edges_from"))

    def edges_to(
        self,
        targets: np.ndarray,
        n_source: int,
        n_target: int,
        shift: int | None,
        draws: Any,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The synapses onto some targets.

        The synapses of a target may depend on the fields, its index, the sizes and `draws`, not on
        which other targets are asked for: each rank asks for those that it has.

        Parameters
        ----------
        targets : int64 array (n,)
            Indices of targets, ascending.
        n_source, n_target : int
            Sizes of source and target.
        shift : int or None
            Source s and target t are the same neuron where ``s + shift == t``; None if no pair is.
        draws : distsnn.Draws
            Where all random numbers come from.

        Returns
        -------
        source, target : int arrays of one length
            Indices of the neurons that each synapse joins.
        """
        raise NotImplementedError

    def edges_from(
        self,
        sources: np.ndarray,
        n_source: int,
        n_target: int,
        shift: int | None,
        draws: Any,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The synapses from some sources, as `edges_to`; every rank asks for all sources."""
        raise NotImplementedError

    def check(self, n_source: int, n_target: int, shift: int | None, where: str) -> None:
        """Raise if the rule cannot be met.

        Parameters
        ----------
        n_source, n_target : int
            Sizes of the slices.
        shift : int or None
            As in `edges_to`.
        where : str
            The synapses, for the message.

        Raises
        ------
        ConnectivityError
            If no edges obey the rule.
        """

    def exact_number(self, n_source: int, n_target: int, shift: int | None) -> int | None:
        """Exact number of synapses (int), None where it is random; parameters as in `check`."""
        return None

    def expected_number(self, n_source: int, n_target: int, shift: int | None) -> float:
        """Mean number of synapses (float), NaN where only drawing tells, as in `check`."""
        number = self.exact_number(n_source, n_target, shift)
        return math.nan if number is None else float(number)

    def most_number(self, n_source: int, n_target: int, shift: int | None) -> float:
        """About how many synapses (float) there can be; parameters as in `check`."""
        number = self.expected_number(n_source, n_target, shift)
        return float(n_source) * n_target if math.isnan(number) else number

    def array_shape(self, n_source: int, n_target: int) -> tuple[int, ...] | None:
        """Shape an array of weights or delays must have; None where the rule allows none."""
        return None

    def array_index(self, n_target: int, edges: Any) -> np.ndarray:
        """Flat position (int64 (n,)) of some synapses in an array of `array_shape`.

        Parameters
        ----------
        n_target : int
        edges : object with int64 arrays (n,) source, target, major, k
            Ends of each synapse, and its identity: the target (of `edges_from` the source), and
            its number among the synapses of this.
        """
        raise TypeError(f"{type(self).__name__} takes no arrays of values")

    def missing(
        self, indegree: float, n_source: int, n_target: int, n_local: int, share: np.ndarray
    ) -> np.ndarray:
        """Probability that a source has no synapse of some kind onto some of the targets.

        Parameters
        ----------
        indegree : float
            Mean number of synapses of each target.
        n_source, n_target : int
        n_local : int
            How many of the targets, at least 1.
        share : float64 array (n,)
            Probability that a synapse is of the kind.
        """
        return np.asarray((1.0 - min(1.0, indegree / n_source) * share) ** n_local)

    def thinned(self, share: float) -> ConnectionRule | None:
        """The rule for a share of the sources with as many synapses each; None: by chance."""
        return None

    def content(self) -> tuple[object, ...]:
        """Everything that defines the rule, for the digest."""
        return (
            type(self).__name__,
            *(getattr(self, field.name) for field in fields(self)),
            *_code_of(type(self)),
        )


def check_rule(rule: ConnectionRule, where: str) -> None:
    """Raise ConnectivityError unless a rule is as `ConnectionRule` says; its arrays are fixed."""
    kind = type(rule)
    parameters = vars(kind).get("__dataclass_params__")
    if parameters is None or not parameters.frozen:
        raise ConnectivityError(
            where,
            f"the rule {kind.__name__} is not a frozen dataclass",
            "a rule is one, so that everything that defines it is known and stays",
            "write @dataclass(frozen=True) above its class",
        )
    defined = {name for name in ("edges_to", "edges_from") if _is_defined_by(kind, name)}
    if _is_users(kind) and len(defined) != 1:
        raise ConnectivityError(
            where,
            f"the rule {kind.__name__} has {'both' if defined else 'neither'} edges_to "
            f"{'and' if defined else 'nor'} edges_from",
            "one of them gives its synapses",
            "remove one"
            if defined
            else "write edges_to(self, targets, n_source, n_target, shift, draws)",
        )
    for field in fields(rule):
        value = getattr(rule, field.name)
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            if value.flags.writeable:
                value = value.copy()
                value.setflags(write=False)
                object.__setattr__(rule, field.name, value)
        elif not _is_plain(value):
            raise ConnectivityError(
                where,
                f"{kind.__name__}.{field.name} is of the type {type(value).__name__}",
                "fields of a rule are numbers, strings, arrays of numbers, or tuples of these",
                "compute what depends on it in edges_to, from such fields",
            )


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN) or hasattr(value, "content")


def _is_defined_by(kind: type, name: str) -> bool:
    return getattr(kind, name) is not getattr(ConnectionRule, name)


def _is_users(kind: type) -> bool:
    return not kind.__module__.startswith("distsnn.")


def _code_of(rule: type) -> tuple[str, ...]:
    """The code of a user's rule without comments, by which a checkpoint knows that it changed."""
    rules: list[type] = [kind for kind in rule.__mro__ if issubclass(kind, ConnectionRule)]
    return tuple(code_of_class(kind) for kind in rules if _is_users(kind))
