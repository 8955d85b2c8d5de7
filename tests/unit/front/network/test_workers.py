"""What is said of groups that stay on one rank."""

from __future__ import annotations

import logging

import pytest

import distsnn as snn


@pytest.mark.parametrize(
    ("on_pre", "threads", "said"),
    [
        ("x_pre += 1", 2, "two, one: on one rank as a whole"),
        ("x_pre += 1", 1, ""),
        ("x_post += 1", 2, ""),
    ],
)
def test_groups_that_are_not_divided_are_named(
    on_pre: str, threads: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    one = snn.NeuronGroup(3, "x : 1", threshold="x > 1", name="one")
    two = snn.NeuronGroup(3, "x : 1", threshold="x > 1", name="two")
    synapses = snn.Synapses(two, one, on_pre=on_pre, name="synapses")
    synapses.connect()
    with caplog.at_level(logging.WARNING, "distsnn"):
        snn.Network(two, one, synapses, threads=threads).run(0.2)
    assert caplog.text.count("as a whole") == bool(said)
    assert said in caplog.text
