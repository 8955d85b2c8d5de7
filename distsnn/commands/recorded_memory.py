"""Memory of what monitors keep, for a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from distsnn.front.monitors.monitor import Monitor
from distsnn.front.monitors.rate_monitor import PopulationRateMonitor
from distsnn.front.monitors.spike_monitor import EventMonitor
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.monitors.weight_monitor import WeightMonitor
from distsnn.front.names.scope import Clock, EventClock, defaultclock

# Of each spike, with some room: its step and index; on several ranks those just arrived besides.
_OF_SPIKE, _ARRIVING = 18, 6
_OF_VALUE = 8
# A step and a count.
_OF_RATE = 16


def monitor_bytes(
    monitors: Sequence[Monitor],
    rates: Mapping[str, float],
    synapses: Mapping[str, float],
    run: tuple[float, float],
    ranks: int,
) -> float:
    """Bytes of each rank, all of which have everything that is recorded, at the end of a run.

    Parameters
    ----------
    monitors : sequence of Monitor
    rates : mapping of str to float, 1/ms
        Of the neurons of each group.
    synapses : mapping of str to float
        Expected number of synapses of each object.
    run : (float, float), ms
        Duration and time step.
    ranks : int
    """
    duration, dt = run
    # Rows are joined when a run ends, and of several ranks gathered before.
    copies = 2.0 if ranks == 1 else 3.0 + 2.0 / ranks
    found = 0.0
    for one in monitors:
        if isinstance(one, EventMonitor):
            spikes = duration * rates.get(one.source.group.name, 0.0) * len(one.source)
            kept = (_OF_SPIKE + _ARRIVING * (ranks > 1)) * one.record
            found += spikes * (kept + copies * _OF_VALUE * len(one.record_variables))
        elif isinstance(one, PopulationRateMonitor):
            found += _OF_RATE * duration / dt
        elif isinstance(one, WeightMonitor):
            found += copies * _OF_VALUE * (one.edges.size - 1) * _times(one.clock, run)
        elif isinstance(one, StateMonitor) and one.to is None:
            times = _times(one.clock, run)
            name = getattr(one.source, "name", "")
            number = synapses[name] if one.records_all and name in synapses else one.n_indices
            found += copies * _OF_VALUE * times * number * len(one.record_variables)
    return found


def _times(clock: Clock | EventClock, run: tuple[float, float]) -> float:
    """Number of times at which a monitor with this clock records."""
    if isinstance(clock, EventClock):
        return len(clock.times)
    return run[0] / (run[1] if clock is defaultclock else float(clock.dt))
