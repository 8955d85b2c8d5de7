"""The tests of recording, in an environment whose h5py has MPI.

``.ci/run`` makes the environment (as ``docs/parallel-hdf5.md`` says) and names its Python in
DISTSNN_TEST_PARALLEL_HDF5. Elsewhere there may be none.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

PYTHON = os.environ.get("DISTSNN_TEST_PARALLEL_HDF5")
RECORDING = "tests/ranks/test_recording.py"
# One process writes by the same calls whether or not h5py has MPI.
OF_ONE_PROCESS = "tests/unit/record"
DISK_FULL = "tests/ranks/test_disk_full.py"
FAULTS = "tests/ranks/test_parallel_faults.py"

pytestmark = pytest.mark.skipif(PYTHON is None, reason="DISTSNN_TEST_PARALLEL_HDF5 names no Python")


def passes(root: Path, *tests: str, expects: str = "some") -> None:
    assert PYTHON is not None
    inherited = {name: value for name, value in os.environ.items() if name != "DISTSNN_WORLD"}
    # Tests run in both environments at a time, with two numpys: what they compile is kept apart.
    compiled = str(Path(PYTHON).parents[1] / "compiled")
    inherited |= {"NUMBA_CACHE_DIR": compiled, "DISTSNN_CACHE_DIR": compiled}
    done = subprocess.run(
        [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=root,
        env=inherited | {"DISTSNN_TEST_EXPECTS_PARALLEL_HDF5": expects},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout, done.stdout


# In parts, so that one worker of several does not end long after the others.
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "tests", [[RECORDING], [DISK_FULL, "-k", "error"], [DISK_FULL, "-k", "not error"], [FAULTS]]
)
def test_recording_with_parallel_hdf5(pytestconfig: pytest.Config, tests: list[str]) -> None:
    passes(pytestconfig.rootpath, *tests)


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_all_of_recording_with_parallel_hdf5(pytestconfig: pytest.Config) -> None:
    files = (RECORDING, OF_ONE_PROCESS, DISK_FULL, FAULTS)
    passes(pytestconfig.rootpath, "-m", "", *files, expects="all")
