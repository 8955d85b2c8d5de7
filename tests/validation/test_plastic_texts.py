"""The pair rule as text takes the table of the rule and gives the numbers of the text.

The same network four times: as text with the rule recognized, as text whose statements are
generated (`recognize=False`), of ready models with the class `STDP`, and in Brian 2.
All spikes must be the same. Traces are the same sums of exponentials in another order, which
costs some units in the last place for each of at most a hundred spikes: 1e-12 of the weight.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import ParameterError
from tests.plastic_texts import (
    CELLS,
    CURRENT,
    DT,
    EDGES,
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
    former_numbers,
    found,
    half_traces,
    half_weights,
    half_weights_and_traces,
    high_weights,
    is_recognized,
    other_numbers,
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
    net, parts, spikes = text_network(recognize=False)
    net.run(DURATION)
    assert len(net._state.built.build.synapses) == 2
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


def test_weights_set_between_runs() -> None:
    results = []
    for recognize in (True, False):
        net, parts, spikes = text_network(recognize)
        net.run(60.0)
        half_weights(parts)
        middle = np.array(parts["S"].w)
        net.run(50.3)
        half_weights(parts)
        net.run(40.0)
        assert is_recognized(net) == recognize
        results.append(found(parts, spikes) | {"middle": middle})
    assert_close(*results)


def test_what_a_table_cannot_take_is_refused_and_changes_nothing() -> None:
    """The synapses with recognize=False take all of it."""
    results = []
    for refused in (True, False):
        net, parts, spikes = text_network()
        net.run(60.0)
        if refused:
            with pytest.raises(
                ParameterError, match=r"S: w was set to values from .* to 130 .*=Fa"
            ):
                high_weights(parts)
            with pytest.raises(ParameterError, match=r"S: apre was set after the .*=False"):
                half_traces(parts)
            with pytest.raises(ParameterError, match=r"S: a monitor of apre was added .*=False"):
                net.add(snn.StateMonitor(parts["S"], ["w", "apre"], record=True))
        net.run(40.0)
        assert is_recognized(net)
        results.append(found(parts, spikes))
    for name, values in results[0].items():
        np.testing.assert_array_equal(values, results[1][name])
    net, parts, _ = text_network(recognize=False)
    net.run(60.0)
    half_weights_and_traces(parts)
    net.run(40.0)
    assert [way.reason for way in net.run(0.0).synapses] == [
        "they were made with recognize=False"
    ] * 2


def test_other_numbers_and_delays_between_runs() -> None:
    """A table gives way to the statements, which go on with the traces that there were."""
    results = []
    for recognize in (True, False):
        net, parts, spikes = text_network(recognize)
        net.run(60.0)
        assert is_recognized(net) == recognize
        parts["S"].delay = STEPS[::-1] * DT
        net.run(30.0)
        assert len(net._state.built.build.synapses) == 1 + (not recognize)
        other_numbers(parts)
        net.run(40.0)
        former_numbers(parts)
        net.run(20.0)
        results.append(found(parts, spikes))
    assert_close(*results)


def test_weights_outside_the_bounds_stay_as_they_are_until_the_next_event() -> None:
    net, parts, _ = text_network(monitors=False)
    parts["S"].w[0] = W_MAX + 1.0
    net.run(0.0)
    assert not is_recognized(net)
    assert len(net._state.built.build.program.readers) == 1
    assert parts["S"].w[0] == W_MAX + 1.0


def test_recorded_traces_saved_networks_and_files(tmp_path: Path) -> None:
    net, parts, _ = text_network()
    trace = snn.StateMonitor(parts["S"], ["apre", "w"], record=[0, 3])
    net.add(trace)
    net.save(tmp_path / "state.h5")
    assert [s.description.name for s in net._state.built.build.synapses] == ["S"]
    parts["T"].w = 3.0
    net.run(100.0)
    assert trace.apre.shape == (2, 1000)
    net.write_weights(tmp_path / "weights.h5")
    file = snn.EdgeFile(tmp_path / "weights.h5")
    for variable in ("w", "apre", "apost", "lastupdate"):
        values = getattr(parts["T"], variable)
        assert np.unique(values).size > 1
        np.testing.assert_array_equal(file.values("T", variable), values)


def test_loading_what_was_saved_in_tables_and_with_generated_code(tmp_path: Path) -> None:
    net, parts, _ = text_network()
    net.run(20.0)
    net.save(tmp_path / "table.h5")
    net.run(10.0)
    expected = np.array(parts["S"].w)
    again, other, _ = text_network()
    again.add(snn.StateMonitor(other["S"], "apre", record=[0], name="trace"))
    with pytest.raises(ParameterError, match=r"S was saved in a plastic table.* Leave out"):
        again.load(tmp_path / "table.h5")
    again.run(20.0)
    again.save(tmp_path / "code.h5")
    net.load(tmp_path / "code.h5")
    assert not is_recognized(net)
    net.run(10.0)
    again.run(10.0)
    np.testing.assert_array_equal(parts["S"].w, other["S"].w)
    np.testing.assert_allclose(parts["S"].w, expected, rtol=1e-12, atol=1e-10)
