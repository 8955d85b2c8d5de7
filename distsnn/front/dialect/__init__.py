"""Names of Brian 2 around a simulation: devices, preferences, logging."""

from __future__ import annotations

from distsnn.front.dialect.devices import (
    all_devices,
    check_cache,
    clear_cache,
    device,
    get_device,
    reinit_devices,
    reset_device,
    set_device,
)
from distsnn.front.dialect.loggers import BrianLogger, get_logger, std_silent
from distsnn.front.dialect.preferences import (
    BrianGlobalPreferences,
    PreferenceError,
    brian_prefs,
    prefs,
)

logger = get_logger("brian2")

__all__ = [
    "BrianGlobalPreferences",
    "BrianLogger",
    "PreferenceError",
    "all_devices",
    "brian_prefs",
    "check_cache",
    "clear_cache",
    "device",
    "get_device",
    "get_logger",
    "logger",
    "prefs",
    "reinit_devices",
    "reset_device",
    "set_device",
    "std_silent",
]
