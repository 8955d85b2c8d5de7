"""Scripts about groups: the number of ranks is not part of the result, to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.exchange import run_loopback
from tests.group_networks import every_kind
from tests.group_scripts import SCRIPTS

COUNTS = (1, 2, 3, 4, 7)
Result = dict[str, np.ndarray]


def check_same(found: Result, first: Result) -> None:
    assert found.keys() == first.keys()
    for name, values in first.items():
        assert np.asarray(values).tobytes() == np.asarray(found[name]).tobytes(), name


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_does_not_depend_on_ranks(name: str) -> None:
    first = SCRIPTS[name](snn)
    for count in COUNTS:
        for found in run_loopback(count, lambda _: SCRIPTS[name](snn)):
            check_same(found, first)


def test_a_network_goes_on_on_another_number_of_ranks(tmp_path: Path) -> None:
    path = tmp_path / "state.h5"

    def whole(_: object) -> Result:
        net, results = every_kind()
        net.run(13.7 * snn.ms)
        net.run(16.3 * snn.ms)
        return results()

    def begin(_: object) -> None:
        net, _results = every_kind()
        net.run(13.7 * snn.ms)
        net.save(path, overwrite=True)

    def go_on(_: object) -> Result:
        net, results = every_kind()
        net.load(path)
        net.run(16.3 * snn.ms)
        return results()

    (first,) = run_loopback(1, whole)
    for before, after in ((2, 3), (3, 1)):
        run_loopback(before, begin)
        for found in run_loopback(after, go_on):
            check_same(found, first)


def test_threads_of_a_rank_read_linked_variables() -> None:
    net, results = every_kind()
    net.run(30 * snn.ms)
    first = results()
    net, results = every_kind(threads=3)
    net.run(30 * snn.ms)
    check_same(results(), first)
