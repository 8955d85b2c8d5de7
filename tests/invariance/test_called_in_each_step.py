"""Objects that are called in each step see what there is, and set what acts from then on."""

from __future__ import annotations

from typing import Any

import numpy as np

import distsnn as snn
from distsnn import ms
from distsnn.exchange import World
from tests.invariance.test_ranks import Result, check
from tests.user_monitor import LevelMonitor

N, STEPS = 5, 40


def network() -> dict[str, Any]:
    """Three slots of each step look at everything; two set what equations read in several ways."""
    snn.start_scope()
    G = snn.NeuronGroup(
        N,
        "dv/dt = (I + z - v)/(5*ms) : 1 (unless refractory)\nI : 1\nz : 1 (shared)\nn : integer\n"
        "free : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=0.5,
        method="euler",
        name="G",
    )
    H = snn.NeuronGroup(N, "x = 2*z : 1\nz : 1 (linked)", name="H")
    H.z = snn.linked_var(G, "z")
    G.I = np.linspace(1, 3, N)
    G.run_regularly("free += 1", dt=0.3 * ms, name="counting")
    P, R = snn.SpikeMonitor(G, name="P"), snn.PopulationRateMonitor(G, name="R")
    M = snn.StateMonitor(G, ["v", "z", "I"], record=True, name="M")
    L = LevelMonitor(G, "v", 0.5, name="L")
    seen: dict[str, list[Any]] = {"start": [], "thresholds": [], "end": []}
    kept = {"v": G.v, "z": G.z, "free": G.free, "count": P.count}

    def look(slot: str) -> None:
        step = G.t_in_timesteps
        at = [M.t.size, P.t[:].size, R.rate.size, int(L.count.sum())]
        values = [float(kept["v"][2]), float(kept["z"]), float(kept["free"][1])]
        others = [float(H.x[3]), float(G.n[4]), float(M.v[2, -1]) if at[0] else 0.0]
        seen[slot].append([step, *at, *values, *others, float(np.sum(kept["count"]))])

    @snn.network_operation(name="first")
    def first(t: float) -> None:
        look("start")
        G.z = 0.1 * np.sin(t)
        G.n = round(10 * t)
        assert float(kept["z"]) == float(G.z) == 0.1 * np.sin(t)

    @snn.network_operation(when="thresholds", order=-1, name="second")
    def second() -> None:
        look("thresholds")
        before = G.v.T
        G.v[1] = 0.25
        assert before[1] != 0.25 or G.v[1] == before[1]
        assert G.v[1] == 0.25

    @snn.network_operation(when="end", dt=0.2 * ms, name="third")
    def third(t: float) -> None:
        look("end")
        G.I[:2] = 1 + t
        G.I[3] += 0.01

    net = snn.Network(G, H, P, R, M, L, first, second, third, threads=1)
    return {"net": net, "seen": seen, "M": M, "P": P, "R": R, "G": G, "L": L}


def called(world: World) -> Result:
    """Two runs, the second of which begins a second time."""
    made = network()
    net, seen = made["net"], made["seen"]
    net.run(STEPS / 20)
    net.store()
    n_seen = {slot: len(of_slot) for slot, of_slot in seen.items()}
    for _ in range(2):
        for slot, n in n_seen.items():
            del seen[slot][n:]
        net.restore()
        net.run(STEPS / 20)
    M = made["M"]
    found = {name: getattr(M, name) for name in ("v", "z", "I")}
    found |= {name: np.array(of_slot) for name, of_slot in seen.items()}
    return found | {"t": made["P"].t[:], "i": made["P"].i[:], "level": made["L"].count}


def expected() -> dict[str, np.ndarray]:
    """The states at the begin of each step, and the number of spikes before it."""
    v, active, intensity = np.zeros(N), np.full(N, -1), np.linspace(1, 3, N)
    rows: dict[str, list[Any]] = {"v": [], "z": [], "I": [], "spikes": []}
    spikes, z = 0, 0.0
    for step in range(STEPS):
        rows["spikes"].append(spikes)
        # Monitors of the same slot come after the operation by their names, M before first.
        for name, value in (("v", v), ("I", intensity)):
            rows[name].append(value.copy())
        rows["z"].append(z)
        z = 0.1 * np.sin(step * 0.1)
        free = step > active
        v = np.where(free, v + 0.1 * (intensity + z - v) / 5, v)
        v[1] = 0.25
        spiked = (v > 1) & free
        v[spiked], active[spiked] = 0, step + 4
        spikes += int(spiked.sum())
        if step % 2 == 0:
            intensity[:2] = 1 + step * 0.1
            intensity[3] += 0.01
    return {name: np.array(of) for name, of in rows.items()}


def test_called_in_each_step() -> None:
    found, wanted = check(called), expected()
    np.testing.assert_allclose(found["v"].T, wanted["v"], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found["z"], np.tile(wanted["z"], (N, 1)), rtol=1e-14)
    np.testing.assert_allclose(found["I"].T, wanted["I"], rtol=1e-14)
    start, late, end = (found[name].T for name in ("start", "thresholds", "end"))
    steps = np.arange(STEPS)
    np.testing.assert_array_equal(start[0], steps)
    # Monitors have all complete steps, and those that read spikes those of the step, too.
    np.testing.assert_array_equal(start[1:4].T, np.stack([steps, wanted["spikes"], steps], 1))
    np.testing.assert_array_equal(late[1], steps)
    np.testing.assert_array_equal(end[1], steps[::2] + 1)
    np.testing.assert_array_equal(end[2], end[-1])
    np.testing.assert_array_equal(start[-1], wanted["spikes"])
    np.testing.assert_allclose(start[5], wanted["v"][:, 2], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(start[6], wanted["z"], rtol=1e-14)
    np.testing.assert_allclose(start[8], 2 * wanted["z"], rtol=1e-14)
    np.testing.assert_array_equal(start[7], steps // 3 + 1)
    np.testing.assert_array_equal(late[9], steps)
