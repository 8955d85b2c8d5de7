"""What a first tutorial on synapses does in Brian 2's dialect, with the values that it gives.

Pictures take attributes of groups and synapses as they are: matplotlib asks ``S.w[:, None]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

NAMES = "from {module} import *\nimport numpy as np\n"
# Effects with weights and delays; a rule that depends on distance; a window of plasticity.
SCRIPT = """
start_scope()
cells = NeuronGroup(3, '''du/dt = (drive - u)/tc : 1
                          drive : 1
                          tc : second''', threshold='u > 1', reset='u = 0', method='exact')
cells.drive = [1.8, 0, 0]
cells.tc = [8, 50, 50]*ms
links = Synapses(cells, cells, 'jump : 1', on_pre='u_post += jump')
links.connect(i=0, j=[1, 2])
links.jump = 'j*0.15'
links.delay = 'j*1.5*ms'
trace = StateMonitor(cells, 'u', record=True)
run(30*ms)
out['u'] = [trace[k].u for k in range(3)]
out['delay'] = links.delay/ms

start_scope()
apart = 20*umetre
line = NeuronGroup(12, 'place : metre')
line.place = 'i*apart'
near = Synapses(line, line, '''strength : 1
                               far = abs(place_pre - place_post)/(60*um) : 1''')
near.connect('far < 1.2 and i != j')
near.strength = 'exp(-far**2/2)'
out['i'], out['j'], out['strength'] = near.i, near.j, near.strength
out['far'] = near.far
picture(near.place_pre/um, near.place_post/um, near.strength*20)
ring = Synapses(line, line)
ring.connect(j='k for k in range(i-2, i+3) if k != i', skip_if_invalid=True)
out['ring'] = [(a, b) for a, b in zip(ring.i, ring.j)]

start_scope()
gain, fall, last, many = 0.02, 15*ms, 20*ms, 23  # no moment on the grid
first = NeuronGroup(many, 'moment : second', threshold='t > moment', refractory=50*ms)
second = NeuronGroup(many, 'moment : second', threshold='t > moment', refractory=50*ms)
first.moment = 'i*last/(many - 1)'
second.moment = '(many - 1 - i)*last/(many - 1)'
pairs = Synapses(first, second, '''w : 1
                                   da/dt = -a/fall : 1 (event-driven)
                                   db/dt = -b/fall : 1 (event-driven)''',
                 on_pre='a += gain; w = w + b', on_post='b -= 1.05*gain; w = w + a')
pairs.connect(j='i')
run(last + 1*ms)
curve((second.moment - first.moment)/ms, pairs.w)
out['window'] = pairs.w
out['lag'] = (second.moment - first.moment)/ms
"""


def result_of(module: str) -> tuple[dict[str, Any], list[np.ndarray]]:
    """What the script gives with the names of a module, and the data of its pictures."""
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    drawn: list[np.ndarray] = []

    def picture(x: Any, y: Any, size: Any) -> None:
        drawn.append(np.asarray(plt.scatter(x, y, size).get_offsets()))

    def curve(x: Any, y: Any) -> None:
        drawn.append(plt.plot(x, y)[0].get_xydata())

    names: dict[str, Any] = {"__name__": "__main__"}
    exec(NAMES.format(module=module), names)
    names |= {"out": {}, "picture": picture, "curve": curve}
    if module == "brian2":
        names["prefs"].codegen.target = "numpy"
    exec(compile(SCRIPT, "tutorial", "exec"), names)
    plt.close("all")
    return {name: np.array(value) for name, value in names["out"].items()}, drawn


def test_a_tutorial_on_synapses_gives_brians_values() -> None:
    pytest.importorskip("brian2")
    (brian, brian_drawn), (ours, drawn) = result_of("brian2"), result_of("distsnn.brian")
    for name, values in brian.items():
        assert ours[name].shape == values.shape, name
        np.testing.assert_allclose(ours[name], values, rtol=1e-9, atol=1e-12, err_msg=name)
    assert len(drawn) == len(brian_drawn) == 2
    for found, wanted in zip(drawn, brian_drawn, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)
