"""A plugin of pytest: scenarios of PyNN run on distsnn in place of the simulators they name."""

from __future__ import annotations

import os
from typing import Any

import pytest

import distsnn.pynn  # noqa: F401 - scenarios import it as pyNN.distsnn
from distsnn.exchange import current_world

_remove = os.remove


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for mark in metafunc.definition.iter_markers("parametrize"):
        if mark.args and mark.args[0] == "sim":
            simulator = type(mark.args[1][0].values[0])
            mark.args[1][:] = [pytest.param(simulator("distsnn"), id="distsnn")]


@pytest.fixture(autouse=True)
def remove_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file that all ranks have read be removed by one of them."""

    def remove(path: Any) -> None:
        world = current_world()
        world.barrier()
        if world.rank == 0:
            _remove(path)
        world.barrier()

    monkeypatch.setattr(os, "remove", remove)
