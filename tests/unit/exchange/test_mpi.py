"""How the MPI library is started."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from unittest.mock import Mock

import pytest

from distsnn.exchange import mpi

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
