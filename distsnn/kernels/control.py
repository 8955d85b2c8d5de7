"""Numbers that the loop over steps, the blocks of a program and what calls them agree on."""

from __future__ import annotations

# Entries of the array `control`.
STEP, PHASE, FIRST, TAIL, LOGGED, LOGGING, INTERVAL, LONGEST, SOURCES = range(9)
MEMBER, N_MEMBERS, BUFFER, ARRIVING, AWAITED, N_BUFFERS, N_PARTICIPANTS = range(9, 16)
# How many spikes in flight are of the step that comes next, before any neuron spikes in it: they
# are not new when the spikes of that step are.
EARLY = 16
# While new spikes are admitted: what TAIL becomes.
NEW_TAIL = 17
# Whether the loop returns between the thresholds and the events of the last step before `end`.
PAUSE = 18
CONTROL_SIZE = 19
# Values of control[PHASE]: what comes next.
UPDATE, RECEIVE, DELIVER, START, ARRIVE, WAIT, AWAIT, UPDATE_LATE = range(8)
# Points of a step where blocks act, in this order but for `ADMIT`, `EARLY_EXCHANGE` and those of
# `DELIVER`; see `distsnn.kernels.step_loop`.
(
    AT_RESERVE,
    AT_REFRESH,
    AT_GHOSTS_START,
    AT_BEGIN,
    AT_ONCE_DELIVER,
    AT_ONCE_POISSON,
    AT_UPDATE,
    AT_GHOSTS_UPDATED,
    AT_UPDATE_LATE,
    AT_EARLY,
    AT_ADMIT,
    AT_QUEUE,
    AT_GHOSTS,
    AT_DELIVER,
    AT_POISSON,
    AT_FINISH,
) = range(16)
N_POINTS = 16
# What the loop over steps returns, or a block to leave it.
DONE, EXCHANGE, RING_FULL, LOG_FULL, QUEUE_FULL, GHOST_EXCHANGE, RECORD_FULL, HISTORY_FULL = range(
    8
)
ARRAYS_RENEWED, ABANDONED, LATE, POOL_FULL, PAUSED = range(8, 13)
# Entries of the array `timers` (ns) and of `counters`.
TIME_UPDATE, TIME_RECEIVE, TIME_DELIVER, TIME_POISSON, TIME_BARRIER = range(5)
N_TIMERS = 5
COUNT_UPDATES, COUNT_SPIKES, COUNT_EVENTS, COUNT_DRAWS = range(4)
N_COUNTERS = 4
