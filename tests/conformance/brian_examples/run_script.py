"""Runs a script of Brian 2 with its import line changed, and writes what it has computed.

    python -m tests.conformance.brian_examples.run_script SCRIPT OUT [OPTIONS]

OUT is a file of numpy with the arrays of all monitors, in the order in which they were made, and
the variables of the groups and synapses that are there at the end; where monitors have nothing
here, because other processes run the networks, the arrays that the script has computed. Of a job
of several ranks the first one writes it. A script that stops with an error leaves what there is by
then, and the error.
``--most`` shortens every call of `run` to this biological time; ``--set`` gives a constant of the
script another value; ``--seed`` lets it draw other numbers; ``--ranks`` says how many run it;
``--brian`` leaves the script to Brian 2 itself, with its numpy target.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import re
import shutil
import sys
import tempfile
import traceback
import types
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from distsnn.exchange import current_world

IMPORTS = re.compile(r"^(\s*(?:from|import)\s+)brian2\b", re.MULTILINE)
# What stands in for names that a script imports from Brian 2 by a plain ``import brian2``.
PLAIN = re.compile(r"^(\s*)import brian2\s*$", re.MULTILINE)


def changed_imports(text: str) -> str:
    """The script with another import line."""
    text = PLAIN.sub(r"\1import distsnn.brian as brian2", text)
    return IMPORTS.sub(r"\1distsnn.brian", text)


def with_constant(text: str, given: str) -> str:
    """The script with another value of a constant (``NAME=value``)."""
    name, value = given.split("=")
    line = rf"^(\s*{name} = ).*$"
    changed, n = re.subn(line, lambda found: found[1] + value, text, flags=re.MULTILINE)
    assert n == 1, given
    return changed


MONITORS = "SpikeMonitor", "StateMonitor", "PopulationRateMonitor"
GROUPS = "NeuronGroup", "Synapses"
# Those with a unit among them.
NUMBERS = int, float, np.number, np.ndarray
# Synapses between more pairs of neurons are left out.
MOST_PAIRS = 1_000_000


def remember(module: Any, monitors: list[Any], groups: list[Any]) -> None:
    """Keep every monitor that the script makes, and note its groups and synapses."""
    kinds = [getattr(module, name) for name in (*MONITORS, *GROUPS)]
    # A class of which `Synapses` makes objects.
    kinds += [kind for kind in kinds[-1].__subclasses__() if "__init__" in vars(kind)]
    for kind in kinds:
        begin = kind.__init__

        def init(self: Any, *given: Any, _begin: Any = begin, **named: Any) -> None:
            _begin(self, *given, **named)
            if type(self).__name__ in MONITORS:
                monitors.append(self)
            elif all(known() is not self for known in groups):
                groups.append(weakref.ref(self))

        kind.__init__ = init


def reseed(module: Any, offset: int) -> None:
    """Let the script draw other numbers than it would."""
    given = module.seed

    def seed(number: int | None = None) -> None:
        given(offset if number is None else number + offset)

    module.seed = seed
    seed()


def shorten(module: Any, most: float) -> None:
    """Let each run last at most some ms."""
    run = module.Network.run

    def short_run(self: Any, duration: Any, *given: Any, **named: Any) -> Any:
        named.setdefault("namespace", None)
        if named["namespace"] is None:
            named["namespace"] = _names_of_caller()
        return run(self, min(duration, most * module.ms), *given, **named)

    module.Network.run = short_run


def _names_of_caller() -> dict[str, Any]:
    """The names that the script sees where it calls `run`."""
    frame: Any = sys._getframe(2)
    while frame.f_code.co_filename != sys.argv[0]:
        frame = frame.f_back
    return {**frame.f_globals, **frame.f_locals}


def arrays_of(monitor: Any) -> dict[str, Any]:
    """What a monitor has recorded, in SI units."""
    kind = type(monitor).__name__
    try:
        found = {"t": np.asarray(monitor.t_)}
    except NotImplementedError:
        # Of a program that other processes have run.
        return {}
    if kind == "SpikeMonitor":
        found["i"] = np.asarray(monitor.i[:])
    if kind == "PopulationRateMonitor":
        found["rate"] = np.asarray(monitor.rate_)
    if kind == "StateMonitor":
        for name in monitor.record_variables:
            found[name] = np.asarray(getattr(monitor, f"{name}_"))
    return found


def states_of(group: Any) -> dict[str, Any]:
    """The variables of a group, or of synapses that are not too many, in SI units."""
    joins = hasattr(group, "connect")
    if joins and len(group.source) * len(group.target) > MOST_PAIRS:
        return {}
    try:
        ends = {x: np.asarray(getattr(group, x)[:]) for x in "ij"} if joins else {}
        found = {**ends, **group.get_states(units=False, read_only_variables=False)}
    except NotImplementedError:
        # Of a program of C++ that has not run.
        return {}
    found = {name: np.asarray(values) for name, values in found.items()}
    if not ends:
        return found
    # The order of synapses is nobody's promise.
    order = np.lexsort((ends["j"], ends["i"]))
    return {n: x[order] if x.shape == order.shape else x for n, x in found.items()}


def results_of(script: types.ModuleType) -> dict[str, Any]:
    """The arrays of numbers among the variables of a script, and those in its lists."""
    found = {}
    for name, given in vars(script).items():
        value, several = given, isinstance(given, list)
        if several and all(isinstance(one, NUMBERS) and np.ndim(one) == 0 for one in given):
            value, several = np.asarray(given, dtype=np.float64), False
        for n, one in enumerate(given if several else [value]):
            for k, part in enumerate(one if isinstance(one, tuple) else [one]):
                if isinstance(part, np.ndarray) and part.ndim and part.dtype.kind in "bif":
                    found[f"{n:03d} Result {name} {k}"] = np.asarray(part)
    return found


def arrays_after(
    code: Any, script: types.ModuleType, monitors: list[Any], groups: list[Any]
) -> dict[str, Any]:
    """Run a script; what it has computed."""
    arrays: dict[str, Any] = {}
    try:
        exec(code, vars(script))
    except Exception as error:  # noqa: BLE001 - whatever a script raises
        traceback.print_exc()
        arrays["stopped"] = np.array(f"{type(error).__name__}: {error}")
    for number, monitor in enumerate(monitors):
        for name, values in arrays_of(monitor).items():
            arrays[f"{number:03d} {type(monitor).__name__} {name}"] = values
    if not any(values.size for name, values in arrays.items() if name != "stopped"):
        arrays |= results_of(script)
    # When garbage is collected is nobody's promise either.
    gc.collect()
    alive = [(number, group()) for number, group in enumerate(groups) if group() is not None]
    for number, group in alive:
        kind = "Synapses" if hasattr(group, "connect") else "Group"
        for name, values in states_of(group).items():
            arrays[f"{number:03d} {kind} {name}"] = values
    return arrays


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("script", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--brian", action="store_true")
    parser.add_argument("--most", type=float, default=0.0)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ranks", type=int, default=1)
    given = parser.parse_args()
    assert current_world().size == given.ranks, "the ranks do not know of each other"
    script, out = given.script.resolve(), given.out.resolve()
    module = importlib.import_module("brian2" if given.brian else "distsnn.brian")
    if given.brian:
        module.prefs.codegen.target = "numpy"
    monitors: list[Any] = []
    groups: list[Any] = []
    remember(module, monitors, groups)
    if given.most:
        # Numbers in ms reach the class without units.
        shorten(importlib.import_module("brian2" if given.brian else "distsnn"), given.most)
    text = script.read_text(encoding="utf8")
    for constant in given.set:
        text = with_constant(text, constant)
    # Numbers that scripts draw themselves are the same under both.
    np.random.seed(1)  # noqa: NPY002 - the generator of scripts
    if given.seed:
        reseed(module, given.seed)
    sys.argv = [str(script)]
    sys.path.insert(0, str(script.parent))
    copied = tempfile.TemporaryDirectory()
    if given.brian:
        # Some scripts have programs of C++ written beside them.
        shutil.copytree(script.parent, copied.name, dirs_exist_ok=True)
    os.chdir(copied.name if given.brian else script.parent)
    # Scripts that start processes look for their functions in the main module.
    sys.modules["__main__"] = main_module = types.ModuleType("__main__")
    main_module.__file__ = str(script)
    code = compile(text if given.brian else changed_imports(text), str(script), "exec")
    arrays = arrays_after(code, main_module, monitors, groups)
    if given.brian or current_world().rank == 0:
        np.savez_compressed(out, **arrays)
    os.chdir(out.parent)
    copied.cleanup()


if __name__ == "__main__":
    main()
