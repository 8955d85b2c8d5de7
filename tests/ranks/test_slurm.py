"""The scripts of ``jobs/`` under a real SLURM of two nodes: results, exit status, requeued runs.

``.ci/run`` installs SLURM and sets DISTSNN_TEST_SLURM, and then it must be there; elsewhere these
tests are skipped without it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.comparison import compare_recordings
from tests.jobs import MODEL, run
from tests.slurm_cluster import Cluster, missing

JOBS = Path(__file__).parents[2] / "jobs"
SMALL = ("--mem=1G", "--time=5")
# Slow in its first job, so that SLURM's warning comes before the end.
SLOW_AT_FIRST = """
if "SLURM_JOB_ID" in os.environ and "SLURM_RESTART_COUNT" not in os.environ:
    os.environ["SECONDS_OF_EXCHANGE"] = "0.5"
"""
KILLED = """
from distsnn.exchange import current_world

current_world().barrier()
if current_world().rank == 3:
    os.kill(os.getpid(), 9)
"""

pytestmark = pytest.mark.timeout(500)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    why = missing()
    if why is not None:
        assert "DISTSNN_TEST_SLURM" not in os.environ, why
        pytest.skip(why)
    environment = {
        "DISTSNN_ENVIRONMENT": sys.prefix,
        "DISTSNN_WORLD": "auto",
        "MPIR_CVAR_ENABLE_HEAVY_YIELD": "1",
        # Empty: next to the package, where the other tests have compiled.
        "NUMBA_CACHE_DIR": "",
        "SLURM_MPI_TYPE": "pmi2",
    }
    with Cluster(environment) as found:
        yield found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The recording of a run without SLURM."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "model.py").write_text(MODEL)
    run(folder, "run", "model.py", "--quiet", "--record", "spikes.h5")
    return (folder / "spikes.h5").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path


@pytest.fixture(scope="module", autouse=True)
def long_run(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A job that saves after about a minute and is queued again, while the other tests run."""
    folder = tmp_path_factory.mktemp("long_run")
    (folder / "model.py").write_text(MODEL + SLOW_AT_FIRST)
    # SLURM looks twice a minute whether a warning is due, and rather warns early.
    options = ("--ntasks-per-node=2", "--mem=1G", "--time=2", "--signal=USR1@45")
    # The other tests find the first node as they would without it.
    options += ("--nodes=1", "--nodelist=n2")
    return folder, cluster.submit(folder, *options, str(JOBS / "long_run.sh"), "model.py")


def said(folder: Path) -> str:
    """What the jobs of a folder have printed."""
    return "".join(path.read_text() for path in sorted(folder.glob("slurm-*.out")))


@pytest.mark.parametrize(
    ("script", "options", "shape"),
    [
        ("single_node.sh", ("--ntasks-per-node=2",), "on 2 ranks\n"),
        ("several_nodes.sh", ("--nodes=1", "--ntasks-per-node=4"), "on 4 ranks\n"),
        (
            "hybrid.sh",
            ("--nodes=1", "--ntasks-per-node=2", "--cpus-per-task=2"),
            "on 2 ranks of 2 threads\n",
        ),
    ],
)
def test_a_script_gives_what_a_run_without_slurm_gives(
    cluster: Cluster, folder: Path, alone: bytes, script: str, options: tuple[str, ...], shape: str
) -> None:
    job = cluster.submit(folder, *SMALL, *options, str(JOBS / script), "model.py")
    assert cluster.end(job) == ("COMPLETED", "0:0"), said(folder)
    assert (folder / f"spikes-{job}.h5").read_bytes() == alone
    assert shape in said(folder)


def test_ranks_on_several_nodes_find_each_other(
    cluster: Cluster, folder: Path, alone: bytes
) -> None:
    options = (*SMALL, "--nodes=2", "--ntasks-per-node=2", str(JOBS / "several_nodes.sh"))
    # What MPICH sends beyond an address over UCX comes out long at every start, not now and then.
    full = {"MALLOC_PERTURB_": "165"}
    job = cluster.submit(folder, *options, "model.py", **full)
    assert cluster.end(job) == ("COMPLETED", "0:0"), said(folder)
    assert (folder / f"spikes-{job}.h5").read_bytes() == alone
    assert "on 4 ranks\n" in said(folder)


def test_the_command_writes_a_script_for_a_model(
    cluster: Cluster, folder: Path, alone: bytes
) -> None:
    shape = ("--nodes", "1", "--ranks-per-node", "4", "--wall", "0:10:00")
    run(folder, "jobscript", "model.py", *shape, "-o", "job.sh")
    job = cluster.submit(folder, "job.sh")
    assert cluster.end(job) == ("COMPLETED", "0:0"), said(folder)
    assert (folder / f"model-{job}.h5").read_bytes() == alone
    assert cluster.facts(job)["NumTasks"] == "4"


def test_the_command_writes_a_script_with_threads(
    cluster: Cluster, folder: Path, alone: bytes
) -> None:
    shape = ("--nodes", "1", "--ranks-per-node", "2", "--threads", "2", "--wall", "0:10:00")
    run(folder, "jobscript", "model.py", *shape, "-o", "job.sh")
    job = cluster.submit(folder, "job.sh")
    assert cluster.end(job) == ("COMPLETED", "0:0"), said(folder)
    assert (folder / f"model-{job}.h5").read_bytes() == alone
    facts = cluster.facts(job)
    assert (facts["NumTasks"], facts["CPUs/Task"]) == ("2", "2")


def test_an_array_runs_seeds_and_lines_of_options(
    cluster: Cluster, folder: Path, alone: bytes
) -> None:
    options = ("--ntasks-per-node=1", "--time=5", "--mem-per-cpu=1G")
    (folder / "options.txt").write_text("--set n=60 --seed 0\n--set weight=30 --quiet\n")
    script = str(JOBS / "array.sh")
    seeds = cluster.submit(folder, *options, "--array=0-1", script, "model.py")
    file = {"DISTSNN_OPTIONS": "options.txt"}
    lines = cluster.submit(folder, *options, "--array=1-3", script, "model.py", **file)
    for job, number in ((seeds, 0), (seeds, 1), (lines, 1), (lines, 2)):
        assert cluster.end(f"{job}_{number}") == ("COMPLETED", "0:0"), said(folder)
    assert cluster.end(f"{lines}_3") == ("FAILED", "1:0")
    assert "options.txt has no line 3" in said(folder)
    recorded = {
        (job, number): (folder / f"spikes-{job}-{number}.h5").read_bytes()
        for job, number in ((seeds, 0), (seeds, 1), (lines, 1), (lines, 2))
    }
    assert len(set(recorded.values())) == 3
    assert recorded[seeds, 0] == recorded[lines, 1] == alone


def test_a_long_run_that_is_canceled_stays_so(cluster: Cluster, folder: Path) -> None:
    with (folder / "model.py").open("a") as file:
        file.write(SLOW_AT_FIRST)
    # The warning of the script would come at once, before the ranks have begun.
    options = (*SMALL, "--signal=USR1@10", "--ntasks-per-node=2")
    script = (str(JOBS / "long_run.sh"), "model.py", "--every", "1")
    job = cluster.submit(folder, *options, *script)
    cluster.wait_for((folder / f"state-{job}.h5").exists)
    cluster.command("scancel", job)
    assert cluster.end(job)[0] == "CANCELLED"
    time.sleep(3.0)
    facts = cluster.facts(job)
    assert (facts["JobState"], facts["Restarts"]) == ("CANCELLED", "0"), said(folder)


def test_an_error_is_said_once_and_the_job_has_failed(cluster: Cluster, folder: Path) -> None:
    (folder / "model.py").write_text("def network(): return 1 / 0")
    options = (*SMALL, "--nodes=1", "--ntasks-per-node=4")
    job = cluster.submit(folder, *options, str(JOBS / "several_nodes.sh"), "model.py")
    state, status = cluster.end(job)
    assert state == "FAILED"
    assert status != "0:0"
    text = said(folder)
    assert text.count("distsnn: ") == 1, text
    assert "ZeroDivisionError" in text


def test_a_rank_that_is_killed_ends_the_job(cluster: Cluster, folder: Path) -> None:
    (folder / "model.py").write_text(MODEL + KILLED)
    options = (*SMALL, "--nodes=1", "--ntasks-per-node=4")
    job = cluster.submit(folder, *options, str(JOBS / "several_nodes.sh"), "model.py")
    # As the first of its ranks that SLURM has noticed: killed, or asked to end.
    assert cluster.end(job) in {("FAILED", "137:0"), ("FAILED", "143:0")}
    text = said(folder)
    assert "n1: task 3: Killed" in text, text
    assert not (folder / f"spikes-{job}.h5").exists()


def test_ranks_that_do_not_find_each_other_say_what_to_do(cluster: Cluster, folder: Path) -> None:
    options, none = (*SMALL, "--ntasks-per-node=2"), {"SLURM_MPI_TYPE": "none"}
    job = cluster.submit(folder, *options, str(JOBS / "single_node.sh"), "model.py", **none)
    checked = cluster.submit(folder, *options, str(JOBS / "check_mpi.sh"), **none)
    # The first that fails may stop the other one before that has looked.
    assert cluster.end(job) in {("FAILED", "1:0"), ("FAILED", "75:0")}
    assert cluster.end(checked) == ("COMPLETED", "0:0")
    text = said(folder)
    assert text.count("distsnn: ") == 1, text
    assert "2 processes were started (SLURM_STEP_NUM_TASKS=2), but each runs alone" in text
    assert "export SLURM_MPI_TYPE=pmi2\n" in text


def test_ranks_of_the_command_itself_go_to_all_nodes(
    cluster: Cluster, folder: Path, alone: bytes
) -> None:
    command = f"{sys.prefix}/bin/distsnn run model.py --quiet --ranks 4 --record spikes.h5"
    options = (*SMALL, "--nodes=2", "--ntasks-per-node=2")
    job = cluster.submit(folder, *options, f"--wrap={command}")
    assert cluster.end(job) == ("COMPLETED", "0:0"), said(folder)
    assert (folder / "spikes.h5").read_bytes() == alone


def test_a_long_run_saves_at_the_warning_and_is_queued_again(
    cluster: Cluster, long_run: tuple[Path, str], alone: bytes, tmp_path: Path
) -> None:
    folder, job = long_run
    assert cluster.end(job, 300.0) == ("COMPLETED", "0:0"), said(folder)
    assert cluster.facts(job)["Restarts"] == "1"
    assert said(folder).count("distsnn: stopped by SIGUSR1 at ") == 1
    assert CheckpointFile(folder / f"state-{job}.h5").t == 200.0
    # It names another model, one that is slow at first.
    (tmp_path / "alone.h5").write_bytes(alone)
    assert compare_recordings(folder / f"spikes-{job}.h5", tmp_path / "alone.h5").same
    # The model itself leaves marks that its ranks have begun.
    made = {"model.py", "__pycache__", "stepping0", "stepping1"}
    left = {path.name for path in folder.iterdir()} - made
    assert left == {f"spikes-{job}.h5", f"state-{job}.h5", f"slurm-{job}.out"}
