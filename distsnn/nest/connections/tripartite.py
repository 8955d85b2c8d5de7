"""``TripartiteConnect``: connections with a third node beside source and target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.errors import ParameterError, unknown_name
from distsnn.nest.connections.connect_nodes import CollocatedSynapses, Connect
from distsnn.nest.connections.explicit import explicit_edges
from distsnn.nest.kernel import kernel
from distsnn.nest.nodes.collection import NodeCollection, as_nodes

_THIRD = "third_factor_bernoulli_with_pool"
_SPECS = ("primary", "third_in", "third_out")
_KEYS = ("rule", "p", "pool_type", "pool_size")


def TripartiteConnect(
    pre: NodeCollection,
    post: NodeCollection,
    third: NodeCollection,
    conn_spec: Any,
    third_factor_conn_spec: Mapping[str, Any],
    syn_specs: Mapping[str, Any] | None = None,
) -> None:
    """Connect sources to targets, and some of these pairs to a third node.

    For each connection that `conn_spec` makes, a node of the third collection is chosen with
    probability ``p``; the source is connected to it, and it to the target.

    Parameters
    ----------
    pre, post, third : NodeCollection
    conn_spec : str or dict
        Rule between `pre` and `post`, as in `Connect`.
    third_factor_conn_spec : dict
        ``rule`` is ``third_factor_bernoulli_with_pool``; ``p`` is 1 by default. Each target has a
        pool of ``pool_size`` third nodes (by default all): at random (``pool_type="random"``, the
        default), or a block of its own or shared with other targets (``"block"``).
    syn_specs : dict, optional
        Synapses ``primary``, ``third_in`` and ``third_out``, as in `Connect`, without arrays.

    Raises
    ------
    ParameterError
        If something is not known or does not fit.
    ConnectivityError
        If a rule cannot be met.
    """
    for nodes in (pre, post, third):
        as_nodes("nest.TripartiteConnect", nodes)
    if isinstance(conn_spec, Mapping) and conn_spec.get("make_symmetric"):
        raise ParameterError(
            "nest.TripartiteConnect", "make_symmetric", "primary connections have one direction",
            "leave it out",
        )  # fmt: skip
    specs = _checked_specs(syn_specs or {})
    spec = _checked_third(third_factor_conn_spec)
    pools = _pools(post.gids, third.gids, spec)
    number = len(kernel.connections)
    Connect(pre, post, conn_spec, specs["primary"])
    edges = explicit_edges(kernel.connections[number], kernel.settings["rng_seed"])
    rng = kernel.draws("third factor")
    chosen = np.flatnonzero(rng.random(edges.source.size) < float(spec.get("p", 1.0)))
    own = pools[np.searchsorted(post.gids, edges.target[chosen])]
    node = own[np.arange(chosen.size), rng.integers(0, own.shape[1], chosen.size)]
    if chosen.size:
        Connect(edges.source[chosen], node, "one_to_one", specs["third_in"])
        Connect(node, edges.target[chosen], "one_to_one", specs["third_out"])


def _checked_specs(given: Mapping[str, Any]) -> dict[str, Any]:
    for key, spec in given.items():
        if key not in _SPECS:
            unknown_name("nest.TripartiteConnect: syn_specs", key, _SPECS)
        parts = spec.syn_specs if isinstance(spec, CollocatedSynapses) else (spec,)
        for part in parts:
            values = part.values() if isinstance(part, Mapping) else ()
            if any(isinstance(value, list | tuple | np.ndarray) for value in values):
                raise ValueError(f"syn_specs[{key!r}] has an array; give numbers or parameters")
    return {key: given.get(key) for key in _SPECS}


def _checked_third(given: Any) -> dict[str, Any]:
    spec = {"rule": given} if isinstance(given, str) else dict(given)
    for key in spec:
        if key not in _KEYS:
            unknown_name(f"nest.TripartiteConnect: {_THIRD}", key, _KEYS)
    p, kind = spec.get("p", 1.0), spec.get("pool_type", "random")
    for name, value, allowed, fits in (
        ("rule", spec.get("rule"), repr(_THIRD), spec.get("rule") == _THIRD),
        ("p", p, "a probability", isinstance(p, int | float) and 0 <= p <= 1),
        ("pool_type", kind, "'random' or 'block'", kind in {"random", "block"}),
    ):
        if not fits:
            raise ParameterError(
                "nest.TripartiteConnect", f"{name}={value!r} of the third factor",
                f"{name} is {allowed}", "correct it",
            )  # fmt: skip
    return spec


def _pools(target: np.ndarray, third: np.ndarray, spec: Mapping[str, Any]) -> np.ndarray:
    """The third nodes (int64 (targets, pool_size)) that each target may be joined with."""
    size = spec.get("pool_size", third.size)
    if not isinstance(size, int) or not 1 <= size <= third.size:
        raise ParameterError(
            "nest.TripartiteConnect", f"pool_size={size!r} of {third.size} third nodes",
            "it is a whole number from 1 to their number", "correct it",
        )  # fmt: skip
    if spec.get("pool_type", "random") == "random":
        rng = kernel.draws("pools")
        return np.array([third[rng.choice(third.size, size, replace=False)] for _ in target])
    if size == 1 and target.size % third.size == 0:
        return np.repeat(third, target.size // third.size)[:, None]
    if target.size * size == third.size:
        return third.reshape(target.size, size)
    raise ParameterError(
        "nest.TripartiteConnect",
        f"blocks of {size} for {target.size} targets and {third.size} third nodes",
        "there are pool_size third nodes for each target, or pool_size is 1 and as many targets "
        "for each third node",
        "correct pool_size, or use pool_type='random'",
    )
