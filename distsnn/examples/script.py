"""Example scripts in the dialect of Brian 2: they run from top to bottom and draw a picture.

Each stands in ``scripts/`` and can be copied: it runs under Brian 2 as well when the line of its
star reads ``from brian2 import *``.
"""

from __future__ import annotations

import ast
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

from distsnn.examples.model import blaming

# In the order in which they build on one another.
_NAMES = (
    "synapses_simplest",
    "synapses_weights",
    "synapses_delays",
    "synapses_connectivity",
    "synapses_distance",
    "synapses_stdp",
    "synapses_stdp_events",
    "synapses_stdp_window",
    "synapses_exponential",
)
_FOLDER = Path(__file__).resolve().parent / "scripts"


@dataclass(frozen=True)
class Script:
    """An example script.

    Parameters
    ----------
    name : str
        Name of the example.
    """

    name: str

    @property
    def path(self) -> Path:
        """The file."""
        return _FOLDER / f"{self.name}.py"

    @property
    def documentation(self) -> str:
        """The file's docstring."""
        return ast.get_docstring(ast.parse(self.path.read_text(encoding="utf8"))) or ""

    @property
    def description(self) -> str:
        """First line of the docstring."""
        return self.documentation.partition("\n")[0]

    def run(self, picture: str | os.PathLike[str] | None = None, shows: bool = False) -> None:
        """Run the script, on every rank.

        Parameters
        ----------
        picture : path, optional
            Save what it draws here.
        shows : bool
            Whether the script may open a window.

        Raises
        ------
        ModelError
            The script failed.
        """
        import matplotlib.pyplot as plt  # noqa: PLC0415 - an optional extra

        if not shows:
            plt.switch_backend("agg")
        code = compile(self.path.read_text(encoding="utf8"), str(self.path), "exec")
        with blaming(self.path), warnings.catch_warnings():
            # That a script shows its picture where nobody looks is no fault of the user's.
            warnings.filterwarnings("ignore", message=".*non-interactive, and thus cannot be shown")
            exec(code, {"__name__": "__main__", "__file__": str(self.path)})
        if picture is not None:
            plt.savefig(picture, dpi=150)
        plt.close("all")


def scripts() -> dict[str, Script]:
    """Return the example scripts.

    Returns
    -------
    dict[str, Script]
        Name to script; ``script.description`` is one line.
    """
    return {name: Script(name) for name in _NAMES}
