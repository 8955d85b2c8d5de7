"""Philox against the known answers of Random123 and an obvious twin."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.draws.philox import bits53, philox4x32, uniform53, uniform_open

ONES = 0xFFFFFFFF
# kat_vectors of Random123: philox 4x32 10.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
COMPILED_OR_NOT = pytest.mark.parametrize("philox", [philox4x32, philox4x32.py_func])


def twin(counter, key):
    """Do ten rounds in whole numbers of Python."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p, q = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0, c1, c2, c3 = (q >> 32) ^ c1 ^ k0, q & ONES, (p >> 32) ^ c3 ^ k1, p & ONES
        k0, k1 = (k0 + 0x9E3779B9) & ONES, (k1 + 0xBB67AE85) & ONES
    return c0, c1, c2, c3


@COMPILED_OR_NOT
@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_known_answers(philox, counter, key, answer):
    assert tuple(int(w) for w in philox(*counter, *key)) == answer
    assert twin(counter, key) == answer


@COMPILED_OR_NOT
def test_twin(philox):
    words = np.random.default_rng(1).integers(0, 2**32, (50, 6), dtype=np.uint64)
    for row in words:
        counter, key = [int(w) for w in row[:4]], [int(w) for w in row[4:]]
        assert tuple(int(w) for w in philox(*counter, *key)) == twin(counter, key)


@COMPILED_OR_NOT
def test_only_low_words_of_the_counter_count(philox):
    high = [np.uint64(w + (7 << 32)) for w in (1, 2, 3, 4)]
    assert philox(*high, np.uint32(5), np.uint32(6)) == philox(1, 2, 3, 4, 5, 6)


def test_words_are_uint32():
    assert all(isinstance(w, np.uint32) for w in philox4x32.py_func(1, 2, 3, 4, 5, 6))


@pytest.mark.parametrize("words", [(0, 0), (ONES, ONES), (0x12345678, 0x9ABCDEF0)])
def test_uniforms(words):
    w0, w1 = (np.uint32(w) for w in words)
    bits = (words[0] >> 5 << 26) + (words[1] >> 6)
    for which in (lambda f: f, lambda f: f.py_func):
        assert which(bits53)(w0, w1) == bits
        assert which(uniform53)(w0, w1) == bits / 2**53
        inside = which(uniform_open)(w0, w1)
        assert 0 < inside < 1
        assert inside == ((words[0] >> 6 << 26) + (words[1] >> 6) + 0.5) / 2**52
