"""Tests on several ranks, many in one launch.

All tests of a folder on one number of ranks are run by one launch. A test counts as passed if all
ranks say so. One that fails or hangs ends its launch: those after it are launched again, and it
alone, which says what is wrong.
"""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from distsnn.exchange import launch

# Set in the pytest of tests on several ranks: where it may leave files.
FOLDER = "DISTSNN_TEST_FOLDER"
# Of a launch, for each of its tests besides the limit of the longest one.
_SECONDS_A_TEST = 30.0
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "PYTHONFAULTHANDLER": "1",
}


class RanksError(Exception):
    """A test failed on some rank; the text is what the ranks said."""


class LaunchedTest(pytest.Item):
    """One test on several ranks, in a pytest under the launcher."""

    n_ranks: int
    seconds: float

    def runtest(self) -> None:
        said = self._with_others().get(self.nodeid) or self._alone()
        if said.startswith("skipped"):
            pytest.skip(said)
        if said != "passed":
            raise RanksError(said)

    def _with_others(self) -> dict[str, str]:
        """What the tests of this folder on this number of ranks said in common launches."""
        group = [one for one in self.session.items if isinstance(one, LaunchedTest)]
        group = [one for one in group if one._kind() == self._kind()]
        if len(group) == 1:
            return {}
        # Workers of xdist share the folder above theirs.
        folder = self.config._tmp_path_factory.getbasetemp()
        folder = folder.parent if hasattr(self.config, "workerinput") else folder
        found = folder / f"{self._kind()}.json"
        with found.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not found.exists():
                found.write_text(json.dumps(_said_together(group)), encoding="utf8")
        return dict(json.loads(found.read_text(encoding="utf8")))

    def _kind(self) -> str:
        parts = self.path.relative_to(self.config.rootpath).parts[:-1]
        return "-".join([*parts[:2], f"ranks{self.n_ranks}"])

    def _alone(self) -> str:
        done = _launched([self])
        if done.hangs:
            raise RanksError(f"not finished after {self.seconds} s\n{done.printed}")
        said = done.said.get(self.nodeid, "")
        # What ranks say counts only if none has failed behind it.
        ended_well = done.status == 0 or said.startswith("skipped")
        return said if ended_well and said else done.printed

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: str | None = None
    ) -> str:
        if isinstance(excinfo.value, RanksError):
            return f"on {self.n_ranks} ranks: {excinfo.value}"
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name


@dataclass(frozen=True)
class _Launch:
    """What a launch of tests said.

    Attributes
    ----------
    said : dict of str to str
        By test, "passed" or "skipped: ...": what all ranks have said.
    begun : bool
        Whether a rank has begun a test.
    hangs : bool
        Whether it was killed at its limit of time.
    status : int
        What the launcher returned.
    printed : str
    """

    said: dict[str, str]
    begun: bool
    hangs: bool
    status: int
    printed: str


def outcomes_of(folder: Path, rank: int) -> Path:
    """The file in which a rank says how its tests begin and end."""
    return folder / f"outcomes{rank}"


def _said_together(group: list[LaunchedTest]) -> dict[str, str]:
    said: dict[str, str] = {}
    while len(group) > 1:
        done = _launched(group)
        said |= done.said
        if not done.begun:
            break
        # The first that is left ended the launch.
        group = [one for one in group if one.nodeid not in said][1:]
    return said


def _launched(tests: list[LaunchedTest]) -> _Launch:
    seconds = max(one.seconds for one in tests)
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--color=no"]
    # Importing hypothesis would be more than half of the time of most tests.
    command += ["-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:xdist", "-m", ""]
    # Shows where each rank hangs, before all are killed.
    command += ["-o", f"faulthandler_timeout={max(seconds - 2, 1)}"]
    # One of several that hangs ends its rank, and by that the others.
    alone = len(tests) == 1
    command += ["-o", f"timeout={0 if alone else seconds}", "-o", "timeout_method=thread"]
    command += [one.nodeid for one in tests]
    limit = seconds if alone else seconds + _SECONDS_A_TEST * len(tests)
    n_ranks, hangs, status = tests[0].n_ranks, False, 1
    with tempfile.TemporaryDirectory(prefix="distsnn-test-") as folder:
        environment = _ENVIRONMENT | {FOLDER: folder}
        try:
            done = launch(command, n_ranks, limit, environment, capture=True)
            status, output = done.returncode, [done.stderr, done.stdout]
        except subprocess.TimeoutExpired as error:
            hangs, output = True, [str(error.stderr), str(error.stdout)]
        of_ranks = [_outcomes(outcomes_of(Path(folder), rank)) for rank in range(n_ranks)]
    said = {
        name: text
        for name, text in of_ranks[0].items()
        if text == "passed" or text.startswith("skipped")
        if all(other.get(name) == text for other in of_ranks)
    }
    printed = "\n".join([f"status {status}, {said or 'did not pass'}", *output])
    return _Launch(said, any(of_ranks), hangs, status, printed)


def _outcomes(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf8").splitlines()
    # A rank that was killed may have left half a line.
    whole = [line for line in lines if line.endswith("]")]
    return dict(json.loads(line) for line in whole)
