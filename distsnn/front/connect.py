"""The arguments of ``Synapses.connect`` as a rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from distsnn.describe.matrix import Matrix
from distsnn.describe.rules import AllToAll, Bernoulli, Pairs, Rule
from distsnn.errors import ConnectivityError


def rule_of(
    where: str,
    rule: Rule | Matrix | ArrayLike | None,
    i: ArrayLike | None,
    j: ArrayLike | None,
    p: float | None,
    autapses: bool,
) -> Rule | Matrix:
    """The rule that the arguments of ``connect`` mean.

    Raises
    ------
    ConnectivityError
        If they do not fit together.
    """
    given = sum(x is not None for x in (rule, p)) + (i is not None or j is not None)
    if given > 1 or (i is None) != (j is None):
        raise ConnectivityError(
            where,
            "connect() got more or less than one description of synapses",
            "it takes a rule, or p=, or i= and j=, or nothing (all to all)",
            "leave the others out",
        )
    if isinstance(rule, str) or isinstance(i, str) or isinstance(j, str) or isinstance(p, str):
        raise ConnectivityError(
            where,
            "a connection is given as text",
            "this version takes rules, probabilities and index arrays",
            "use one of these",
        )
    if rule is not None:
        if hasattr(rule, "tocoo") or np.ndim(rule) == 2:  # type: ignore[arg-type]  # asks what it is
            return Matrix(rule)
        if not isinstance(rule, Rule | Matrix):
            raise ConnectivityError(
                where,
                f"rule={rule!r}",
                "a rule is AllToAll, OneToOne, Pairs, Bernoulli, FixedIndegree, FixedOutdegree, "
                "FixedTotalNumber or a matrix",
                "give one",
            )
        return rule
    if i is not None and j is not None:
        sources, targets = (
            np.broadcast_arrays(np.atleast_1d(i), np.atleast_1d(j))
            if np.ndim(i) == 0 or np.ndim(j) == 0
            else (np.asarray(i), np.asarray(j))
        )
        return Pairs(sources, targets)
    return AllToAll(autapses) if p is None else Bernoulli(p, autapses)
