"""Parameters of neurons as their models take them, and the check of what was set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from distsnn.errors import ParameterError
from distsnn.nest.kernel import kernel
from distsnn.nest.nodes.block import Block

# Models whose reset lies below the threshold or peak.
_BELOW = ("iaf_", "aeif_", "glif_psc")
# Blocks of one model, and members of each.
Members = Sequence[tuple[Block, np.ndarray]]


def keys_of(block: Block, members: np.ndarray) -> list[tuple[Any, ...]]:
    """Of each member all that neurons of one group have in common."""
    kind = block.model.neuron
    shared = [name for name in kind.shared if name in block.columns]
    lists = [name for name, value in block.defaults.items() if isinstance(value, tuple)]
    lengths = [name for name in lists if name in block.columns]
    if not shared and not lengths:
        return [()] * members.size
    return [
        (
            *(block.columns[name][k] for name in shared),
            *(len(block.columns[name][k]) for name in lengths),
        )
        for k in members.tolist()
    ]


def parameters_of(members: Members, shared: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of neurons of one group: single values, or one for each.

    Parameters
    ----------
    members : sequence of (Block, int64 array)
    shared : mapping of str to object
        What they have in common.
    """
    kind = members[0][0].model.neuron
    given: dict[str, Any] = dict(shared)
    for parameter, default in kind.defaults.items():
        if parameter in shared or parameter in kind.only or isinstance(default, str | bool):
            continue
        if isinstance(default, tuple):
            rows = [block.get(parameter, int(k)) for block, own in members for k in own]
            given[parameter] = np.array(rows, dtype=np.float64)
            continue
        values = np.concatenate([block.values(parameter, own) for block, own in members])
        # A threshold that is never reached.
        values = np.minimum(values, 1e300)
        given[parameter] = float(values[0]) if (values == values[0]).all() else values
    for parameter, default in kind.defaults.items():
        if isinstance(default, bool) and parameter not in given:
            given[parameter] = members[0][0].defaults[parameter]
    return given


def check_neurons(block: Block, members: np.ndarray) -> None:
    """Raise the error of a model that neurons cannot have, as they are set."""
    kind = block.model.neuron
    high = "V_peak" if block.knows("V_peak") else "V_th"
    if block.model.name.startswith(_BELOW) and block.knows("V_reset") and block.knows(high):
        bounds = [block.values(name, members) for name in ("V_reset", high)]
        wrong = np.flatnonzero(bounds[0] >= bounds[1])
        if wrong.size:
            V_reset, bound = (float(values[wrong[0]]) for values in bounds)
            raise ParameterError(
                block.name, f"V_reset={V_reset:g} mV and {high}={bound:g} mV",
                f"V_reset lies below {high}", "correct one of them",
            )  # fmt: skip
    keys = keys_of(block, members)
    for key in dict.fromkeys(keys):
        own = members[[k == key for k in keys]]
        shared = {name: block.get(name, int(own[0])) for name in kind.shared}
        kind.make({**parameters_of([(block, own)], shared), **kernel.common})
