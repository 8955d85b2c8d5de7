"""Functions of PyNN's interface: setting up, running, and what works on single cells."""

from __future__ import annotations

import logging
from typing import Any

from pyNN import common
from pyNN.common.control import DEFAULT_MAX_DELAY, DEFAULT_MIN_DELAY, DEFAULT_TIMESTEP
from pyNN.recording import get_io

from distsnn.exchange import current_world
from distsnn.pynn import simulator
from distsnn.pynn.cell_populations import Population
from distsnn.pynn.cell_projections import Projection
from distsnn.pynn.connectors import FixedProbabilityConnector
from distsnn.pynn.synapse_types import StaticSynapse

_log = logging.getLogger("distsnn")

# What scripts give for other simulators, which says nothing about the network.
_OF_OTHERS = frozenset(
    {
        "allow_offgrid", "atol", "cvode_atol", "cvode_rtol", "debug", "default_maxstep",
        "filename", "grng_seed", "label",
        "log_file", "logfile", "native_rtol", "num_processes", "quit_on_end", "rank",
        "recording_precision", "rtol", "save_format", "t_flush", "use_cvode", "verbosity",
    }
)  # fmt: skip


def setup(
    timestep: float = DEFAULT_TIMESTEP,
    min_delay: float | str = DEFAULT_MIN_DELAY,
    **extra_params: Any,
) -> int:
    """Begin a new network; see PyNN.

    Parameters
    ----------
    timestep : float, ms
    min_delay, max_delay : float (ms) or "auto"
        Bounds of delays, which are checked; "auto" for none but the time step.
    rng_seed : int
        Seed of all that distsnn draws; 0 by default.
    threads : int
        Number of threads of each rank.

    Returns
    -------
    int
        The rank.
    """
    max_delay = extra_params.pop("max_delay", DEFAULT_MAX_DELAY)
    common.setup(timestep, min_delay, max_delay=max_delay, **extra_params)
    precision = extra_params.pop("spike_precision", "on_grid")
    if precision != "on_grid" and rank() == 0:
        _log.warning("setup: spike_precision=%r; spikes of distsnn lie on the grid", precision)
    seed = extra_params.pop("rng_seed", 0)
    threads = extra_params.pop("threads", None)
    unknown = sorted(extra_params.keys() - _OF_OTHERS)
    if unknown and rank() == 0:
        # PyNN lets scripts give to all simulators what one of them needs.
        _log.warning(
            "setup: %s does nothing; arguments are timestep, min_delay, max_delay, rng_seed and "
            "threads", ", ".join(f"{name}={extra_params[name]!r}" for name in unknown),
        )  # fmt: skip
    state = simulator.state
    state.dt, state.min_delay, state.max_delay = timestep, min_delay, max_delay
    state.seed, state.threads = seed, threads
    state.clear()
    return rank()


def end(compatible_output: bool = True) -> None:  # noqa: ARG001 - PyNN's
    """Write the files that `record` has named."""
    for population, variables, file in simulator.state.write_on_end:
        population.write_data(get_io(file) if isinstance(file, str) else file, variables)
    simulator.state.write_on_end = []


run, run_until = common.build_run(simulator)
run_for = run

reset = common.build_reset(simulator)

initialize = common.initialize

get_current_time, get_time_step, _, _, _, rank = common.build_state_queries(simulator)


def get_min_delay() -> float:
    """The shortest delay that is allowed, ms."""
    given = simulator.state.min_delay
    if not isinstance(given, str):
        return given
    delays = [delay for p in simulator.state.projections for delay in p.delay_bounds[:1]]
    return min(delays, default=simulator.state.dt)


def get_max_delay() -> float:
    """The longest delay that is allowed, or that there is, ms."""
    given = simulator.state.max_delay
    if not isinstance(given, str):
        return given
    delays = [delay for p in simulator.state.projections for delay in p.delay_bounds[1:]]
    return max(delays, default=simulator.state.dt)


def num_processes() -> int:
    """The number of ranks."""
    return current_world().size


create = common.build_create(Population)

connect = common.build_connect(Projection, FixedProbabilityConnector, StaticSynapse)

record = common.build_record(simulator)


def record_v(source: Any, filename: str) -> None:
    """Record the membrane potential to a file."""
    record(["v"], source, filename)


def record_gsyn(source: Any, filename: str) -> None:
    """Record the synaptic conductances to a file."""
    record(["gsyn_exc", "gsyn_inh"], source, filename)


set = common.set  # noqa: A001 - PyNN's
