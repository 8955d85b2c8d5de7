"""The loops that must vectorize do: what LLVM made of them has vectors of 256 bits or more."""

from __future__ import annotations

import re

import llvmlite.binding
import numba
import pytest
from numba import float64, int64, uint16, uint32, uint64

from distsnn.kernels.deliver import sources
from distsnn.kernels.draws import poisson
from distsnn.kernels.stream import triad

pytestmark = pytest.mark.skipif(
    not llvmlite.binding.get_host_cpu_features().get("avx2", False),
    reason="this processor has no vectors of 256 bits",
)
WIDE = llvmlite.binding.get_host_cpu_features().get("avx512bw", False)
KEY = (uint32, uint32)
TABLE = (uint64[::1], uint16[::1], int64, uint16, uint16)
WORK = (uint32[::1], uint16[::1], uint32[::1])
SOURCES = (int64[::1], uint32[::1], float64[::1], uint64[::1], uint32[::1], uint64[::1])
CASES = {
    # Two products in each of ten rounds of Philox, less those nobody reads.
    "counts": (
        poisson.draw_counts,
        (int64, int64, int64, *KEY, int64, *TABLE, *WORK),
        "pmuludq",
        16,
    ),
    # Eight thresholds are subtracted.
    "central": (
        poisson._count_central,
        (uint16[::1], uint16[::1], int64, uint16, uint16, uint16[::1], uint16[::1]),
        "psubw",
        8,
    ),
    "clear": (poisson._all_clear, (uint16[::1],), "pminuw", 1),
    "add": (poisson.add_counts, (uint32[::1], int64, float64, float64[::1]), "mulpd", 1),
    "sources": (sources._draw_block, (int64, *KEY, *SOURCES), "pmuludq", 16),
    "triad": (triad, (float64[::1], float64[::1], float64[::1], float64), "mulpd", 1),
}


@pytest.mark.parametrize("name", CASES)
def test_loop_vectorizes(name: str) -> None:
    kernel, types, instruction, at_least = CASES[name]
    # Compiled anew, since numba keeps no assembly of what comes from its cache.
    fresh = numba.njit(nogil=True, error_model="numpy", _nrt=False)(kernel.py_func)
    fresh.compile(types)
    assembly = "".join(fresh.inspect_asm().values())
    wide = WIDE and "wide_vectors" in kernel.py_func.__code__.co_names
    register = "z" if wide else "[yz]"
    assert len(re.findall(rf"\tv{instruction}\t.*%{register}mm", assembly)) >= at_least
