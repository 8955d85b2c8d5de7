from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from distsnn.errors import LauncherError
from distsnn.exchange import SerialWorld, current_world, using
from distsnn.exchange.current import check_launcher


def test_the_world_is_made_once() -> None:
    assert current_world() is current_world()


def test_using_is_for_this_thread_and_nests() -> None:
    outside = current_world()
    first, second = SerialWorld(), SerialWorld()
    seen = []
    with using(first) as given:
        assert given is first
        with using(second):
            assert current_world() is second
        assert current_world() is first
        thread = threading.Thread(target=lambda: seen.append(current_world()))
        thread.start()
        thread.join()
    assert seen == [outside]
    assert current_world() is outside


def test_using_ends_with_an_error() -> None:
    outside = current_world()
    with pytest.raises(ValueError), using(SerialWorld()):
        raise ValueError
    assert current_world() is outside


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"PMI_SIZE": "1"},
        {"PMI_SIZE": ""},
        {"SLURM_NTASKS": "4"},
        {"SLURM_STEP_NUM_TASKS": "1"},
    ],
)
def test_one_process_may_be_alone(environment: dict[str, str]) -> None:
    check_launcher(environment, "")


@pytest.mark.parametrize("name", ["PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"])
def test_several_processes_that_are_alone(name: str) -> None:
    with pytest.raises(LauncherError, match="4 processes were started") as caught:
        check_launcher({name: "4"}, "it has no MPI")
    assert (caught.value.variable, caught.value.n_started) == (name, 4)
    assert "it has no MPI" in str(caught.value)


ASK = "from distsnn.exchange import current_world; print(current_world().name)"


def ask(code: str = ASK, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DISTSNN_WORLD"}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_one_process_with_mpi_is_serial() -> None:
    assert ask().stdout == "serial\n"


def test_serial_can_be_forced_without_looking_at_mpi() -> None:
    code = ASK + "\nimport sys; assert 'mpi4py' not in sys.modules"
    assert ask(code, DISTSNN_WORLD="serial", PMI_SIZE="4").stdout == "serial\n"


def test_unknown_wish() -> None:
    done = ask(DISTSNN_WORLD="paralel")
    assert "DISTSNN_WORLD is 'paralel'; it may be auto or serial" in done.stderr


def without_mpi(tmp_path: Path) -> str:
    """A folder with an mpi4py as it is where no MPI library can be found."""
    package = tmp_path / "mpi4py"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "MPI.py").write_text("raise RuntimeError('cannot load MPI library')\n")
    return os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]])


def test_without_an_mpi_library_one_process_works(tmp_path: Path) -> None:
    assert ask(PYTHONPATH=without_mpi(tmp_path)).stdout == "serial\n"


def test_without_an_mpi_library_several_processes_are_an_error(tmp_path: Path) -> None:
    done = ask(PYTHONPATH=without_mpi(tmp_path), PMI_SIZE="2", PMI_RANK="0")
    assert done.returncode != 0
    assert "it has no usable MPI (cannot load MPI library)" in done.stderr
