"""The counter-based generator Philox4x32-10 and the uniforms made from its words.

A draw is a pure function of a 64-bit key and a 128-bit counter, so any rank can evaluate
any draw in any order. All arithmetic is on uint32 and uint64 with explicit casts, which
lets LLVM turn a loop of calls into vector multiplications.

Source: Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3,
Proc. SC11, doi:10.1145/2063384.2063405.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.compiled import inline_kernel

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_5 = np.uint64(5)
_6 = np.uint64(6)
_26 = np.uint64(26)
_STEP53 = 2.0**-53
_STEP52 = 2.0**-52


@inline_kernel
def philox4x32(c0, c1, c2, c3, k0, k1):
    """Ten rounds of Philox4x32: 128 random bits for a counter and a key.

    Parameters
    ----------
    c0, c1, c2, c3 : int
        The four words of the counter; only their low 32 bits count.
    k0, k1 : int
        The two words of the key; only their low 32 bits count.

    Returns
    -------
    tuple of four uint32
        The random words.
    """
    x0 = np.uint64(c0)
    x1 = np.uint64(c1)
    x2 = np.uint64(c2)
    x3 = np.uint64(c3)
    a = np.uint64(k0)
    b = np.uint64(k1)
    # High halves carry rubbish until a product needs them gone: a vector multiplication
    # reads low halves only, so that the two masks below cost nothing there.
    for _ in range(10):
        p = (x0 & _LOW) * _M0
        q = (x2 & _LOW) * _M1
        x0 = (q >> _32) ^ x1 ^ a
        x1 = q
        x2 = (p >> _32) ^ x3 ^ b
        x3 = p
        a += _W0
        b += _W1
    return np.uint32(x0 & _LOW), np.uint32(x1 & _LOW), np.uint32(x2 & _LOW), np.uint32(x3 & _LOW)


@inline_kernel
def bits53(w0, w1):
    """53 random bits from two random words.

    Parameters
    ----------
    w0, w1 : uint32
        Random words; 27 bits of the first and 26 of the second are used.

    Returns
    -------
    uint64
        In [0, 2**53).
    """
    return ((np.uint64(w0) >> _5) << _26) | (np.uint64(w1) >> _6)


@inline_kernel
def uniform53(w0, w1):
    """Uniform float64 in [0, 1), a multiple of 2**-53, from two random words.

    Parameters
    ----------
    w0, w1 : uint32
        Random words; 27 bits of the first and 26 of the second are used.

    Returns
    -------
    float64
        In [0, 1 - 2**-53].
    """
    return np.float64(np.int64(bits53(w0, w1))) * _STEP53


@inline_kernel
def uniform_open(w0, w1):
    """Uniform float64 in the open interval (0, 1), for logarithms and quantiles.

    Parameters
    ----------
    w0, w1 : uint32
        Random words; 26 bits of each are used.

    Returns
    -------
    float64
        (n + 1/2) 2**-52 with n in [0, 2**52): symmetric about 1/2, never 0 or 1.
    """
    bits = ((np.uint64(w0) >> _6) << _26) | (np.uint64(w1) >> _6)
    return (np.float64(np.int64(bits)) + 0.5) * _STEP52
