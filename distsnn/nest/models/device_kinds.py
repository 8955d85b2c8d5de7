"""Devices that stimulate and record, with NEST's parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_WINDOW = {"start": 0.0, "stop": math.inf, "origin": 0.0, "label": ""}
_SPIKES = {
    "spike_times": (),
    "allow_offgrid_times": False,
    "shift_now_spikes": False,
    "precise_times": False,
    "spike_multiplicities": (),
}
_SINE = {"rate": 0.0, "amplitude": 0.0, "frequency": 0.0, "phase": 0.0}

STIMULATORS: Mapping[str, Mapping[str, Any]] = {
    "poisson_generator": {**_WINDOW, "rate": 0.0},
    "inhomogeneous_poisson_generator": {
        **_WINDOW,
        "rate_times": (),
        "rate_values": (),
        "allow_offgrid_times": False,
    },
    "sinusoidal_poisson_generator": {**_WINDOW, **_SINE, "individual_spike_trains": True},
    "spike_generator": {**_WINDOW, **_SPIKES, "spike_weights": ()},
    "spike_train_injector": {**_WINDOW, **_SPIKES},
    "dc_generator": {**_WINDOW, "amplitude": 0.0},
    "ac_generator": {**_WINDOW, "amplitude": 0.0, "frequency": 0.0, "offset": 0.0, "phase": 0.0},
    "step_current_generator": {
        **_WINDOW,
        "amplitude_times": (),
        "amplitude_values": (),
        "allow_offgrid_times": False,
    },
    "noise_generator": {
        **_WINDOW,
        "mean": 0.0,
        "std": 0.0,
        "dt": 1.0,
        "std_mod": 0.0,
        "frequency": 0.0,
        "phase": 0.0,
    },
}
CURRENTS = {"dc_generator", "ac_generator", "step_current_generator", "noise_generator"}

_RECORDER = {**_WINDOW, "record_to": "memory", "time_in_steps": False, "precision": 5}
_METER = {**_RECORDER, "interval": 1.0, "offset": 0.0}
RECORDERS: Mapping[str, Mapping[str, Any]] = {
    "spike_recorder": _RECORDER,
    "multimeter": {**_METER, "record_from": ()},
    "voltmeter": {**_METER, "record_from": ("V_m",)},
}
METERS = {"multimeter", "voltmeter"}
