"""What an exchange costs is measured by ranks of a job of their own."""

from __future__ import annotations

import pytest

from distsnn.errors import LauncherError
from distsnn.exchange import measure


def test_a_link_is_measured() -> None:
    link = measure.measure_link()
    assert link is not None
    # From a microsecond in memory to what a network takes; loaded machines are slow.
    assert 1e-7 < link.latency < 1.0
    assert 0.0 <= link.per_byte < 1e-6


def test_without_an_mpi_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*given: object, **named: object) -> None:
        raise LauncherError("launcher", "neither mpirun nor mpiexec was found")

    monkeypatch.setattr(measure, "launch", missing)
    assert measure.measure_link() is None
