from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import h5py
import pytest

import distsnn as snn
from distsnn import EdgeFile, __version__, cli
from distsnn import plot as pictures
from distsnn.exchange import launch
from distsnn.record.files.file_layout import partial_path
from distsnn.record.spikes.spike_reader import SpikeFile
from tests.jobs import FAULT, SECONDS_TO_END, seconds_since_fault

MODEL = '''"""Ten cells."""
import distsnn as snn
from distsnn.exchange import current_world

DURATION = 40.0


def network(
    n=10,  # number of cells
    current=400.0,  # input (pA)
    name="cells",
    fail_on=-1,
):
    if current_world().rank == fail_on:
        undefined_name
    return snn.Network(snn.NeuronGroup(n, snn.LIF(I_e=current), name=name))


def report(network, spikes):
    return f"report: {spikes.count('cells')} spikes by {spikes.groups['cells']} cells"
'''

CONNECTED = """
import distsnn as snn


def network():
    cells = snn.NeuronGroup(6, snn.LIF(I_e=400.0), name="a")
    made = snn.Synapses(cells, cells, snn.Delta(), weight=snn.Normal(0.1, 0.01), name="S")
    made.connect()
    return snn.Network(cells, made)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder with a model; hooks are put back afterwards."""
    (tmp_path / "model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    return tmp_path


@pytest.fixture
def distsnn(capsys: pytest.CaptureFixture[str]):
    def command(*arguments: str, status: int = 0) -> str:
        """Run the command in this process; return what it printed, errors first."""
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        printed = capsys.readouterr()
        assert ended.value.code == status, printed.err
        return printed.err + printed.out

    return command


def on_ranks(ranks: int, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "distsnn.cli", *arguments]
    return launch(
        command, ranks, timeout=timeout, capture=True, environment={"DISTSNN_WORLD": "auto"}
    )


def alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "distsnn.cli", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)


def test_version(distsnn) -> None:
    assert distsnn("--version") == f"distsnn {__version__}\n"


def test_examples_are_listed(distsnn) -> None:
    lines = distsnn("examples").splitlines()
    names = [line.split()[0] for line in lines]
    assert names[:5] == ["microcircuit", "brunel", "plastic", "cuba", "coba"]
    assert names[5] == "synapses_simplest"
    assert "Potjans & Diesmann 2014" in lines[0]


def test_parameters_of_an_example_are_listed(distsnn) -> None:
    text = distsnn("examples", "brunel")
    assert "  g=5.0            strength of inhibition relative to excitation\n" in text
    assert "valid names are brunel" in distsnn("examples", "brunell", status=1)


def test_a_model_file_runs(distsnn) -> None:
    text = distsnn("run", "model.py", "--record", "spikes.h5")
    assert "10 neurons, 0 synapses on 1 rank" in text
    assert "\ncells            10" in text
    n = SpikeFile("spikes.h5").count("cells")
    assert f"report: {n} spikes by 10 cells\n\nwritten: spikes.h5\n" in text
    assert SpikeFile("spikes.h5").header.end == 40.0


def test_parameters_time_seed_and_picture(distsnn) -> None:
    pytest.importorskip("matplotlib")
    distsnn(
        "run", "model.py", "--set", "n=4", "--set", "current=5e2", "--set", "name=cells",
        "--time", "20", "--seed", "7", "--plot", "picture.png", "--record", "spikes.h5", "--quiet",
    )  # fmt: skip
    spikes = SpikeFile("spikes.h5")
    assert (spikes.groups["cells"], spikes.header.end, spikes.header.seed) == (4, 20.0, 7)
    assert Path("picture.png").stat().st_size > 1000


def test_quiet_prints_nothing_and_leaves_nothing(distsnn, folder: Path) -> None:
    assert distsnn("run", "model.py", "--quiet") == ""
    assert [path.name for path in folder.glob("*.h5")] == []


def test_the_generated_code_is_shown(distsnn, folder: Path) -> None:
    shown = distsnn("run", "model.py", "--show-code")
    assert shown.startswith("# ")
    assert "# update cells\n" in shown
    assert " group 0\n" not in shown
    assert "def update(step, " in shown
    assert "V_m_[lid] = " in shown
    assert "\n# g0 is " in shown
    assert "spikes by" not in shown
    refused = distsnn("run", "model.py", "--show-code", "--plot", "picture.png", status=2)
    assert "--show-code runs nothing" in refused
    assert not list(folder.glob("*.h5")) + list(folder.glob("*.png"))


def test_a_recording_is_replaced_when_told(distsnn) -> None:
    distsnn("run", "model.py", "--record", "spikes.h5", "--quiet")
    text = distsnn("run", "model.py", "--record", "spikes.h5", "--quiet", status=1)
    assert text.startswith("distsnn: spikes.h5: the file exists; ")
    assert text.count("\n") == 1
    distsnn("run", "model.py", "--record", "spikes.h5", "--quiet", "--overwrite", "--time", "5")
    assert SpikeFile("spikes.h5").header.end == 5.0


def test_info(distsnn) -> None:
    distsnn("run", "model.py", "--record", "spikes.h5", "--quiet", "--seed", "3")
    text = distsnn("info", "spikes.h5")
    assert (
        "spikes.h5: spikes, finished\ntime      0 to 40 ms, steps of 0.1 ms\nseed      3\n" in text
    )
    assert "\ncells            10" in text
    assert distsnn("info", "missing.h5", status=1) == (
        "distsnn: missing.h5: there is no such file.\n"
    )


def test_info_and_plot_of_traces_and_weights(distsnn) -> None:
    pytest.importorskip("matplotlib")
    cells = snn.NeuronGroup(6, snn.LIF(I_e=400.0), name="cells")
    synapses = snn.Synapses(cells, cells, snn.Delta(), weight=snn.Normal(1.0, 0.2), name="S")
    synapses.connect()
    trace = snn.StateMonitor(cells, ["V_m", "I_e"], True, to=snn.RecordingFile("v.h5", "gzip"))
    net = snn.Network(cells, synapses, trace, seed=9)
    net.run(30.0)
    net.write_weights("w.h5")
    text = distsnn("info", "v.h5")
    assert "v.h5: traces, finished\ntime      0 to 30 ms, steps of 0.1 ms\nseed      9\n" in text
    assert "gzip" in text
    assert "6 neurons of cells, 300 times every 0.1 ms" in text
    assert "V_m       mV" in text
    text = distsnn("info", "w.h5")
    assert "w.h5: synapses, finished\ntime      30 to 30 ms" in text
    assert "36  cells to cells: syn_weight (mV), delay (ms), dendritic_delay (ms)" in text
    for name, options in (("v", ["--start", "10", "--stop", "20"]), ("w", [])):
        distsnn("plot", f"{name}.h5", "-o", f"{name}.png", *options)
        assert Path(f"{name}.png").stat().st_size > 10_000
    text = distsnn("plot", "w.h5", "-o", "none.png", "--start", "10", status=1)
    assert "weights are those at one time. Leave start and stop out." in text
    distsnn("plot", "w.h5", "-o", "chosen.png", "--synapses", "S")
    text = distsnn("plot", "w.h5", "-o", "chosen.png", "--synapses", "T", status=1)
    assert "w.h5: unknown name 'T'; valid names are S." in text


def test_a_picture_says_that_it_shows_some_weights_only() -> None:
    pytest.importorskip("matplotlib")
    cells = snn.NeuronGroup(2, snn.LIF(), name="cells")
    many = [snn.Synapses(cells, cells, snn.Delta(), weight=1.0, name=f"S{k}") for k in range(38)]
    for synapses in many:
        synapses.connect()
    net = snn.Network(cells, many)
    net.run(0.0)
    net.write_weights("w.h5")
    figure = pictures.recording_picture("w.h5")
    assert len(figure.axes) == 36
    assert "w.h5: 36 of 38 distributions; --synapses chooses others" in figure.get_suptitle()
    figure = pictures.recording_picture("w.h5", synapses=["S37", "S0"])
    assert [ax.get_title() for ax in figure.axes] == ["S0", "S37"]
    assert figure.get_suptitle() == "w.h5"


def test_resume_keeps_weights_and_compression(distsnn, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(CONNECTED)
    files = ["--record", "r.h5", "--weights", "w.h5", "--compression", "gzip"]
    begin = ["run", "model.py", "--quiet", *files, "--checkpoint", "s.h5"]
    distsnn(*begin, "--time", "20")
    assert "w.h5: the file exists" in distsnn(*begin, "--time", "20", status=1)
    # It replaces its own weights, and nothing else.
    distsnn("resume", "s.h5", "--time", "40", "--quiet")
    assert EdgeFile(tmp_path / "w.h5").header.end == 40.0
    for name, dataset in (("r.h5", "spikes/a/timestamps"), ("w.h5", "edges/S/0/syn_weight")):
        with h5py.File(tmp_path / name) as file:
            assert file[dataset].compression == "gzip"
    other = ["--seed", "7", "--quiet", "--time", "10", "--overwrite"]
    distsnn("run", "model.py", "--weights", "w.h5", *other)
    text = distsnn("resume", "s.h5", "--time", "50", status=1)
    assert "w.h5: the file exists" in text
    given = ["--weights", "w2.h5", "--compression", "lzf", "--quiet"]
    distsnn("resume", "s.h5", "--time", "50", *given)
    with h5py.File(tmp_path / "r.h5") as file:
        assert file["spikes/a/timestamps"].compression == "lzf"
    assert EdgeFile(tmp_path / "w2.h5").header.end == 50.0


def test_resume_keeps_the_picture(distsnn, tmp_path: Path) -> None:
    first, other = tmp_path / "first.png", tmp_path / "other.png"
    (tmp_path / "m.py").write_text(MODEL)
    options = ["--checkpoint", "s.h5", "--time", "20", "--quiet"]
    distsnn("run", "m.py", "--plot", "first.png", *options)
    first.unlink()
    distsnn("resume", "s.h5", "--time", "30", "--quiet")
    assert first.exists()
    distsnn("resume", "s.h5", "--time", "40", "--plot", "other.png", "--quiet")
    assert other.exists()
    other.unlink()
    distsnn("resume", "s.h5", "--time", "50", "--quiet")
    assert other.exists()


def test_weights_and_compression(distsnn) -> None:
    options = ["--record", "spikes.h5", "--weights", "w.h5", "--compression", "gzip"]
    distsnn("run", "brunel", "--set", "scale=0.02", "--time", "20", "--quiet", *options)
    assert sum(map(EdgeFile("w.h5").count, EdgeFile("w.h5").populations)) > 0
    for name in ("spikes.h5", "w.h5"):
        assert "gzip" in distsnn("info", name)
    said = distsnn("run", "brunel", "--compression", "zip", "--record", "x.h5", status=1)
    assert "compression is None or one of gzip, lzf" in said


def test_plot(distsnn) -> None:
    pytest.importorskip("matplotlib")
    distsnn("run", "model.py", "--record", "spikes.h5", "--quiet")
    distsnn("plot", "spikes.h5", "-o", "picture.pdf", "--start", "10", "--stop", "30")
    assert Path("picture.pdf").stat().st_size > 1000
    assert ".foo is not the name of a format" in distsnn(
        "plot", "spikes.h5", "-o", "picture.foo", status=1
    )
    assert "no such folder" in distsnn("run", "model.py", "--plot", "no/picture.png", status=1)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--set", "curent=3"], "distsnn: model: unknown name 'curent'; valid names are current, "),
        (["--set", "n=many"], "distsnn: model: n='many'; n is a number (by default 10)."),
        (["--set", "n=0"], "distsnn: cells: N=0; N is a whole number >= 1. "),
        (["--set", "fail_on=0"], "distsnn: model.py, line 15: NameError: name 'undefined_name'"),
        (["--time", "-1"], "distsnn: Network.run: duration=-1.0 ms; "),
        (["--record", "no/spikes.h5"], "distsnn: no/spikes.h5: the file cannot be written ("),
    ],
)
def test_errors_are_one_line_without_a_traceback(
    distsnn,
    arguments: list[str],
    expected: str,
) -> None:
    text = distsnn("run", "model.py", "--quiet", *arguments, status=1)
    assert text.startswith(expected)
    assert "Traceback" not in text


def test_an_error_names_the_line_of_the_model(distsnn, folder: Path) -> None:
    text = distsnn("run", "model.py", "--set", "n=0", status=1)
    assert text.splitlines()[1] == f"  raised from {folder / 'model.py'}, line 16"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run"], "Missing argument 'MODEL'"),
        (["run", "model.py", "--sets", "1"], "No such option"),
        (["run", "model.py", "--set", "n"], "'n' is not of the form name=value"),
        (["run", "model.py", "--set", "n=1*2"], "neither a Python literal nor a word"),
        (["run", "model.py", "--set", "n=1", "--set", "n=2"], "n is set twice"),
        (["run", "model.py", "--time", "long"], "Invalid value for '--time'"),
        (["run", "model.py", "--ranks", "0"], "Invalid value for '--ranks'"),
        (["run", "model.py", "--threads", "0"], "Invalid value for '--threads'"),
        (["walk"], "No such command 'walk'"),
    ],
)
def test_wrong_usage_has_status_2(distsnn, arguments: list[str], expected: str) -> None:
    # Boxes and line breaks depend on the terminal and on what is installed.
    text = " ".join(distsnn(*arguments, status=2).replace("│", " ").split())
    assert expected in text


def test_a_fault_of_the_package_shows_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object, *args: object, **kwargs: object) -> None:
        raise KeyError("internal")

    monkeypatch.setattr("distsnn.Network.run", broken)
    with pytest.raises(KeyError, match="internal"):
        cli.main(["run", "model.py", "--quiet"])


def test_ranks_give_the_same_file(distsnn) -> None:
    settings = ["--set", "scale=0.05", "--time", "30", "--seed", "2"]
    distsnn("run", "brunel", *settings, "--record", "one.h5", "--quiet")
    started = alone("run", "brunel", *settings, "--ranks", "3", "--record", "three.h5")
    assert started.returncode == 0, started.stderr
    assert "on 3 ranks" in started.stdout
    assert started.stdout.count("excitatory") == 1
    launched = on_ranks(2, "run", "brunel", *settings, "--record", "two.h5")
    assert launched.returncode == 0, launched.stderr
    assert launched.stdout.count("excitatory") == 1
    assert Path("three.h5").read_bytes() == Path("one.h5").read_bytes()
    assert Path("two.h5").read_bytes() == Path("one.h5").read_bytes()


def test_threads_give_the_same_file(distsnn) -> None:
    run = ["run", "brunel", "--set", "scale=0.05", "--seed", "2"]
    distsnn(*run, "--time", "30", "--record", "one.h5", "--quiet")
    saved = alone(*run, "--time", "20", "--threads", "2", "--checkpoint", "state.h5")
    assert saved.returncode == 0, saved.stderr
    assert "on 1 rank of 2 threads" in saved.stdout
    assert saved.stdout.count("excitatory") == 1
    ranks = alone(*run, "--time", "30", "--threads", "2", "--ranks", "2", "--record", "two.h5")
    assert "on 2 ranks of 2 threads" in ranks.stdout, ranks.stderr
    assert Path("two.h5").read_bytes() == Path("one.h5").read_bytes()
    resumed = ["--time", "30", "--threads", "3", "--record", "end.h5", "--quiet"]
    assert alone("resume", "state.h5", *resumed).returncode == 0
    time, index = SpikeFile("one.h5").spikes("excitatory")
    again, who = SpikeFile("end.h5").spikes("excitatory")
    assert 0 < again.size < time.size
    assert (again == time[-again.size :]).all()
    assert (who == index[-again.size :]).all()


@pytest.mark.parametrize("rank", [0, 1])
def test_a_model_that_fails_on_one_rank_ends_the_job(rank: int) -> None:
    Path("model.py").write_text(MODEL.replace("undefined_name", "fault(), undefined_name") + FAULT)
    result = on_ranks(2, "run", "model.py", "--set", f"fail_on={rank}")
    assert seconds_since_fault(Path()) < SECONDS_TO_END
    assert result.returncode != 0
    assert f"distsnn: rank {rank} of 2: model.py, line 15: NameError" in result.stderr
    assert result.stderr.count("NameError") == 1
    assert "Traceback" not in result.stderr


def test_a_run_goes_on_from_a_checkpoint(distsnn) -> None:
    settings = ("--set", "n=4", "--set", "current=5e2", "--seed", "7")
    distsnn("run", "model.py", *settings, "--time", "60", "--record", "whole.h5", "--quiet")
    files = ("--record", "spikes.h5", "--checkpoint", "s.h5")
    text = distsnn("run", "model.py", *settings, *files, "--every", "7")
    assert "written: spikes.h5 and s.h5" in text
    text = distsnn("info", "s.h5")
    assert text.startswith("s.h5: checkpoint\ntime      40 ms, steps of 0.1 ms\nseed      7\n")
    assert "model.py n=4 current=500.0, to 40 ms\n" in text
    text = distsnn("resume", "s.h5", "--time", "60")
    assert "20 ms in " in text
    assert Path("spikes.h5").read_bytes() == Path("whole.h5").read_bytes()
    assert "time      60 ms" in distsnn("info", "s.h5")
    # At its end it has nothing to do, and can be told to go on elsewhere.
    distsnn("resume", "s.h5", "--quiet")
    assert Path("spikes.h5").read_bytes() == Path("whole.h5").read_bytes()
    distsnn("resume", "s.h5", "--time", "70", "--record", "rest.h5", "--quiet")
    assert (SpikeFile("rest.h5").header.start, SpikeFile("rest.h5").header.end) == (60.0, 70.0)


def test_what_cannot_go_on(distsnn, folder: Path) -> None:
    distsnn("run", "model.py", "--checkpoint", "s.h5", "--quiet")
    text = distsnn("run", "model.py", "--checkpoint", "s.h5", "--quiet", status=1)
    assert text.startswith("distsnn: s.h5: the file exists; a checkpoint replaces nothing")
    assert "the network has reached 40 ms" in distsnn("resume", "s.h5", "--time", "9", status=2)
    assert "say --checkpoint FILE" in distsnn("run", "model.py", "--every", "9", status=2)
    (folder / "model.py").write_text(MODEL.replace("I_e=current", "I_e=current, E_L=-71"))
    assert "model.py is another one now" in distsnn("resume", "s.h5", status=1)
    text = distsnn("resume", "s.h5", "--model", "model.py", status=1)
    assert "cells.model.E_L is -71.0 and was -70.0" in text
    (folder / "model.py").unlink()
    assert "there is no " in distsnn("resume", "s.h5", status=1)
    text = distsnn("resume", "s.h5", "--model", "model.py", status=1)
    assert "model.py: there is no such file" in text
    snn.Network(snn.NeuronGroup(1, snn.LIF())).save("script.h5")
    assert "the checkpoint was made by a script" in distsnn("resume", "script.h5", status=1)
    assert "there is no such file" in distsnn("resume", "none.h5", status=1)


def test_an_error_on_all_ranks_is_said_once() -> None:
    result = on_ranks(2, "run", "model.py", "--set", "m=1")
    assert result.returncode != 0
    assert result.stderr.count("unknown name 'm'") == 1


def test_wrong_usage_is_said_once() -> None:
    result = on_ranks(2, "run", "model.py", "--ranks", "2")
    assert result.returncode != 0
    assert result.stderr.count("leave --ranks out under mpirun or srun") == 1


def test_ctrl_c_leaves_the_spikes_so_far() -> None:
    command = [sys.executable, "-m", "distsnn.cli", "run", "model.py", "--time", "1e9"]
    command += ["--record", "spikes.h5"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as job:
        # The bar of the run, not that of building, has a time.
        assert job.stderr is not None
        text = ""
        while " ms " not in text:
            more = job.stderr.read(1)
            assert more, text
            text += more
        job.send_signal(signal.SIGINT)
        _, errors = job.communicate(timeout=240)
    assert job.returncode == 130
    assert "distsnn: interrupted." in errors
    assert not Path("spikes.h5").exists()
    assert not SpikeFile(partial_path("spikes.h5")).header.finished
