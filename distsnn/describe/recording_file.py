"""The file of a recording, and its storage."""

from __future__ import annotations

import os
from dataclasses import dataclass

from distsnn.describe.checks.constructors import known_names
from distsnn.describe.checks.paths import checked_path
from distsnn.errors import ParameterError

COMPRESSIONS = ("gzip", "lzf")


@known_names
@dataclass(frozen=True)
class RecordingFile:
    """A file to record to, with options; a path alone means the same without them.

    Parameters
    ----------
    path : path
        Name of the file.
    compression : str, optional
        ``"gzip"`` (smaller, read everywhere) or ``"lzf"`` (faster, read by h5py). It costs time;
        noisy traces become hardly smaller.
    chunk : int, optional
        Rows (spikes, times or synapses) that are stored and compressed together; by default so
        many that a chunk has about 1 MB.

    Raises
    ------
    ParameterError
        If an option is not allowed.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(100, snn.LIF())
    >>> trace = snn.StateMonitor(
    ...     cells, "V_m", True, to=snn.RecordingFile("v.h5", compression="gzip")
    ... )
    """

    path: str | os.PathLike[str]
    compression: str | None = None
    chunk: int | None = None

    def __post_init__(self) -> None:
        checked_path("RecordingFile", "path", self.path)
        known = isinstance(self.compression, str) and self.compression in COMPRESSIONS
        if self.compression is not None and not known:
            raise ParameterError(
                "RecordingFile",
                f"compression={self.compression!r}",
                f"compression is None or one of {', '.join(COMPRESSIONS)}",
                "choose one",
            )
        number = self.chunk
        if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
            number = 0
        if number is not None and number < 1:
            raise ParameterError(
                "RecordingFile",
                f"chunk={self.chunk!r}",
                "chunk is a whole number > 0",
                "correct it",
            )

    @classmethod
    def of(cls, given: str | os.PathLike[str] | RecordingFile) -> RecordingFile:
        """The recording file that a path or a file with options stands for."""
        return given if isinstance(given, RecordingFile) else cls(given)

    @property
    def name(self) -> str:
        """The path as a string."""
        return os.fspath(self.path)
