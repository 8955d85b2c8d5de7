"""Rules recognized in texts do not depend on ranks, nor do checkpoints of them: not a bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import World, run_loopback
from tests.invariance.test_ranks import Result, assert_same, check
from tests.plastic_texts import EDITS, found, is_recognized, text_network


def test_ranks() -> None:
    def job(_: World) -> Result:
        net, parts, spikes = text_network()
        net.run(43.7)
        EDITS["within bounds"](parts)
        net.run(30.0)
        assert is_recognized(net)
        first = found(parts, spikes)
        EDITS["numbers"](parts)
        EDITS["traces"](parts)
        net.run(20.0)
        assert not is_recognized(net)
        return {f"first {n}": x for n, x in first.items()} | found(parts, spikes)

    check(job)


@pytest.mark.parametrize("edit", ["within bounds", "traces"])
def test_checkpoints(tmp_path: Path, edit: str) -> None:
    path = tmp_path / "state.h5"

    def begin(_: World) -> Result:
        net, parts, spikes = text_network()
        net.run(35.3)
        EDITS[edit](parts)
        net.run(10.0)
        net.save(path)
        net.run(20.0)
        return found(parts, spikes)

    def go_on(_: World) -> Result:
        net, parts, spikes = text_network()
        net.load(path)
        net.run(20.0)
        return found(parts, spikes)

    def go_on_recording(_: World) -> Result:
        net, parts, spikes = text_network()
        net.add(snn.StateMonitor(parts["S"], "apre", record=[0], name="further"))
        net.load(path)
        net.run(20.0)
        assert [s.description.name for s in net._built.synapses][:1] == ["S"]
        return found(parts, spikes)

    expected = run_loopback(2, begin)[0]
    for result in run_loopback(3, go_on):
        assert_same(expected, result)
    for result in run_loopback(2, go_on_recording):
        for name, values in expected.items():
            np.testing.assert_allclose(result[name], values, rtol=1e-11, atol=1e-10)
