"""PyNN on distsnn: ``import distsnn.pynn as sim``, or ``pyNN.distsnn`` in scripts of PyNN.

All names are PyNN's. On any number of ranks a script gives the same bits.
"""

from __future__ import annotations

import sys

try:
    # A part of PyNN, as this package puts a file into its folder.
    import pyNN.common
except ImportError as error:
    raise ImportError(
        "distsnn.pynn: PyNN is not installed. Run: pip install 'distsnn[pynn]'"
    ) from error

from pyNN import errors, random, space
from pyNN.network import Network
from pyNN.parameters import Sequence
from pyNN.random import GSLRNG, NumpyRNG, RandomDistribution
from pyNN.space import Space
from pyNN.standardmodels import StandardCellType

from distsnn.pynn import simulator
from distsnn.pynn.cell_populations import Assembly, Population, PopulationView
from distsnn.pynn.cell_projections import Projection
from distsnn.pynn.connectors import *  # noqa: F403 - all connectors
from distsnn.pynn.electrodes import ACSource, DCSource, NoisyCurrentSource, StepCurrentSource
from distsnn.pynn.native_random import NativeRNG, seed_alike
from distsnn.pynn.point_neurons import (
    LIF,
    AdExp,
    AlphaPSR,
    BetaPSR,
    CondAlphaPostSynapticResponse,
    CondBetaPostSynapticResponse,
    CondExpPostSynapticResponse,
    CurrExpPostSynapticResponse,
    ExpPSR,
    PointNeuron,
)
from distsnn.pynn.procedures import (
    connect,
    create,
    end,
    get_current_time,
    get_max_delay,
    get_min_delay,
    get_time_step,
    initialize,
    num_processes,
    rank,
    record,
    record_gsyn,
    record_v,
    reset,
    run,
    run_for,
    run_until,
    set,  # noqa: A004 - PyNN's
    setup,
)
from distsnn.pynn.spike_sources import (
    SpikeSourceArray,
    SpikeSourceGamma,
    SpikeSourceInhGamma,
    SpikeSourcePoisson,
    SpikeSourcePoissonRefractory,
)
from distsnn.pynn.standard_cells import (
    EIF_cond_alpha_isfa_ista,
    EIF_cond_exp_isfa_ista,
    GIF_cond_exp,
    HH_cond_exp,
    IF_cond_alpha,
    IF_cond_exp,
    IF_cond_exp_gsfa_grr,
    IF_curr_alpha,
    IF_curr_delta,
    IF_curr_exp,
    IF_facets_hardware1,
    Izhikevich,
)
from distsnn.pynn.synapse_types import (
    AdditivePotentiationMultiplicativeDepression,
    AdditiveWeightDependence,
    ElectricalSynapse,
    GutigWeightDependence,
    MultiplicativeWeightDependence,
    MultiQuantalSynapse,
    SimpleStochasticSynapse,
    SpikePairRule,
    StaticSynapse,
    STDPMechanism,
    StochasticTsodyksMarkramSynapse,
    TsodyksMarkramSynapse,
    Vogels2011Rule,
)

# Scripts of PyNN find it by their own way of naming simulators.
sys.modules["pyNN.distsnn"] = sys.modules[__name__]
pyNN.distsnn = sys.modules[__name__]
seed_alike()


def list_standard_models() -> list[str]:
    """Names of the cell types of PyNN that distsnn has."""
    return [
        name
        for name, kind in globals().items()
        if isinstance(kind, type)
        and issubclass(kind, StandardCellType)
        and kind is not StandardCellType
    ]
