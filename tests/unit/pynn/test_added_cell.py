"""A cell type is one file, outside of the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN.common")

sim: Any = pytest.importorskip("distsnn.pynn")


def test_a_cell_type_is_added_from_outside() -> None:
    from tests.user_pynn_cell import QIF

    sim.setup(timestep=0.1)
    cells = sim.Population(3, QIF(i_offset=[0.3, 0.38, 0.0]))
    cells.record(["spikes", "v"])
    sim.Projection(cells, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.0))
    sim.run(100.0)
    recorded = cells.get_data().segments[0]
    assert [len(train) for train in recorded.spiketrains] == [12, 15, 0]
    np.testing.assert_allclose(recorded.analogsignals[0].magnitude[0], -10.0)
