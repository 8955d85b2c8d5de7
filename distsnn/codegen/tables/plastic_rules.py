"""The changes of weights that the rules of `distsnn.describe.synapses.stdp` make, as code.

`w` is the weight. At a spike of the target, `r` is the trace of the source and `s` the second
trace of the target before its own jump; at a spike of the source, `y` is the trace of the target
and `z` the second trace of the source before its own jump. All other names are parameters.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from distsnn.codegen.emit import emit
from distsnn.describe.checks.trees import syntax_tree
from distsnn.describe.synapses.stdp import ADDITIVE, GUETIG, MULTIPLICATIVE, POWER_LAW, VAN_ROSSUM


@dataclass(frozen=True)
class Formula:
    """The new weight after a spike of the target and after one of the source."""

    at_target: str
    at_source: str


FORMULAS = {
    ADDITIVE: Formula("w + A_plus * r", "w - A_minus * y"),
    MULTIPLICATIVE: Formula(
        "w + A_plus * (w_max - w) * r",
        "w - A_minus * (w - w_min) * y",
    ),
    GUETIG: Formula(
        "w + A_plus * (w_max - w_min) * power((w_max - w) / (w_max - w_min), mu_plus) * r",
        "w - A_minus * (w_max - w_min) * power((w - w_min) / (w_max - w_min), mu_minus) * y",
    ),
    VAN_ROSSUM: Formula("w + A_plus * r", "w - A_minus * w * y"),
    POWER_LAW: Formula("w + A_plus * w_0 * power(w / w_0, mu_plus) * r", "w - A_minus * w * y"),
    "triplet": Formula("w + r * (A2_plus + A3_plus * s)", "w - y * (A2_minus + A3_minus * z)"),
    "vogels": Formula("w + eta * r", "w + eta * (y - alpha)"),
}


def bounded(change: str, per_synapse: frozenset[str], ending: str = "") -> str:
    """Code of the new weight of synapse `k` within its bounds.

    `per_synapse` are the parameters of which each synapse has its own; `ending` is what the
    names of their arrays have besides.
    """

    def resolve(name: str) -> str:
        return f"{name}{ending}[k]" if name in per_synapse else name

    def call(node: ast.Call, given: list[str]) -> str:
        assert isinstance(node.func, ast.Name)
        return f"{node.func.id}({', '.join(given)})"

    code = emit(syntax_tree(change), resolve, call)
    return f"min(max({code}, {resolve('w_min')}), {resolve('w_max')})"
