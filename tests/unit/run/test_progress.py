"""Bars on rank 0, and none elsewhere."""

from __future__ import annotations

import re

import pytest

import distsnn as snn
from distsnn.exchange import run_loopback
from distsnn.run.progress import BuildProgress, RunProgress


def test_a_run_shows_time_spikes_and_what_remains(capfd: pytest.CaptureFixture[str]) -> None:
    bar = RunProgress(True, 100, 1100, 0.1, lambda: 12_345)
    for step in (100, 400, 1100):
        bar.reach(step)
    bar.close()
    said = capfd.readouterr().err
    assert "100.0/100.0 ms" in said
    assert "12,345 spikes" in said
    assert re.search(r"\d+\.\d\d s per s", said)


def test_a_build_shows_synapses(capfd: pytest.CaptureFixture[str]) -> None:
    bar = BuildProgress(True, 500.0)
    bar.add(600)
    bar.add(400)
    bar.close()
    assert "building" in capfd.readouterr().err


def test_silence_is_the_default(capfd: pytest.CaptureFixture[str]) -> None:
    for shown in (False,):
        bar = RunProgress(shown, 0, 10, 0.1, lambda: 0)
        bar.reach(5)
        bar.close()
        build = BuildProgress(shown, 10.0)
        build.add(3)
        build.close()
    snn.Network(snn.NeuronGroup(2, snn.LIF())).run(1.0)
    found = capfd.readouterr()
    assert found.out == found.err == ""


def test_one_rank_shows_it(capfd: pytest.CaptureFixture[str]) -> None:
    def job(world: object) -> None:
        snn.Network(snn.NeuronGroup(4, snn.LIF())).run(2.0, progress=True)

    run_loopback(3, job)
    said = capfd.readouterr().err
    assert len(re.findall(r"2\.0/2\.0 ms", said)) == 1
