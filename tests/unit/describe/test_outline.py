from __future__ import annotations

import numpy as np

import distsnn as snn
from distsnn.describe.outline import differences, named, outline


def network(**changed: object) -> snn.Network:
    values: dict[str, object] = {
        "tau_m": 20.0, "n": 5, "weight": 3.0, "reset": "v = 0", "I": np.arange(4.0),
        "tau": 10.0, "dt": 0.1, "seed": 1, "stp": None, "storage": "auto", "name": "other",
    }  # fmt: skip
    values |= changed
    cells = snn.NeuronGroup(values["n"], snn.LIF(tau_m=values["tau_m"]), name="cells")
    other = snn.NeuronGroup(
        4,
        "dv/dt = (I - v)/tau : 1\nI : 1",
        threshold="v > 1",
        reset=values["reset"],
        namespace={"tau": values["tau"]},
        name=values["name"],
        method="exact",
    )
    other.I = values["I"]
    made = snn.Synapses(
        cells,
        cells,
        snn.Exponential(5.0),
        weight=values["weight"],
        delay=1.0,
        stp=values["stp"],
        storage=values["storage"],
        name="made",
    )
    made.connect(p=0.5)
    return snn.Network(cells, other, made, dt=values["dt"], seed=values["seed"])


def found(**changed: object) -> list[str]:
    before, now = network().description, network(**changed).description
    listed = differences(outline(before), outline(now))
    assert bool(listed) == (before.digest != now.digest)
    return listed


def test_no_difference() -> None:
    assert found() == []
    # It has no part in the result.
    assert found(storage="dense") == []


def test_one_difference_is_named_with_both_values() -> None:
    assert found(tau_m=21.0) == ["cells.model.tau_m is 21.0 and was 20.0"]
    assert found(dt=0.2) == ["dt is 0.2 and was 0.1"]
    assert found(seed=2) == ["seed is 2 and was 1"]
    assert found(weight=4.0) == ["made.weight is 4.0 and was 3.0"]
    assert found(reset="v = 0.5") == ["other.model.reset is 'v = 0.5' and was 'v = 0'"]
    assert found(tau=11.0) == ["other.model.names.numbers.tau is 11.0 and was 10.0"]


def test_several_differences() -> None:
    listed = found(n=6)
    assert "cells.size is 6 and was 5" in listed
    assert "made.source.stop is 6 and was 5" in listed
    assert named(listed).endswith("; and 1 more") or len(listed) <= 3
    assert any(line.startswith("made.stp") or "made.plasticity" in line for line in found(
        stp=snn.STD()
    ))  # fmt: skip


def test_arrays_and_names() -> None:
    listed = found(I=np.arange(4.0) + 1)
    assert len(listed) == 1
    assert listed[0].startswith("other.assignments.0.value is an array (4,) of float64")
    listed = found(name="another")
    assert "another.size is 4 and was not there" in listed
    assert "other.size was 4 and is not there" in listed


def test_the_first_few_are_named() -> None:
    assert named(["a", "b"]) == "a; b"
    assert named(["a", "b", "c", "d", "e"]) == "a; b; c; and 2 more"
