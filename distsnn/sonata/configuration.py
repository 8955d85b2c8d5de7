"""Configurations of SONATA: JSON files with a manifest that name all other files of a circuit."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distsnn.errors import FileError
from distsnn.sonata.circuit_files import read_json, refused

_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
# Keys whose texts are names of files or folders, relative to the file that has them.
_PATHS = {
    "nodes_file", "node_types_file", "edges_file", "edge_types_file", "input_file", "file",
    "node_sets_file", "output_dir",
}  # fmt: skip
_PARTS = ("network", "simulation")
# Sections that have a meaning, here or in other simulators alone.
_SECTIONS = {
    "manifest", "components", "networks", "run", "conditions", "node_sets", "node_sets_file",
    "inputs", "reports", "output", "target_simulator", "target_simulator_version", *_PARTS,
    "version", "metadata", "config_path", "config_dir", "gid_mapping_file",
}  # fmt: skip


@dataclass(frozen=True)
class Configuration:
    """A configuration, with the files that it consists of merged.

    Attributes
    ----------
    path : Path
        The file that was named first.
    content : mapping
        Its sections. Variables have their values, names of files are whole paths.
    files : tuple of Path
        All JSON files that were read.
    unknown : tuple of str
        Sections that have no meaning.
    """

    path: Path
    content: Mapping[str, Any]
    files: tuple[Path, ...] = ()
    unknown: tuple[str, ...] = field(default=())

    def section(self, name: str) -> dict[str, Any]:
        """A section, empty if there is none.

        Raises FileError if it is no object.
        """
        found = self.content.get(name, {})
        if not isinstance(found, dict):
            raise self.refused(f"{name} is {found!r}", f"{name} is an object {{...}}")
        return found

    def files_of(self, kind: str) -> list[dict[str, Any]]:
        """The enabled entries of ``networks.nodes`` or ``networks.edges``."""
        networks = self.section("networks")
        entries = networks.get(kind, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise self.refused(
                f"networks.{kind} is {entries!r}", "it is a list of objects with names of files"
            )
        for entry in entries:
            if f"{kind}_file" not in entry:
                raise self.refused(
                    f"an entry of networks.{kind} has no {kind}_file",
                    "each entry names the file of its populations",
                    f"add {kind}_file",
                )
        return [entry for entry in entries if entry.get("enabled", True)]

    def component(self, name: str) -> Path:
        """A folder of ``components``; that of the configuration if it is not given."""
        found = self.section("components").get(name)
        return self.path.parent if found is None else Path(found)

    def time(self, section: str, name: str) -> float | None:
        """A time (ms) of a section; None if it is not given."""
        found = self.section(section).get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < 1e15:
            raise self.refused(f"{section}.{name}={found!r}", f"{name} is a number of ms >= 0")
        return float(found)

    @property
    def dt(self) -> float:
        """The time step, ms."""
        found = self.time("run", "dt")
        if not found:
            raise self.refused(
                "run.dt is missing" if found is None else "run.dt=0",
                "dt is the time step in ms",
                'write "run": {"dt": 0.1, "tstop": 1000.0}',
            )
        return found

    @property
    def duration(self) -> float:
        """The time to simulate, ms."""
        found = self.time("run", "duration")
        found = self.time("run", "tstop") if found is None else found
        if found is None:
            raise self.refused(
                "run.tstop is missing", "tstop is the time to simulate in ms", "give run.tstop"
            )
        return found

    def refused(self, what: str, allowed: str = "", advice: str = "") -> FileError:
        """The error for something that the configuration says."""
        return refused(self.path, what, allowed, advice)


def read_configuration(
    path: str | os.PathLike[str], variables: Mapping[str, Any] | None = None
) -> Configuration:
    """Read a configuration with the files of which it consists.

    Raises FileError if a file is missing or is not as it should be, or a variable is not known.

    Parameters
    ----------
    variables : mapping of str to object, optional
        Values of variables, which take the place of those of a manifest.
    """
    top, files = Path(os.path.abspath(path)), list[Path]()
    content = _merged((top,), dict(variables or {}), files)
    unknown = tuple(name for name in content if name not in _SECTIONS)
    return Configuration(top, content, tuple(files), unknown)


def _merged(
    paths: tuple[Path, ...], variables: Mapping[str, Any], files: list[Path]
) -> dict[str, Any]:
    """The content of the last file, and over it those of the files that it names as its parts.

    `paths` are the files that lead to it; `files` gets all that were read.
    """
    path, *above = reversed(paths)
    if path in above:
        raise refused(path, "it names itself as a part", "parts are other files", "leave it out")
    if path not in files:
        files.append(path)
    content = read_json(path, str(above[0]) if above else "the call")
    known = _manifest(path, content.get("manifest", {}), variables) | dict(variables)
    content = {
        name: value if name == "manifest" else _filled(value, name, path, known)
        for name, value in content.items()
    }
    for part in _PARTS:
        name = content.get(part)
        if isinstance(name, str):
            child = Path(os.path.normpath(path.parent / _whole(name, path)))
            content |= _merged((*paths, child), variables, files)
    return content


def _manifest(path: Path, given: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each variable by its name without the dollar."""
    now = datetime.datetime.now()
    known: dict[str, Any] = {
        "configdir": str(path.parent),
        "configfname": str(path),
        "workingdir": os.getcwd(),
        "date": now.strftime("%Y-%m-%d"),
        "time": now.strftime("%H-%M-%S"),
        "datetime": now.strftime("%Y-%m-%d_%H-%M-%S"),
    }
    if not isinstance(given, dict):
        raise refused(path, f"manifest is {given!r}", "manifest is an object of names and values")
    waiting = {name.removeprefix("$"): value for name, value in given.items()}
    while waiting:
        ready = {
            name: _replaced(value, known | dict(variables))
            for name, value in waiting.items()
            if not isinstance(value, str)
            or set(_VARIABLE.findall(value)) <= known.keys() | variables.keys()
        }
        if not ready:
            name, value = next(iter(waiting.items()))
            raise refused(
                path,
                f"manifest: ${name} is {value!r}, which cannot be found out",
                f"known variables are {', '.join(known | dict(variables))}",
                "define what it uses, and no variable by itself",
            )
        known |= ready
        waiting = {name: value for name, value in waiting.items() if name not in ready}
    return known


def _replaced(value: Any, known: Mapping[str, Any]) -> Any:
    """A value with its variables replaced; one that stands alone keeps its type."""
    if not isinstance(value, str):
        return value
    whole = _VARIABLE.fullmatch(value)
    if whole is not None and whole[1] in known:
        return known[whole[1]]
    return _VARIABLE.sub(lambda m: str(known.get(m[1], m[0])), value)


def _filled(value: Any, key: str, path: Path, known: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        inside = "components" if key == "components" else None
        return {k: _filled(v, inside or k, path, known) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(item, key, path, known) for item in value]
    value = _replaced(value, known)
    if isinstance(value, str) and (key in _PATHS or key == "components"):
        return str(path.parent / _whole(value, path))
    return value


def _whole(name: str, path: Path) -> str:
    """The name of a file, in which no variable is left."""
    left = _VARIABLE.search(name)
    if left is not None:
        raise refused(
            path,
            f"{name!r} has the variable {left[0]}",
            "variables are defined in the manifest",
            "define it there, or give it with the call",
        )
    return name
