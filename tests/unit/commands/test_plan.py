"""``distsnn plan`` and ``distsnn jobscript``, with constants that are given instead of measured.

No time is compared here; `benchmarks/plan.py` does that.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from unittest.mock import Mock

import pytest

from distsnn import cli
from distsnn.commands.plan import PlannedModel, wall_seconds
from distsnn.errors import ParameterError
from distsnn.exchange.measure import LinkSpeed
from distsnn.forecast import calibration
from distsnn.forecast.calibration import Constants
from distsnn.forecast.fit import Cluster, fit
from distsnn.forecast.forecast import BARRIER
from distsnn.forecast.trial import Trial, TrialJob, trial_in_child
from distsnn.layout.job_shape import JobShape

MODEL = '''"""A ring."""
import distsnn as snn

DURATION = 200.0


def network(n=4000, weight=2.0):
    cells = snn.NeuronGroup(n, snn.LIF(I_e=380.0), name="cells")
    exc = snn.Exponential(5.0)
    made = snn.Synapses(cells, cells, exc, weight=weight, delay=1.5)
    made.connect(snn.FixedIndegree(n // 10))
    noise = snn.PoissonInput(cells[: n // 2], exc, N=400, rate=4 * snn.Hz, weight=15.0)
    return snn.Network(cells, made, noise)
'''
# ns, and bytes.
CONSTANTS = Constants(1.0, 2.0, 3.0, 50.0, 3e4, 40.0, 5e8, 5e7, 2.0e8, 2.1e8)
LINK = LinkSpeed(1e-5, 1e-9)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder with a model, and constants; hooks are put back afterwards."""
    (tmp_path / "model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    # A function of the package has the name of its room.
    for module in (sys.modules["distsnn.commands.plan"], sys.modules["distsnn.forecast.fit"]):
        monkeypatch.setattr(module, "calibrate", Mock(return_value=CONSTANTS))
    monkeypatch.setattr("distsnn.commands.plan.known_constants", Mock(return_value=CONSTANTS))
    monkeypatch.setattr("distsnn.commands.plan.machine_link", Mock(return_value=LINK))
    return tmp_path


@pytest.fixture
def distsnn(capsys: pytest.CaptureFixture[str]):
    def command(*arguments: str, status: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        printed = capsys.readouterr()
        assert ended.value.code == status, printed.err
        return printed.err + printed.out

    return command


def lines(text: str) -> dict[str, list[str]]:
    """The rest of each line by its first 26 columns."""
    return {line[:26].strip(): line[26:].split() for line in text.splitlines()}


def test_a_plan(distsnn) -> None:
    arguments = ("plan", "model.py", "--ranks", "3", "--rate", "10")
    found = lines(distsnn(*arguments, "--nodes", "2"))
    assert found["neurons per rank"] == ["1,333", "1,333", "1,334"]
    assert found["synapses per rank"][1] == "533,333"
    assert found["program"] == ["210.0"]
    # 4,000 neurons of 4 bytes; 2 bytes for each synapse.
    assert found["lookup of sources (4,000)"] == ["0.0"]
    assert 1.0 < float(found["synapses"][0]) < 1.5
    text = distsnn(*arguments, "--nodes", "2")
    assert "synapses, on 3 ranks on 2 nodes\n" in text
    assert "exchange every 1.6 ms (16 steps), of 64.0 spikes at a mean rate of 10 Hz" in text
    assert "each rank sends 1,024 bytes and receives 3,072, 625 times" in text
    assert "time (s) for 200 ms" in text
    # Two messages of each rank, of 17 words and 16 * 1,334 spikes at most, in lines of 32 words.
    text = distsnn(*arguments, "--nodes", "1")
    assert "all ranks read them in 0.513 MB of memory that they share" in text
    assert float(lines(text)["messages of all ranks"][0]) == pytest.approx(0.513 / 3, abs=0.06)


def test_a_plan_of_threads(distsnn) -> None:
    arguments = ("plan", "model.py", "--rate", "10")
    alone = distsnn(*arguments, "--ranks", "6", "--nodes", "2")
    text = distsnn(*arguments, "--ranks", "3", "--threads", "2", "--nodes", "2")
    found, expected = lines(text), lines(alone)
    assert "synapses, on 3 ranks of 2 threads on 2 nodes\n" in text
    assert found["neurons per thread"] == expected["neurons per rank"]
    assert found["synapses per thread"] == expected["synapses per rank"]
    # The program is there once, everything else for each thread.
    assert found["program"] == expected["program"]
    for part in ("neurons", "synapses", "spikes on their way"):
        assert float(found[part][0]) == pytest.approx(2 * float(expected[part][0]), abs=0.11)
    assert "each rank sends 1,024 bytes and receives 3,072, 625 times" in text
    assert "with a core for each thread" in text
    # One process, wherever it is.
    text = distsnn(*arguments, "--threads", "2")
    assert "all threads read them in 0.513 MB of memory that they share" in text


def test_many_nodes_are_taken_if_this_one_has_too_few_cores(
    distsnn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("distsnn.commands.plan.own_cores", lambda: 8)
    text = distsnn("plan", "model.py", "--ranks", "4", "--threads", "2")
    assert "on 4 ranks of 2 threads on 1 node\n" in text
    text = distsnn("plan", "model.py", "--ranks", "5", "--threads", "2")
    assert "on 5 ranks of 2 threads on 2 nodes\n" in text


def test_times_are_numbers_times_constants() -> None:
    planned = PlannedModel("model.py", [], 1000.0, 10.0)
    found = planned.forecast(JobShape(2, nodes=2), None, LINK)
    steps, spikes = 10_000, 4000 * 0.01 * 0.1
    assert found.seconds == pytest.approx(
        {
            "start and build": 0.5 + 40e-9 * 800_000,
            "load program": 0.05,
            "update": 1e-9 * 2000 * steps,
            "draws": 2e-9 * 1000 * steps,
            "delivery": 3e-9 * spikes * 400 / 2 * steps,
            "merge spikes": 50e-9 * spikes * steps,
            "exchange": (3e-5 + 1e-5 + 1e-9 * 1024) * steps / 16,
        }
    )
    alone = planned.forecast(JobShape(1), None, LINK)
    assert "exchange" not in alone.seconds
    assert alone.traffic.bytes_sent == 0
    exchange = {
        JobShape(2): 2 * BARRIER,
        JobShape(1, threads=4): 4 * BARRIER,
        # Threads meet twice, and one of them sends; three ranks do in two rounds.
        JobShape(3, threads=2, nodes=3): 3e-5 + 2e-5 + 1e-9 * 2 * 1024 + 4 * BARRIER,
    }
    for shape, seconds in exchange.items():
        planned_seconds = planned.forecast(shape, None, LINK).seconds
        assert planned_seconds["exchange"] == pytest.approx(seconds * steps / 16), shape
    # A rank with two threads takes as long as two ranks, but for the exchange.
    assert planned.forecast(JobShape(1, threads=2), None, LINK).seconds == pytest.approx(
        planned.forecast(JobShape(2), None, LINK).seconds
    )


def test_memory_that_is_too_much_to_share_is_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = PlannedModel("model.py", [], 1000.0, 10.0)
    assert planned.forecast(JobShape(4), None, LINK).in_shared_memory
    monkeypatch.setattr(sys.modules["distsnn.exchange.worlds.shared"], "MOST_SHARED_BYTES", 1000)
    found = planned.forecast(JobShape(4), None, LINK)
    assert not found.in_shared_memory
    assert found.memory["messages of all ranks"] == 4 * 1024
    assert planned.forecast(JobShape(1, threads=4), None, LINK).in_shared_memory


def test_what_was_not_measured_is_left_out(distsnn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("distsnn.commands.plan.known_constants", Mock(return_value=None))
    text = distsnn("plan", "model.py", "--ranks", "3", "--no-calibrate")
    assert "time: nothing was measured yet on this machine; --calibrate does it" in text
    assert "the program itself is an estimate until it is measured" in text
    assert lines(text)["program"] == ["250.0"]
    text = distsnn("jobscript", "model.py", "--nodes", "2", "--no-calibrate", status=1)
    assert "there is no plan of the time" in text


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--rate", "-1"], "distsnn: plan: rate=-1.0 Hz; a rate is a number from 0 Hz to a spike"),
        (["--rate", "1e18"], "a rate is a number from 0 Hz to a spike in each step, 10000 Hz."),
        (["--time", "nan"], "time has a value that is not finite"),
        (["--time", "-1"], "time=-1.0 ms"),
        (["--ranks", "9999999999"], "there are at most 10,000,000 threads in all"),
        (["--fit", "--memory", "0"], "plan --fit: memory=0 GB; a node has more than 0 GB."),
        (["--fit", "--wall", "0"], "'0' is no wall time"),
        (["--fit", "--wall", "9" * 30], "is no wall time"),
        (["--set", "n=10_000_000_000"], "N is a whole number >= 1 and at most 4,294,967,295."),
        (["--set", "n=1e300"], "N is a whole number >= 1 and at most 4,294,967,295."),
        (["--rank", "3", "--ranks", "3"], "distsnn: plan: rank 3 of 3 ranks; ranks are numbered"),
        (["--ranks", "2", "--nodes", "3"], "distsnn: plan: 2 ranks on 3 nodes; each node has one"),
        (["--fit", "--threads", "64"], "plan --fit: 64 threads of a rank on 32 cores of a node"),
        (["--latency", "0"], "distsnn: plan: latency=0.0; latency is a number > 0."),
        (["--fit", "--wall", "soon"], "distsnn: wall: 'soon' is no wall time; it is hours:min"),
        (["--fit", "--memory", "0.1"], "no number of nodes with 0.1 GB each holds the network"),
        (["--set", "m=1"], "distsnn: model: unknown name 'm'"),
    ],
)
def test_errors(distsnn, arguments: list[str], expected: str) -> None:
    assert expected in distsnn("plan", "model.py", *arguments, status=1)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--rate", "nan"], "nan is not a finite number"),
        (["--latency", "inf"], "inf is not a finite number"),
        (["--fit", "--memory", "nan"], "nan is not a finite number"),
        # What would be ignored.
        (["--memory", "64"], "only --fit asks for it"),
        (["--wall", "1:00:00"], "only --fit asks for it"),
        (["--fit", "--ranks", "2"], "--fit finds it"),
    ],
)
def test_wrong_usage(distsnn, arguments: list[str], expected: str) -> None:
    assert expected in distsnn("plan", "model.py", *arguments, status=2)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1:02:03", 3723), ("2-00:00:01", 172_801), ("5:30", 330), ("90", 5400)],
)
def test_wall_times_are_those_of_sbatch(text: str, seconds: int) -> None:
    assert wall_seconds(text) == seconds


def test_a_fit_is_the_smallest_that_suffices() -> None:
    planned = PlannedModel("model.py", ["n=40_000"], 100_000.0, 10.0)
    one = fit(planned.network, planned.rates, planned.duration, Cluster(4, 8e9, None), LINK)
    assert (one.nodes, one.ranks_per_node) == (1, 4)
    # Half of the memory that four ranks take: two ranks on a node.
    few = Cluster(4, 0.7 * one.node_bytes, None)
    less = fit(planned.network, planned.rates, planned.duration, few, LINK)
    assert less.node_bytes <= 0.9 * few.memory
    limit = 0.6 * one.forecast.wall_seconds
    fast = fit(planned.network, planned.rates, planned.duration, Cluster(4, 8e9, limit), LINK)
    assert fast.nodes > 1
    assert fast.forecast.wall_seconds <= limit
    half = JobShape(fast.nodes // 2 * fast.ranks_per_node, nodes=fast.nodes // 2)
    fewer = planned.forecast(half, None, LINK)
    assert fewer.wall_seconds > limit
    threads = Cluster(4, 8e9, None, threads=2)
    hybrid = fit(planned.network, planned.rates, planned.duration, threads, LINK)
    assert hybrid.forecast.shape == JobShape(2, threads=2, nodes=1)
    assert hybrid.node_bytes < one.node_bytes
    with pytest.raises(ParameterError, match="s are too few: the fastest is"):
        fit(planned.network, planned.rates, planned.duration, Cluster(4, 8e9, 0.1), LINK)


@pytest.mark.parametrize("in_shared_memory", [False, True])
def test_a_rank_that_is_tried_is_that_rank(in_shared_memory: bool) -> None:
    planned = PlannedModel("model.py", ["n=1000"], None, 10.0)
    description = planned.network.description
    senders = calibration.senders_of(
        description, calibration.thin_network(planned.network, 1.0), planned.rates
    )
    # So few steps that none of its own neurons fires twice, on any machine.
    job = TrialJob(
        description, 5, 7, senders, 60.0, most_steps=300, in_shared_memory=in_shared_memory
    )
    found = trial_in_child(job)
    held = planned.network.of_rank(5, 7)
    assert isinstance(found, Trial)
    assert (found.neurons, found.synapses) == (sum(held.partition.counts), held.synapses)
    assert found.updates == found.steps * found.neurons
    assert found.draws == found.steps * held.n_draws
    # 1,000 neurons, nearly all of which are played, at 10 Hz.
    assert 0.5 < found.spikes_per_step < 1.5
    assert found.exchanges == found.steps // 16
    assert found.arrays == pytest.approx(held.built, rel=0.03, abs=70_000)
    assert found.before < found.built <= found.peak


def test_what_fails_in_a_trial_is_said() -> None:
    planned = PlannedModel("model.py", ["n=100"], None, 10.0)
    job = TrialJob(planned.network.description, 0, 2, [None])  # type: ignore[list-item]  # wrong
    with pytest.raises(Exception, match="rank 0 of 2: it ended with status 1: AttributeError"):
        trial_in_child(job)


def test_a_script_runs_what_was_asked_for(distsnn, folder: Path) -> None:
    arguments = ("--set", "n=500", "--set", "weight=1.5", "--time", "50000", "--rate", "10")
    shape = ("--nodes", "3", "--ranks-per-node", "4", "--threads", "2")
    said = distsnn("jobscript", "model.py", *shape, *arguments, "-o", "job.sh")
    assert said == "written: job.sh; submit it with: sbatch job.sh\n"
    text = Path("job.sh").read_text()
    subprocess.run(["bash", "-n", "job.sh"], check=True)
    for line in (
        "#SBATCH --job-name=model",
        "#SBATCH --nodes=3",
        "#SBATCH --ntasks-per-node=4",
        "#SBATCH --cpus-per-task=2",
        "#SBATCH --signal=USR1@300",
        "#SBATCH --requeue",
    ):
        assert f"\n{line}\n" in text
    assert "\n#SBATCH --mem=1" in text
    assert f"set -- run {folder}/model.py --set n=500 --set weight=1.5 --time 50000 " in text
    assert "\n# Planned: 12 ranks of 2 threads on 3 nodes with " in text
    assert "\nsrun --cpus-per-task=2 --cpu-bind=cores " in text
    assert '"$environment/bin/distsnn" "$@" --threads 2 || status=$?\n' in text
    assert "is no wall time" in distsnn("jobscript", "model.py", "--wall", "x", status=1)
    assert "so it must be longer" in distsnn("jobscript", "model.py", "--wall", "2:00", status=1)
    again = distsnn("jobscript", "model.py", "--wall", "1:00:00", "-o", "job.sh", status=1)
    assert again.startswith("distsnn: job.sh: the file exists; a script replaces nothing.")
    assert "#SBATCH --time=01:00:00" in distsnn("jobscript", "model.py", "--wall", "1:00:00")


def test_a_script_goes_on_until_it_is_done(distsnn, folder: Path) -> None:
    """The commands of the batch system do here what it would do."""
    distsnn("jobscript", "model.py", "--set", "n=50", "-o", "job.sh", "--ranks-per-node", "1")
    commands = folder / "bin"
    commands.mkdir()
    (commands / "distsnn").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m distsnn.cli "$@"\n')
    (commands / "srun").write_text(
        '#!/bin/sh\nshift 5\n[ -e once ] && exec "$@"\ntouch once\n"$@" && exit 75\n'
    )
    (commands / "scontrol").write_text('#!/bin/sh\necho "$@" > requeued\n')
    for file in commands.iterdir():
        file.chmod(0o755)
    environment = {
        "PATH": f"{commands}:/usr/bin:/bin",
        "SLURM_JOB_ID": "7",
        "DISTSNN_ENVIRONMENT": str(folder),
        "SLURM_JOB_USER": "somebody",
        # Empty: next to the package, where the other tests have compiled.
        "NUMBA_CACHE_DIR": "",
    }
    for status in (75, 0):
        done = subprocess.run(
            ["bash", "job.sh"],
            env={**_inherited(), **environment},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == status, done.stderr
    assert (folder / "requeued").read_text() == "requeue 7\n"
    assert (folder / "model-7.h5").exists()


def _inherited() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("DISTSNN", "PYTHON", "HOME"))
    }


RECORDING = """
import distsnn as snn


def network(n=40):
    G = snn.NeuronGroup(n, snn.LIF(), name="G")
    S = snn.Synapses(G, G, "w : 1", on_pre="V_m_post += w*mV", name="S")
    S.connect(p=0.5)
    return snn.Network(
        G,
        S,
        snn.StateMonitor(G, ["V_m", "I_e"], record=[3, 4, 5], dt=0.5),
        snn.StateMonitor(S, "w", record=True),
        snn.StateMonitor(G, "V_m", record=True, to="v.h5"),
        snn.SpikeMonitor(G),
        snn.PopulationRateMonitor(G),
    )
"""


@pytest.mark.parametrize(("ranks", "copies", "of_spike"), [(1, 2.0, 18), (4, 3.5, 24)])
def test_what_monitors_keep_is_counted(
    folder: Path, ranks: int, copies: float, of_spike: int
) -> None:
    (folder / "recording.py").write_text(RECORDING)
    planned = PlannedModel("recording.py", [], 1000.0, 10.0)
    found = planned.forecast(JobShape(ranks), False, None)
    values = 2 * 3 * 2000 + 10_000 * 0.5 * 40**2
    expected = 8 * copies * values + of_spike * 40 * 10 + 16 * 10_000
    assert found.memory["monitors"] == pytest.approx(expected)
    assert found.peak >= sum(found.memory.values())
