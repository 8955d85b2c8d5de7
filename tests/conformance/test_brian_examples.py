"""The example scripts of Brian 2 run as they stand, with the import line changed.

DISTSNN_BRIAN_EXAMPLES names the folder ``examples`` of Brian's repository. Every call of `run` is
shortened to 50 ms. `examples.json` says which scripts are deterministic and equal what Brian 2
computes, which draw random numbers, and which stop, with the reason.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = os.environ.get("DISTSNN_BRIAN_EXAMPLES", "")
HERE = Path(__file__).parent / "brian_examples"
LISTS = json.loads((HERE / "examples.json").read_text(encoding="utf8"))
RUNNER = "tests.conformance.brian_examples.run_script"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FOLDER, reason="DISTSNN_BRIAN_EXAMPLES is not set"),
]
Arrays = dict[str, np.ndarray]


def arrays_of(name: str, out: Path, *options: str, ranks: int = 1) -> Arrays:
    """What the monitors of a script have recorded."""
    launch = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    script = str(Path(FOLDER) / name)
    command = [*launch, sys.executable, "-m", RUNNER, script, str(out), "--most", "50", *options]
    environment = {"MPLBACKEND": "Agg", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(np.load(out))


@pytest.mark.parametrize("name", [*LISTS["equal"], *LISTS["random"]])
def test_a_script_runs(name: str, tmp_path: Path) -> None:
    first = arrays_of(name, tmp_path / "one.npz")
    for ranks in (2, 3):
        found = arrays_of(name, tmp_path / f"{ranks}.npz", ranks=ranks)
        assert found.keys() == first.keys()
        for key, values in first.items():
            assert values.tobytes() == found[key].tobytes(), key
    if name in LISTS["random"]:
        return
    expected = arrays_of(name, tmp_path / "brian.npz", "--brian")
    assert first.keys() == expected.keys()
    for key, values in expected.items():
        assert first[key].shape == values.shape, key
        scale = np.abs(values).max(initial=0)
        np.testing.assert_allclose(first[key], values, rtol=0, atol=1e-9 * scale, err_msg=key)
