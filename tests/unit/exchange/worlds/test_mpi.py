"""How the MPI library is started."""

from __future__ import annotations

import os
import socket
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from unittest.mock import Mock

import pytest

from distsnn.exchange.worlds import mpi

STEP = {"SLURM_STEP_NUM_NODES": "2", "PMI_JOBID": "7.0", "PMI_FD": "9"}


@pytest.mark.parametrize(
    ("changes", "fail"),
    [
        ({}, True),
        ({"SLURM_STEP_NUM_NODES": "1"}, False),
        ({"SLURM_STEP_NUM_NODES": ""}, False),
        # As a launcher's, which it starts by srun.
        ({"PMI_JOBID": None}, False),
    ],
)
def test_addresses_are_too_long_for_slurm_on_several_nodes(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str | None], fail: bool
) -> None:
    monkeypatch.setattr(mpi, "version", Mock(return_value="5.0.2"))
    environment = {name: value for name, value in (STEP | changes).items() if value is not None}
    assert mpi._long_addresses_fail(environment) is fail


def test_another_mpi_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpi, "version", Mock(side_effect=PackageNotFoundError))
    assert not mpi._long_addresses_fail(STEP)
    monkeypatch.setattr(mpi, "version", version)
    assert not mpi._long_addresses_fail({})


def test_what_the_launcher_has_not_read(tmp_path: Path) -> None:
    reads, writes = os.pipe()
    one, other = socket.socketpair()
    with open(reads, "rb", 0) as launcher, open(writes, "wb", 0) as rank, one, other:
        for read, end in ((launcher.read, rank), (other.recv, one)):
            os.write(end.fileno(), b"message")
            assert mpi.unread_bytes(end.fileno()) > 0
            assert read(20) == b"message"
            assert mpi.unread_bytes(end.fileno()) == 0
    with (tmp_path / "file").open("wb", 0) as file:
        file.write(b"message")
        assert mpi.unread_bytes(file.fileno()) == 0
    assert mpi.unread_bytes(-1) == 0
