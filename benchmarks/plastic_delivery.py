"""What does delivery at plastic synapses take? ``python benchmarks/plastic_delivery.py``.

On one core: the generated code of a rule, alone, on a table like that of one of two ranks of the
network of `hpc_benchmark`: sources with 4,500 synapses each, 4,500 targets that fire at 10 Hz as
the sources do. The lowest of many steps counts, so that other work on the machine matters little,
and the median is beside it.
"""

from __future__ import annotations

import argparse
import inspect
from time import perf_counter_ns
from typing import Any

import numba
import numpy as np

from distsnn.assemble.tables.rule_values import powers_of_rule
from distsnn.codegen.kernel_names import imports_of
from distsnn.codegen.tables.plastic_functions import deliver_functions
from distsnn.codegen.tables.plastic_part import CHUNK, NUMBER, PlasticPart
from distsnn.describe.synapses.stdp import STDP
from distsnn.kernels.compiled import kernel
from distsnn.kernels.deliver.history import (
    NEVER_SPIKED,
    NOTED,
    TO_COME,
    append_spikes,
    fill_decays,
    width,
)

NEURONS, SYNAPSES, MASK, STRIDE, DT, TAU_PLUS, TAU_MINUS = 4500, 4500, 255, 2, 0.1, 15.0, 30.0
RING, DELAY, RATE = 4096, 15, 1e-3
RULES = {
    "additive": STDP(0.01, 0.0105, w_max=2.0),
    "multiplicative": STDP(0.01, 0.01, w_max=2.0, dependence="multiplicative"),
    "power_law": STDP(0.1, 0.005, dependence="power_law", w_0=1.0, coincidence="ignore"),
}


def compiled(rule: STDP) -> Any:
    """``deliver_plastic`` of a rule, of which all delay is dendritic."""
    part = PlasticPart(
        rule.formula, (*rule.parameters, *powers_of_rule(rule)), frozenset(), 0, 0, NUMBER,
        slow=False, centered=False, nearest=(False, False), traces=(), ignores=True, after=True,
    )  # fmt: skip
    code = "\n".join(deliver_functions(part))
    names: dict[str, Any] = {}
    exec(f"import numba\n{imports_of(code)}{code}", names)
    return kernel(names["deliver_plastic"].py_func)


def decays(tau: float) -> np.ndarray:
    """Decays of a trace."""
    table = np.empty(8192)
    fill_decays(table, DT / tau)
    return table


def made_arrays(rule: STDP, sources: int, rng: np.random.Generator) -> dict[str, Any]:
    """Arguments of the generated function by name."""
    entries = np.zeros((NEURONS, width.py_func(MASK, STRIDE)))
    entries[:, : (MASK + 1) * STRIDE : STRIDE] = NEVER_SPIKED
    target = np.sort(rng.integers(0, NEURONS, (sources, SYNAPSES)), axis=1)
    return {
        **{name: array.copy() for name, array in CHUNK.items()},
        **rule.parameters,
        **powers_of_rule(rule),
        "entries": entries.ravel(), "mask": MASK, "counts": np.zeros(NEURONS, dtype=np.int64),
        "noted": np.full(NOTED * NEURONS, TO_COME), "older": np.zeros(NOTED * NEURONS, np.int64),
        "seen_last": np.zeros(NEURONS, np.int64), "seen_trace": np.zeros(NEURONS),
        "flushed": np.zeros(1, np.int64), "rise": decays(TAU_PLUS), "fall": decays(TAU_MINUS),
        "rise_rate": DT / TAU_PLUS, "fall_rate": DT / TAU_MINUS,
        "tile": 0, "first_slot": 0, "dendritic": DELAY, "slots": np.zeros(NEURONS),
        "target": target.astype(np.uint16).ravel(), "weight": rng.random(target.size) + 0.5,
        "segment_delay": np.full(sources, DELAY, np.uint16),
        "segment_synapse": np.arange(sources + 1) * SYNAPSES,
        "release": np.ones(RING), "work_at": np.arange(RING),
        "work_segment": np.zeros(RING, np.int64), "work_begin": np.zeros(RING, np.int64),
        "previous_step": np.zeros(RING, np.int64), "previous_trace": rng.random(RING) + 0.5,
    }  # fmt: skip


def measured(rule: STDP, spiking: int, given: argparse.Namespace) -> list[float]:
    """ns per synaptic event of each step in which so many sources spike."""
    rng = np.random.default_rng(1)
    deliver, arrays = compiled(rule), made_arrays(rule, given.sources, rng)
    kept, fullest, times = np.full(NEURONS, -1), np.ones(1, np.int64), list[float]()
    for step in range(given.before + given.steps):
        lids = np.flatnonzero(rng.random(NEURONS) < RATE).astype(np.int32)
        append_spikes(
            step, lids.size, lids, arrays["entries"], arrays["counts"], kept, fullest,
            arrays["noted"], MASK, STRIDE, 0, DT / TAU_MINUS, 0.0,
        )  # fmt: skip
        if step < given.before:
            continue
        segments = np.sort(rng.choice(given.sources, spiking, replace=False))
        arrays["work_segment"][:spiking] = segments
        arrays["work_begin"][:spiking] = arrays["segment_synapse"][segments]
        earlier = step - DELAY - 1 - rng.exponential(1 / RATE, spiking).astype(np.int64)
        arrays["previous_step"][:spiking] = np.maximum(earlier, -1)
        now = arrays | {"step": step, "due": spiking}
        arguments = [now[name] for name in inspect.signature(deliver.py_func).parameters]
        begin = perf_counter_ns()
        events = deliver(*arguments)
        times.append((perf_counter_ns() - begin) / events)
    # The first step compiles.
    return times[1:]


def main() -> None:
    """Print a line for each rule and number of sources that spike in a step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", nargs="*", default=[], help=f"of {', '.join(RULES)}; all")
    parser.add_argument("--sources", type=int, default=4500)
    parser.add_argument("--spiking", type=int, nargs="+", default=[2, 9])
    parser.add_argument("--before", type=int, default=3000, help="steps before, targets spike")
    parser.add_argument("--steps", type=int, default=100)
    given = parser.parse_args()
    print(f"numba {numba.__version__}; ns per synaptic event")
    print("| rule | sources that spike in a step | lowest | median |")
    print("|---|---|---|---|")
    for name in given.rules or RULES:
        for spiking in given.spiking:
            times = measured(RULES[name], spiking, given)
            line = f"{min(times):.2f} | {np.median(times):.2f}"
            print(f"| {name} | {spiking} | {line} |", flush=True)


if __name__ == "__main__":
    main()
