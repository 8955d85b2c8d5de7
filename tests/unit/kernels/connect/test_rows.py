from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.connect import rows


@pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
@pytest.mark.parametrize("n", [1, 64, 333])
def test_rows(n: int, python: bool) -> None:
    mark, pack, delays = (
        k.py_func if python else k
        for k in (rows.mark_rows, rows.pack_values, rows.mark_packed_delays)
    )
    rng = np.random.default_rng(n)
    has = rng.random(n) < 0.4
    row_of = np.where(has, np.cumsum(has) - 1, -1).astype(np.int32)
    lookup = np.full(2 * (n // 64 + 1), 7, dtype=np.uint64)
    mark(row_of, lookup)
    bits, before = lookup[0::2], lookup[1::2]
    for source in range(n):
        word, bit = divmod(source, 64)
        assert bool(int(bits[word]) >> bit & 1) == has[source]
        if has[source]:
            earlier = (int(bits[word]) & ((1 << bit) - 1)).bit_count()
            assert int(before[word]) + earlier == row_of[source]

    packed = rng.integers(0, 1 << 20, n).astype(np.uint32)
    slots, drawn = packed.copy(), rng.integers(0, 1 << 12, n)
    order = rng.permutation(n)
    pack(order, drawn, 20, packed)
    assert (packed[order] >> np.uint32(20)).tolist() == drawn.tolist()
    assert ((packed & np.uint32(0xFFFFF)) == slots).all()
    present = np.zeros(1 << 12, dtype=np.uint8)
    delays(packed, 20, present)
    assert np.flatnonzero(present).tolist() == sorted(set(drawn.tolist()))
    pack(order, np.array([5]), 20, slots)
    assert (slots >> np.uint32(20) == 5).all()
