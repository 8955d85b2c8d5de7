"""The page "Coming from Brian 2" says what comes of Brian's tests, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from distsnn.errors import DistsnnError
from tests.conformance.brian_suite.run_file import lists

star = pytest.importorskip("distsnn.brian", exc_type=ImportError)
page = pytest.importorskip("tests.conformance.brian_suite.page")


@pytest.mark.parametrize("name", ["suite", "refused", "besides"])
def test_a_block_is_as_it_is_written_now(name: str) -> None:
    found = page.block_of(page.PAGE.read_text(encoding="utf8"), name)
    assert found == page.BLOCKS[name](), "run python -m tests.conformance.brian_suite.page"


def test_each_refused_name_says_so() -> None:
    for instead, names in page.refused_names().items():
        for name in names:
            with pytest.raises(DistsnnError, match=name) as error:
                getattr(star, name)()
            assert instead in str(error.value)


@pytest.mark.parametrize(("said", "script"), [one[2:] for one in page.BESIDES])
def test_what_else_is_refused_says_so(said: str, script: str) -> None:
    star.start_scope()
    around: dict[str, Any] = {}
    exec("from distsnn.brian import *", around)
    exec("G = NeuronGroup(3, 'v : 1', threshold='v > 1', reset='')", around)
    with pytest.raises(DistsnnError) as error:
        exec(script, around)
    assert said.lower() in str(error.value).lower()


def test_no_test_of_brian_is_listed_twice() -> None:
    tests = [
        f"{file}: {test}"
        for name in ("passing", "earlier")
        for file, found in lists(name).items()
        for test in found
    ]
    tests += [test for found in lists("others").values() for test in found]
    assert len(tests) == len(set(tests))
