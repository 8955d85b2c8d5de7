"""Everything a model as text computes is recorded as Brian 2 records it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import distsnn as snn

brian2 = pytest.importorskip("brian2")

EQUATIONS = """
dv/dt = (drive - v)/tau : 1 (unless refractory)
dw/dt = -w/(30*ms) : 1
drive = I + 0.2*wave(t) - slow : 1
slow = w*scale*N/10.0 : 1
I : 1
tau : second
hits : integer
held : second
"""
WHEN = ("start", "thresholds", "end")
SIZE = 7
NAMES = ["v", "w", "drive", "slow", "I", "tau", "hits", "lastspike", "not_refractory", "i"]


@pytest.fixture
def brian() -> Iterator[Any]:
    """Brian with interpreted numpy, which needs no compiler."""
    before = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()
    yield brian2
    brian2.prefs.codegen.target = before


def run(b: Any, refractory: str) -> dict[str, Any]:
    """The same script for both."""
    ms = b.ms
    b.defaultclock.dt = 0.1 * ms
    # Found by their names in the texts.
    wave = b.TimedArray(np.sin(np.arange(200) / 5.0), dt=0.5 * ms)  # noqa: F841 - see above
    scale = 0.7  # noqa: F841 - see above
    G = b.NeuronGroup(
        SIZE,
        EQUATIONS,
        threshold="v > 1",
        reset="v = 0; w += 0.1; hits += 1",
        refractory=refractory,
        method="euler",
    )
    G.I = np.linspace(0.8, 3.0, SIZE)
    G.tau = np.linspace(8, 15, SIZE) * ms
    G.held = np.linspace(0.0, 4.0, SIZE) * ms
    monitors = {when: b.StateMonitor(G, NAMES, record=True, when=when) for when in WHEN}
    monitors["all"] = b.StateMonitor(G, True, record=[5, 1], dt=0.4 * ms)
    monitors["spikes"] = b.SpikeMonitor(G[2:], variables=["v", "drive", "hits"])
    network = b.Network(G, *monitors.values())
    network.run(30 * ms)
    G.v = 0.5
    G.I = np.linspace(3.0, 0.8, SIZE)
    network.run(20 * ms)
    return monitors


@pytest.mark.parametrize("refractory", ["2*ms", "held", "v > 0.9"])
def test_recorded_variables_agree(brian: Any, refractory: str) -> None:
    ours, theirs = run(snn, refractory), run(brian, refractory)
    assert theirs["spikes"].num_spikes > 5
    for when in WHEN:
        for name in NAMES:
            expected = np.asarray(getattr(theirs[when], name), dtype=float)
            if name in {"tau", "lastspike"}:
                expected = expected * 1e3
            if name == "lastspike":
                # Before the first spike: long ago, in units of their own.
                expected[expected < 0] = -1e7
            np.testing.assert_allclose(
                getattr(ours[when], name),
                expected,
                rtol=1e-11,
                atol=1e-12,
                err_msg=f"{when} {name}",
            )
    assert {*theirs["all"].record_variables} == {*ours["all"].record_variables}
    np.testing.assert_allclose(ours["all"].drive, theirs["all"].drive, rtol=1e-11)
    np.testing.assert_array_equal(ours["spikes"].i, theirs["spikes"].i)
    for name in ("v", "drive", "hits"):
        np.testing.assert_allclose(
            getattr(ours["spikes"], name), getattr(theirs["spikes"], name), rtol=1e-11
        )
