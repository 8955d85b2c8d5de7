"""distsnn: spiking neural networks, the same to the last bit on any number of MPI ranks."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from distsnn.assemble.edges.distance_rule import BernoulliByDistance
from distsnn.assemble.edges.rule_draws import Draws
from distsnn.beginning import beginning as _beginning  # noqa: F401 - it hears signals from here on
from distsnn.describe.models.adaptive_presets import GIF, MAT, AdaptiveLIF
from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.neuron_presets import HH, AdEx, HodgkinHuxley, Izhikevich
from distsnn.describe.models.parameters import Parameter
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.delta_receptor import Delta, Increment
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.outputs import COBA, CUBA, MgBlock
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.recording_file import RecordingFile
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.fixed_rules import FixedIndegree, FixedOutdegree, FixedTotalNumber
from distsnn.describe.synapses.matrix import Matrix
from distsnn.describe.synapses.rules import AllToAll, Bernoulli, OneToOne, Pairs
from distsnn.describe.synapses.short_term import STD, STP
from distsnn.describe.synapses.stdp import STDP, TripletSTDP, VogelsSTDP
from distsnn.describe.values.by_trial import by_trial
from distsnn.describe.values.further_distributions import Binomial, Gamma, Poisson
from distsnn.describe.values.given import LogNormal, Normal, PerSource, Uniform
from distsnn.describe.values.timed_arrays import TimedArray
from distsnn.errors import DistsnnError, ParameterError
from distsnn.exchange import join_job
from distsnn.front.callbacks.brian_object import (
    BrianObject,
    NetworkOperation,
    network_operation,
)
from distsnn.front.dialect import *  # noqa: F403 - so that scripts for Brian 2 find them
from distsnn.front.dialect import unsupported_names as _unsupported
from distsnn.front.dialect.brian_names import *  # noqa: F403 - so that scripts for Brian 2 find them
from distsnn.front.dialect.profiles import profiling_summary
from distsnn.front.dialect.unsupported_names import *  # noqa: F403 - names of Brian 2 that say so
from distsnn.front.monitors.rate_monitor import PopulationRateMonitor
from distsnn.front.monitors.spike_monitor import EventMonitor, SpikeMonitor
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.monitors.weight_monitor import WeightMonitor
from distsnn.front.names.equation_objects import Equations
from distsnn.front.names.scope import (
    Clock,
    EventClock,
    defaultclock,
    seed,
    set_threads,
    start_scope,
)
from distsnn.front.names.user_functions import (
    DEFAULT_FUNCTIONS,
    Function,
    declare_types,
    implementation,
)
from distsnn.front.network.called.scheduling import scheduling_summary
from distsnn.front.network.magic import (
    MagicNetwork,
    collect,
    magic_network,
    restore,
    run,
    stop,
    store,
)
from distsnn.front.network.network import Network
from distsnn.front.neurons.linked_variables import linked_var
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.poisson_group import PoissonGroup
from distsnn.front.neurons.poisson_input import PoissonInput
from distsnn.front.neurons.spike_generator import SpikeGeneratorGroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.record.edge_file import EdgeFile
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.record.traces.report_reader import ReportFile
from distsnn.units import *  # noqa: F403 - the unit constants are part of the dialect

try:
    __version__ = version("distsnn")
except PackageNotFoundError:
    __version__ = "0+unknown"

# A rank that fails before the first run must still end the others.
join_job()

__all__ = [
    "COBA",
    "CUBA",
    "DEFAULT_FUNCTIONS",
    "GIF",
    "HH",
    "LIF",
    "MAT",
    "STD",
    "STDP",
    "STP",
    "AdEx",
    "AdaptiveLIF",
    "AllToAll",
    "Alpha",
    "Bernoulli",
    "BernoulliByDistance",
    "Binomial",
    "BrianObject",
    "Clock",
    "ConnectionRule",
    "Delta",
    "DistsnnError",
    "Draws",
    "EdgeFile",
    "EquationSynapses",
    "Equations",
    "EventClock",
    "EventMonitor",
    "Exponential",
    "FixedIndegree",
    "FixedOutdegree",
    "FixedTotalNumber",
    "Function",
    "Gamma",
    "HodgkinHuxley",
    "Increment",
    "Izhikevich",
    "LogNormal",
    "MagicNetwork",
    "Matrix",
    "MgBlock",
    "Network",
    "NetworkOperation",
    "NeuronGroup",
    "NeuronModel",
    "Normal",
    "OneToOne",
    "Pairs",
    "Parameter",
    "ParameterError",
    "PerSource",
    "Poisson",
    "PoissonGroup",
    "PoissonInput",
    "PopulationRateMonitor",
    "ReadySynapses",
    "Receptor",
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
    "by_trial",
    "collect",
    "declare_types",
    "defaultclock",
    "implementation",
    "linked_var",
    "magic_network",
    "network_operation",
    "profiling_summary",
    "restore",
    "run",
    "scheduling_summary",
    "seed",
    "set_threads",
    "start_scope",
    "stop",
    "store",
]
# Lists that type checkers read: the names of `brian_names`, `dialect` and `units`.
__all__ += [
    "BrianObjectException", "DimensionMismatchError", "MagicError", "euler", "exact",
    "exponential_euler", "exprel", "heun", "independent", "linear", "milstein", "rk2", "rk4",
    "timestep",
]  # fmt: skip
__all__ += [
    "BrianGlobalPreferences", "BrianLogger", "PreferenceError", "all_devices", "brian_prefs",
    "check_cache", "clear_cache", "device", "get_device", "get_logger", "logger", "prefs",
    "reinit_devices", "reset_device", "set_device", "std_silent",
]  # fmt: skip
__all__ += [
    "Gohm", "Hz", "MHz", "Mohm", "amp", "ampere", "cm", "cm2", "cm3", "cmeter", "cmetre",
    "coulomb", "farad", "hertz", "joule", "kHz", "kelvin", "khertz", "kmeter", "kmetre", "kohm",
    "kvolt", "liter", "litre", "mA", "mM", "mS", "mV", "mamp", "meter", "metre", "minute",
    "mliter", "mlitre", "mm", "mm2", "mm3", "mmeter", "mmetre", "mmolar", "mmole", "molar", "mole",
    "ms", "msecond", "msiemens", "mvolt", "nA", "nF", "nM", "nS", "namp", "nfarad", "nmeter",
    "nmetre", "nmolar", "nmole", "nsecond", "nsiemens", "nvolt", "ohm", "pA", "pF", "pamp",
    "pfarad", "pmolar", "pmole", "psiemens", "second", "siemens", "uA", "uF", "uM", "uS", "uV",
    "uamp", "ufarad", "uliter", "ulitre", "um", "um2", "um3", "umeter", "umetre", "umolar",
    "umole", "us", "usecond", "usiemens", "uvolt", "volt", "watt",
]  # fmt: skip
__all__ += _unsupported.__all__
