"""The tests of Brian 2 run on distsnn; those of a list pass, and must go on passing.

DISTSNN_BRIAN_TESTS names the folder ``brian2/tests`` of Brian's repository (of 2026, which has a
few tests more than 2.9). Its files are copied to a folder of the test, where ``import brian2``
finds `distsnn.brian` (`tests.conformance.brian_suite.stand_in`). `passing.json` has the tests that
pass, by file; `earlier.json` those that pass if an error may come where an object is made;
`others.json` has the others, by the reason why they do not. They come from
`tests.conformance.brian_suite.run_file`, and `tests.conformance.brian_suite.page` writes their
numbers into the page for users.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conformance.brian_suite.run_file import lists, run_file

FOLDER = os.environ.get("DISTSNN_BRIAN_TESTS", "")
FILES = [(name, False) for name in lists("passing")] + [(name, True) for name in lists("earlier")]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FOLDER, reason="DISTSNN_BRIAN_TESTS is not set"),
]


@pytest.mark.parametrize(("name", "earlier"), FILES)
def test_what_passes_goes_on_passing(name: str, earlier: bool, tmp_path: Path) -> None:
    listed = lists("earlier" if earlier else "passing")[name]
    lines = run_file(Path(FOLDER), name, tmp_path, listed, earlier)
    passed = {line["test"] for line in lines if line["outcome"] == "passed"}
    said = {line["test"]: line["said"] for line in lines}
    lost = {test: said.get(test, "not there") for test in listed if test not in passed}
    assert not lost, lost
