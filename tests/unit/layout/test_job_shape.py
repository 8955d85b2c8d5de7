"""Shapes of jobs."""

from __future__ import annotations

import pytest

from distsnn.layout.job_shape import JobShape


def test_parts_of_ranks_are_all_parts() -> None:
    shape = JobShape(3, threads=4, nodes=3)
    assert shape.size == 12
    assert [part for rank in range(3) for part in shape.parts_of(rank)] == list(range(12))


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (JobShape(1), "1 rank on 1 node"),
        (JobShape(2048, nodes=32), "2,048 ranks on 32 nodes"),
        (JobShape(2, threads=8, nodes=2), "2 ranks of 8 threads on 2 nodes"),
    ],
)
def test_a_shape_says_itself(shape: JobShape, text: str) -> None:
    assert str(shape) == text
