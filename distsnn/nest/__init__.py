"""Scripts of PyNEST: ``import distsnn.nest as nest`` in the place of ``import nest``.

Models, devices, parameters, units and labels of times are NEST's; the network is one of distsnn,
with the same results on any number of ranks. See "Coming from NEST" in the documentation.
"""

from __future__ import annotations

import sys
from typing import Any

from distsnn.errors import DistsnnError as NESTError
from distsnn.nest import logic, math, random, raster_plot, voltage_trace
from distsnn.nest.connections.connect_nodes import CollocatedSynapses, Connect
from distsnn.nest.connections.synapse_collection import GetConnections, SynapseCollection
from distsnn.nest.kernel_attributes import (
    GetKernelStatus,
    NestModule,
    SetKernelStatus,
    VerbosityLevel,
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
)
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
from distsnn.nest.values.parameter import Parameter

verbosity: Any = VerbosityLevel.WARNING

__all__ = [
    "Cleanup",
    "CollocatedSynapses",
    "Connect",
    "CopyModel",
    "Create",
    "GetConnections",
    "GetDefaults",
    "GetKernelStatus",
    "GetLocalNodeCollection",
    "GetNodes",
    "GetStatus",
    "NESTError",
    "NodeCollection",
    "NumProcesses",
    "Parameter",
    "Prepare",
    "PrintNodes",
    "Rank",
    "ResetKernel",
    "Run",
    "RunManager",
    "SetDefaults",
    "SetKernelStatus",
    "SetStatus",
    "Simulate",
    "SynapseCollection",
    "SyncProcesses",
    "VerbosityLevel",
    "logic",
    "math",
    "random",
    "raster_plot",
    "voltage_trace",
]

sys.modules[__name__].__class__ = NestModule
