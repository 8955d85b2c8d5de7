"""The pair rule as text takes the table of the rule and gives the numbers of the text.

The same network four times: as text with the rule recognized, as text whose statements are
generated (a further variable prevents it), of ready models with the class `STDP`, and in Brian 2.
All spikes must be the same. Traces are the same sums of exponentials in another order, which
costs some units in the last place for each of at most a hundred spikes: 1e-12 of the weight.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from tests.plastic_texts import (
    CELLS,
    CURRENT,
    DT,
    EDGES,
    EDITS,
    G_MAX,
    MODEL,
    N_INPUT,
    SOURCES,
    START,
    STEPS,
    TEXTS,
    TIMES,
    V_START,
    W_MAX,
    N,
    found,
    is_recognized,
    ready_network,
    text_network,
)

DURATION = 300.0
Result = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def recognized() -> Result:
    net, parts, spikes = text_network()
    net.run(DURATION)
    assert is_recognized(net)
    result = found(parts, spikes)
    assert result["t"].size > 300
    assert (result["S.w"] == 0).any()
    assert (result["S.w"] == W_MAX).any()
    assert np.abs(result["T.w"] - START["T"]).max() > 1.0
    return result


def assert_close(one: Result, other: Result) -> None:
    np.testing.assert_array_equal(one["t"], other["t"])
    np.testing.assert_array_equal(one["i"], other["i"])
    for name in one.keys() & other.keys():
        np.testing.assert_allclose(one[name], other[name], rtol=1e-12, atol=1e-10, err_msg=name)


def test_generated_statements(recognized: Result) -> None:
    net, parts, spikes = text_network(further="\nz : 1")
    net.run(DURATION)
    assert len(net._built.synapses) == 2
    assert_close(recognized, found(parts, spikes))


def test_class(recognized: Result) -> None:
    net, parts, spikes = ready_network()
    net.run(DURATION)
    result = {"t": spikes.t, "i": spikes.i, "S.w": parts["S"].w, "T.w": parts["T"].w}
    assert_close(recognized, result)


def test_brian(recognized: Result) -> None:
    b = pytest.importorskip("brian2")
    before = b.prefs.codegen.target
    b.prefs.codegen.target = "numpy"
    b.defaultclock.dt = DT * b.ms
    cells = b.NeuronGroup(
        N, CELLS, threshold="v >= -52*mV", reset="v = -62*mV",
        refractory=(10 + 1) * DT * b.ms, method="exact",
    )  # fmt: skip
    cells.v, cells.current = V_START * b.mV, CURRENT * b.pA
    given = b.SpikeGeneratorGroup(N_INPUT, SOURCES, TIMES * b.ms)
    made = {}
    for name, (on_pre, on_post) in TEXTS.items():
        names = {"taupre": 12 * b.ms, "taupost": 19 * b.ms}
        names["wmax"] = W_MAX if name == "S" else G_MAX
        made[name] = b.Synapses(
            cells if name == "S" else given, cells, MODEL,
            on_pre=on_pre, on_post=on_post, namespace=names,
        )  # fmt: skip
        made[name].connect(i=EDGES[name][0], j=EDGES[name][1])
        made[name].w = START[name]
    made["S"].delay = STEPS * DT * b.ms
    spikes = b.SpikeMonitor(cells)
    b.Network(cells, given, *made.values(), spikes).run(DURATION * b.ms)
    b.prefs.codegen.target = before
    step = np.rint(np.asarray(spikes.t / b.ms) / DT).astype(int)
    order = np.lexsort((np.asarray(spikes.i), step))
    np.testing.assert_array_equal(np.rint(recognized["t"] / DT).astype(int), step[order])
    np.testing.assert_array_equal(recognized["i"], np.asarray(spikes.i)[order])
    for name, synapses in made.items():
        for variable in ("w", "apre", "apost"):
            expected = np.asarray(getattr(synapses, variable))
            np.testing.assert_allclose(
                recognized[f"{name}.{variable}"], expected, rtol=1e-12, atol=1e-10
            )
        last = np.asarray(synapses.lastupdate / b.ms)
        np.testing.assert_allclose(recognized[f"{name}.lastupdate"], last, atol=1e-9)


@pytest.mark.parametrize("edit", EDITS)
def test_assignments_between_runs(edit: str) -> None:
    results = []
    for further in ("", "\nz : 1"):
        net, parts, spikes = text_network(further)
        net.run(60.0)
        EDITS[edit](parts)
        middle = np.array(parts["S"].w)
        net.run(50.3)
        EDITS["within bounds"](parts)
        net.run(40.0)
        if not further:
            assert is_recognized(net) == (edit == "within bounds")
        results.append(found(parts, spikes) | {"middle": middle})
    assert_close(*results)


def test_weights_outside_the_bounds_stay_as_they_are_until_the_next_event() -> None:
    net, parts, _ = text_network(monitors=False)
    parts["S"].w[0] = W_MAX + 1.0
    net.run(0.0)
    assert not is_recognized(net)
    assert len(net._built.program.readers) == 1
    assert parts["S"].w[0] == W_MAX + 1.0


def test_recorded_traces_saved_networks_and_files(tmp_path: Path) -> None:
    net, parts, _ = text_network()
    trace = snn.StateMonitor(parts["S"], ["apre", "w"], record=[0, 3])
    net.add(trace)
    net.save(tmp_path / "state.h5")
    assert [s.description.name for s in net._built.synapses] == ["S"]
    parts["T"].w = 3.0
    net.run(100.0)
    assert trace.apre.shape == (2, 1000)
    net.write_weights(tmp_path / "weights.h5")
    file = snn.EdgeFile(tmp_path / "weights.h5")
    for variable in ("w", "apre", "apost", "lastupdate"):
        values = getattr(parts["T"], variable)
        assert np.unique(values).size > 1
        np.testing.assert_array_equal(file.values("T", variable), values)
