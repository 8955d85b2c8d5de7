"""The module ``distsnn.nest`` itself: kernel attributes, and names that are not there."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil

from distsnn.errors import ParameterError, unknown_name
from distsnn.exchange import current_world
from distsnn.nest.absent_names import ABSENT
from distsnn.nest.kernel import kernel
from distsnn.nest.kernel_questions import RULES, follow_verbosity
from distsnn.nest.models.model_defaults import number_of_connections
from distsnn.nest.structure.synaptic_elements import CURVES

# Longest time that NEST can express, ms.
_LONGEST = 1152921504606846.8
_BUILD = {
    "version": distribution("distsnn").version,
    "datadir": str(Path(__file__).parent),
    "docdir": str(Path(__file__).parent),
    "have_threads": True,
    "have_mpi": True,
    "have_hdf5": True,
    "have_gsl": True,
    "have_boost": True,
    "have_libneurosim": False,
    "have_music": False,
    "have_sionlib": False,
    "threads_model": "pthreads",
}


def _seconds(phase: str) -> float:
    return kernel.seconds[phase]


_READ: dict[str, Callable[[], Any]] = {
    "resolution": lambda: kernel.resolution,
    "structural_plasticity_synapses": lambda: {
        name: dict(spec) for name, spec in kernel.structure.synapses.items()
    },
    "biological_time": lambda: kernel.ms(kernel.step),
    # Where scripts add it up over ranks it is that of all.
    "local_spike_counter": lambda: kernel.spikes if current_world().rank == 0 else 0,
    "num_processes": lambda: current_world().size,
    "mpi_rank": lambda: current_world().rank,
    "network_size": lambda: kernel.size,
    "num_connections": number_of_connections,
    "min_delay": lambda: kernel.ms(kernel.min_delay_steps()),
    "max_delay": lambda: kernel.ms(kernel.max_delay_steps()),
    "ms_per_tic": lambda: 1.0 / kernel.tics_per_ms,
    "tics_per_ms": lambda: kernel.tics_per_ms,
    "tics_per_step": lambda: kernel.tics_per_step,
    "total_num_virtual_procs": lambda: current_world().size * kernel.settings["local_num_threads"],
    "node_models": lambda: sorted(kernel.models),
    "synapse_models": lambda: sorted(kernel.synapse_models),
    "connection_rules": lambda: list(RULES),
    "growth_curves": lambda: sorted(CURVES),
    "recording_backends": lambda: ["ascii", "memory", "screen"],
    "stimulation_backends": list,
    "modules": list,
    "rng_types": lambda: ["Philox_32"],
    "off_grid_spiking": lambda: False,
    "max_num_syn_models": lambda: 511,
    "T_max": lambda: _LONGEST,
    "T_min": lambda: -_LONGEST,
    "build_info": lambda: dict(_BUILD),
    **{
        f"time_{phase}": partial(_seconds, phase)
        for phase in ("construction_create", "construction_connect", "simulate")
    },
    "prepared": lambda: kernel.prepared,
    "memory_size": lambda: psutil.Process().memory_info().rss // 1024,
    "to_do": lambda: 0,
}


def read_attribute(name: str) -> Any:
    """Value of a kernel attribute; UnknownNameError if there is none."""
    if name in _READ:
        return _READ[name]()
    if name in kernel.settings:
        return kernel.settings[name]
    return unknown_name("nest.GetKernelStatus", name, [*_READ, *kernel.settings])


def is_attribute(name: str) -> bool:
    """Whether there is a kernel attribute of the name."""
    return name in _READ or name in kernel.settings


def set_attribute(name: str, value: Any) -> None:
    """Set a kernel attribute.

    Raises
    ------
    ParameterError
        If it cannot be set, or not any more.
    """
    if name == "resolution":
        _set_resolution(float(value), kernel.tics_per_ms)
    elif name == "tics_per_ms":
        _set_resolution(kernel.resolution, float(value))
    elif name == "structural_plasticity_synapses":
        kernel.structure.synapses = {key: _structural(spec) for key, spec in value.items()}
    elif name == "total_num_virtual_procs":
        ranks = current_world().size
        if int(value) < 1 or int(value) % ranks:
            raise ParameterError(
                f"nest.{name}",
                f"{value!r} on {ranks} ranks",
                "each rank has as many virtual processes as threads",
                "give a multiple of the number of ranks, or set local_num_threads",
            )
        set_attribute("local_num_threads", int(value) // ranks)
    elif name == "biological_time" and value == kernel.ms(kernel.step):
        pass
    elif name in kernel.settings:
        kind = type(kernel.settings[name])
        made = kind(value)
        if name.startswith("eprop_") and made != kernel.settings[name]:
            kernel.drop_network(f"{name} was set")
        if name in {"rng_seed", "local_num_threads"} and made != kernel.settings[name]:
            if made < 1:
                raise ParameterError(
                    f"nest.{name}", f"{value!r}", f"{name} is a whole number >= 1", "correct it"
                )
            kernel.drop_network(f"{name} was set")
        kernel.settings[name] = made
    elif name in _READ:
        raise ParameterError(f"nest.{name}", "it was set", f"{name} is only read", "leave it out")
    else:
        unknown_name("nest.SetKernelStatus", name, ["resolution", *kernel.settings])


def _structural(given: dict[str, Any]) -> dict[str, Any]:
    """Synapses that come and go, with all that they need."""
    where, spec = "nest.structural_plasticity_synapses", dict(given)
    for name in ("synapse_model", "pre_synaptic_element", "post_synaptic_element"):
        if name not in spec:
            raise ParameterError(
                where, f"{name} is missing", "each entry has a model and both its elements",
                "give it",
            )  # fmt: skip
    switches = {"allow_autapses": True, "allow_multapses": True}
    known = {*kernel.model(spec["synapse_model"]).defaults, *switches}
    for name in spec:
        if name not in known and not name.endswith(("_element", "_model")):
            unknown_name(where, name, known)
    return switches | spec


def _set_resolution(resolution: float, tics_per_ms: float) -> None:
    """Take over the time step (ms) and the tics that it is a multiple of."""
    tics = resolution * tics_per_ms
    if not tics >= 1 or abs(tics - round(tics)) > 1e-6:
        raise ParameterError(
            "nest.resolution", f"{resolution:g} ms with {tics_per_ms:g} tics_per_ms",
            f"it is a multiple of {1.0 / tics_per_ms:g} ms",
            "correct it, or set both together, as nest.set(tics_per_ms=..., resolution=...)",
        )  # fmt: skip
    if kernel.blocks and (resolution, tics_per_ms) != (kernel.resolution, kernel.tics_per_ms):
        raise ParameterError(
            "nest.resolution", "it was set after nodes were created",
            "it is that of all nodes and connections", "set it before, or call nest.ResetKernel",
        )  # fmt: skip
    _keep_limits(resolution)
    kernel.tics_per_ms = tics_per_ms
    kernel.resolution = round(tics) / tics_per_ms


def GetKernelStatus(keys: Any = None) -> Any:
    """Kernel attributes: all, one, or several."""
    if keys is None:
        return {name: read_attribute(name) for name in (*_READ, *kernel.settings)}
    if isinstance(keys, str):
        return read_attribute(keys)
    return tuple(read_attribute(name) for name in keys)


def SetKernelStatus(params: dict[str, Any]) -> None:
    """Set kernel attributes."""
    given = dict(params)
    limits = [given.pop(name, None) for name in ("min_delay", "max_delay")]
    if "resolution" in given and "tics_per_ms" in given:
        _set_resolution(float(given.pop("resolution")), float(given.pop("tics_per_ms")))
    for name, value in given.items():
        set_attribute(name, value)
    if limits != [None, None]:
        _limit_delays(*limits)


def _limit_delays(shortest: float | None, longest: float | None) -> None:
    """Take over the shortest and the longest delay (ms) that connections may have."""
    if shortest is None or longest is None:
        raise ParameterError(
            "nest.SetKernelStatus", "min_delay or max_delay was set alone", "both are set together",
            "give both",
        )  # fmt: skip
    steps = tuple(int(x / kernel.resolution + 0.5 + 1e-9) for x in (shortest, longest))
    now = kernel.min_delay_steps(), kernel.max_delay_steps()
    connected = kernel.connections or kernel.recorded
    if not 1 <= steps[0] <= steps[1] or (connected and (steps[0] > now[0] or steps[1] < now[1])):
        raise ParameterError(
            "nest.SetKernelStatus",
            f"min_delay={shortest:g} ms and max_delay={longest:g} ms",
            "min_delay is at least the resolution, and all delays lie between both",
            "correct them, or set them before nest.Connect",
        )
    kernel.delay_limits = steps[0], steps[1]


def _keep_limits(resolution: float) -> None:
    """Let the shortest and the longest delay that were set be about the same times (ms)."""
    if kernel.delay_limits is not None:
        ratio = kernel.resolution / resolution
        low, high = (steps * ratio for steps in kernel.delay_limits)
        kernel.delay_limits = max(1, math.floor(low + 1e-9)), math.ceil(high - 1e-9)


class NestModule(ModuleType):
    """A module whose kernel attributes act when they are set."""

    def __getattr__(self, name: str) -> Any:
        if is_attribute(name):
            return read_attribute(name)
        if name == "kernel_status":
            return GetKernelStatus()
        if name.startswith("_"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        raise NotThereError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _READ or name in kernel.settings:
            SetKernelStatus({name: value})
        elif name == "verbosity":
            super().__setattr__(name, follow_verbosity(value))
        elif name in _OWN or name in vars(self) or name.startswith("__"):
            super().__setattr__(name, value)
        else:
            unknown_name("distsnn.nest", name, [*_READ, *kernel.settings])

    def set(self, **attributes: Any) -> None:
        """Set kernel attributes by name."""
        SetKernelStatus(attributes)

    def get(self, *names: str) -> Any:
        """Kernel attributes by name, or all."""
        return GetKernelStatus(names[0] if len(names) == 1 else list(names) or None)


# What a module is given when it or a part of it is imported.
_OWN = {
    *("absent_names", "connections", "kernel", "kernel_attributes", "kernel_questions"),
    *("logic", "math", "models", "nodes", "random", "recorded_rows", "structure"),
    *(
        "raster_plot",
        "simulation",
        "space",
        "spatial",
        "spatial_distributions",
        "values",
        "verbosity",
    ),
    "voltage_trace",
}


class NotThereError(AttributeError):
    """A name of NEST that is not there.

    Parameters
    ----------
    name : str
    """

    def __init__(self, name: str) -> None:
        instead = f"Instead: {ABSENT[name]}. " if name in ABSENT else ""
        super().__init__(
            f"distsnn.nest has no {name!r}. {instead}What it has is in 'Coming from NEST' in the "
            "documentation; models are in nest.node_models and nest.synapse_models."
        )
