"""Connections of PyNEST whose weights and delays depend on distances, for NEST and distsnn."""

from __future__ import annotations

from typing import Any

import numpy as np

_SHOWN = ["source", "target", "weight", "delay"]


def distances(nest: Any, by_chance: bool, asked_first: bool = False) -> dict[str, Any]:
    """Connections and spikes of two layers; `by_chance` which pairs are joined.

    Connections are asked for after the run, or before it as well.
    """
    nest.ResetKernel()
    nest.set(resolution=0.1, rng_seed=5)
    rng = np.random.default_rng(1)
    layers = [
        nest.Create(
            "iaf_psc_exp",
            n,
            positions=nest.spatial.free(
                rng.uniform(-0.5, 0.5, (n, 2)).tolist(), extent=[1.0, 1.0], edge_wrap=True
            ),
        )
        for n in (40, 15)
    ]
    a, b = layers
    a.set(I_e=400.0, V_m=rng.uniform(-70.0, -56.0, 40))
    recorder = nest.Create("spike_recorder")
    for layer in layers:
        nest.Connect(layer, recorder)
    distance = nest.spatial.distance
    far = nest.math.redraw(0.5 + distance / 0.3, min=0.05, max=np.inf)
    near = nest.spatial_distributions.gaussian(distance, std=0.3)
    ring = {"mask": {"doughnut": {"inner_radius": 0.1, "outer_radius": 0.4}}}
    kernel = nest.spatial_distributions.exponential(distance, beta=0.3)
    rules: list[tuple[Any, Any, Any, dict[str, Any]]] = [
        (
            b,
            b,
            {"rule": "pairwise_bernoulli", "p": 1.0},
            {"weight": -1.0 - distance, "delay": 1.0 + distance.x},
        ),
        (a, b, {"rule": "pairwise_bernoulli", "p": 1.0, **ring}, {"weight": 90.0, "delay": far}),
        (a, a, {"rule": "pairwise_bernoulli", "p": 1.0, **ring}, {"weight": 20.0 * near}),
    ]
    if by_chance:
        drawn = nest.math.redraw(nest.random.normal(40.0, 4.0), 0.0, 1e9)
        rules += [
            (a, b, {"rule": "fixed_indegree", "indegree": 9, "p": kernel, **ring},
             {"weight": drawn, "delay": far}),
            (b, a, {"rule": "fixed_outdegree", "outdegree": 8, **ring},
             {"weight": -30.0 * near, "delay": 0.2 + distance.y + nest.random.uniform(0.0, 1.0)}),
            (a, a, {"rule": "fixed_indegree", "indegree": 4},
             {"weight": 9.0 * nest.math.exp(-distance), "delay": nest.logic.conditional(
                 distance < 0.2, 0.5, 1.0 + nest.random.uniform_int(3))}),
        ]  # fmt: skip
    for source, target, rule, values in rules:
        nest.Connect(source, target, rule, values)
    pairs = [(a, a), (a, b), (b, b), *([(b, a)] if by_chance else [])]
    before = [nest.GetConnections(*p).get(_SHOWN) for p in pairs] if asked_first else None
    nest.Simulate(80.0)
    after = [nest.GetConnections(*p).get(_SHOWN) for p in pairs]
    assert before is None or before == after
    events = recorder.events
    order = np.lexsort((events["senders"], events["times"]))
    spikes = {name: np.asarray(events[name])[order] for name in ("times", "senders")}
    columns = {f"{name} {k}": np.asarray(of[name]) for k, of in enumerate(after) for name in _SHOWN}
    return spikes | columns
