"""The example scripts of Brian 2 run as they stand, with the import line changed.

DISTSNN_BRIAN_EXAMPLES names the folder ``examples`` of Brian's repository. Every call of `run` is
shortened to 50 ms. `examples.json` says which scripts are deterministic and equal what Brian 2
computes, which draw random numbers, which have neurons of several compartments, which are parts of
others, and which stop, with the reason; and which constants make a script shorter. On 2 and 3 ranks
all of them have the bits of one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t as student

FOLDER = os.environ.get("DISTSNN_BRIAN_EXAMPLES", "")
HERE = Path(__file__).parent / "brian_examples"
LISTS = json.loads((HERE / "examples.json").read_text(encoding="utf8"))
RUNNER = "tests.conformance.brian_examples.run_script"
# Runs of a random script, each with another seed.
SEEDS = 4

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FOLDER, reason="DISTSNN_BRIAN_EXAMPLES is not set"),
    # Eight runs of a script, which Brian 2 compiles anew; one of them does so 36 times in each.
    pytest.mark.timeout(3600),
]
Arrays = dict[str, np.ndarray]


def arrays_of(name: str, out: Path, *options: str, ranks: int = 1) -> Arrays:
    """What the monitors of a script have recorded."""
    launch = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    script = str(Path(FOLDER) / name)
    constants = [f"--set={one}" for one in LISTS["constants"].get(name, [])]
    command = [*launch, sys.executable, "-m", RUNNER, script, str(out), "--most", "50"]
    command += [f"--ranks={ranks}", *constants, *options]
    folder = str(Path(__file__).parents[2])
    environment = {"MPLBACKEND": "Agg", "PYTHONPATH": folder, "DISTSNN_WORLD": "auto"}
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(np.load(out))


@pytest.mark.parametrize("name", [*LISTS["equal"], *LISTS["random"]])
def test_a_script_computes_what_brian_does(name: str, tmp_path: Path) -> None:
    first = arrays_of(name, tmp_path / "one.npz")
    for ranks in (2, 3):
        found = arrays_of(name, tmp_path / f"{ranks}.npz", ranks=ranks)
        assert found.keys() == first.keys()
        for key, values in first.items():
            assert values.tobytes() == found[key].tobytes(), (ranks, key)
    if name in LISTS["equal"]:
        expected = arrays_of(name, tmp_path / "brian.npz", "--brian")
        check_equal(first, expected)
    else:
        if "stopped" in first:
            # As where matplotlib takes something no more.
            expected = arrays_of(name, tmp_path / "brian.npz", "--brian")
            assert str(first.pop("stopped")) == str(expected["stopped"])
        assert len(first)


def is_state(key: str) -> bool:
    """Whether an array is a variable of a group or of synapses, of which Brian 2 has others too."""
    return key.split()[1] in {"Group", "Synapses"}


def check_equal(found: Arrays, expected: Arrays) -> None:
    """Check that monitors recorded the same, and that variables which both have are the same."""
    assert str(found.pop("stopped", "")) == str(expected.pop("stopped", ""))
    recorded = {key for key in expected if not is_state(key)}
    assert {key for key in found if not is_state(key)} == recorded
    for key in expected.keys() & found.keys():
        values = expected[key]
        assert found[key].shape == values.shape, key
        scale = np.abs(values[np.isfinite(values)]).max(initial=0)
        np.testing.assert_allclose(found[key], values, rtol=0, atol=1e-9 * scale, err_msg=key)


@pytest.mark.parametrize("name", LISTS["random"])
def test_a_random_script_has_the_statistics_of_brian(name: str, tmp_path: Path) -> None:
    both, stops = [], []
    for options in ([], ["--brian"]):
        runs = [
            arrays_of(name, tmp_path / f"{seed}.npz", "--seed", str(seed), *options)
            for seed in range(1, SEEDS + 1)
        ]
        stops.append({str(run["stopped"]) for run in runs if "stopped" in run})
        both.append([numbers_of(arrays) for arrays in runs])
    # Brian 2 itself stops in pictures of what is shorter than they smooth it over.
    assert stops[0] <= stops[1]
    # Two-sided, of each number once in 10,000 comparisons of equal laws.
    bound = student.ppf(1 - 0.5e-4, 2 * SEEDS - 2)
    keys = set.intersection(*(set(run) for runs in both for run in runs))
    assert keys
    for key in sorted(keys):
        ours, theirs = (np.array([run[key] for run in runs]) for runs in both)
        spread = np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / SEEDS)
        size = np.abs([run.get(key.removesuffix(" spread"), 0.0) for run in both[1]]).max()
        rounding = 1e-9 * max(size, np.abs(theirs).max())
        assert abs(ours.mean() - theirs.mean()) <= bound * spread + rounding, (key, ours, theirs)


def numbers_of(arrays: Arrays) -> dict[str, float]:
    """Counts of spikes, and mean and spread of what was recorded, or of states if nothing was."""
    found: dict[str, float] = {}
    recorded = any(v.size for key, v in arrays.items() if key != "stopped" and not is_state(key))
    for key, values in arrays.items():
        if key == "stopped" or (recorded and is_state(key)):
            continue
        if key.endswith("SpikeMonitor t"):
            found[key] = float(values.size)
        elif values.size and not key.endswith((" t", " i")):
            found[key], found[f"{key} spread"] = float(values.mean()), float(values.std())
    return found
