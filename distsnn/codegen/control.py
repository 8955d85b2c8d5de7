"""Numbers that the program of a network and what calls it agree on."""

from __future__ import annotations

# Entries of the array `control`.
STEP, PHASE, FIRST, TAIL, LOGGED, LOGGING, INTERVAL, LONGEST, SOURCES = range(9)
PLACE, N_PLACES, TURN, ARRIVING, AWAITED, N_TURNS, N_COMING = range(9, 16)
# How many spikes in flight are of the step that comes next, before any neuron spikes in it: they
# are not new when the spikes of that step are.
EARLY = 16
CONTROL_SIZE = 17
# Values of control[PHASE]: what comes next.
UPDATE, RECEIVE, DELIVER, START, MEET, WAIT, AWAIT = range(7)
# What `advance` returns.
DONE, EXCHANGE, RING_FULL, LOG_FULL, QUEUE_FULL, SNAPSHOT, RECORD_FULL, HISTORY_FULL = range(8)
ARRAYS_RENEWED, ABANDONED, LATE = range(8, 11)
# Entries of the array `timers` (ns) and of `counters`.
TIME_UPDATE, TIME_RECEIVE, TIME_DELIVER, TIME_POISSON, TIME_MEET = range(5)
N_TIMERS = 5
COUNT_UPDATES, COUNT_SPIKES, COUNT_EVENTS, COUNT_DRAWS = range(4)
N_COUNTERS = 4
