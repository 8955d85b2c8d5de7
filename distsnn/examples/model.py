"""Loading a model file and calling its functions, with errors that name the file and line."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from distsnn.beginning import Stopped
from distsnn.errors import DistsnnError, FileError, ParameterError, nearest_first, unknown_name
from distsnn.examples.circuit_model import CircuitModel

_EXAMPLES = ("microcircuit", "brunel", "plastic", "cuba", "coba")
_PACKAGE = Path(__file__).resolve().parent
_DURATION = 1000.0


class ModelError(DistsnnError, RuntimeError):
    """A model file failed; ``line`` is where, ``path`` the file."""


@dataclass(frozen=True)
class Model:
    """A model file.

    Parameters
    ----------
    name : str
        Name of the example, or of the file without its ending.
    path : Path
        The file.
    module : module
        The file as Python sees it.
    """

    name: str
    path: Path
    module: ModuleType

    @property
    def description(self) -> str:
        """First line of the file's docstring."""
        return (self.module.__doc__ or "").strip().partition("\n")[0]

    @property
    def duration(self) -> float:
        """Time that a run takes by default (ms)."""
        return float(getattr(self.module, "DURATION", _DURATION))

    @property
    def parameters(self) -> dict[str, Any]:
        """Name and default of each parameter of ``network``."""
        signature = inspect.signature(self.module.network)
        return {
            name: parameter.default
            for name, parameter in signature.parameters.items()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        }

    @property
    def comments(self) -> dict[str, str]:
        """The comment that the file has behind each parameter of ``network``."""
        source = inspect.getsource(self.module.network)
        found = re.findall(r"^\s+(\w+)\s*(?::[^=#]+)?=[^#\n]*#\s*(.*)$", source, re.MULTILINE)
        return {name: text for name, text in found if name in self.parameters}

    def network(self, **parameters: Any) -> Any:
        """Call the file's ``network``.

        Parameters
        ----------
        **parameters : object
            Values of some of the parameters.

        Returns
        -------
        Network
            The network.

        Raises
        ------
        UnknownNameError
            There is no such parameter; the message lists them.
        ParameterError
            A parameter that is a number by default was given as something else.
        ModelError
            The function failed, or returned something else.
        """
        network_type = importlib.import_module("distsnn").Network
        self.check(parameters)
        with blaming(self.path):
            made = self.module.network(**parameters)
        if not isinstance(made, network_type):
            raise ModelError(
                str(self.path),
                f"network() returned {type(made).__name__}",
                "it must return a distsnn.Network",
                path=str(self.path),
                line=0,
            )
        made.parameters = {**self.parameters, **parameters, **made.parameters}
        return made

    def takes(self, name: str) -> bool:
        """Whether ``network`` has a parameter `name`, or takes any."""
        return name in self.parameters or any(
            one.kind is inspect.Parameter.VAR_KEYWORD
            for one in inspect.signature(self.module.network).parameters.values()
        )

    def check(self, parameters: Mapping[str, Any]) -> None:
        """Check names and kinds of parameters; raises as `network` does.

        Parameters
        ----------
        parameters : mapping of str to object
            The values given.
        """
        for name, value in parameters.items():
            if not self.takes(name):
                unknown_name(self.name, name, self.parameters)
            if name not in self.parameters:
                continue
            default = self.parameters[name]
            if isinstance(default, int | float) and not isinstance(value, int | float):
                raise ParameterError(
                    self.name,
                    f"{name}={value!r}",
                    f"{name} is a number (by default {default!r})",
                    value=value,
                )

    def report(self, network: Any, spikes: Any) -> str:
        """Call the file's ``report``, if it has one.

        Parameters
        ----------
        network : Network
            The network that ran.
        spikes : SpikeFile
            Its recording.

        Returns
        -------
        str
            The report, or nothing.

        Raises
        ------
        ModelError
            The function failed.
        """
        function: Callable[..., str] | None = getattr(self.module, "report", None)
        if function is None:
            return ""
        with blaming(self.path):
            return str(function(network, spikes))

    def measures(self, network: Any, spikes: Any) -> dict[str, Any]:
        """Call the file's ``measures``, if it has one.

        Parameters
        ----------
        network, spikes
            See `report`.

        Returns
        -------
        dict of str to number or str
            Columns of the table of a sweep.

        Raises
        ------
        ModelError
            The function failed, or returned something else.
        """
        function: Callable[..., Any] | None = getattr(self.module, "measures", None)
        if function is None:
            return {}
        with blaming(self.path):
            found = function(network, spikes)
        if not isinstance(found, Mapping) or not all(
            isinstance(name, str) and np.ndim(value) == 0 for name, value in found.items()
        ):
            raise ModelError(
                str(self.path),
                f"measures() returned {found!r:.60}",
                "it returns a dict of numbers and texts by name",
                path=str(self.path),
                line=0,
            )
        return {name: np.asarray(value).item() for name, value in found.items()}


def catalog() -> dict[str, Model]:
    """Return the built-in model files.

    Returns
    -------
    dict[str, Model]
        Name to model; ``model.description`` is one line.
    """
    return {name: _example(name) for name in _EXAMPLES}


def load(model: str | os.PathLike[str]) -> Model | CircuitModel:
    """Load a model.

    Parameters
    ----------
    model : str or path
        Name of an example, a Python file, or a configuration of SONATA (``.json``).

    Returns
    -------
    Model or CircuitModel
        The model.

    Raises
    ------
    FileError
        There is no such file.
    UnknownNameError
        There is no such example.
    ModelError
        The file fails, or has no function ``network``.
    """
    if model in _EXAMPLES:
        return _example(str(model))
    path = Path(model)
    if path.suffix not in {".py", ".json"} and not os.path.exists(path):
        scripts = sorted(path.stem for path in (_PACKAGE / "scripts").glob("synapses_*.py"))
        names = nearest_first(str(model), [*_EXAMPLES, *scripts])
        unknown_name(
            "model",
            str(model),
            names,
            "Give the name of an example, of a Python file (.py) or of a configuration (.json)",
        )
    if not os.path.isfile(path):
        raise FileError(
            str(path),
            "this is a folder"
            if os.path.isdir(path)
            else "this is no ordinary file"
            if os.path.exists(path)
            else "there is no such file",
            "a model is an example's name, a Python file or a configuration (.json)",
        )
    if path.suffix == ".json":
        return CircuitModel(path.stem, path.resolve())
    module = _imported(path.resolve())
    if not callable(getattr(module, "network", None)):
        raise ModelError(
            str(path),
            "the file has no function network()",
            "a model file has network(**parameters) -> distsnn.Network",
            path=str(path),
            line=0,
        )
    return Model(path.stem, path, module)


def _example(name: str) -> Model:
    module = importlib.import_module(f"distsnn.examples.{name}")
    return Model(name, Path(str(module.__file__)), module)


def _imported(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise FileError(str(path), "this is not a Python file", "its name ends in .py")
    module = importlib.util.module_from_spec(specification)
    # As for a script, what lies beside it can be imported.
    sys.path.insert(0, str(path.parent))
    with blaming(path):
        specification.loader.exec_module(module)
    return module


@contextmanager
def blaming(path: Path) -> Iterator[None]:
    """Turn what goes wrong in a model file into an error that names its line."""
    try:
        yield
    except (DistsnnError, Stopped):
        raise
    except SystemExit as error:
        code = "" if error.code is None else repr(error.code)
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if _same_file(frame.filename, path)]
        raise ModelError(
            f"{path}, line {lines[-1]}" if lines else str(path),
            f"the file ends the program (sys.exit({code}))",
            "network() returns a distsnn.Network",
            "Raise an error that says what is wrong.",
            path=str(path),
            line=lines[-1] if lines else 0,
        ) from error
    except SyntaxError as error:
        where = f"{error.filename}, line {error.lineno}"
        raise ModelError(
            where, f"SyntaxError: {error.msg}", path=str(path), line=error.lineno
        ) from error
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        own_frames = [k for k, frame in enumerate(frames) if _same_file(frame.filename, path)]
        last = own_frames[-1] if own_frames else -1
        if any(_is_ours(frame.filename) for frame in frames[last + 1 :] if own_frames):
            # A fault of distsnn itself needs its traceback.
            raise
        line = frames[last].lineno if own_frames else 0
        raise ModelError(
            f"{path}, line {line}" if own_frames else str(path),
            f"{type(error).__name__}: {error}",
            path=str(path),
            line=line,
        ) from error


def _same_file(filename: str, path: Path) -> bool:
    return Path(filename).resolve() == path.resolve()


def _is_ours(filename: str) -> bool:
    file = Path(filename).resolve()
    return file.is_relative_to(_PACKAGE.parent) and not file.is_relative_to(_PACKAGE)
