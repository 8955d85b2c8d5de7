"""The conftest.py of a folder with Brian's tests: each runs in a process of its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.brian_suite import stand_in
from tests.conformance.forked_tests import pytest_runtest_protocol

__all__ = ["pytest_runtest_protocol"]

stand_in.install()
# Tests of what only Brian's own devices have.
OF_DEVICES = {"standalone_only", "cpp_standalone", "openmp", "gsl"}


@pytest.fixture
def fake_randn_randn_fixture() -> Any:
    """Replace normal numbers, which is no matter of users."""
    raise stand_in.InternalNameError("a fixture that replaces randn")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if OF_DEVICES & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.skip(reason="of Brian's devices"))
