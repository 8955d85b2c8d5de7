"""Connections and values given as text do not depend on the number of ranks."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.edges import candidate_pairs, expression_edges
from distsnn.assemble.edges.candidate_pairs import find_candidates
from distsnn.assemble.edges.connections import ConnectEdges
from distsnn.assemble.edges.projection_edges import creation_order, draw_edges
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import Slice
from distsnn.errors import ConnectivityError, DistsnnError, ParameterError
from distsnn.exchange import run_loopback
from tests.connections import EXACT, OURS, RANDOM, SIZES, all_edges, name_of

COUNTS = (1, 2, 3, 4, 7)
KEY = (5, 6)
NAMES = {"bound": 3.5, "width": 3}
# "False" makes no rule to draw.
TEXTS = [a for a in (*EXACT, *RANDOM, *OURS) if a and a != {"condition": "False"}]


def bound_rule(arguments):
    source, target = snn.NeuronGroup(SIZES[0], "x : 1"), snn.NeuronGroup(SIZES[1], "y : 1")
    source.x, target.y = "i", "rand()"
    synapses = snn.Synapses(source, target, "w : 1", name="S")
    synapses.connect(**arguments, namespace=NAMES)
    description = NetworkDescription(
        tuple(
            g.describe(0.1).__class__(**{**vars(g.describe(0.1)), "name": f"g{n}"})
            for n, g in enumerate((source, target))
        )
    )
    slices = Slice(0, 0, SIZES[0]), Slice(1, 0, SIZES[1])
    return ConnectEdges(description, "S", "S", *slices, synapses._rules[0]).bound_rule


@pytest.mark.parametrize("arguments", TEXTS, ids=name_of)
def test_edges_do_not_depend_on_who_draws_them(arguments):
    rule = bound_rule(arguments)
    whole = all_edges(rule, *SIZES, None, KEY)
    whole = whole.taken(creation_order(rule, whole))
    for ranges in ([(0, 5)], [(0, 2)], [(2, 5)], [(0, 1), (3, 4)], []):
        for chunk in (32, 65536):
            parts = [
                np.stack([e.source, e.target, e.major, e.k])
                for e in draw_edges(rule, *SIZES, None, KEY, ranges, chunk)
            ]
            found = np.concatenate([*parts, np.empty((4, 0), dtype=np.int64)], axis=1)
            own = np.zeros(SIZES[1], dtype=bool)
            for low, high in ranges:
                own[low:high] = True
            mine = own[whole.target]
            wanted = np.stack([whole.source, whole.target, whole.major, whole.k])[:, mine]
            order = np.lexsort(found[[1, 3, 0, 2]])
            np.testing.assert_array_equal(
                found[:, order], wanted[:, np.lexsort(wanted[[1, 3, 0, 2]])]
            )


def network(connection, weight, delay):
    snn.start_scope()
    cells = snn.NeuronGroup(23, snn.LIF(), name="cells")
    cells.V_m = "-70*mV + rand()*15*mV"
    cells.I_e = 500.0
    receptor = snn.Exponential(tau=5.0)
    synapses = snn.Synapses(cells[:15], cells[3:], receptor, weight=weight, delay=delay, name="S")
    synapses.connect(**connection)
    spikes = snn.SpikeMonitor(cells)
    return snn.Network(cells, synapses, spikes, seed=4), synapses, spikes, cells


@pytest.mark.parametrize(
    ("connection", "weight", "delay"),
    [
        ({"condition": "i != j", "p": 0.3}, "20*pA*rand()", "(1+j)*0.1*ms"),
        ({"condition": "V_m_pre < V_m_post", "p": "0.5"}, "(V_m_post-V_m_pre)*pA/mV", "1*ms"),
        (
            {"j": "k for k in range(i-3, i+4) if i != k", "skip_if_invalid": True},
            "100*pA*exp(-(i-j)**2/8.0)",
            "(0.5+rand())*ms",
        ),
        ({"i": "k for k in sample(N_pre, size=5)"}, "30*pA + 5*pA*randn()", 0.5),
    ],
    ids=["condition", "variables", "range", "sample"],
)
def test_runs_are_the_same_on_all_numbers_of_ranks(connection, weight, delay):
    def job(world):
        made, synapses, spikes, cells = network(connection, weight, delay)
        made.run(30.0)
        return [
            np.asarray(a)
            for a in (
                spikes.t,
                spikes.i,
                cells.V_m,
                synapses.i,
                synapses.j,
                synapses.weight,
                synapses.delay,
            )
        ]

    first = None
    for count in COUNTS:
        for found in run_loopback(count, job):
            first = first or found
            assert [a.tobytes() for a in found] == [a.tobytes() for a in first]
    assert first[1].size > 10
    assert first[3].size > 10


@pytest.mark.parametrize("n_ranks", COUNTS)
def test_pairs_found_by_an_equation_are_the_same_on_all_ranks(monkeypatch, n_ranks):
    found = []

    def noted(*given):
        found.append(find_candidates(*given))
        return found[-1]

    def job(world):
        connection = {"condition": "i % 5 == j % 5 and i != j", "p": 0.7, "n": "1 + j % 2"}
        made, synapses, spikes, _ = network(connection, "20*pA*rand()", "(1+j)*0.1*ms")
        made.run(30.0)
        at = (spikes.t, spikes.i, synapses.i, synapses.j, synapses.weight, synapses.delay)
        return [np.asarray(a).tobytes() for a in at]

    (all_pairs,) = run_loopback(1, job)
    monkeypatch.setattr(candidate_pairs, "_FEWEST_PAIRS", 0)
    monkeypatch.setattr(candidate_pairs, "_WORTH", 0)
    monkeypatch.setattr(expression_edges, "find_candidates", noted)
    assert run_loopback(n_ranks, job) == [all_pairs] * n_ranks
    assert found
    assert None not in found


@pytest.mark.parametrize("count", COUNTS)
def test_errors_are_the_same_on_all_ranks(count):
    def job(world):
        found = []
        for arguments in (
            {"j": "i + 8"},
            {"i": "j + 3"},
            {"j": "i + int(V_m_pre/mV)"},
            {"j": "k for k in sample(N_post, size=99)"},
        ):
            try:
                network(arguments, 1.0, 1.0)[0].run(1.0)
            except DistsnnError as error:
                found.append((type(error), str(error)))
        for delay in ("(5-j)*ms", "9*second"):
            try:
                network({"condition": "i != j"}, 1.0, delay)[0].run(1.0)
            except DistsnnError as error:
                found.append((type(error), str(error)))
        return found

    results = run_loopback(count, job)
    assert all(found == results[0] for found in results)
    kinds = [kind for kind, _ in results[0]]
    assert kinds == 4 * [ConnectivityError] + 2 * [ParameterError]
    assert "j=20 lies outside the group for i=12" in results[0][0][1]
