"""Run a script of PyNEST with NEST or with distsnn, and say what its recorders have recorded.

``python run_script.py nest|distsnn ranks script.py out.json [folder]``. With distsnn, the import
lines of the script, and of files beside it or in the folder that it imports, are others; nothing
else is. On several ranks the number of virtual processes is a multiple of theirs, as NEST demands.
What scripts draw with numpy or `random` has one seed.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import random
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

IMPORTS = (
    (r"^(\s*)import nest$", r"\1import distsnn.nest as nest"),
    (r"^(\s*)import nest as (\w+)", r"\1import distsnn.nest as \2"),
    (r"^(\s*)import nest\.(\w+)", r"\1import distsnn.nest as nest, distsnn.nest.\2"),
    (r"^(\s*)from nest\b", r"\1from distsnn.nest"),
)
PROCESSES = re.compile(r"(total_num_virtual_procs\"?\s*[:=]\s*)([^,\n#=]+)")

# Numbers that scripts keep themselves, by expressions of their names.
KEPT = {
    "structural_plasticity.py": {
        "calcium": "example.mean_ca_e + example.mean_ca_i",
        "synapses": "example.total_connections_e + example.total_connections_i",
    },
}

# Scripts that learn for hours, and the time of the simulation (ms) after which they end here.
ENDS = {
    "eprop_supervised_classification_evidence-accumulation_bsshslm_2020.py": 2100.0,
    "eprop_supervised_regression_handwriting_bsshslm_2020.py": 2700.0,
    "eprop_supervised_regression_lemniscate_bsshslm_2020.py": 2700.0,
    "eprop_supervised_regression_sine-waves.py": 2100.0,
    "eprop_supervised_regression_sine-waves_bsshslm_2020.py": 2100.0,
}


class EndedError(Exception):
    """A script has simulated as long as it shall."""


def with_other_imports(text: str) -> str:
    for pattern, other in IMPORTS:
        text = re.sub(pattern, other, text, flags=re.MULTILINE)
    return text


def on_ranks(text: str, ranks: int) -> str:
    """The script with a number of virtual processes that ranks can share."""
    return PROCESSES.sub(rf"\1-(-(\2) // {ranks}) * {ranks}", text)


class Loader(importlib.machinery.SourceFileLoader):
    ranks = 1

    def get_code(self, fullname: str) -> Any:  # noqa: ARG002 - the interface of loaders
        text = Path(self.path).read_text(encoding="utf8")
        return compile(on_ranks(with_other_imports(text), self.ranks), self.path, "exec")


class Finder(importlib.abc.MetaPathFinder):
    def __init__(self, folders: list[Path]) -> None:
        self.folders = folders

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:  # noqa: ARG002 - the same
        for folder in self.folders:
            base = folder.joinpath(*fullname.split("."))
            for file in (base / "__init__.py", base.with_suffix(".py")):
                if file.exists():
                    package = file.name == "__init__.py"
                    found = importlib.machinery.ModuleSpec(
                        fullname, Loader(fullname, str(file)), origin=str(file), is_package=package
                    )
                    if package:
                        found.submodule_search_locations = [str(base)]
                    return found
        return None


def columns_of(node: Any) -> dict[str, Any]:
    """What a recorder has recorded, or a detector counted."""
    if "correlation" in node.get("model"):
        counts = node.get("count_histogram")
        return {"times": counts, "counts": counts}
    return node.get("events")


def recorded(nest: Any) -> dict[str, Any]:
    """Of each recorder the number of rows, and sums over each column; without one of connections.

    They are read at the end, and before each reset. Of those that write files the numbers count.
    """
    found = {}
    blocks = [node for node in nest.GetNodes() if node.get("element_type") == "recorder"]
    for node in blocks:
        if node.get("model") != "correlation_detector" and node.get("record_to") != "memory":
            found[str(node.global_id)] = {"n": int(node.get("n_events"))}
            continue
        columns = {
            name: [float(x) for x in column]
            for name, column in columns_of(node).items()
            # Of a weight_recorder: where NEST stores the connection.
            if name != "ports"
        }
        found[str(node.global_id)] = {
            "n": len(columns["times"]),
            **{name: sum(column) for name, column in columns.items()},
        }
    if not found and nest.network_size:
        found["connections"] = {"n": nest.num_connections}
        found["nodes"] = {"n": nest.network_size}
        if nest.network_size < 100:
            neurons = [n for n in nest.GetNodes() if n.get("element_type") == "neuron"]
            found["nodes"]["V_m"] = sum(n.V_m for n in neurons)
    return found


def reading_before_resets(nest: Any, found: list[dict[str, Any]]) -> None:
    """Let ``ResetKernel`` add what was recorded to a list."""
    reset = nest.ResetKernel

    def read_and_reset() -> None:
        now = recorded(nest)
        if now:
            found.append(now)
        reset()

    vars(nest)["ResetKernel"] = read_and_reset


def ending_after(nest: Any, left: float) -> None:
    """Let ``Simulate`` end the script after so many ms."""
    simulate = nest.Simulate

    def simulate_and_end(t: float) -> None:
        nonlocal left
        simulate(min(t, left))
        left -= t
        if left <= 0:
            raise EndedError

    vars(nest)["Simulate"] = simulate_and_end


def main() -> None:
    simulator, ranks, script, out = sys.argv[1], int(sys.argv[2]), *map(Path, sys.argv[3:5])
    text = on_ranks(script.read_text(encoding="utf8"), ranks)
    folders = [script.parent, *map(Path, sys.argv[5:])]
    sys.path[:0] = map(str, folders)
    if simulator == "distsnn":
        Loader.ranks = ranks
        sys.meta_path.insert(0, Finder(folders))
        text = with_other_imports(text)
    sys.argv = [str(script)]
    os.environ["MPLBACKEND"] = "Agg"
    nest = importlib.import_module("nest" if simulator == "nest" else "distsnn.nest")
    assert nest.num_processes == ranks, "the ranks do not know of each other"
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - the generator of scripts
    found: list[dict[str, Any]] = []
    reading_before_resets(nest, found)
    if script.name in ENDS:
        ending_after(nest, ENDS[script.name])
    names: dict[str, Any] = {"__name__": "__main__", "__file__": str(script)}
    with contextlib.suppress(EndedError):
        exec(compile(text, str(script), "exec"), names)
    found.append(recorded(nest))
    for name, expression in KEPT.get(script.name, {}).items():
        numbers = map(float, eval(expression, names))
        found[-1][name] = dict(enumerate(numbers))
    if nest.Rank() == 0:
        out.write_text(json.dumps(found), encoding="utf8")


if __name__ == "__main__":
    main()
