"""Values of variables as users hold them: they behave as numpy arrays of what is now."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import distsnn as snn
from distsnn import ms
from distsnn.errors import ConnectivityError, EquationError, ParameterError, UnitError


@pytest.fixture(scope="module")
def made() -> dict[str, object]:
    """A network that has run once: a group, its synapses, and a monitor with variables."""
    cells = snn.NeuronGroup(
        5, "dv/dt = 1/ms : 1\nn : integer\nq = 2*v : 1\nc : 1 (shared)", threshold="v > i + 1",
        reset="v = 0; n += 1", method="euler", name="cells",
    )  # fmt: skip
    synapses = snn.Synapses(cells, cells, "w : 1\nd = i - j : integer", on_pre="w += 1", name="s")
    synapses.connect(condition="i != j")
    ready = snn.NeuronGroup(2, snn.LIF(), name="ready")
    plain = snn.Synapses(ready, ready, snn.Delta(), weight=0.5, delay=1 * ms, name="plain")
    plain.connect()
    cells.v = "0.1*i"
    cells.c = 2.5
    synapses.w = "10*i + j"
    spikes = snn.SpikeMonitor(cells, variables=["n", "v"], name="spikes")
    net = snn.Network(cells, synapses, ready, plain, spikes)
    kept = cells.v, synapses.w, spikes.t, spikes.n, spikes.count
    net.run(3 * ms)
    return {
        "net": net, "cells": cells, "s": synapses, "plain": plain, "spikes": spikes, "kept": kept,
    }  # fmt: skip


def test_a_view_that_was_kept_shows_what_is_now(made: dict) -> None:
    kept = made["kept"]
    spikes = made["spikes"]
    now = made["cells"].v, made["s"].w, spikes.t, spikes.n, spikes.count
    for before, after in zip(kept, now, strict=True):
        assert after.size > 0
        assert np.array_equal(before, after)
    copied = made["cells"].v[:]
    made["cells"].v[0] = 0.75
    assert kept[0][0] == 0.75 != copied[0]
    made["cells"].v[0] = copied[0]
    assert np.array_equal(kept[0], copied)


@pytest.mark.parametrize(
    ("owner", "name"),
    [("cells", "v"), ("cells", "n"), ("cells", "q"), ("cells", "i"), ("s", "w"), ("s", "d"),
     ("s", "i"), ("s", "delay"), ("plain", "w"), ("plain", "j"), ("spikes", "t"), ("spikes", "v")],
)  # fmt: skip
def test_indexing_and_arithmetic_are_those_of_the_array(made: dict, owner: str, name: str) -> None:
    values = getattr(made[owner], name)
    array = np.array(values)
    n = array.size
    assert len(values) == n >= 4
    assert values.shape == (n,)
    assert (values.ndim, values.dtype) == (1, array.dtype)
    mask = np.arange(n) % 2 == 0
    items = [0, -1, np.int64(1), slice(None), slice(1, 3), slice(None, None, -2), slice(-2, None),
             [0, 2], np.array([-1, 0]), mask, mask.tolist(), Ellipsis, (slice(None), None),
             (..., None), (None, slice(1, 3)), ()]  # fmt: skip
    for item in items:
        assert np.array_equal(values[item], array[item]), item
        assert np.shape(values[item]) == np.shape(array[item]), item
    for found, wanted in [
        (values + 1, array + 1), (2 * values, 2 * array), (values / 2, array / 2),
        (-values, -array),
        (values > 1, array > 1), (values == array, np.ones(n, bool)), (abs(values), abs(array)),
        (values % 2, array % 2), (array - values, np.zeros(n)), (values @ array, array @ array),
        (np.sin(values), np.sin(array)), (np.concatenate([values, values]), np.r_[array, array]),
        (np.where(values > 1, values, 0), np.where(array > 1, array, 0)),
        (values.mean(), array.mean()), (values.sum(), array.sum()), (np.mean(values), array.mean()),
        (values.max(), array.max()), (max(values), max(array)), (sorted(values), np.sort(array)),
        (list(values), array), (values.tolist(), array), (values.astype(int), array.astype(int)),
        (values.reshape(-1, 1), array[:, None]), (np.diff(values), np.diff(array)),
        (copy.copy(values), array), (copy.deepcopy(values), array), (np.atleast_1d(values), array),
        (pickle.loads(pickle.dumps(values)), array),
    ]:  # fmt: skip
        assert np.array_equal(found, wanted)
        assert type(found) is type(wanted) or isinstance(found, list)
    assert array[1] in values
    with pytest.raises(ValueError, match="ambiguous"):
        bool(values)
    with pytest.raises((IndexError, ParameterError)):
        values[n]


def test_plots_as_matplotlib_asks(made: dict) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    for y in (made["cells"].v, made["s"].w, made["plain"].w, made["spikes"].t):
        (line,) = plt.plot(np.arange(len(y)), y, ".k")
        assert np.array_equal(line.get_ydata(), y)
        plt.scatter(y, y)
        plt.hist(y)
    plt.close("all")


def test_writing_goes_through_or_is_refused(made: dict) -> None:
    cells, s = made["cells"], made["s"]
    before = cells.v[:], s.w[:]
    cells.v += 1
    assert np.array_equal(cells.v, before[0] + 1)
    kept = cells.v
    kept *= 2
    assert np.array_equal(cells.v, 2 * (before[0] + 1))
    np.subtract(cells.v, 1, out=cells.v)
    assert np.array_equal(cells.v, 2 * (before[0] + 1) - 1)
    s.w[:4] -= 5
    assert np.array_equal(s.w[:4], before[1][:4] - 5)
    cells.v[::2] = 7
    cells.v[np.array([1, -1])] = [8, 9]
    assert cells.v.tolist() == [7, 8, 7, *cells.v[3:4], 9]
    for act in (cells.v.fill, cells.v.partition):
        with pytest.raises((ValueError, TypeError)):
            act(0)
    with pytest.raises(ValueError, match="read-only"):
        cells.v.sort()
    with pytest.raises(ValueError, match="read-only"):
        cells.v.T[0] = 1
    with pytest.raises(ParameterError, match=r"spikes: t was set"):
        made["spikes"].t[0] = 1
    cells.v, s.w = before


def test_shared_variables_are_one_value(made: dict) -> None:
    cells = made["cells"]
    assert cells.c == 2.5
    assert (cells.c.shape, float(cells.c), cells.c[:], cells.c + 1) == ((), 2.5, 2.5, 3.5)
    assert f"{cells.c:.2f}" == "2.50"
    assert cells[1:3].c == 2.5
    joined = snn.Synapses(cells, cells, "one : 1 (shared)\nw = 2*one : 1", name="joined")
    joined.connect(i=0, j=[1, 2])
    joined.one = 4
    assert (joined.one, joined.one[:], joined.one + 1, joined.one.shape) == (4, 4, 5, ())
    assert joined.w[:].tolist() == [8, 8]
    with pytest.raises(IndexError):
        joined.one[0]
    if cells.c > 3:
        raise AssertionError


def test_conditions_on_what_a_monitor_recorded(made: dict) -> None:
    spikes, late = made["spikes"], 1.55 * ms
    t, i, n = spikes.t[:], spikes.i[:], spikes.n[:]
    assert (i == 1).any()
    assert (i == 0).any()
    assert np.array_equal(spikes.t["i == 1"], t[i == 1])
    assert np.array_equal(spikes.i["t > late and n > 0"], i[(t > late) & (n > 0)])
    assert np.array_equal(spikes.n["t < 2*ms"], n[t < 2])
    with pytest.raises(UnitError):
        spikes.t["t > 1"]
    with pytest.raises(EquationError, match=r"unknown name 'k'"):
        spikes.t["k == 1"]
    assert late


def test_subexpressions_of_both_groups_and_of_the_synapses() -> None:
    factor, near = 3, 4
    source = snn.NeuronGroup(3, "x : 1\ny = x*factor : 1", name="source")
    target = snn.NeuronGroup(2, "x : 1\nz = x + factor : 1", name="target")
    source.x, target.x = [0, 1, 2], [1, 2]
    s = snn.Synapses(source, target, "d = y_pre - z_post : 1\nwhole = d/4 : integer\nw : 1")
    s.connect("abs(d) < near and whole == 0")
    # y is 0, 3, 6 and z is 4, 5: d is -4, -5, -1, -2, 2, 1.
    assert list(zip(s.i, s.j, strict=True)) == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert s.d.tolist() == [-1, -2, 2, 1]
    assert (s.d < near).all()
    assert s.y_pre.tolist() == [3, 3, 6, 6]
    s.w = "z_post + factor"
    assert s.w.tolist() == [7, 8, 7, 8]
    snn.Network(source, target, s).run(0.1)
    source.x = "x + 1"
    assert s.d.tolist() == [2, 1, 5, 4]
    assert np.array_equal(s.y_pre, factor * s.x_pre)
    generated = snn.Synapses(source, target, "skipped = int(x_pre > 1) : integer")
    generated.connect(j="k for k in range(2) if k >= skipped")
    assert list(zip(generated.i, generated.j, strict=True)) == [(0, 0), (0, 1), (1, 1), (2, 1)]


def test_a_monitor_of_no_variables_has_times() -> None:
    cells = snn.NeuronGroup(2, "v : 1", name="cells")
    monitor = snn.StateMonitor(cells, [], record=True)
    net = snn.Network(cells, monitor)
    net.run(0.3)
    net.run(0.2)
    np.testing.assert_allclose(monitor.t, [0, 0.1, 0.2, 0.3, 0.4])
    assert len(monitor) == 5


def test_a_spike_monitor_is_as_long_as_its_spikes(made: dict) -> None:
    spikes = made["spikes"]
    assert len(spikes) == spikes.N == spikes.t.size > 0
    assert bool(snn.SpikeMonitor(made["cells"]))
    assert spikes.count.sum() == len(spikes)
    assert spikes.count[1:3].tolist() == [(spikes.i == k).sum() for k in (1, 2)]


def test_what_is_named_twice_has_the_last_value() -> None:
    cells = snn.NeuronGroup(3, "x : 1", name="cells")
    s = snn.Synapses(cells, cells, "w : 1", name="s")
    s.connect()
    s.w[[1, 1, 4]] = [3, 4, 5]
    cells.x[[2, 2]] = [6, 7]
    assert s.w.tolist() == [0, 4, 0, 0, 5, 0, 0, 0, 0]
    assert cells.x.tolist() == [0, 0, 7]


def test_no_number_of_synapses_and_no_such_column_are_refused() -> None:
    cells = snn.NeuronGroup(3, "x : 1", name="cells")
    s = snn.Synapses(cells, cells, name="s")
    s.connect(n="x_pre/x_post")
    with pytest.raises(ConnectivityError, match=r"n='x_pre/x_post' is no number of synapses"):
        len(s)
    two = snn.TimedArray(np.arange(6.0).reshape(3, 2), dt=0.1 * ms)
    assert two.values.shape == (3, 2)
    many = snn.NeuronGroup(3, "y = two(t, i) : 1\nz = two(t, 2*i) : 1", name="many")
    with pytest.raises(ParameterError, match=r"many: two\(t, i\) is called for 3 neurons"):
        snn.Network(many).run(0.1)
    few = snn.NeuronGroup(2, "y = two(t, i) : 1\nz = two(t, 2*i) : 1", name="few")
    seen = snn.StateMonitor(few, ["y", "z"], record=True)
    snn.Network(few, seen).run(0.2)
    assert seen.y.tolist() == [[0, 2], [1, 3]]
    assert np.array_equal(seen.z, [[0, 2], [np.nan, np.nan]], equal_nan=True)
