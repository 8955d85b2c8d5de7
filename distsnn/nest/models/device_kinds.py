"""Devices that stimulate and record, with NEST's parameters."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

# The largest time is how NEST says that there is no end.
_WINDOW = {"start": 0.0, "stop": sys.float_info.max, "origin": 0.0, "label": ""}
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
    "sinusoidal_gamma_generator": {
        **_WINDOW,
        **_SINE,
        "order": 1.0,
        "individual_spike_trains": True,
    },
    "gamma_sup_generator": {**_WINDOW, "rate": 0.0, "gamma_shape": 1.0, "n_proc": 1.0},
    "ppd_sup_generator": {
        **_WINDOW,
        "rate": 0.0,
        "dead_time": 0.0,
        "n_proc": 1.0,
        "frequency": 0.0,
        "relative_amplitude": 0.0,
    },
    "mip_generator": {**_WINDOW, "rate": 0.0, "p_copy": 1.0},
    "pulsepacket_generator": {**_WINDOW, "pulse_times": (), "activity": 0.0, "sdev": 0.0},
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

# The recorder that models of synapses name, which is not connected itself.
WEIGHTS = "weight_recorder"
_RECORDER = {**_WINDOW, "record_to": "memory", "time_in_steps": False, "precision": 3}
_PAIRS = {**_WINDOW, "Tstart": 0.0, "Tstop": sys.float_info.max}
_METER = {**_RECORDER, "interval": 1.0, "offset": 0.0}
RECORDERS: Mapping[str, Mapping[str, Any]] = {
    "spike_recorder": _RECORDER,
    "correlation_detector": {**_PAIRS, "delta_tau": 0.5, "tau_max": 5.0},
    "correlomatrix_detector": {**_PAIRS, "N_channels": 1.0, "delta_tau": 0.5, "tau_max": 5.0},
    "multimeter": {**_METER, "record_from": ()},
    "voltmeter": {**_METER, "record_from": ("V_m",)},
    WEIGHTS: {**_RECORDER, "senders": (), "targets": ()},
}
METERS = {"multimeter", "voltmeter"}
# Recorders that count pairs of spikes, and what of them is read.
DETECTORS: Mapping[str, tuple[str, ...]] = {
    "correlation_detector": ("histogram", "count_histogram", "histogram_correction", "n_events"),
    "correlomatrix_detector": ("covariance", "count_covariance", "n_events"),
}
# What meters record of devices.
_MEASURED = {
    **dict.fromkeys(CURRENTS, "I"),
    **dict.fromkeys(("sinusoidal_poisson_generator", "sinusoidal_gamma_generator"), "rate"),
}


def measured(model: str) -> tuple[str, ...]:
    """Names of what a meter records of a device."""
    return (_MEASURED[model],) if model in _MEASURED else ()
