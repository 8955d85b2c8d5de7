"""Scripts of ``distsnn jobscript`` under names that a shell or SLURM could take for commands."""

from __future__ import annotations

import re
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
    memory = re.search(r"^#SBATCH --mem=(\d+)G$", text, re.MULTILINE)
    assert memory is not None
    assert 32 * 0.229 * 1.25 < int(memory[1]) < 32 * 0.229 * 2
