"""Is any example script of Brian 2 slower here? ``python -m benchmarks.brian_examples FOLDER``.

FOLDER is ``examples`` of Brian's repository; names of scripts behind it choose some. Each script
runs in turn with distsnn and with Brian 2's target numpy, in processes that have imported
everything, with ``--cython`` with this too where numpy takes more than ``--least`` seconds (below,
nearly all is what both targets do alike before the first step). With ``--standalone`` scripts that
set Brian's device cpp_standalone run with this too, and what counts is the time of the program
that it has compiled. Every call of ``run()`` is
shortened (``--most`` ms), and its wall time counts, preparing included, with ``--cpu`` the CPU time
of the process and of those that it starts. Of scripts whose networks run in other processes all
counts. Caches must be warm: ``--warm`` runs everything twice and counts the second time.
``--minutes`` ends early, between two scripts.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import shutil
import statistics
import sys
import tempfile
import types
import warnings
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import brian2
import numpy as np
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

import distsnn
import distsnn.brian
from tests.conformance.brian_examples.run_script import changed_imports, shorten

LISTS = Path(__file__).parents[1] / "tests/conformance/brian_examples/examples.json"
STANDALONE = "cpp_standalone"
RUNS: dict[str, Any] = {
    "distsnn": distsnn.Network,
    "numpy": brian2.Network,
    "cython": brian2.Network,
    STANDALONE: CPPStandaloneDevice,
}


def times_now() -> np.ndarray:
    """Wall and CPU time (s), this with that of processes which this one started and that ended."""
    return np.array([perf_counter(), process_time() + sum(os.times()[2:4])])


def count_time(network: Any, found: list[np.ndarray]) -> None:
    """Note wall and CPU time of each call of `run`."""
    run = network.run

    def timed(self: Any, *given: Any, **named: Any) -> Any:
        begin = times_now()
        try:
            return run(self, *given, **named)
        finally:
            found.append(times_now() - begin)

    network.run = timed


def in_this_process(script: Path, way: str, most: float) -> tuple[float, float]:
    """Wall and CPU time (s) of all calls of `run` of a script, or of the program it compiles."""
    module: Any = distsnn.brian if way == "distsnn" else brian2
    text = script.read_text(encoding="utf8")
    if way != "distsnn":
        brian2.BrianLogger.log_level_error()
    if way in {"numpy", "cython"}:
        brian2.prefs.codegen.target = way
        # Programs of C++ would be compiled anew each time.
        brian2.set_device = brian2.devices.device.set_device = lambda *_, **__: None
        brian2.device.build = lambda *_, **__: None
    found: list[np.ndarray] = []
    count_time(RUNS[way], found)
    shorten(distsnn if way == "distsnn" else brian2, most)
    np.random.seed(1)  # noqa: NPY002 - the generator of scripts
    sys.path.insert(0, str(script.parent))
    copied = tempfile.mkdtemp() if way == STANDALONE else ""
    if copied:
        # Scripts write their programs beside them.
        script = Path(shutil.copytree(script.parent, copied, dirs_exist_ok=True), script.name)
    sys.argv = [str(script)]
    os.chdir(script.parent)
    sys.modules["__main__"] = main_module = types.ModuleType("__main__")
    main_module.__file__ = str(script)
    code = compile(changed_imports(text) if module is distsnn.brian else text, str(script), "exec")
    begin, stopped = times_now(), False
    try:
        exec(code, vars(main_module))
    except Exception:  # noqa: BLE001 - in pictures of runs that are shorter than they expect
        stopped = True
    shutil.rmtree(copied, ignore_errors=True)
    if stopped and not found:
        # Before anything has run.
        return 0.0, 0.0
    wall, cpu = np.sum(found, axis=0) if found else times_now() - begin
    return float(wall), float(cpu)


def in_a_fork(script: Path, way: str, most: float) -> tuple[float, float] | None:
    """The same in a process of its own; None if it ran nothing."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        try:
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(io.StringIO()):
                os.write(write, json.dumps(in_this_process(script, way, most)).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    wall, cpu = json.loads(data) if data else (0.0, 0.0)
    return (wall, cpu) if wall else None


def main() -> None:
    """Print a row for each script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--most", type=float, default=50.0)
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument("--warm", action="store_true")
    parser.add_argument("--cython", action="store_true")
    parser.add_argument("--standalone", action="store_true")
    parser.add_argument("--least", type=float, default=1.0)
    parser.add_argument("--cpu", action="store_true", help="CPU time in place of wall time")
    given = parser.parse_args()
    ways = ["distsnn", "numpy", *(["cython"] if given.cython else [])]
    ways += [STANDALONE] if given.standalone else []
    lists = json.loads(LISTS.read_text(encoding="utf8"))
    begin, ratios, slower = perf_counter(), list[float](), list[str]()
    print("| script | " + " | ".join(f"{way} s" for way in ways) + " | best of Brian / distsnn |")
    print("| --- " * (len(ways) + 2) + "|")
    for name in given.names or [*lists["equal"], *lists["random"]]:
        if perf_counter() - begin > 60 * given.minutes:
            print(f"the {given.minutes:g} minutes are over before {name}")
            break
        script = (given.folder / name).resolve()
        times: dict[str, float] = {}
        for way in ways:
            if way == "cython" and times.get("numpy", given.least) < given.least:
                continue
            if way == STANDALONE and STANDALONE not in script.read_text(encoding="utf8"):
                continue
            # The target numpy keeps nothing.
            if given.warm and way not in {"numpy", STANDALONE}:
                in_a_fork(script, way, given.most)
            found = in_a_fork(script, way, given.most)
            if found is not None:
                times[way] = found[given.cpu]
        if "distsnn" not in times or len(times) == 1:
            continue
        ratio = min(times[way] for way in ways[1:] if way in times) / times["distsnn"]
        ratios.append(ratio)
        slower += [name] if ratio < 1 else []
        shown = " | ".join(f"{times[way]:.3f}" if way in times else "-" for way in ways)
        print(f"| {name} | {shown} | {ratio:.2f} |", flush=True)
    if ratios:
        print(f"median {statistics.median(ratios):.2f}; slower here: {', '.join(slower) or 'none'}")


if __name__ == "__main__":
    main()
