"""The simulators that results are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def peer() -> Iterator[Any]:
    """NEST, which says nothing but errors and is empty after the tests of a file."""
    found = pytest.importorskip("nest")
    if hasattr(found, "VerbosityLevel"):
        found.verbosity = found.VerbosityLevel.ERROR
    else:
        found.set_verbosity("M_ERROR")
    yield found
    found.ResetKernel()
