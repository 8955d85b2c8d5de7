"""Whatever goes wrong on a rank, the job ends within 10 s, with one message and a status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from distsnn.exchange import launch
from tests.jobs import FAULT, SECONDS_TO_END, seconds_since_fault

SECONDS = 120.0

HEAD = f"""
import sys, threading, time
{FAULT}
from distsnn.errors import ParameterError
from distsnn.exchange import current_world, install_abort, raising_together
world = current_world()
install_abort(world)
world.barrier()
rank, last = world.rank, world.size - 1
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranks leave the time of their fault in the working folder."""
    monkeypatch.chdir(tmp_path)


def run(tmp_path: Path, script: str, n_ranks: int, head: str = HEAD) -> tuple[int, str, float]:
    """Run a script on ranks; return status, error output and seconds since its fault."""
    file = tmp_path / "script.py"
    file.write_text(head + script)
    done = launch([sys.executable, str(file)], n_ranks, SECONDS, capture=True)
    return done.returncode, done.stderr + done.stdout, seconds_since_fault(tmp_path)


def expect(result: tuple[int, str, float], message: str) -> None:
    """The job failed soon and said this, once."""
    status, text, seconds = result
    assert status != 0
    assert text.count("distsnn: ") == 1, text
    assert message in text
    assert seconds < SECONDS_TO_END


@pytest.mark.parametrize("n_ranks", [2, 4])
def test_error_on_one_rank(tmp_path: Path, n_ranks: int) -> None:
    result = run(tmp_path, "if rank == last: fault(); 1 / 0\nworld.barrier()", n_ranks)
    expect(result, f"distsnn: rank {n_ranks - 1} of {n_ranks}: ZeroDivisionError: division")
    assert "script.py" in result[1]


@pytest.mark.parametrize("n_ranks", [2, 4])
def test_error_on_all_ranks(tmp_path: Path, n_ranks: int) -> None:
    script = "fault(); raise ParameterError('LIF', 'tau_m is -1 ms', 'it must be positive')"
    result = run(tmp_path, script, n_ranks)
    expect(result, f"distsnn: rank 0 of {n_ranks}: LIF: tau_m is -1 ms; it must be positive.\n")
    assert "Traceback" not in result[1]
    assert "raised from" in result[1]


def test_error_shared_by_all_ranks_names_the_one_that_failed(tmp_path: Path) -> None:
    script = """
with raising_together(world, "reading"):
    if rank == 2:
        fault()
        raise ParameterError("file", "is not there")
"""
    expect(run(tmp_path, script, 4), "distsnn: rank 2 of 4: file: is not there.")


def test_error_in_a_thread(tmp_path: Path) -> None:
    script = "if rank == 1: threading.Thread(target=lambda: fault() / 0).start()\nworld.barrier()\n"
    # The main thread of the rank goes on; it is the job that must end.
    script += "time.sleep(60)"
    expect(run(tmp_path, script, 2), "distsnn: rank 1 of 2: ZeroDivisionError")


@pytest.mark.parametrize("end", ["sys.exit(3)", "sys.exit(0)"])
def test_exit_on_one_rank(tmp_path: Path, end: str) -> None:
    result = run(tmp_path, f"if rank == 1: fault(); {end}\nworld.barrier()", 3)
    expect(result, "distsnn: rank 1 of 3: ended while other ranks wait for it")


@pytest.mark.parametrize("failing", ["rank == 1", "True"])
def test_error_before_the_network_runs(tmp_path: Path, failing: str) -> None:
    script = f"""
import os
from distsnn.errors import ParameterError
from distsnn.exchange import current_world, join_job
join_job()
rank = int(os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")))
if {failing}:
    fault()
    raise ParameterError("LIF", "wrong")
current_world().barrier()
"""
    result = run(tmp_path, script, 2, head=FAULT)
    rank = 0 if failing == "True" else 1
    expect(result, f"distsnn: rank {rank} of 2: LIF: wrong.")


def test_processes_that_a_rank_starts_are_no_ranks(tmp_path: Path) -> None:
    script = """
import subprocess
code = "from distsnn.exchange import *; join_job(); assert current_world().size == 1"
subprocess.run([sys.executable, "-c", code], check=True)
world.barrier()
"""
    status, text, _ = run(tmp_path, script + "fault()", 2)
    assert (status, text) == (0, "")


def test_interrupt(tmp_path: Path) -> None:
    result = run(tmp_path, "if rank == 1: fault(); raise KeyboardInterrupt\nworld.barrier()", 2)
    expect(result, "distsnn: rank 1 of 2: interrupted.")


def test_exit_of_all_ranks_keeps_its_status(tmp_path: Path) -> None:
    status, text, _ = run(tmp_path, "fault(); sys.exit(3)", 3)
    assert status == 3
    assert "distsnn: " not in text


def test_a_rank_may_end_before_the_others(tmp_path: Path) -> None:
    # The others have ended when it goes on.
    status, text, seconds = run(tmp_path, "if rank == 0: time.sleep(2.5); fault()", 3)
    assert (status, text) == (0, "")
    assert seconds < SECONDS_TO_END


def test_processes_that_each_think_they_are_alone(tmp_path: Path) -> None:
    file = tmp_path / "script.py"
    file.write_text(HEAD)
    plain = {name: value for name, value in os.environ.items() if name != "DISTSNN_WORLD"}
    launchers = {
        "PMI_SIZE": "PMI_RANK",
        "OMPI_COMM_WORLD_SIZE": "OMPI_COMM_WORLD_RANK",
        "SLURM_STEP_NUM_TASKS": "SLURM_PROCID",
    }
    # They wait for each other in vain, all at the same time.
    begun = {
        (size, number): subprocess.Popen(
            [sys.executable, str(file)],
            env=plain | {size: "2", rank: str(number)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for size, rank in launchers.items()
        for number in (0, 1)
    }
    for (size, number), process in begun.items():
        text = process.communicate(timeout=SECONDS)[1]
        assert process.returncode != 0
        message = f"distsnn: rank 0 of 2: launcher: 2 processes were started ({size}=2)"
        assert text.startswith(message) if number == 0 else text == ""
        assert "Traceback" not in text
