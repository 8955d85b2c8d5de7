"""Scripts of PyNEST: ``import distsnn.nest as nest`` in the place of ``import nest``.

Models, devices, parameters, units and labels of times are NEST's; the network is one of distsnn,
with the same results on any number of ranks. See "Coming from NEST" in the documentation.
"""

from __future__ import annotations

import sys
from typing import Any

from distsnn.errors import DistsnnError as NESTError
from distsnn.nest import (
    logic,
    math,
    random,
    raster_plot,
    spatial,
    spatial_distributions,
    voltage_trace,
)
from distsnn.nest.connections.connect_nodes import CollocatedSynapses, Connect
from distsnn.nest.connections.disconnect import Disconnect
from distsnn.nest.connections.synapse_collection import GetConnections, SynapseCollection
from distsnn.nest.connections.tripartite import TripartiteConnect
from distsnn.nest.kernel_attributes import (
    GetKernelStatus,
    NestModule,
    SetKernelStatus,
)
from distsnn.nest.kernel_questions import (
    ConnectionRules,
    GetLocalVPs,
    Models,
    VerbosityLevel,
    get_verbosity,
    help,  # noqa: A004 - NEST's name
    set_verbosity,
)
from distsnn.nest.models.model_defaults import CopyModel, GetDefaults, SetDefaults
from distsnn.nest.nodes.collection import NodeCollection
from distsnn.nest.nodes.create import Create
from distsnn.nest.nodes.legacy import (
    GetLocalNodeCollection,
    GetNodes,
    GetStatus,
    PrintNodes,
    SetStatus,
    message,
)
from distsnn.nest.nodes.status import to_json
from distsnn.nest.random import CreateParameter
from distsnn.nest.simulation.simulate_calls import (
    Cleanup,
    NumProcesses,
    Prepare,
    Rank,
    ResetKernel,
    Run,
    RunManager,
    Simulate,
    SyncProcesses,
)
from distsnn.nest.space.dumps import DumpLayerConnections, DumpLayerNodes
from distsnn.nest.space.layer_pictures import (
    PlotLayer,
    PlotProbabilityParameter,
    PlotSources,
    PlotTargets,
)
from distsnn.nest.space.masks import CreateMask, Mask
from distsnn.nest.space.queries import (
    Displacement,
    Distance,
    FindCenterElement,
    FindNearestElement,
    GetPosition,
    GetSourceNodes,
    GetSourcePositions,
    GetTargetNodes,
    GetTargetPositions,
    SelectNodesByMask,
)
from distsnn.nest.structure.structure_calls import (
    DisableStructuralPlasticity,
    EnableStructuralPlasticity,
)
from distsnn.nest.values.parameter import Parameter

verbosity: Any = VerbosityLevel.WARNING


class NESTErrors:
    """NEST's kinds of errors: each is that of distsnn."""

    BadDelay = BadParameter = BadParameterValue = BadProperty = DimensionMismatch = NESTError
    DistributionError = IllegalConnection = IncompatibleReceptorType = NESTError
    InexistentConnection = InvalidTimeInModel = KernelException = LayerExpected = NESTError
    LayerNodeExpected = LocalNodeExpected = ModelInUse = NamingConflict = NESTError
    NewModelNameExists = NotImplemented = NumericalInstability = RangeCheck = NESTError
    StepMultipleRequired = TimeMultipleRequired = TypeMismatch = NESTError
    UnaccessedDictionaryEntry = UndefinedName = UnexpectedEvent = UnknownModelName = NESTError
    UnknownComponent = UnknownNode = UnknownPort = UnknownReceptorType = NESTError
    UnknownSynapseType = UnmatchedSteps = UnsupportedEvent = NESTError


__all__ = [
    "Cleanup",
    "CollocatedSynapses",
    "Connect",
    "ConnectionRules",
    "CopyModel",
    "Create",
    "CreateMask",
    "CreateParameter",
    "DisableStructuralPlasticity",
    "Disconnect",
    "Displacement",
    "Distance",
    "DumpLayerConnections",
    "DumpLayerNodes",
    "EnableStructuralPlasticity",
    "FindCenterElement",
    "FindNearestElement",
    "GetConnections",
    "GetDefaults",
    "GetKernelStatus",
    "GetLocalNodeCollection",
    "GetLocalVPs",
    "GetNodes",
    "GetPosition",
    "GetSourceNodes",
    "GetSourcePositions",
    "GetStatus",
    "GetTargetNodes",
    "GetTargetPositions",
    "Mask",
    "Models",
    "NESTError",
    "NESTErrors",
    "NodeCollection",
    "NumProcesses",
    "Parameter",
    "PlotLayer",
    "PlotProbabilityParameter",
    "PlotSources",
    "PlotTargets",
    "Prepare",
    "PrintNodes",
    "Rank",
    "ResetKernel",
    "Run",
    "RunManager",
    "SelectNodesByMask",
    "SetDefaults",
    "SetKernelStatus",
    "SetStatus",
    "Simulate",
    "SynapseCollection",
    "SyncProcesses",
    "TripartiteConnect",
    "VerbosityLevel",
    "get_verbosity",
    "help",
    "logic",
    "math",
    "message",
    "random",
    "raster_plot",
    "set_verbosity",
    "spatial",
    "spatial_distributions",
    "to_json",
    "voltage_trace",
]

# The version of NEST whose calls these are: scripts ask for it.
__version__ = "3.10.0"
sys.modules[__name__].__class__ = NestModule
