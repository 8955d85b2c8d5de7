"""A plugin of pytest: scenarios of PyNN run on distsnn in place of the simulators they name."""

from __future__ import annotations

import pytest

import distsnn.pynn  # noqa: F401 - scenarios import it as pyNN.distsnn


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for mark in metafunc.definition.iter_markers("parametrize"):
        if mark.args and mark.args[0] == "sim":
            simulator = type(mark.args[1][0].values[0])
            mark.args[1][:] = [pytest.param(simulator("distsnn"), id="distsnn")]
