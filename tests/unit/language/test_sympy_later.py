from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
import distsnn as snn
cells = snn.NeuronGroup(2, snn.LIF(I_e=400.0), name="cells")
snn.Network(cells).run(1.0)
assert "sympy" not in sys.modules
model = '''dv/dt = (x - v)/(5*ms) + 0.1*xi*ms**-0.5 : 1
dx/dt = -x/(3*ms) : 1'''
assert snn.NeuronGroup(1, model).method_choice == "euler"
assert ("sympy" in sys.modules) == (sys.argv[1] == "first")
# numba imports it with all else that it knows to compile.
assert sys.argv[1] == "first" or "scipy.linalg" not in sys.modules
"""


def test_what_was_run_before_needs_no_sympy_and_no_compiler(tmp_path: Path) -> None:
    # Each of a thousand ranks would import it.
    environment = os.environ | {"DISTSNN_CACHE_DIR": str(tmp_path)}
    for turn in ("first", "second"):
        command = [sys.executable, "-c", SCRIPT, turn]
        subprocess.run(command, check=True, timeout=100, env=environment)
