"""Scripts of ``distsnn jobscript`` under names that a shell or SLURM could take for commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from distsnn import cli

MODEL = """
import distsnn as snn


def network(n=100, label=""):
    return snn.Network(snn.NeuronGroup(n, snn.LIF(), name="cells"))
"""
HOSTILE = (
    "my model.py",
    "a;touch HACKED;.py",
    "$(touch HACKED)`touch HACKED`.py",
    'it\'s "quoted" & touch HACKED #.py',
    "two\nlines\n#SBATCH --uid=0\ntouch HACKED.py",
    "-rf.py",
)
WALL = ("--wall", "1:00:00", "--no-calibrate")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    return tmp_path


def script(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(["jobscript", *arguments])
    printed = capsys.readouterr()
    assert ended.value.code == 0, printed.err
    return printed.out


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_are_never_commands(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).write_text(MODEL)
    value = "x; touch HACKED $(touch HACKED)"
    arguments = ("--set", f"label={value!r}", "--time", "123456.75", *WALL)
    script(capsys, f"./{name}", *arguments, "--output=job;touch HACKED.sh")
    text = Path("job;touch HACKED.sh").read_text()
    # SLURM reads directives up to the first command.
    header = text.partition("set -euo")[0].splitlines()
    directives = [line for line in header if line.startswith("#SBATCH")]
    assert len(directives) == 10
    assert re.fullmatch(r"#SBATCH --job-name=[A-Za-z0-9_.+-]+", directives[0])
    tools = folder / "bin"
    tools.mkdir()
    (tools / "srun").write_text('#!/bin/sh\nwhile [ "$1" != "$P" ]; do shift; done\nexec "$@"\n')
    (tools / "distsnn").write_text("#!/bin/sh\nprintf '%s\\0' \"$@\" > arguments\n")
    for file in tools.iterdir():
        file.chmod(0o755)
    environment = {
        "PATH": f"{tools}:/usr/bin:/bin",
        "P": str(tools / "distsnn"),
        "SLURM_JOB_ID": "7",
        "SLURM_JOB_USER": "somebody",
        "DISTSNN_ENVIRONMENT": str(folder),
    }
    subprocess.run(["bash", "job;touch HACKED.sh"], env=environment, check=True)
    label = directives[0].partition("=")[2]
    given = Path("arguments").read_text().split("\0")[:-1]
    assert given[:6] == [
        "run",
        str(folder / name),
        "--set",
        f"label={value!r}",
        "--time",
        "123456.75",
    ]
    assert given[given.index("--record") + 1] == f"{label}-7.h5"
    assert given[given.index("--checkpoint") + 1] == f"{label}-7.state.h5"
    assert not (folder / "HACKED").exists()


def test_memory_counts_the_program_of_each_rank(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rank takes 229 MB before it has a network: 32 of them do not fit into 2 GB."""
    (folder / "model.py").write_text(MODEL)
    text = script(capsys, "model.py", "--nodes", "2", "--ranks-per-node", "32", *WALL)
    memory = re.search(r"^#SBATCH --mem=(\d+)M$", text, re.MULTILINE)
    assert memory is not None
    assert 32 * 229 * 1.25 < int(memory[1]) < 32 * 229 * 2


SITE = (
    "--partition=long", "--account=brain", "--mail=me@example.org", "--constraint=avx512",
    "--after=12", "--module=python/3.12", "--module=openmpi",
)  # fmt: skip
DIRECTIVES = {
    "slurm": """#SBATCH --job-name=model
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=4
#SBATCH --cpus-per-task=2
#SBATCH --hint=nomultithread
#SBATCH --mem=MEMORYM
#SBATCH --time=01:00:00
#SBATCH --partition=long
#SBATCH --account=brain
#SBATCH --mail-user=me@example.org
#SBATCH --mail-type=END,FAIL
#SBATCH --constraint=avx512
#SBATCH --dependency=afterok:12
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=USR1@300
""",
    "pbs": """#PBS -N model
#PBS -l select=2:ncpus=8:mpiprocs=4:mem=MEMORYmb:avx512
#PBS -l place=scatter
#PBS -l walltime=01:00:00
#PBS -q long
#PBS -A brain
#PBS -M me@example.org
#PBS -m ae
#PBS -W depend=afterok:12
#PBS -j oe
""",
    "lsf": """#BSUB -J model
#BSUB -n 8
#BSUB -R "span[ptile=4]"
#BSUB -R "affinity[core(2)]"
#BSUB -R "rusage[mem=MEMORYMB/host]"
#BSUB -W 01:00
#BSUB -q long
#BSUB -P brain
#BSUB -u me@example.org
#BSUB -N
#BSUB -R "select[avx512]"
#BSUB -w done(12)
#BSUB -Q "75"
#BSUB -o %J.out
""",
}


@pytest.mark.parametrize("scheduler", DIRECTIVES)
def test_directives(scheduler: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "model.py").write_text(MODEL)
    shape = ("--nodes=2", "--ranks-per-node=4", "--threads=2")
    text = script(capsys, "model.py", *shape, *WALL, *SITE, f"--scheduler={scheduler}")
    memory = re.search(r"mem=(\d+)", text)
    assert memory is not None
    # Four ranks and a compiler.
    assert 4 * 229 * 1.25 < int(memory[1]) < 4 * 229 * 2
    directives = DIRECTIVES[scheduler].replace("MEMORY", memory[1])
    assert text.startswith(f"#!/usr/bin/env bash\n{directives}\n# Planned: 8 ranks")
    assert "\nmodule load python/3.12\nmodule load openmpi\n" in text
    # The environment that wrote the script is the one that runs.
    assert f"environment=${{DISTSNN_ENVIRONMENT:-{sys.prefix}}}" in text
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)


@pytest.mark.parametrize(
    ("scheduler", "directive", "job"),
    [
        ("slurm", "#SBATCH --array=3-20", {"SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "12"}),
        ("lsf", '#BSUB -J "model[3-20]"', {"LSB_JOBID": "7", "LSB_JOBINDEX": "12"}),
    ],
)
def test_an_array_has_a_job_for_each_value(
    scheduler: str,
    directive: str,
    job: dict[str, str],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "model.py").write_text(MODEL)
    text = script(capsys, "model.py", "--array=seed=3..20", *WALL, f"--scheduler={scheduler}")
    assert directive in text.splitlines()
    # All up to what starts the ranks.
    shown = text.partition("# When ranks")[0] + 'printf "%s\\n" "$@"\n'
    done = subprocess.run(
        ["bash"], input=shown, text=True, check=True, capture_output=True,
        env=job | {"PATH": "/usr/bin:/bin", "USER": "somebody", "SLURM_JOB_USER": "somebody"},
    )  # fmt: skip
    given = done.stdout.splitlines()
    assert given[given.index("--set") + 1] == "seed=12"
    assert given[given.index("--record") + 1] == "model-7-12.h5"
    assert given[given.index("--checkpoint") + 1] == "model-7-12.state.h5"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--array=seed=5..3",), "'seed=5..3' is not of the form name=first..last"),
        (("--array=seed=1..3", "--set=seed=2"), "seed is set twice"),
        (("--array=seed=1..3", "--scheduler=pbs"), "a job of an array of PBS cannot"),
        (("--scheduler=moab",), "'moab' is none of slurm, pbs, lsf"),
        (("--partition=a b",), "--partition 'a b'"),
        (("--module=x;y",), "--module 'x;y'"),
        (("--account=a\n#SBATCH --uid=0",), "it is a word of letters, digits and signs"),
    ],
)
def test_options_that_no_batch_system_takes(
    arguments: tuple[str, ...], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "model.py").write_text(MODEL)
    with pytest.raises(SystemExit) as ended:
        cli.main(["jobscript", "model.py", *WALL, *arguments])
    assert ended.value.code != 0
    # Boxes and line breaks depend on the terminal.
    assert said in " ".join(capsys.readouterr().err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("scheduler", "job"),
    [("pbs", {"PBS_JOBID": "7.server", "PBS_O_WORKDIR": "."}), ("lsf", {"LSB_JOBID": "7"})],
)
def test_a_run_is_asked_to_save_and_goes_on(
    scheduler: str, job: dict[str, str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clock beside each rank does what SLURM's own signal does; qsub is played by a script."""
    (folder / "model.py").write_text(MODEL)
    options = ("--time=1e9", "--ranks-per-node=1", f"--scheduler={scheduler}", "-o", "job.sh")
    options += ("--threads=2",)
    script(capsys, "model.py", *WALL, *options)
    text = Path("job.sh").read_text()
    assert text.count("--signal=USR1 3300 ") == 1
    Path("job.sh").write_text(text.replace("--signal=USR1 3300 ", "--signal=USR1 2 "))
    tools = folder / "bin"
    tools.mkdir()
    (tools / "mpiexec").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && { echo "mpirun (Open MPI) 4.1.4"; exit; }\n'
        '[ "$1 $2 $3 $4" = "-n 1 --map-by slot:PE=2" ] && shift 4 && exec "$@"\n'
    )
    (tools / "qsub").write_text('#!/bin/sh\necho "$@" > submitted\n')
    (tools / "distsnn").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m distsnn.cli "$@"\n')
    for file in tools.iterdir():
        file.chmod(0o755)
    inherited = {
        k: v for k, v in os.environ.items() if k.startswith(("DISTSNN", "PYTHON", "NUMBA"))
    }
    environment = inherited | job | {
        "PATH": f"{tools}:{os.path.dirname(shutil.which('timeout') or '')}:/usr/bin:/bin",
        "USER": "somebody",
        "DISTSNN_ENVIRONMENT": str(folder),
        "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", ""),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "job.sh"], env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 75, done.stderr
    if scheduler == "pbs":
        after = "-W depend=afterany:7.server"
        assert Path("submitted").read_text() == f"{after} -v DISTSNN_JOB=7 {folder}/job.sh\n"
