"""Groups and slices: reading and setting what they hold."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn


def test_slices_of_slices() -> None:
    cells = snn.NeuronGroup(20, snn.LIF(), name="cells")
    assert (cells[3:15][2:5].start, cells[3:15][2:5].stop) == (5, 8)
    assert (len(cells[:]), len(cells[-4:]), len(cells[3]), len(cells[-1])) == (20, 4, 1, 1)
    assert cells[-1].start == 19
    assert cells[-4:-1].stop == 19
    assert (cells[3:15].name, cells[:].name) == ("cells[3:15]", "cells")
    assert cells[3:15].N == 12


def test_values_before_and_after_runs() -> None:
    cells = snn.NeuronGroup(6, snn.LIF(E_L=-65.0, tau_m=snn.Uniform(5.0, 10.0)), name="cells")
    cells[:2].V_m = [-60.0, -61.0]
    net = snn.Network(cells, seed=1)
    assert cells.V_m.tolist() == [-60.0, -61.0] + [-65.0] * 4
    assert cells[1:3].V_m.tolist() == [-61.0, -65.0]
    assert cells.C_m.tolist() == [250.0] * 6
    tau_m = cells.tau_m
    assert np.unique(tau_m).size == 6
    net.run(0.1)
    assert np.array_equal(cells.tau_m, tau_m)
    decay = np.exp(-0.1 / tau_m)
    expected = -65.0 + (np.array([-60.0, -61.0, -65.0, -65.0, -65.0, -65.0]) + 65.0) * decay
    np.testing.assert_allclose(cells.V_m, expected, rtol=1e-14)
    cells[4:].V_m = -55.5
    assert cells.V_m[4:].tolist() == [-55.5, -55.5]
    np.testing.assert_allclose(cells.V_m[:4], expected[:4], rtol=1e-14)


def test_items_of_what_is_read_write_through() -> None:
    cells = snn.NeuronGroup(3, snn.LIF(), name="cells")
    net = snn.Network(cells)
    for value in (-60.0, -65.0):
        values = cells.V_m
        values[:] = value
        np.testing.assert_array_equal(cells.V_m, value)
        plain = values + 1.0
        plain[:] = 7.0
        np.testing.assert_array_equal(cells.V_m, value)
        net.run(0.1)


def test_receptor_variables() -> None:
    cells = snn.NeuronGroup(3, snn.LIF(), name="cells")
    exc, inh = snn.Exponential(2.0, name="exc"), snn.Exponential(4.0, snn.COBA(-80.0))
    for receptor in (exc, inh, exc):
        snn.Synapses(cells, cells, receptor, weight=1.0)
    assert cells.variables()["I_syn_exc"] == "pA"
    assert cells.variables()["g"] == "nS"
    cells.I_syn_exc = [1.0, 2.0, 3.0]
    cells.g = 5.0
    net = snn.Network(cells)
    assert cells.g.tolist() == [5.0] * 3
    net.run(1.0)
    np.testing.assert_allclose(cells.I_syn_exc, np.array([1.0, 2.0, 3.0]) * np.exp(-0.5))
    np.testing.assert_allclose(cells.g, 5.0 * np.exp(-0.25))


def test_parameters_between_runs() -> None:
    cells = snn.NeuronGroup(3, snn.LIF(I_e=[100.0, 200.0, 300.0]), name="cells")
    net = snn.Network(cells)
    net.run(1000.0)
    np.testing.assert_allclose(cells.V_m, -70.0 + np.array([4.0, 8.0, 12.0]), rtol=1e-12)
    cells.I_e = 50.0
    cells.E_L = -60.0
    assert cells.I_e.tolist() == [50.0] * 3
    net.run(1000.0)
    np.testing.assert_allclose(cells.V_m, -58.0, rtol=1e-12)
    cells[1:].I_e = [0.0, 25.0]
    net.run(1000.0)
    np.testing.assert_allclose(cells.V_m, [-58.0, -60.0, -59.0], rtol=1e-12)


def test_assignments_in_a_loop_are_not_piled_up() -> None:
    cells = snn.NeuronGroup(3, snn.LIF(I_e=[1.0, 2.0, 3.0]), name="cells")
    for n in range(20):
        cells.I_e = float(n)
        cells[:2].V_m = snn.Uniform(-60.0, -59.0)
        cells[2:].V_m = -61.0
    assert len(cells.describe().assignments) == 3
    for n in range(4):
        for k in range(3):
            cells[k].I_e = float(n)
    assert [a.start for a in cells.describe().assignments if a.variable == "I_e"] == [0, 0, 1, 2]
    cells.I_e = 1.0
    assert [a.start for a in cells.describe().assignments if a.variable == "I_e"] == [0]


def test_each_assignment_draws_anew() -> None:
    cells = snn.NeuronGroup(3, snn.LIF(), name="cells")
    net = snn.Network(cells, seed=1)
    found = []
    for _ in range(3):
        cells.V_m = snn.Uniform(-70.0, -60.0)
        found.append(cells.V_m.tobytes())
        net.run(0.0)
    assert len(set(found)) == 3


@pytest.mark.parametrize("after_run", [False, True])
def test_large_and_small_integers_are_numbers(after_run: bool) -> None:
    cells = snn.NeuronGroup(3, snn.LIF(I_e=[1, 2, 3]), name="cells")
    net = snn.Network(cells)
    if after_run:
        net.run(0.1)
    cells.I_e = np.array([1, 2, 3], dtype=np.int8)
    assert cells.I_e.dtype == np.float64


def test_texts_of_slices_count_from_their_first_neuron() -> None:
    G = snn.NeuronGroup(6, "v : 1\nx : 1\nu : volt")
    G.x = "0.3*i"
    H = G[1:4]
    assert H.i.tolist() == [0, 1, 2]
    H.v = "i + 10*N + x"
    assert G.v.tolist() == pytest.approx([0, 30.3, 31.6, 32.9, 0, 0])
    H.v["i < 2 and x > 0.5"] = "-i"
    assert G.v.tolist() == pytest.approx([0, 30.3, -1, 32.9, 0, 0])
    H.v[0], H.v[-1], H.v[1:2] = 5, "i + 7", 3
    assert G.v.tolist() == [0, 5, 3, 9, 0, 0]
    H[1:].v = "i"
    G.v[4:] = "i"
    assert G.v.tolist() == [0, 5, 0, 1, 4, 5]
    H.u["i > 0"] = 4 * snn.mV
    assert G.u.tolist() == [0, 0, 4, 4, 0, 0]
    G.v["i > 3"] = 1
    assert (G.v[4:] == 1).all()
