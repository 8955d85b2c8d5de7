"""Rules recognized in texts do not depend on ranks, nor do checkpoints of them: not a bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from distsnn.errors import ParameterError
from distsnn.exchange import World, run_loopback
from tests.invariance.test_ranks import Result, assert_same, check
from tests.plastic_texts import (
    found,
    half_weights,
    half_weights_and_traces,
    high_weights,
    is_recognized,
    other_numbers,
    text_network,
)


def test_ranks() -> None:
    def job(_: World) -> Result:
        net, parts, spikes = text_network()
        net.run(43.7)
        half_weights(parts)
        with pytest.raises(ParameterError, match="to 130 after the first run"):
            high_weights(parts)
        net.run(30.0)
        assert is_recognized(net)
        return found(parts, spikes)

    check(job)


@pytest.mark.parametrize("recognize", [True, False])
def test_checkpoints(tmp_path: Path, recognize: bool) -> None:
    path = tmp_path / "state.h5"

    def begin(_: World) -> Result:
        net, parts, spikes = text_network(recognize)
        net.run(35.3)
        (half_weights if recognize else half_weights_and_traces)(parts)
        net.run(10.0)
        net.save(path)
        net.run(20.0)
        return found(parts, spikes)

    def go_on(_: World) -> Result:
        net, parts, spikes = text_network(recognize)
        net.load(path)
        if not recognize:
            other_numbers(parts)
        assert is_recognized(net) == recognize
        net.run(20.0)
        return found(parts, spikes)

    expected = run_loopback(2, begin)[0]
    for result in run_loopback(3, go_on):
        assert_same(expected, result)
