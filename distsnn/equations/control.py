"""Numbers that the program of a network and what calls it agree on."""

from __future__ import annotations

# Entries of the array `control`.
STEP, PHASE, FIRST, TAIL, LOGGED, LOGGING, INTERVAL, LONGEST, SOURCES = range(9)
CONTROL_SIZE = 9
# Values of control[PHASE]: what comes next.
UPDATE, RECEIVE, DELIVER, START = range(4)
# What `advance` returns.
DONE, EXCHANGE, RING_FULL, LOG_FULL, QUEUE_FULL, SNAPSHOT, RECORD_FULL, HISTORY_FULL = range(8)
# Entries of the array `timers` (ns) and of `counters`.
TIME_UPDATE, TIME_RECEIVE, TIME_DELIVER, TIME_POISSON = range(4)
N_TIMERS = 4
COUNT_UPDATES, COUNT_SPIKES, COUNT_EVENTS, COUNT_DRAWS = range(4)
N_COUNTERS = 4
