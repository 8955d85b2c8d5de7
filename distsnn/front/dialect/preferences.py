"""Preferences of Brian 2, as scripts set them: nothing but the number of threads matters here."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from distsnn.errors import ParameterError
from distsnn.front.callbacks.schedule import DEFAULT, checked_schedule, default_schedule
from distsnn.front.names.scope import set_threads

_THREADS = "devices.cpp_standalone.openmp_threads"
# Folders of preferences, and what scripts read of them before they set it.
_KNOWN: dict[str, Any] = {
    "codegen.target": "auto",
    "codegen.string_expression_target": "numpy",
    "codegen.loop_invariant_optimisations": True,
    "codegen.max_cache_dir_size": 1000,
    "core.default_float_dtype": float,
    "core.default_integer_dtype": int,
    "core.network.default_schedule": list(DEFAULT),
    "core.outdated_dependency_error": True,
    "core.stop_on_keyboard_interrupt": True,
    "legacy.refractory_timing": False,
    _THREADS: 0,
}  # fmt: skip
_FOLDERS = ("GSL.", "codegen.", "core.", "devices.", "legacy.", "logging.")
# What scripts may set to this value only, since it would change results.
_FIXED = ("legacy.refractory_timing",)
_SCHEDULE = "core.network.default_schedule"


class PreferenceError(ParameterError):
    """A preference that Brian 2 does not have, or one that cannot be met here."""


class BrianGlobalPreferences(MutableMapping[str, Any]):
    """``prefs`` of Brian 2: taken as what they mean here.

    They choose among compilers, targets and folders, of which there is one each, so setting them
    changes nothing; ``devices.cpp_standalone.openmp_threads`` sets the number of threads
    (`set_threads`). Those that would change results are refused.
    """

    def __init__(self, folder: str = "", values: dict[str, Any] | None = None) -> None:
        vars(self)["_folder"] = folder
        vars(self)["_values"] = dict(_KNOWN) if values is None else values

    def __getitem__(self, name: str) -> Any:
        full = self._folder + name
        if full in self._values:
            return self._values[full]
        if any(one.startswith(f"{full}.") for one in (*self._values, *_FOLDERS)):
            return BrianGlobalPreferences(f"{full}.", self._values)
        raise PreferenceError(
            "prefs",
            f"unknown preference {full!r}",
            f"preferences are in {', '.join(f.rstrip('.') for f in _FOLDERS)}",
            "correct the name, or set it before it is read",
        )

    def __setitem__(self, name: str, value: Any) -> None:
        full = self._folder + name
        if not full.startswith(_FOLDERS):
            # The error of reading says what there is.
            _ = self[name]
        if full in _FIXED and value != _KNOWN[full]:
            raise PreferenceError(
                "prefs",
                f"{full} was set to {value!r}",
                f"it is {_KNOWN[full]!r} here",
                "leave it out",
            )
        if full == _THREADS:
            set_threads(max(int(value), 1))
        if full == _SCHEDULE:
            default_schedule[0] = checked_schedule(f"prefs.{full}", value)
        self._values[full] = value

    def __delitem__(self, name: str) -> None:
        del self._values[self._folder + name]

    def __iter__(self) -> Iterator[str]:
        n = len(self._folder)
        return (full[n:] for full in self._values if full.startswith(self._folder))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except PreferenceError as error:
            raise AttributeError(str(error)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def reset_to_defaults(self) -> None:
        """Forget what has been set."""
        self._values.clear()
        self._values.update(_KNOWN)
        default_schedule[0] = DEFAULT

    def __repr__(self) -> str:
        return f"<BrianGlobalPreferences {dict(self)!r}>"


prefs = brian_prefs = BrianGlobalPreferences()
