"""Generated kernels against obvious loops, and whether they vectorize."""

from __future__ import annotations

import re

import llvmlite.binding
import numba
import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank.rank import RankBuild, build_rank
from distsnn.codegen.blocks import Block, block_source
from distsnn.codegen.cache import load_module
from distsnn.codegen.compiled_program import argument_type
from distsnn.codegen.neurons.neuron_code import Given, NeuronCode, neuron_code
from distsnn.codegen.neurons.neuron_functions import (
    absorb_arguments,
    reset_arguments,
    update_arguments,
)
from distsnn.codegen.program_arguments import Argument, OfGroup
from distsnn.exchange import SerialWorld
from distsnn.run.engine import Engine

N = 101
CELLS = OfGroup(0)
RECEPTORS = {
    "none": (),
    "current": (snn.Exponential(3.0),),
    "two currents": (snn.Exponential(3.0), snn.Exponential(5.0)),
    "conductances": (snn.Exponential(3.0, snn.COBA(0.0)), snn.Exponential(5.0, snn.COBA(-80.0))),
    "delta": (snn.Delta(),),
    "delta and current": (snn.Delta(), snn.Exponential(3.0)),
}
PER_NEURON = {
    "C_m": np.linspace(200, 300, N),
    "tau_m": np.linspace(5, 20, N),
    "E_L": np.linspace(-75, -65, N),
    "V_th": np.linspace(-55, -50, N),
    "V_reset": np.linspace(-70, -60, N),
    "t_ref": np.linspace(0, 3, N),
    "I_e": np.linspace(0, 500, N),
}


def engine_of(name: str, per_neuron: bool) -> Engine:
    cells = snn.NeuronGroup(N, snn.LIF(**(PER_NEURON if per_neuron else {})))
    inputs = [snn.PoissonInput(cells, r, N=1, rate=0.1, weight=1.0) for r in RECEPTORS[name]]
    build = build_rank(snn.Network(cells, inputs).description, 0, 1)
    return Engine(SerialWorld(), build)


def generated(engine: Engine, name: str):
    """A function of one of the blocks of the engine's program, compiled for calls from Python."""
    sources = [source_of(block, engine) for block in engine.build.program.blocks]
    made = getattr(load_module(next(s for s in sources if f"def {name}(" in s)), name)
    return numba.njit(error_model="numpy")(made.py_func)


def assembly_of_update(engine: Engine) -> str:
    """Machine code of the block of the update."""
    source = source_of(next(b for b in engine.build.program.blocks if "update" in b.name), engine)
    # Compiled anew: numba does not show the assembly of what it took from a cache.
    block = numba.njit(nogil=True, error_model="numpy", _nrt=False)(load_module(source).block)
    block.compile((numba.int64, numba.int64))
    return "".join(block.inspect_asm().values())


def source_of(block: Block, engine: Engine) -> str:
    types = {argument: argument_type(engine.values[argument]) for argument in block.arguments}
    return block_source(block, types)


def random_states(build: RankBuild) -> None:
    rng = np.random.default_rng(1)
    build.arrays[CELLS.state("V_m")][:] = rng.uniform(-80, -45, N)
    for state in build.forms[0].states[1:]:
        build.arrays[CELLS.state(state)][:] = rng.uniform(0, 30, N)
    build.arrays[CELLS["last_spike"]][:] = rng.integers(960, 1000, N)


def code_of(build: RankBuild) -> NeuronCode:
    return neuron_code(build.forms[0], CELLS, build.per_neuron[0], {}, {})


def arguments(build: RankBuild, given: Given) -> list[object]:
    """Values of what a function is given after the step or the spikes."""
    return [build.arrays[a] for a in list(given.values())[1:] if isinstance(a, Argument)]


@pytest.mark.parametrize("per_neuron", [False, True], ids=["numbers", "arrays"])
@pytest.mark.parametrize("name", RECEPTORS)
def test_compiled_is_as_python(name: str, per_neuron: bool) -> None:
    results = []
    for python in (False, True):
        engine = engine_of(name, per_neuron)
        build, form = engine.build, engine.build.forms[0]
        random_states(build)
        functions = [generated(engine, f"{kind}") for kind in ("update", "reset")]
        if form.arriving:
            functions.append(generated(engine, "absorb"))
        update, reset, *absorb = ((f.py_func if python else f) for f in functions)
        update(1000, *arguments(build, update_arguments(code_of(build))))
        crossing = np.flatnonzero(build.arrays[CELLS["spiked"]][:N]).astype(np.int32)
        before = {state: build.arrays[CELLS.state(state)].copy() for state in form.states}
        for made in absorb:
            build.arrays[CELLS.state("_arriving")] += 1.0
            made(1000, *arguments(build, absorb_arguments(code_of(build))))
        reset(crossing.size, crossing, *arguments(build, reset_arguments(code_of(build))))
        results.append((crossing, before, {s: build.arrays[CELLS.state(s)] for s in form.states}))
    for one, other in zip(*results, strict=True):
        if isinstance(one, dict):
            assert all(one[key].tobytes() == other[key].tobytes() for key in one)
        else:
            assert one.tolist() == other.tolist()
    assert 0 < results[0][0].size < N


@pytest.mark.parametrize("name", ["delta", "delta and current"])
def test_held_neurons_keep_their_potential(name: str) -> None:
    engine = engine_of(name, per_neuron=True)
    build = engine.build
    random_states(build)
    before = build.arrays[CELLS.state("V_m")].copy()
    generated(engine, "update")(1000, *arguments(build, update_arguments(code_of(build))))
    clamped = 1000 - build.arrays[CELLS["last_spike"]] <= np.ceil(PER_NEURON["t_ref"] / 0.1 - 1e-9)
    assert 0 < clamped.sum() < N
    assert np.array_equal(build.arrays[CELLS.state("V_m")] == before, clamped)
    assert not build.arrays[CELLS["spiked"]][:N][clamped].any()
    assert not build.arrays[CELLS.state("_arriving")].any()
    build.arrays[CELLS.state("_arriving")] += 7.0
    middle = build.arrays[CELLS.state("V_m")] + 7.0
    generated(engine, "absorb")(1000, *arguments(build, absorb_arguments(code_of(build))))
    # A neuron that has just spiked is reset later in the step.
    free = 1000 - build.arrays[CELLS["last_spike"]] > np.ceil(PER_NEURON["t_ref"] / 0.1 - 1e-9)
    assert np.array_equal(build.arrays[CELLS.state("V_m")], np.where(free, middle, middle - 7.0))
    assert np.array_equal(build.arrays[CELLS.state("V_m")][clamped], before[clamped])
    assert not build.arrays[CELLS.state("_arriving")].any()


def packed_products(assembly: str) -> int:
    """Number of multiplications of four or more float64 at once."""
    return len(re.findall(r"\tvmulpd\t.*%[yz]mm", assembly))


needs_wide_vectors = pytest.mark.skipif(
    not llvmlite.binding.get_host_cpu_features().get("avx2", False),
    reason="this processor has no vectors of 256 bits",
)


@needs_wide_vectors
@pytest.mark.parametrize("per_neuron", [False, True], ids=["numbers", "arrays"])
@pytest.mark.parametrize("name", RECEPTORS)
def test_updates_vectorize(name: str, per_neuron: bool) -> None:
    assert packed_products(assembly_of_update(engine_of(name, per_neuron))) > 0


@needs_wide_vectors
@pytest.mark.parametrize("name", ["two currents", "conductances"])
def test_all_of_an_update_vectorizes(name: str) -> None:
    assembly = assembly_of_update(engine_of(name, per_neuron=True))
    assert packed_products(assembly) > (10 if name == "conductances" else 4)
    if name == "two currents":
        # Fused operations round once where separate ones round twice. Only the exponential has
        # some, and asks for them by name.
        assert not re.search(r"\tvfn?m(add|sub)", assembly)
