"""The name ``pyNN.distsnn``: wheels install this module beside `distsnn`.

Python runs it when it starts, by the line of ``distsnn_pynn_name.pth``. It finds that one name, and
only where PyNN is installed; all others it leaves alone.
"""

from __future__ import annotations

import sys


class PyNNName:
    """Finds the module ``pyNN.distsnn``, which is `distsnn.pynn`."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> object:  # noqa: ARG004 - those of all finders
        """How to import a module; None for any but the one that it knows."""
        if name != "pyNN.distsnn":
            return None
        # The class of module specifications, without an import at each start of Python.
        return type(sys.__spec__)(name, PyNNName)

    @staticmethod
    def create_module(spec: object) -> None:
        """Let Python make a module, which another one takes the place of."""

    @staticmethod
    def exec_module(module: object) -> None:  # noqa: ARG004 - as all loaders
        """Import `distsnn.pynn`, which takes the name for itself."""
        import distsnn.pynn  # noqa: F401, PLC0415 - only when it is asked for


if PyNNName not in sys.meta_path:
    # Behind all others: it is asked for what nobody else knows.
    sys.meta_path.append(PyNNName)
