from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn import plot
from distsnn.errors import UnknownNameError

Figure = pytest.importorskip("matplotlib.figure").Figure


def pair() -> tuple[Any, Any]:
    figure = Figure()
    return figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)


def joined(n_source: int, n_target: int, **connect: Any) -> snn.Synapses:
    synapses = snn.Synapses(
        snn.NeuronGroup(n_source, snn.LIF()), snn.NeuronGroup(n_target, snn.LIF()), snn.Delta(),
        weight=1.0,
    )  # fmt: skip
    synapses.connect(**connect)
    snn.Network(synapses.source.group, synapses.target.group, synapses)
    return synapses


def test_connectivity_joins_sources_and_targets() -> None:
    synapses = joined(3, 5, i=[0, 0, 2], j=[1, 3, 0])
    columns, dots = plot.connectivity(synapses, pair())
    lines, sources, targets = (line.get_data() for line in columns.get_lines())
    np.testing.assert_array_equal(lines[1].reshape(3, 3)[:, :2], [[0, 1], [0, 3], [2, 0]])
    np.testing.assert_array_equal(lines[0].reshape(3, 3)[:, :2], [[0, 1]] * 3)
    assert np.isnan(lines[1].reshape(3, 3)[:, 2]).all()
    assert len(sources[1]) == 3
    assert len(targets[1]) == 5
    (line,) = dots.get_lines()
    np.testing.assert_array_equal(line.get_data(), [[0, 0, 2], [1, 3, 0]])
    assert dots.get_xlim() == (-0.5, 2.5)
    assert dots.get_ylim() == (-0.5, 4.5)


def test_connectivity_of_slices() -> None:
    cells = snn.NeuronGroup(10, snn.LIF(), name="cells")
    synapses = snn.Synapses(cells[:4], cells, snn.Delta(), weight=1.0)
    synapses.connect(p=0.3)
    snn.Network(cells, synapses, seed=2)
    columns, dots = plot.connectivity(synapses, pair())
    assert len(dots.get_lines()[0].get_xdata()) == len(synapses) > 0
    assert len(columns.get_lines()[1].get_xdata()) == 4


def test_connectivity_of_many_synapses_is_thinned() -> None:
    columns, _ = plot.connectivity(joined(100, 100), pair(), most_lines=1000)
    assert len(columns.get_lines()[0].get_xdata()) == 3 * 1000
    assert columns.get_title() == "one of 10 synapses"


def test_new_figures_are_those_of_pyplot() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    columns, dots = plot.connectivity(joined(1, 1))
    assert columns.figure is dots.figure is pyplot.gcf()
    pyplot.close("all")


def test_traces_draw_one_line_per_neuron() -> None:
    cells = snn.NeuronGroup(60, snn.LIF(I_e=200.0), name="cells")
    few = snn.StateMonitor(cells, ["V_m", "I_e"], [7, 3])
    many = snn.StateMonitor(cells, "V_m", True)
    snn.Network(cells, few, many).run(2.0)
    axes = plot.traces(few, ax=Figure().add_subplot())
    for line, index in zip(axes.get_lines(), (7, 3), strict=True):
        np.testing.assert_array_equal(line.get_data(), [few.t, few[index].V_m])
        assert line.get_label() == str(index)
    assert axes.get_ylabel() == "V_m (mV)"
    assert axes.get_legend() is not None
    assert plot.traces(few, "I_e", Figure().add_subplot()).get_ylabel() == "I_e (pA)"
    assert len(plot.traces(many, ax=Figure().add_subplot()).get_lines()) == 30
    with pytest.raises(UnknownNameError, match="unknown name 'g'; valid names are"):
        plot.traces(few, "g")


def test_traces_of_equations_are_in_the_units_they_are_stored_in() -> None:
    G = snn.NeuronGroup(2, "dv/dt = -v/(10*ms) : volt\nx : 1", threshold="x > 1", reset="x = 0")
    S = snn.Synapses(G, G, "w : amp", on_pre="x_post += w/amp")
    S.connect()
    cells, synapses = snn.StateMonitor(G, ["v", "x"], True), snn.StateMonitor(S, "w", True)
    snn.Network(G, S, cells, synapses).run(1.0)
    assert plot.traces(cells, "v", Figure().add_subplot()).get_ylabel() == "v (mV)"
    assert plot.traces(cells, "x", Figure().add_subplot()).get_ylabel() == "x"
    axes = plot.traces(synapses, ax=Figure().add_subplot())
    assert axes.get_ylabel() == "w (pA)"
    assert axes.get_legend().get_title().get_text() == "synapse"
