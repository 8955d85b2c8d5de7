"""Runs example scripts under Brian 2 or distsnn and saves what they found; not a test itself.

``python seed_script.py brian2 folder one.py other.py`` writes ``folder/one-brian2.npz`` and so on,
of one script after the other, each of which begins with `start_scope`. It replaces the line of the
star and nothing else. All monitors and synapses that have a name in the script are saved: times in
steps, other values as each simulator holds them, in units of ms.
"""

from __future__ import annotations

import re
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

STAR = "from distsnn import *"
VARIABLES = ("w", "apre", "apost")


def source_for(script: Path, simulator: str) -> str:
    """The text of a script, importing another simulator."""
    text = script.read_text(encoding="utf8")
    assert len(re.findall(rf"^{re.escape(STAR)}$", text, re.MULTILINE)) == 1
    return text.replace(STAR, f"from {simulator} import *")


def results(names: dict[str, Any], second: float) -> dict[str, np.ndarray]:
    """What monitors and synapses among `names` hold; `second` is the simulator's."""
    found = {}
    for name, item in names.items():
        kind = [base.__name__ for base in type(item).__mro__]
        if "SpikeMonitor" in kind:
            order = np.lexsort((np.asarray(item.i), np.asarray(item.t)))
            found[f"{name} i"] = np.asarray(item.i)[order]
            found[f"{name} step"] = np.rint(np.asarray(item.t)[order] / second * 1e4)
        elif "StateMonitor" in kind:
            for variable in item.record_variables:
                found[f"{name} {variable}"] = np.asarray(getattr(item, variable))
            found[f"{name} step"] = np.rint(np.asarray(item.t) / second * 1e4)
        elif "Synapses" in kind:
            found[f"{name} i"], found[f"{name} j"] = np.asarray(item.i), np.asarray(item.j)
            for variable in VARIABLES:
                if hasattr(item, variable):
                    found[f"{name} {variable}"] = np.asarray(getattr(item, variable))
            if hasattr(item, "delay"):
                found[f"{name} delay"] = np.rint(np.asarray(item.delay) / second * 1e4)
    return found


def execute(script: Path, simulator: str) -> dict[str, np.ndarray]:
    """Run a script; its results."""
    import matplotlib as mpl

    mpl.use("Agg")
    warnings.simplefilter("ignore")
    second = 1000.0
    if simulator == "brian2":
        import brian2

        brian2.prefs.codegen.target = "numpy"
        second = 1.0
    names: dict[str, Any] = {"__name__": "__main__", "__file__": str(script)}
    exec(compile(source_for(script, simulator), str(script), "exec"), names)
    return results(names, second)


if __name__ == "__main__":
    import matplotlib.pyplot as plt

    simulator, folder = sys.argv[1:3]
    for script in map(Path, sys.argv[3:]):
        np.savez(f"{folder}/{script.stem}-{simulator}.npz", **execute(script, simulator))
        plt.close("all")
