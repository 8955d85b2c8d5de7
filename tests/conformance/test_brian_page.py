"""The page "Coming from Brian 2" says what comes of Brian's tests, and what is refused."""

from __future__ import annotations

import pytest

import distsnn.brian as star
from distsnn.errors import DistsnnError
from tests.conformance.brian_suite import page


@pytest.mark.parametrize("name", page.BLOCKS)
def test_a_block_is_as_it_is_written_now(name: str) -> None:
    found = page.block_of(page.PAGE.read_text(encoding="utf8"), name)
    assert found == page.BLOCKS[name](), "run python -m tests.conformance.brian_suite.page"


def test_each_refused_name_says_so() -> None:
    for instead, names in page.refused_names().items():
        for name in names:
            with pytest.raises(DistsnnError, match=name) as error:
                getattr(star, name)()
            assert instead in str(error.value)


def test_no_test_of_brian_is_listed_twice() -> None:
    tests = [
        f"{file}: {test}"
        for name in ("passing", "earlier")
        for file, found in page.lists(name).items()
        for test in found
    ]
    tests += [test for found in page.lists("others").values() for test in found]
    assert len(tests) == len(set(tests))
