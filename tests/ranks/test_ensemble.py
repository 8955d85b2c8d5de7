"""Several runs in one job of several ranks: the same files, to the last bit, as each alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from distsnn.errors import RankError
from distsnn.exchange import World, launch, raising_together
from tests.jobs import FAULT, SECONDS_TO_END, seconds_since_fault
from tests.recorded import content

MODEL = '''"""Cells with noise, of which some fail."""
import distsnn as snn
from distsnn.exchange import current_world


def network(n=40, seed=1, fails=0, fails_on=-1):
    if seed == fails:
        raise ValueError("a bad seed")
    if seed == 2 and current_world().rank == fails_on:
        snn.Network.run = lambda *args, **kwargs: fault() / 0
    cells = snn.NeuronGroup(n, snn.LIF(I_e=380.0), name="cells")
    cells.V_m = snn.Uniform(-70.0, -55.0)
    exc = snn.Exponential(5.0)
    made = snn.Synapses(cells, cells, exc, weight=snn.Normal(25.0, 4.0),
                        delay=snn.Uniform(0.5, 3.0))
    made.connect(p=0.2)
    noise = snn.PoissonInput(cells, exc, N=400, rate=4 * snn.Hz, weight=15.0)
    return snn.Network(cells, made, noise, seed=seed)
'''


def command(folder: Path, ranks: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "model.py").write_text(MODEL + FAULT)
    model = str(folder / "model.py")
    return launch(
        [sys.executable, "-m", "distsnn.cli", "run", model, "--time", "40", *arguments],
        ranks,
        timeout=240,
        capture=True,
        environment={"DISTSNN_WORLD": "auto"},
    )


def test_runs_together_are_what_they_are_alone(tmp_path: Path) -> None:
    files = ("--record", str(tmp_path / "s.h5"), "--weights", str(tmp_path / "w.h5"))
    done = command(tmp_path, 4, "--set", "seed=1..3", "--ranks-per-run", "2", *files)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "3 runs, 0 failed"
    for seed in (1, 2, 3):
        files = ("--record", str(tmp_path / f"s{seed}.h5"))
        files += ("--weights", str(tmp_path / f"w{seed}.h5"))
        alone = command(tmp_path, 1, "--seed", str(seed), *files)
        assert alone.returncode == 0, alone.stderr
        for name in ("s", "w"):
            together = content(tmp_path / f"{name}-seed={seed}.h5")
            assert together == content(tmp_path / f"{name}{seed}.h5")


def test_all_ranks_take_the_runs_one_after_another(tmp_path: Path) -> None:
    done = command(
        tmp_path, 3, "--set", "seed=4,5", "--set", "fails=4", "--record", str(tmp_path / "s.h5")
    )
    assert done.returncode == 1
    assert done.stderr.count("distsnn: seed=4: ") == 1
    assert "ValueError: a bad seed" in done.stderr
    assert "2 runs, 1 failed" in done.stdout
    assert (tmp_path / "s-seed=5.h5").exists()


def test_an_error_on_one_rank_alone_ends_the_job_and_says_which_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ranks leave the time of their fault there.
    monkeypatch.chdir(tmp_path)
    done = command(tmp_path, 4, "--set", "seed=1,2", "--set", "fails_on=1", "--ranks-per-run", "2")
    assert seconds_since_fault(tmp_path) < SECONDS_TO_END
    assert done.returncode != 0
    assert "distsnn: rank 3 of 4: seed=2: " in done.stderr
    assert "ZeroDivisionError" in done.stderr


def fail_on_one(world: World) -> None:
    with raising_together(world, "a part"):
        if world.rank == 0:
            raise ValueError("of one rank")


@pytest.mark.ranks(2, 7)
def test_parts_of_a_world_do_not_wait_for_each_other(world: World) -> None:
    number = world.rank % 3
    part = world.split(number)
    members = [r for r in range(world.size) if r % 3 == number]
    assert (part.rank, part.size) == (members.index(world.rank), len(members))
    assert part.whole is world
    for _ in range(number + 1):
        assert part.allgather_object(world.rank) == members
    assert part.all_arrive(100.0)
    if len(members) > 1:
        with pytest.raises(RankError):
            fail_on_one(part)
        # Nobody else comes before it gives up.
        assert part.rank > 0 or not part.all_arrive(0.1)
    world.barrier()
