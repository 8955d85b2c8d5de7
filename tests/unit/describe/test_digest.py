"""Contents with one digest are found to have one, and others are not."""

from __future__ import annotations

import math

import numpy as np

from distsnn.describe.checks.digest import digest_of, have_one_digest

CONTENTS: tuple[object, ...] = (
    *(0.0, -0.0, math.nan, math.inf, np.float64(0.0), 0, np.int64(0), False, None, "0", "None"),
    *(np.zeros(2), np.zeros(3), np.zeros(2, dtype=np.float32), np.array([0.0, -0.0])),
    *((), (0.0,), (0.0, 0), (0.0, np.zeros(2)), ((0.0, np.zeros(2)), "x"), ((0.0,), "x")),
)


def test_one_digest() -> None:
    same = 0
    for one in CONTENTS:
        for other in CONTENTS:
            found = have_one_digest(one, other)
            assert found == (digest_of(one) == digest_of(other))
            same += found
    # A float64 of numpy is a float; an int64 is an int, as False is.
    assert same == len(CONTENTS) + 2 + 6
    assert have_one_digest((math.nan, (np.zeros(2), 1)), (float("nan"), (np.zeros(2), np.int64(1))))
