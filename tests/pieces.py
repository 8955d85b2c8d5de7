"""Long tests of many random cases, in pieces: processes of their own, which give back memory.

Compiled code of a network stays in memory as long as the process lives.
"""

from __future__ import annotations

import subprocess
import sys

# Cases of one process.
EACH = 4

_CODE = """
import hypothesis as hyp
from hypothesis import strategies as st
from {module} import SETTINGS, check_seed

settings = hyp.settings(SETTINGS, max_examples={each})
hyp.seed({piece})(settings(hyp.given(st.integers(0, 2**32 - 1))(check_seed)))()
"""


def check_piece(module: str, piece: int) -> None:
    """Call ``check_seed`` of a module for `EACH` seeds in another process.

    Parameters
    ----------
    module : str
        Name of a module of tests, which has hypothesis' ``SETTINGS``, too.
    piece : int
        The seeds follow from it.
    """
    code = _CODE.format(module=module, piece=piece, each=EACH)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-500:]}\n{done.stderr[-4000:]}"
