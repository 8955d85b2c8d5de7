"""Generated loops over all synapses against numpy, and whether they vectorize."""

from __future__ import annotations

import re

import llvmlite.binding
import numba
import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank.rank import build_rank
from distsnn.codegen.blocks import block_source
from distsnn.codegen.cache import load_module
from distsnn.codegen.compiled_program import argument_type
from distsnn.exchange import SerialWorld
from distsnn.kernels.arithmetic.exponential import exp_values
from distsnn.run.engine import Engine

# Seven chunks of synapses, the last of which is not full.
N, DT = 41, 0.1
CELLS = """dv/dt = 0*v/ms : 1
dlow/dt = 0*v/ms : 1
I : 1"""
MODEL = """ds/dt = (1/(1 + exp(-v_pre/0.1)) - low_post*s)/(10*ms) : 1 (clock-driven)
I_post = 0.01*s/(1 + exp(-2*low_post)) : 1 (summed)"""


def network(model: str = MODEL, on_pre: str | None = None) -> snn.Network:
    cells = snn.NeuronGroup(N, CELLS, threshold="v > 10", method="euler", name="cells")
    synapses = snn.Synapses(cells, cells, model, on_pre, method="euler", name="synapses")
    synapses.connect()
    rng = np.random.default_rng(1)
    cells.v, cells.low, synapses.s = rng.normal(size=N), rng.random(N), rng.random(N * N)
    return snn.Network(cells, synapses, dt=DT * snn.ms, seed=1)


def exp(x: np.ndarray) -> np.ndarray:
    out = np.empty(x.size)
    exp_values(x, out)
    return out


def test_chunks_compute_what_numpy_does() -> None:
    net = network()
    cells, synapses = net["cells"], net["synapses"]
    s, v, low = (np.array(x) for x in (synapses.s[:], cells.v[:], cells.low[:]))
    pre, post = np.repeat(np.arange(N), N), np.tile(np.arange(N), N)
    total = np.zeros(N)
    np.add.at(total, post, 0.01 * s / (1 + exp(-2 * low[post])))
    net.run(DT * snn.ms)
    assert np.array_equal(cells.I[:], total)
    change = (1 / (1 + exp(-v[pre] / 0.1)) - low[post] * s) / (10 * 1.0)
    assert np.array_equal(synapses.s[:], s + DT * change)


@pytest.mark.skipif(
    not llvmlite.binding.get_host_cpu_features().get("avx2", False),
    reason="this processor has no vectors of 256 bits",
)
def test_exponentials_vectorize() -> None:
    net = network()
    engine = Engine(SerialWorld(), build_rank(net.description, 0, 1))
    for name in ("advance_synapses", "sum_synapses"):
        source = next(s for s in sources(engine) if f"def {name}(" in s)
        # Compiled anew: numba does not show the assembly of what it took from a cache.
        block = numba.njit(nogil=True, error_model="numpy", _nrt=False)(load_module(source).block)
        block.compile((numba.int64, numba.int64))
        assembly = "".join(block.inspect_asm().values())
        assert len(re.findall(r"\tvf[n]?m.*pd\t.*%[yz]mm", assembly)) >= 10


def test_a_sum_that_reads_itself_has_one_loop() -> None:
    # Statements that reach sources let synapses read their variables themselves.
    net = network(MODEL.replace("0.01*s", "0.01*s*I_pre"), "v_pre += 0.1")
    engine = Engine(SerialWorld(), build_rank(net.description, 0, 1))
    source = next(s for s in sources(engine) if "def sum_synapses(" in s)
    assert "chunk_values" not in source


def sources(engine: Engine) -> list[str]:
    values = engine.values
    return [
        block_source(block, {a: argument_type(values[a]) for a in block.arguments})
        for block in engine.build.program.blocks
    ]
