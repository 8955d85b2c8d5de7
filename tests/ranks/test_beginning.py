"""Jobs that end before their first step: by a signal, or by a rank that never meets the others."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from distsnn.beginning import STATUS_OF_STOP
from tests.jobs import SECONDS_TO_END, Job

# Waits where it is told to, as a large network does.
MODEL = """
import os
import time

import distsnn as snn
import distsnn.front.network.building as builds

DURATION = float(os.environ.get("TIME", "1"))
build = builds.build_rank


def wait(place):
    if os.environ.get("WAITS") == place:
        open("waits" + os.environ.get("PMI_RANK", ""), "w").close()
        while True:
            time.sleep(0.01)


def slowly(*arguments):
    wait("build")
    return build(*arguments)


builds.build_rank = slowly


def network():
    wait("network")
    cells = snn.NeuronGroup(4, snn.LIF(I_e=400.0), name="cells")
    made = snn.Synapses(cells, cells, snn.Exponential(5.0), weight=1.0, name="made")
    made.connect(p=0.5)
    return snn.Network(cells, made)
"""
EARLY = """
import os
import sys
import time

if os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK")) == "1":
    if os.environ["EARLY"] == "ends":
        os._exit(3)
    time.sleep(300)
"""
NOT_YET = "before the first step, nothing was saved; it can be started again.\n"
RUN = ("run", "model.py", "--record", "spikes.h5", "--quiet")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path


@pytest.mark.parametrize(
    ("ranks", "number", "place", "to"),
    [
        (1, signal.SIGUSR1, "network", None),
        (1, signal.SIGTERM, "build", None),
        (2, signal.SIGUSR1, "build", None),
        (2, signal.SIGTERM, "network", 1),
    ],
)
def test_a_signal_while_the_network_is_made(
    folder: Path, ranks: int, number: signal.Signals, place: str, to: int | None
) -> None:
    arguments = RUN if ranks == 1 else (*RUN, "--ranks", str(ranks))
    with Job(folder, *arguments, environment={"WAITS": place}) as job:
        assert job.wait_for(lambda: len(list(folder.glob("waits*"))) == ranks)
        begin = time.monotonic()
        if to is None:
            job.send(number)
        else:
            job.ranks()[to].send_signal(number)
        status, text = job.end()
    assert time.monotonic() - begin < SECONDS_TO_END
    assert status == STATUS_OF_STOP, text
    assert text.count("distsnn: ") == 1
    assert f"stopped by {number.name} {NOT_YET}" in text
    # It can indeed.
    with Job(folder, *arguments) as job:
        status, text = job.end()
    assert (status, (folder / "spikes.h5").exists()) == (0, True), text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_while_the_package_is_imported(folder: Path, number: signal.Signals) -> None:
    with Job(folder, *RUN) as job:
        # Its first line has the handler installed; seconds are left until the first step.
        assert job.wait_for(lambda: job.answers(number))
        job.send(number)
        status, text = job.end()
    assert (status, text) == (STATUS_OF_STOP, f"distsnn: stopped by {number.name} {NOT_YET}")


def test_an_interrupt_while_the_package_is_imported(folder: Path) -> None:
    with Job(folder, *RUN) as job:
        assert job.wait_for(lambda: job.answers(signal.SIGTERM))
        job.send(signal.SIGINT)
        status, text = job.end()
    assert (status, text) == (130, "distsnn: interrupted.\n")


@pytest.mark.parametrize("early", ["ends", "sleeps"])
def test_a_rank_that_never_meets_the_others(folder: Path, early: str) -> None:
    (folder / "sitecustomize.py").write_text(EARLY)
    environment = {"EARLY": early, "PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}"}
    with Job(folder, *RUN, "--ranks", "2", environment=environment) as job:
        if early == "sleeps":
            assert job.wait_for(lambda: len(job.ranks()) == 2 and job.answers(signal.SIGTERM))
            # Rank 0 waits in the start of MPI, which hears nothing.
            time.sleep(2.0)
            job.send(signal.SIGUSR1)
        begin = time.monotonic()
        status, text = job.end()
    if early == "sleeps":
        assert status == STATUS_OF_STOP
        assert time.monotonic() - begin < 2 * SECONDS_TO_END
    else:
        assert status == 1
        assert "distsnn: rank 1 of 2: ended before it had met the other ranks" in text


def test_ranks_do_not_wait_for_one_that_does_not_run(folder: Path) -> None:
    arguments = (*RUN, "--ranks", "2", "--checkpoint", "state.h5", "--every", "5")
    with Job(folder, *arguments, environment={"TIME": "1e8"}) as job:
        assert job.wait_for((folder / "state.h5").exists)
        first, second = job.ranks()
        second.send_signal(signal.SIGSTOP)
        first.send_signal(signal.SIGTERM)
        begin = time.monotonic()
        status, text = job.end()
    assert time.monotonic() - begin < SECONDS_TO_END
    assert status == STATUS_OF_STOP, text
    assert "distsnn: rank 0 of 2: stopped by SIGTERM; rank 1 does not run" in text
