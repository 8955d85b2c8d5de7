"""Nothing that is given is ignored: each argument of each public name is read, and checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import distsnn as snn
from distsnn import Hz, ParameterError, ms, plot
from distsnn.errors import EquationError
from distsnn.front import dialect
from tests.public_objects import ERRORS, Everything

# No value of any argument.
NOTHING = object()
WRONG = (NOTHING, [NOTHING])
# A function of numpy, an error, and what rules are given, which nobody else makes.
OTHERS = {"exprel", "timestep", "BrianObjectException", "DimensionMismatchError", "Draws"}
# Functions of Brian 2 without meaning here, and those that take a function, whose errors are in
# `test_user_functions.py`: what else Brian's take is for code of other targets.
OTHERS |= {*dialect.__all__, "network_operation", "Function", "implementation"}


def equations() -> snn.NeuronGroup:
    return snn.NeuronGroup(3, "v : 1", threshold="v > 1")


def ready() -> snn.Synapses:
    cells = snn.NeuronGroup(3, snn.LIF())
    rule = snn.STDP(0.1, 0.1, w_max=3.0)
    made = snn.Synapses(cells, cells, snn.Exponential(5 * ms), weight=1.0, stdp=rule)
    made.connect()
    return made


def ran(*monitors: type) -> Any:
    """The monitor, or without any the network, after a step."""
    group = equations()
    made = [kind(group) for kind in monitors]
    net = snn.Network(group, made)
    net.run(0.1)
    return made[0] if made else net


def arguments_of(folder: Path) -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """What each public name and method is called with, as far as it must be."""
    every = Everything()
    files = every.files(folder)
    spikes, traces, weights = (folder / f"{name}.h5" for name in ("spikes", "traces", "weights"))
    group, synapses = equations(), ready()
    written = snn.Synapses(group, group, "w : 1")
    of_network = snn.Network(synapses.source.group, synapses)
    of_network.run(0.1)
    found: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "NeuronGroup": (snn.NeuronGroup, {"N": 3, "model": "v : 1"}),
        "PoissonGroup": (snn.PoissonGroup, {"N": 3, "rates": 1 * Hz}),
        "SpikeGeneratorGroup": (snn.SpikeGeneratorGroup, {"N": 3, "indices": [0], "times": [1.0]}),
        "Synapses": (type(written), {"source": group, "target": group, "model": "w : 1"}),
        "ready synapses": (
            type(synapses),
            {"source": synapses.source, "target": synapses.target, "weight": 1.0,
             "receptor": synapses.receptor},
        ),
        "StateMonitor": (snn.StateMonitor, {"source": group, "variables": "v", "record": True}),
        "SpikeMonitor": (snn.SpikeMonitor, {"source": group}),
        "EventMonitor": (snn.EventMonitor, {"source": group, "event": "spike"}),
        "Clock": (snn.Clock, {"dt": 1 * ms}),
        "PopulationRateMonitor": (snn.PopulationRateMonitor, {"source": group}),
        "WeightMonitor": (snn.WeightMonitor, {"synapses": synapses}),
        "PoissonInput": (
            snn.PoissonInput,
            {"target": group, "target_var": "v", "N": 3, "rate": 1 * Hz, "weight": 1.0},
        ),
        "Network": (lambda **given: snn.Network(group, **given), {}),
        "TimedArray": (snn.TimedArray, {"values": [1.0, 2.0], "dt": 1 * ms}),
        "Increment": (snn.Increment, {"variable": "v"}),
        "STDP": (snn.STDP, {"A_plus": 0.1, "A_minus": 0.1}),
        "VogelsSTDP": (snn.VogelsSTDP, {"eta": 0.1, "rho_0": 0.1}),
        "Exponential": (snn.Exponential, {"tau": 1.0}),
        "Alpha": (snn.Alpha, {"tau": 1.0}),
        "COBA": (snn.COBA, {"E": 0.0}),
        "Bernoulli": (snn.Bernoulli, {"p": 0.1}),
        "FixedIndegree": (snn.FixedIndegree, {"indegree": 1}),
        "FixedOutdegree": (snn.FixedOutdegree, {"outdegree": 1}),
        "FixedTotalNumber": (snn.FixedTotalNumber, {"number": 1}),
        "BernoulliByDistance": (
            snn.BernoulliByDistance,
            {"source": [0.0], "target": [1.0], "p": 0.5, "scale": 1.0},
        ),
        "Pairs": (snn.Pairs, {"i": [0], "j": [0]}),
        "Normal": (snn.Normal, {"mean": 1.0, "std": 1.0}),
        "LogNormal": (snn.LogNormal, {"mu": 1.0, "sigma": 1.0}),
        "Gamma": (snn.Gamma, {"shape": 1.0, "scale": 1.0}),
        "Poisson": (snn.Poisson, {"mean": 1.0}),
        "Binomial": (snn.Binomial, {"n": 3, "p": 0.5}),
        "Uniform": (snn.Uniform, {"low": 0.0, "high": 1.0}),
        "PerSource": (snn.PerSource, {"values": [1.0]}),
        "Parameter": (snn.Parameter, {"default": 1.0}),
        "RecordingFile": (snn.RecordingFile, {"path": "x.h5"}),
        "SpikeFile": (snn.SpikeFile, {}),
        "ReportFile": (snn.ReportFile, {}),
        "EdgeFile": (snn.EdgeFile, {}),
        "run": (snn.run, {"duration": 0.1}),
        "connect": (written.connect, {}),
        "Network.run": (ran().run, {"duration": 0.1}),
        "Network.save": (ran().save, {"path": folder / "state.h5"}),
        "Network.load": (ran().load, {"path": folder / "state.h5"}),
        "write_weights": (of_network.write_weights, {"to": folder / "more.h5"}),
        "set_spikes": (every.parts["spikes"].set_spikes, {"indices": [0], "times": [1.0]}),
        "smooth_rate": (ran(snn.PopulationRateMonitor).smooth_rate, {"width": 1.0}),
        "linked_var": (snn.linked_var, {"group_or_variable": every.parts["texts"], "name": "v"}),
        "timed array": (snn.TimedArray([[1.0, 2.0]], 1 * ms).__call__, {"t": 0.0, "i": 0}),
        "spikes of a file": (files["spike file"].spikes, {"group": "cells"}),
        "statistics of a file": (files["spike file"].statistics, {}),
        "traces of a file": (files["report file"].values, {"variable": "v"}),
        "edges of a file": (files["edge file"].edges, {}),
        "values of a file": (files["edge file"].values, {"name": "S", "value": "delay"}),
    }  # fmt: skip
    sources = {"traces": traces, "connectivity": weights, "weight_distribution": weights}
    for name in plot.__all__:
        function = getattr(plot, name)
        if inspect.isfunction(function):
            first = next(iter(inspect.signature(function).parameters))
            source = {first: sources.get(name, spikes)} if name != "require_drawable" else {}
            found[f"plot.{name}"] = function, source
    for name in snn.__all__:
        kind = getattr(snn, name)
        made = inspect.isclass(kind) and name not in ERRORS
        if (made or inspect.isfunction(kind)) and name not in OTHERS and name not in found:
            found[name] = kind, {}
    return found


def answer(call: Callable[..., Any], given: dict[str, Any]) -> str:
    """What is wrong with the answer to arguments of which one is no value of it."""
    try:
        call(**given)
    except snn.DistsnnError as error:
        return "it has several lines" if "\n" in str(error) else ""
    except Exception as error:  # noqa: BLE001 - whatever else it is, it is no answer to users
        return repr(error)
    return "it was taken"


def test_every_argument_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    others = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    wrong, n_checked = [], 0
    for name, (call, usual) in arguments_of(tmp_path).items():
        signature = inspect.signature(snn.Network if name == "Network" else call)
        for argument in signature.parameters.values():
            if argument.kind in others or argument.name == "self":
                continue
            for value in WRONG:
                said = answer(call, {**usual, argument.name: value})
                wrong += [(name, argument.name, value, said)] if said else []
                n_checked += 1
    assert not wrong, "\n".join(map(str, wrong))
    assert n_checked > 400


def test_names_of_methods_are_known_where_there_is_nothing_to_integrate() -> None:
    for make in (
        lambda: snn.NeuronGroup(3, "v : 1", method="eular"),
        lambda: snn.Synapses(equations(), model="w : 1", method="eular"),
        lambda: snn.NeuronGroup(3, snn.AdEx(method="eular")),
    ):
        with pytest.raises(EquationError, match=r"method='eular'.*Did you mean 'euler'"):
            make()


def test_one_value_in_a_list_is_one_for_all() -> None:
    """As in Brian 2."""
    group = snn.NeuronGroup(3, "x : 1\nk : integer", threshold="x > 100", name="G")
    lif = snn.NeuronGroup(2, snn.LIF(I_e=[300.0]), name="lif")
    made = snn.Synapses(group, group, "w : 1", on_pre="x_post += w", name="S")
    made.connect()
    static = ready()
    rates = snn.PoissonGroup(3, [10] * Hz, name="P")
    made.delay = [2] * ms
    snn.Network(group, lif, made, rates, static.source.group, static)
    group.x, group.k, made.w, static.w, lif.V_m = [3], [3], [3], [0.1], [-60]
    assert group.x.tolist() == group.k.tolist() == [3] * 3
    group.x[1:] = [7]
    made.w[0, :] = [5]
    assert group.x.tolist() == [3, 7, 7]
    assert made.w.tolist() == [5] * 3 + [3] * 6
    assert static.w.tolist() == [0.1] * 9
    assert lif.V_m.tolist() == [-60] * 2
    assert (rates.rates, lif.I_e.tolist()) == (0.01, [300.0] * 2)
    assert made.delay.tolist() == [2.0] * 9
    for wrong in ([1, 2], [[1]], []):
        with pytest.raises(ParameterError):
            group.x = wrong
