"""Modules of the kernels and constants that generated code names."""

from __future__ import annotations

import re

from distsnn.codegen import compiled_functions
from distsnn.codegen.compiled_functions import COMPILED
from distsnn.kernels import control

_MODULES = {
    "distsnn.kernels.arithmetic.adam": "adam_moves",
    "distsnn.kernels.arithmetic.crossing": "crossing",
    "distsnn.kernels.arithmetic.exponential": "exp expm1 exprel tanh",
    "distsnn.kernels.expression_functions": (
        "ceil clip draw_normal draw_uniform floor relax sign timed_value timed_value_2d timestep "
        "whole"
    ),
    "distsnn.kernels.arithmetic.intrinsics": "clock one_by_one prefetch",
    "distsnn.kernels.arithmetic.logarithm": "log log1p",
    "distsnn.kernels.arithmetic.power": (
        "FIRST_TERM near_power outside_powers power power_entry scaled_power tabulated_power"
    ),
    "distsnn.kernels.block_calls": "CHUNK array_at chunk_values move_on number_at",
    "distsnn.kernels.compiled": "block_function inline_block_function large_block_function",
    "distsnn.kernels.control": " ".join(name for name in vars(control) if name.isupper()),
    "distsnn.kernels.deliver.additions": "add_outstanding",
    "distsnn.kernels.deliver.buckets": "deliver_bucket file_spikes take_entries",
    "distsnn.kernels.deliver.deliver": (
        "TILE admit_spikes collect_segments deliver_uniform deliver_weighted deliver_words"
    ),
    "distsnn.kernels.deliver.deliver_dense": "deliver_uniform_dense deliver_weighted_dense",
    "distsnn.kernels.deliver.efficacy": "depress_spikes facilitate_spikes",
    "distsnn.kernels.deliver.history": (
        "NOTED NUMBER TO_COME append_spikes decayed drop_entries last_before width"
    ),
    "distsnn.kernels.deliver.plastic_chunk": (
        "add_to_slots count_synapses keep_weights list_last_spikes see_all_targets see_each_target "
        "trace_round"
    ),
    "distsnn.kernels.deliver.source_traces": "trace_spikes",
    "distsnn.kernels.deliver.sources": "draw_poisson_spikes take_given_spikes",
    "distsnn.kernels.deliver.spikes": (
        "collect_spikes queue_spikes ring_fits send_spikes copy_to_ghosts"
    ),
    "distsnn.kernels.draws.poisson": "deliver_poisson",
    "distsnn.kernels.draws.quantiles": (
        "binomial_number exponential_number gamma_number poisson_number"
    ),
    "distsnn.kernels.draws.synapse_draws": "draw_synapse_normal draw_synapse_uniform",
    "distsnn.kernels.neurons": "is_among keep_last_spikes list_spikes mark_spikes",
    "distsnn.kernels.step_loop": "message_offset",
}
_NAME = re.compile(r"[A-Za-z_]\w*")
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}


def imports_of(code: str) -> str:
    """Import statements for all that a piece of generated code names."""
    used: dict[str, list[str]] = {}
    for name in sorted(set(_NAME.findall(code))):
        if name in _MODULE_OF:
            used.setdefault(_MODULE_OF[name], []).append(name)
    lines = ["import math\n"] if "math." in code else []
    lines.append("import numpy as np\n\n")
    lines += [f"from {module} import {', '.join(used[module])}\n" for module in sorted(used)]
    return "".join(lines) + user_functions_of(code)


def user_functions_of(code: str) -> str:
    """Import statements for the functions of users that a piece of generated code names."""
    if not COMPILED:
        return ""
    used = sorted(COMPILED.keys() & set(_NAME.findall(code)))
    return f"from {compiled_functions.__name__} import {', '.join(used)}\n" if used else ""
