"""The digest changes when anything changes, and with nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.describe.groups import NeuronDescription, PoissonDescription
from distsnn.describe.models.lif_models import LIF
from distsnn.describe.network_description import NetworkDescription
from distsnn.errors import ParameterError

BASE: dict[str, Any] = {
    "dt": 0.1,
    "seed": 1,
    "N": 10,
    "name": "cells",
    "C_m": 250.0,
    "tau_m": 10.0,
    "E_L": -70.0,
    "V_th": -55.0,
    "V_reset": -70.0,
    "t_ref": 2.0,
    "I_e": 0.0,
    "assigned": (2, 5, 1.0),
    "tau": 3.0,
    "output": snn.CUBA(),
    "receptor_name": None,
    "source": (0, 10),
    "target": (0, 10),
    "weight": 1.0,
    "delay": 1.0,
    "rule": snn.FixedIndegree(3),
    "synapses_name": "S",
    "times": (1.0, 2.0),
    "indices": (0, 1),
    "rates": 0.01,
    "input": (100, 0.01, 2.0),
    "input_name": "noise",
    "input_target": (0, 10),
}
CHANGES: list[dict[str, Any]] = [
    {"dt": 0.2},
    {"seed": 2},
    {"N": 11},
    {"name": "others"},
    {"C_m": 251.0},
    {"tau_m": 11.0},
    {"E_L": -71.0},
    {"V_th": -54.0},
    {"V_reset": -69.0},
    {"t_ref": 2.1},
    {"I_e": 1e-300},
    {"I_e": np.zeros(10)},
    {"I_e": np.arange(10.0)},
    {"I_e": snn.Uniform(0.0, 0.0)},
    {"I_e": snn.Normal(0.0, 0.0)},
    {"I_e": snn.Normal(0.0, 0.0, low=-1.0)},
    {"I_e": snn.LogNormal(0.0, 0.0)},
    {"I_e": -0.0},
    {"assigned": (2, 6, 1.0)},
    {"assigned": (1, 5, 1.0)},
    {"assigned": (2, 5, 2.0)},
    {"assigned": (2, 5, np.array([1.0, 1.0, 1.0]))},
    {"tau": 3.0000000000000004},
    {"output": snn.COBA(0.0)},
    {"output": snn.COBA(1.0)},
    {"receptor_name": "exc"},
    {"source": (0, 9)},
    {"source": (1, 10)},
    {"target": (0, 9)},
    {"weight": 2.0},
    {"weight": snn.Normal(1.0, 0.1)},
    {"weight": snn.Normal(1.0, 0.2)},
    {"weight": snn.Normal(1.0, 0.1, high=5.0)},
    {"delay": 1.1},
    {"delay": snn.Uniform(1.0, 2.0)},
    {"rule": snn.FixedIndegree(4)},
    {"rule": snn.FixedIndegree(3, autapses=False)},
    {"rule": snn.FixedIndegree(3, multapses=False)},
    {"rule": snn.FixedOutdegree(3)},
    {"rule": snn.FixedTotalNumber(30)},
    {"rule": snn.Bernoulli(0.3)},
    {"rule": snn.AllToAll()},
    {"rule": snn.AllToAll(autapses=False)},
    {"rule": snn.OneToOne()},
    {"rule": snn.Pairs([0, 1], [1, 0])},
    {"rule": snn.Pairs([0, 1], [0, 1])},
    {"synapses_name": "T"},
    {"times": (1.0, 2.5)},
    {"indices": (1, 1)},
    {"rates": 0.02},
    {"rates": np.array([0.01, 0.02])},
    {"input": (101, 0.01, 2.0)},
    {"input": (100, 0.02, 2.0)},
    {"input": (100, 0.01, 2.5)},
    {"input_name": "other"},
    {"input_target": (0, 5)},
]


def network(**changes: Any) -> snn.Network:
    p = {**BASE, **changes}
    cells = snn.NeuronGroup(
        p["N"],
        snn.LIF(**{n: p[n] for n in ("C_m", "tau_m", "E_L", "V_th", "V_reset", "t_ref", "I_e")}),
        name=p["name"],
    )
    start, stop, value = p["assigned"]
    cells[start:stop].I_e = value
    receptor = snn.Exponential(p["tau"], p["output"], name=p["receptor_name"])
    synapses = snn.Synapses(
        cells[slice(*p["source"])],
        cells[slice(*p["target"])],
        receptor,
        weight=p["weight"],
        delay=p["delay"],
        name=p["synapses_name"],
    )
    synapses.connect(p["rule"])
    given = snn.SpikeGeneratorGroup(2, p["indices"], p["times"], name="given")
    poisson = snn.PoissonGroup(2, p["rates"], name="poisson")
    number, rate, weight = p["input"]
    noise = snn.PoissonInput(
        cells[slice(*p["input_target"])],
        receptor,
        N=number,
        rate=rate,
        weight=weight,
        name=p["input_name"],
    )
    return snn.Network(cells, given, poisson, synapses, noise, dt=p["dt"], seed=p["seed"])


def test_any_change_changes_the_digest() -> None:
    digests = {"nothing": network().description.digest}
    for change in CHANGES:
        digests[repr(change)] = network(**change).description.digest
    assert len(set(digests.values())) == len(digests)
    assert all(len(digest) == 64 for digest in digests.values())


@pytest.mark.parametrize(
    "change",
    [
        {"I_e": 0},
        {"tau": 3},
        {"weight": np.float32(1.0)},
        {"times": [1.0, 2.0]},
        {"rule": snn.FixedIndegree(np.int32(3))},
        {"seed": np.int64(1)},
        {"assigned": (2, 5, 1)},
        {"output": snn.CUBA()},
    ],
)
def test_other_spellings_do_not(change: dict[str, Any]) -> None:
    assert network(**change).description.digest == network().description.digest


def test_the_digest_is_the_same_in_every_process() -> None:
    script = (
        "import distsnn as snn\n"
        "cells = snn.NeuronGroup(3, snn.LIF(), name='cells')\n"
        "print(snn.Network(cells, seed=5).description.digest)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
        ).stdout
        for seed in ("1", "2")
    }
    cells = snn.NeuronGroup(3, snn.LIF(), name="cells")
    assert found == {snn.Network(cells, seed=5).description.digest + "\n"}


def test_gids_follow_each_other() -> None:
    description = network().description
    assert description.first_gids == (0, 10, 12)
    assert description.size == 14
    assert description.cuts(0) == (0, 2, 5, 10)
    assert description.cuts(1) == (0, 2)


def described(*names: str) -> Callable[[], NetworkDescription]:
    return lambda: NetworkDescription(tuple(NeuronDescription(n, 2, LIF()) for n in names))


def test_names_are_unique() -> None:
    with pytest.raises(ParameterError, match=r"^Network: two objects are named 'a'; ") as caught:
        described("a", "b", "a")()
    assert caught.value.name == "a"
    described("a", "b")()


def test_gids_have_32_bits() -> None:
    NetworkDescription((PoissonDescription("a", 2**32 - 1, 0.0),))
    with pytest.raises(ParameterError, match="gids have 32 bits"):
        NetworkDescription((PoissonDescription("a", 2**32, 0.0),))
