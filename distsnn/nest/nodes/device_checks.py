"""Checks of what devices are set to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from distsnn.errors import ParameterError
from distsnn.nest.kernel import kernel
from distsnn.nest.nodes.block import Block

# Values that lie between two bounds.
_BOUNDS: Mapping[str, tuple[float, float]] = {
    "activity": (0.0, np.inf),
    "dead_time": (0.0, np.inf),
    "gamma_shape": (1.0, np.inf),
    "n_proc": (1.0, np.inf),
    "order": (1.0, np.inf),
    "p_copy": (0.0, 1.0),
    "rate": (0.0, np.inf),
    "relative_amplitude": (0.0, 1.0),
    "sdev": (0.0, np.inf),
    "std": (0.0, np.inf),
    "std_mod": (0.0, np.inf),
    "N_channels": (1.0, np.inf),
}
# Values that are multiples of the resolution, and not 0.
_STEPS = ("dt", "interval", "delta_tau")
# Times, and what there is one of for each.
_SERIES = {
    "amplitude_times": ("amplitude_values",),
    "rate_times": ("rate_values",),
    "spike_times": ("spike_weights", "spike_multiplicities"),
}


def check_device(block: Block, member: int, names: set[str]) -> None:
    """Check and complete what was set of a device.

    Parameters
    ----------
    names : set of str
        What has been set.

    Raises
    ------
    ParameterError
        If a value is not allowed, or values do not fit to each other.
    """
    where = f"{block.name} (node {block.first + member})"
    if block.first and "individual_spike_trains" in names:
        raise ParameterError(
            where, "individual_spike_trains was set of a node", "it is set of models",
            "use nest.SetDefaults or nest.CopyModel",
        )  # fmt: skip
    for name in names & _BOUNDS.keys():
        low, high = _BOUNDS[name]
        value = float(block.get(name, member))
        if not low <= value <= high:
            allowed = f"at least {low:g}" + ("" if np.isinf(high) else f", and {high:g} at most")
            raise ParameterError(where, f"{name}={value:g}", f"{name} is {allowed}", "correct it")
    for name in names.intersection(_STEPS):
        if kernel.steps(f"{where}: {name}", float(block.get(name, member))) < 1:
            raise ParameterError(
                where, f"{name}={block.get(name, member):g} ms",
                f"it is at least the resolution, {kernel.resolution:g} ms", "correct it",
            )  # fmt: skip
    if names & {"delta_tau", "tau_max"}:
        _check_lags(where, block, member)
    is_gamma = block.model.name == "sinusoidal_gamma_generator"
    if is_gamma and abs(block.get("amplitude", member)) > block.get("rate", member):
        raise ParameterError(
            where, "amplitude > rate", "the rate is never negative", "set amplitude <= rate"
        )
    recorded = {recording.recorder for recording in kernel.recordings}
    fixed = names & {"interval", "offset", "record_from"}
    if fixed and block.first + member in recorded:
        raise ParameterError(
            where, f"{fixed.pop()} was set after it had been connected",
            "what a meter records is set before", "set it before nest.Connect",
        )  # fmt: skip
    for times, others in _SERIES.items():
        if block.knows(times) and names & {times, *others, "allow_offgrid_times"}:
            _check_series(where, block, member, (times, others))


def _check_lags(where: str, block: Block, member: int) -> None:
    """Check the lags that a detector counts."""
    lags = [float(block.get(name, member)) for name in ("delta_tau", "tau_max")]
    width, longest = (kernel.steps(where, lag) for lag in lags)
    if longest % width:
        raise ParameterError(
            where, f"delta_tau={lags[0]:g} ms and tau_max={lags[1]:g} ms",
            "tau_max is a multiple of delta_tau", "set both together",
        )  # fmt: skip
    if block.model.name == "correlomatrix_detector" and width % 2 == 0:
        raise ParameterError(
            where, f"delta_tau={lags[0]:g} ms", "it is an odd number of time steps", "correct it"
        )


def _check_series(
    where: str, block: Block, member: int, series: tuple[str, tuple[str, ...]]
) -> None:
    name, others = series
    times = np.array(block.get(name, member), dtype=np.float64)
    for other in (o for o in others if block.knows(o)):
        number = len(block.get(other, member))
        if number != times.size and (number or other in {"amplitude_values", "rate_values"}):
            raise ParameterError(
                where, f"{name} has {times.size} values, and {other} {number}",
                "there is one for each time", "set both together",
            )  # fmt: skip
    strictly = name != "spike_times"
    if (np.diff(times) <= 0).any() if strictly else (np.diff(times) < 0).any():
        raise ParameterError(where, f"{name} go back", "times ascend", "sort them")
    exact = times / kernel.resolution
    off = np.abs(np.round(exact) - exact) * kernel.tics_per_step >= 0.5
    precise = block.knows("precise_times") and block.get("precise_times", member)
    if off.any() and not block.get("allow_offgrid_times", member) and not precise:
        raise ParameterError(
            where,
            f"a time of {times[off][0]:g} ms",
            f"{name} are multiples of the resolution, {kernel.resolution:g} ms",
            "say allow_offgrid_times=True to have them at the end of their steps",
        )
    if off.any() and not precise:
        rounded = np.where(off, np.ceil(exact), np.round(exact)) * kernel.resolution
        block.set(name, np.array([member]), [tuple(rounded.tolist())])
    shift = block.knows("shift_now_spikes") and block.get("shift_now_spikes", member)
    if times.size and times[0] < 0.5 * kernel.resolution and not shift:
        raise ParameterError(
            where, f"a time of {times[0]:g} ms", "times are greater than 0", "correct it"
        )
