"""Preferences of Brian 2, as scripts set them: nothing but the number of threads matters here."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from copy import deepcopy
from typing import Any

from distsnn.describe.operations import DEFAULT
from distsnn.errors import ParameterError, nearest_first
from distsnn.front.callbacks.schedule import checked_schedule, default_schedule
from distsnn.front.names.scope import set_threads

_THREADS = "devices.cpp_standalone.openmp_threads"
# All preferences, and what scripts read of them before they set it.
_KNOWN: dict[str, Any] = {
    "GSL.directory": None,
    "codegen.target": "auto",
    "codegen.string_expression_target": "numpy",
    "codegen.synapse_connect_target": None,
    "codegen.loop_invariant_optimisations": True,
    "codegen.max_cache_dir_size": 1000,
    "codegen.cpp.compiler": "",
    "codegen.cpp.extra_compile_args": None,
    "codegen.cpp.extra_compile_args_gcc": ["-w", "-O3"],
    **{
        f"codegen.cpp.{name}": []
        for name in (
            "extra_compile_args_msvc", "extra_link_args", "include_dirs", "library_dirs",
            "runtime_library_dirs", "libraries", "headers", "define_macros",
        )
    },
    "codegen.cpp.msvc_vars_location": "",
    "codegen.cpp.msvc_architecture": "",
    "codegen.generators.cpp.restrict_keyword": "__restrict",
    "codegen.generators.cpp.flush_denormals": False,
    "codegen.runtime.numpy.discard_units": False,
    "codegen.runtime.cython.multiprocess_safe": True,
    "codegen.runtime.cython.cache_dir": None,
    "codegen.runtime.cython.delete_source_files": True,
    "core.default_float_dtype": float,
    "core.default_integer_dtype": int,
    "core.network.default_schedule": list(DEFAULT),
    "core.outdated_dependency_error": True,
    "core.stop_on_keyboard_interrupt": True,
    "devices.cpp_standalone.openmp_spatialneuron_strategy": None,
    "devices.cpp_standalone.make_cmd_unix": "make",
    "devices.cpp_standalone.run_cmd_unix": "./main",
    "devices.cpp_standalone.extra_make_args_unix": ["-j"],
    "devices.cpp_standalone.extra_make_args_windows": [],
    "devices.cpp_standalone.run_environment_variables": {"LD_BIND_NOW": "1"},
    **dict.fromkeys(("logging.file_log_level", "logging.console_log_level"), "INFO"),
    "logging.file_log_max_size": 10_000_000,
    **dict.fromkeys(
        (
            f"logging.{name}"
            for name in (
                "delete_log_on_exit", "file_log", "save_script", "std_redirection",
                "std_redirection_to_file", "warn_for_unused_objects", "display_brian_error_message",
            )
        ),
        True,
    ),
    "legacy.refractory_timing": False,
    _THREADS: 0,
}  # fmt: skip
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
        vars(self)["_values"] = deepcopy(_KNOWN) if values is None else values

    def __getitem__(self, name: str) -> Any:
        full = self._folder + name
        if full in self._values:
            return self._values[full]
        if any(one.startswith(f"{full}.") for one in _KNOWN):
            return BrianGlobalPreferences(f"{full}.", self._values)
        raise _unknown(full)

    def __setitem__(self, name: str, value: Any) -> None:
        full = self._folder + name
        if full not in _KNOWN:
            raise _unknown(full)
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
        self._values.update(deepcopy(_KNOWN))
        default_schedule[0] = DEFAULT

    def __repr__(self) -> str:
        return f"<BrianGlobalPreferences {dict(self)!r}>"


def _unknown(name: str) -> PreferenceError:
    near = nearest_first(name, _KNOWN)[:3]
    return PreferenceError(
        "prefs",
        f"unknown preference {name!r}",
        f"those of Brian 2 are taken, such as {', '.join(near)}",
        "correct the name",
    )


prefs = brian_prefs = BrianGlobalPreferences()
