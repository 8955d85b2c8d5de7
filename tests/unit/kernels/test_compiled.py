"""The decorators compile, inline, and survive a place where nothing can be cached."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from distsnn.kernels import compiled
from distsnn.kernels.compiled import _CompiledFiles, inline_kernel, kernel


def test_kernel_and_device_function():
    @inline_kernel
    def twice(x):
        return 2.0 * x

    @kernel
    def fill(out):
        for i in range(out.size):
            out[i] = twice(i)

    for function in (fill, fill.py_func):
        out = np.zeros(5)
        function(out)
        assert out.tolist() == [0, 2, 4, 6, 8]


def test_constants_are_numbers_like_others():
    @kernel
    def plus(x, y):
        return x + y

    @kernel
    def sums(x):
        return plus(x, 3) + plus(x, 4) + plus(x, x)

    assert sums(1) == sums.py_func(1) == 11
    assert len(plus.signatures) == 1


def test_falls_back_without_a_cache(monkeypatch):
    njit = numba.njit

    def no_place(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function 'f': no locator available for file 'f.py'")
        return njit(**options)

    monkeypatch.setattr(compiled.numba, "njit", no_place)
    assert kernel(lambda x: x + 1)(2) == 3


def test_other_errors_of_numba_pass(monkeypatch):
    def broken(**options):
        raise RuntimeError("something else")

    monkeypatch.setattr(compiled.numba, "njit", broken)
    with pytest.raises(RuntimeError, match="something else"):
        kernel(lambda x: x)


def files_of(folder, source):
    return _CompiledFiles(str(folder), "f", source)


def while_one_writes(files, happens):
    """Something that another process does when this one is about to write what it compiled."""
    write = files._save_data

    def save_data(name, data):
        happens()
        write(name, data)

    files._save_data = save_data


def test_processes_that_compile_for_different_types_at_once(tmp_path):
    one, other = files_of(tmp_path, "source"), files_of(tmp_path, "source")
    # It has looked before the first one wrote.
    other._load_index = dict
    while_one_writes(one, lambda: other.save("int32", "for int32"))
    one.save("int64", "for int64")
    later = files_of(tmp_path, "source")
    assert later.load("int64") == "for int64"
    assert later.load("int32") in {"for int32", None}


def test_a_process_that_reads_while_another_compiles_anew(tmp_path):
    files_of(tmp_path, "old").save("int32", "from old")
    one, other, found = files_of(tmp_path, "new"), files_of(tmp_path, "new"), []
    while_one_writes(one, lambda: found.append(other.load("int32")))
    one.save("int32", "from new")
    assert found == [None]
    assert other.load("int32") == "from new"
    # Nothing is left of the old one.
    assert len(list(tmp_path.glob("*.nbc"))) == 1
