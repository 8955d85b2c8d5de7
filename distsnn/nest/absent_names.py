"""Names of NEST that are not there, and what there is instead."""

from __future__ import annotations

_ITSELF = "it is of NEST's kernel in C++"
_TIMES = "nest.time_simulate and other times are there, and distsnn's profiles"
_MUSIC = "there is no MUSIC"
_PARTS = "neurons are points; those with few compartments can be written as equations of distsnn"
ABSENT = {
    "Compartments": _PARTS,
    "Receptors": _PARTS,
    "Install": "models in C++ cannot be loaded; others can be written as equations of distsnn",
    "SetAcceptableLatency": _MUSIC,
    "SetMaxBuffered": _MUSIC,
    "SonataNetwork": "Network.from_sonata of distsnn reads circuits of SONATA",
    "cycle_time_log": _TIMES,
    "max_update_time": _TIMES,
    "min_update_time": _TIMES,
    "update_time_limit": _TIMES,
    "ll_api": _ITSELF,
    "recv_buffer_size_secondary_events": _ITSELF,
    "send_buffer_size_secondary_events": _ITSELF,
    "spike_buffer_resize_log": _ITSELF,
    "serialize_data": "nest.to_json makes text of values",
    "server": "there is no server",
    "set_communicator": "start the script with mpirun; distsnn takes all of its ranks",
    "visualization": "distsnn.plot has pictures of networks",
}
