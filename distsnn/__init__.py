"""distsnn: spiking neural networks, the same to the last bit on any number of MPI ranks."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from distsnn.beginning import beginning as _beginning  # noqa: F401 - it hears signals from here on
from distsnn.describe.matrix import Matrix
from distsnn.describe.models import LIF
from distsnn.describe.neuron_model import NeuronModel, Parameter
from distsnn.describe.neuron_presets import HH, AdEx, Izhikevich
from distsnn.describe.plasticity import STD, STP
from distsnn.describe.receptors import COBA, CUBA, Alpha, Delta, Exponential, Increment, MgBlock
from distsnn.describe.recording_file import RecordingFile
from distsnn.describe.rules import (
    AllToAll,
    Bernoulli,
    FixedIndegree,
    FixedOutdegree,
    FixedTotalNumber,
    OneToOne,
    Pairs,
)
from distsnn.describe.stdp import STDP, TripletSTDP, VogelsSTDP
from distsnn.describe.timed import TimedArray
from distsnn.describe.values import LogNormal, Normal, PerSource, Uniform
from distsnn.errors import DistsnnError, ParameterError
from distsnn.exchange import join_job
from distsnn.front.brian_names import *  # noqa: F403 - so that scripts for Brian 2 find them
from distsnn.front.brian_names import __all__ as _brian_names
from distsnn.front.equation_synapses import EquationSynapses
from distsnn.front.equations import Equations
from distsnn.front.given_spikes import SpikeGeneratorGroup
from distsnn.front.inputs import PoissonInput
from distsnn.front.magic import collect, run
from distsnn.front.monitors import SpikeMonitor
from distsnn.front.network import Network
from distsnn.front.neurons import NeuronGroup
from distsnn.front.rate_monitor import PopulationRateMonitor
from distsnn.front.ready_synapses import ReadySynapses
from distsnn.front.scope import defaultclock, seed, set_threads, start_scope
from distsnn.front.sources import PoissonGroup
from distsnn.front.state_monitor import StateMonitor
from distsnn.front.synapses import Synapses
from distsnn.front.unsupported import *  # noqa: F403 - names of Brian 2 that say so
from distsnn.front.unsupported import __all__ as _unsupported
from distsnn.front.weight_monitor import WeightMonitor
from distsnn.record.edge_file import EdgeFile
from distsnn.record.report_reader import ReportFile
from distsnn.record.spike_reader import SpikeFile
from distsnn.units import *  # noqa: F403 - the unit constants are part of the dialect
from distsnn.units import __all__ as _units

try:
    __version__ = version("distsnn")
except PackageNotFoundError:
    __version__ = "0+unknown"

# A rank that fails before the first run must still end the others.
join_job()

__all__ = [  # noqa: PLE0604 - the names of units are strings
    "COBA",
    "CUBA",
    "HH",
    "LIF",
    "STD",
    "STDP",
    "STP",
    "AdEx",
    "AllToAll",
    "Alpha",
    "Bernoulli",
    "Delta",
    "EdgeFile",
    "EquationSynapses",
    "Equations",
    "DistsnnError",
    "Exponential",
    "FixedIndegree",
    "FixedOutdegree",
    "FixedTotalNumber",
    "Increment",
    "Izhikevich",
    "LogNormal",
    "Matrix",
    "MgBlock",
    "Network",
    "NeuronGroup",
    "NeuronModel",
    "Normal",
    "OneToOne",
    "Pairs",
    "Parameter",
    "ParameterError",
    "PerSource",
    "PoissonGroup",
    "PoissonInput",
    "PopulationRateMonitor",
    "ReadySynapses",
    "RecordingFile",
    "ReportFile",
    "SpikeFile",
    "SpikeGeneratorGroup",
    "SpikeMonitor",
    "StateMonitor",
    "Synapses",
    "TimedArray",
    "TripletSTDP",
    "Uniform",
    "VogelsSTDP",
    "WeightMonitor",
    "__version__",
    "collect",
    "defaultclock",
    "run",
    "seed",
    "set_threads",
    "start_scope",
    *_brian_names,
    *_units,
    *_unsupported,
]
