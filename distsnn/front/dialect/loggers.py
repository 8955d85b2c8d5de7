"""Logging of Brian 2: it sets the level of the logger ``distsnn``."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_ROOT = logging.getLogger("distsnn")


class BrianLogger:
    """Logger of Brian 2: messages go to Python's logger ``distsnn``.

    Parameters
    ----------
    name : str
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._logger = _ROOT.getChild(name.replace("brian2.", ""))
        self._said: set[tuple[str, str]] = set()

    def _log(self, level: str, text: str, name_suffix: str | None, once: bool) -> None:
        key = level, text
        if once and key in self._said:
            return
        self._said.add(key)
        logger = self._logger if name_suffix is None else self._logger.getChild(name_suffix)
        logger.log(getattr(logging, level), text)

    def diagnostic(self, msg: str, name_suffix: str | None = None, once: bool = False) -> None:
        """Log a message for developers."""
        self._log("DEBUG", msg, name_suffix, once)

    debug = diagnostic

    def info(self, msg: str, name_suffix: str | None = None, once: bool = False) -> None:
        """Log a message that informs."""
        self._log("INFO", msg, name_suffix, once)

    def warn(self, msg: str, name_suffix: str | None = None, once: bool = False) -> None:
        """Log a warning."""
        self._log("WARNING", msg, name_suffix, once)

    def error(self, msg: str, name_suffix: str | None = None, once: bool = False) -> None:
        """Log an error."""
        self._log("ERROR", msg, name_suffix, once)

    @staticmethod
    def log_level_diagnostic() -> None:
        """Show all messages."""
        _ROOT.setLevel(logging.DEBUG)

    log_level_debug = log_level_diagnostic

    @staticmethod
    def log_level_info() -> None:
        """Show messages that inform, and what is graver."""
        _ROOT.setLevel(logging.INFO)

    @staticmethod
    def log_level_warn() -> None:
        """Show warnings and errors."""
        _ROOT.setLevel(logging.WARNING)

    @staticmethod
    def log_level_error() -> None:
        """Show errors."""
        _ROOT.setLevel(logging.ERROR)

    @staticmethod
    def initialize() -> None:
        """Do nothing: the logger is there."""

    @staticmethod
    def suppress_name(name: str, filter_log_file: bool = False) -> None:  # noqa: ARG004 - there is no file
        """Leave out messages whose last logger has this name."""
        _ROOT.addFilter(lambda record: record.name.split(".")[-1] != name)

    @staticmethod
    def suppress_hierarchy(name: str, filter_log_file: bool = False) -> None:  # noqa: ARG004 - there is no file
        """Leave out messages of this logger and those below it."""
        name = name.replace("brian2", "distsnn", 1)
        _ROOT.addFilter(lambda record: not f"{record.name}.".startswith(f"{name}."))


def get_logger(module_name: str = "__main__") -> BrianLogger:
    """The logger of a module."""
    return BrianLogger(module_name)


@contextmanager
def std_silent(alwaysprint: bool = False) -> Iterator[None]:
    """Context in which nothing is printed, unless `alwaysprint`."""
    if alwaysprint:
        yield
        return
    with open(os.devnull, "w", encoding="utf8") as nowhere:
        streams = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = nowhere
        try:
            yield
        finally:
            sys.stdout, sys.stderr = streams
