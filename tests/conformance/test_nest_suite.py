"""The tests of NEST run on `distsnn.nest`; those of a list pass, and must go on passing.

DISTSNN_NEST_TESTS names the folder ``testsuite/pytests`` of NEST's repository (of 2026). Nothing of
it is copied; its ``import nest`` finds `distsnn.nest` (`tests.conformance.nest_suite.plugin`).
`passing.json` has the tests that pass, by folder and file, without those that compare random
numbers with a limit that NEST's seed meets; `others.json` has the others, by the reason why they
do not. Both come from `tests.conformance.nest_suite.run_folder`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conformance.nest_suite.run_folder import run_folder

FOLDER = os.environ.get("DISTSNN_NEST_TESTS", "")
HERE = Path(__file__).parent / "nest_suite"
PASSING: dict[str, dict[str, list[str]]] = json.loads(
    (HERE / "passing.json").read_text(encoding="utf8")
)

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FOLDER, reason="DISTSNN_NEST_TESTS is not set"),
    # A folder has hundreds of tests, which compile with cold caches.
    pytest.mark.timeout(2700),
]


@pytest.mark.parametrize("folder", PASSING)
def test_what_passes_goes_on_passing(folder: str, tmp_path: Path) -> None:
    lines = run_folder(Path(FOLDER), folder, tmp_path)
    said = {(line["file"], line["test"]): line for line in lines}
    lost = {
        f"{file}: {test}": said.get((f"test_{file}.py", test), {}).get("said", "not there")
        for file, tests in PASSING[folder].items()
        for test in tests
        if said.get((f"test_{file}.py", test), {}).get("outcome") != "passed"
    }
    assert not lost, lost
