"""What functions of numpy give for variables that were recorded, beside Brian 2."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn.brian

brian2 = pytest.importorskip("brian2")
VIEWS = ["M.t", "M.i", "G.v", "M.t[:]", "S.v", "S.rates", "G.rates"]
CALLS = [
    "np.max(x)", "np.min(x)", "np.sum(x)", "np.mean(x)", "np.std(x)", "np.prod(x)", "np.ptp(x)",
    "np.max(x) - np.min(x)", "np.cumsum(x)", "np.squeeze(x)", "np.take(x, [0])", "np.repeat(x, 2)",
    "np.argmax(x)", "np.unique(x)", "np.diff(x)", "np.median(x)",
    "np.add.reduce(x)", "np.add.accumulate(x)", "np.reshape(x, -1)", "np.ones(3)/np.max(x)",
    "np.asarray(x)", "np.sum(x, axis=0)", "np.histogram(x, 3)[0]", "np.histogram(x, 3)[1]",
    "np.histogram(np.arange(3)/np.max(x), 2, range=(0, 1))[0]",
]  # fmt: skip


def recorded(module: Any) -> dict[str, Any]:
    module.start_scope()
    G = module.NeuronGroup(3, "v : volt\nrates : Hz", threshold="v > 1*mV", reset="")
    G.v, G.rates = "i*mV", "i*Hz"
    M, S = module.SpikeMonitor(G), module.StateMonitor(G, ["v", "rates"], record=True)
    net = module.Network(G, M, S)
    net.run(1 * module.ms)
    return {"G": G, "M": M, "S": S, "np": np}


def test_functions_of_numpy_give_what_they_give_under_brian() -> None:
    brian2.prefs.codegen.target = "numpy"
    found = {}
    for module in (brian2, distsnn.brian):
        names = recorded(module)
        found[module.__name__] = [
            described(call, names | {"x": eval(view, names)}) for view in VIEWS for call in CALLS
        ]
    for theirs, ours in zip(*found.values(), strict=True):
        # Brian 2 has no accumulations of quantities.
        assert ours == theirs or theirs[1] == "refused"


def described(call: str, names: dict[str, Any]) -> tuple[str, Any, str]:
    """The values, and the unit."""
    try:
        made = eval(call, names)
    except Exception:  # noqa: BLE001 - of classes of their own
        return call, "refused", ""
    return (
        call,
        np.round(np.asarray(made, dtype=float), 12).tolist(),
        str(getattr(made, "dim", 1)).replace(".0", ""),
    )
