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
# Where the loop returns within a step, and in which one: nowhere, between thresholds and events, or
# at a block from `FIRST_PAUSE` on; and how many blocks of the present part of a step have acted.
PAUSE, PAUSE_STEP, RESUME = 18, 19, 20
NO_PAUSE, PAUSE_AT_THRESHOLDS, FIRST_PAUSE = range(3)
CONTROL_SIZE = 21
# Values of control[PHASE]: what comes next.
UPDATE, RECEIVE, DELIVER, START, ARRIVE, WAIT, AWAIT, UPDATE_LATE = range(8)
# Points of a step where blocks act, in this order but for `ADMIT`, `EARLY_EXCHANGE` and those of
# `DELIVER`; see `distsnn.kernels.step_loop`. Where all blocks have an order of their own, they are
# at the two parts of a step, before and after the exchange of spikes.
(
    AT_RESERVE,
    AT_REFRESH,
    AT_GHOSTS_START,
    AT_BEGIN,
    AT_ONCE_DELIVER,
    AT_ONCE_POISSON,
    AT_UPDATE,
    AT_FIRST_PART,
    AT_GHOSTS_UPDATED,
    AT_UPDATE_LATE,
    AT_EARLY,
    AT_ADMIT,
    AT_QUEUE,
    AT_GHOSTS,
    AT_DELIVER,
    AT_POISSON,
    AT_FINISH,
    AT_SECOND_PART,
) = range(18)
N_POINTS = 18
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
