"""Progress on rank 0, and none elsewhere: bars, widgets, lines."""

from __future__ import annotations

import io
import re
import sys
import types

import pytest

import distsnn as snn
from distsnn.exchange import run_loopback
from distsnn.run import progress_display
from distsnn.run.progress import BuildProgress, RunProgress, RunReport


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def show_a_run(report: RunReport) -> None:
    bar = RunProgress(True, 100, 1100, 0.1, lambda: 12_345, report)
    for step in (100, 400, 1100):
        bar.reach(step)
    bar.close()


def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    show_a_run(RunReport(bar=True))
    said = terminal.getvalue()
    assert "100.0/100.0 ms" in said
    assert "12,345 spikes" in said
    assert re.search(r"\d+\.\d\d s per s", said)
    assert "\r" in said


def test_a_log_has_lines_without_control_characters(capfd: pytest.CaptureFixture[str]) -> None:
    show_a_run(RunReport(bar=True, period=1e-6))
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("30.0 of 100.0 ms (30%), ")
    for said in ("12,345 spikes", " MB", "ends at "):
        assert said in lines[1]
    assert all(line.isprintable() for line in lines)


def test_a_notebook_updates_one_widget(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, of: str) -> None:
            shown[-1] = of

    def display(of: str, display_id: bool) -> Handle:
        shown.append(of)
        return Handle()

    kernel = types.SimpleNamespace(kernel=object())
    ipython = types.ModuleType("IPython")
    vars(ipython).update(get_ipython=lambda: kernel)
    shows = types.ModuleType("IPython.display")
    vars(shows).update(HTML=str, display=display)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", shows)
    show_a_run(RunReport(bar=True))
    assert len(shown) == 1
    assert 'max="100" value="100"' in shown[0]
    assert "12,345 spikes" in shown[0]


def test_by_default_only_what_lasts_is_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    snn.Network(snn.NeuronGroup(2, snn.LIF())).run(1.0)
    found = capfd.readouterr()
    assert found.out == found.err == ""
    monkeypatch.setattr(progress_display, "_BETWEEN_LINES", 0.0)
    show_a_run(RunReport())
    assert "100.0 of 100.0 ms" in capfd.readouterr().err
    show_a_run(RunReport(bar=False))
    assert capfd.readouterr().err == ""


def test_a_build_shows_synapses(capfd: pytest.CaptureFixture[str]) -> None:
    for shown in (False, True):
        bar = BuildProgress(shown, 500.0)
        bar.add(600)
        bar.add(400)
        bar.close()
    assert capfd.readouterr().err == "building 500 of 500 synapses (100%)\n"


def test_one_rank_shows_it(capfd: pytest.CaptureFixture[str]) -> None:
    def job(world: object) -> None:
        snn.Network(snn.NeuronGroup(4, snn.LIF())).run(2.0, progress=True)

    run_loopback(3, job)
    said = capfd.readouterr().err
    assert len(re.findall(r"2\.0 of 2\.0 ms \(100%\)", said)) == 1
