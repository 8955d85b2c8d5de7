"""The loop over the steps of a run: when spikes are exchanged, and when each block acts.

A network's program is a list of compiled blocks for each point of a step (`AT_UPDATE`,
`AT_DELIVER`, ... in `distsnn.kernels.control`). The loop is the same for all networks. One call
runs the steps of a whole exchange interval, or in one process many of them.
"""

from __future__ import annotations

from numba import types

from distsnn.kernels.arithmetic.intrinsics import clock
from distsnn.kernels.barrier import ALL_ARRIVED, LEFT, RENEWED, arrive, wait, wait_for_all
from distsnn.kernels.block_calls import call_block
from distsnn.kernels.compiled import inline_kernel, kernel
from distsnn.kernels.control import (
    ABANDONED,
    ARRAYS_RENEWED,
    ARRIVE,
    ARRIVING,
    AT_ADMIT,
    AT_BEGIN,
    AT_DELIVER,
    AT_EARLY,
    AT_FINISH,
    AT_FIRST_PART,
    AT_GHOSTS,
    AT_GHOSTS_START,
    AT_GHOSTS_UPDATED,
    AT_ONCE_DELIVER,
    AT_ONCE_POISSON,
    AT_POISSON,
    AT_QUEUE,
    AT_REFRESH,
    AT_RESERVE,
    AT_SECOND_PART,
    AT_UPDATE,
    AT_UPDATE_LATE,
    AWAIT,
    AWAITED,
    BUFFER,
    COUNT_SPIKES,
    DELIVER,
    DONE,
    EARLY,
    EXCHANGE,
    FIRST,
    GHOST_EXCHANGE,
    INTERVAL,
    LATE,
    LOG_FULL,
    LOGGED,
    LOGGING,
    LONGEST,
    MEMBER,
    N_BUFFERS,
    N_MEMBERS,
    N_PARTICIPANTS,
    NEW_TAIL,
    PAUSE,
    PAUSE_AT_THRESHOLDS,
    PAUSE_STEP,
    PAUSED,
    PHASE,
    RECEIVE,
    RESUME,
    RING_FULL,
    START,
    STEP,
    TAIL,
    TIME_BARRIER,
    TIME_DELIVER,
    TIME_POISSON,
    TIME_RECEIVE,
    TIME_UPDATE,
    UPDATE,
    UPDATE_LATE,
    WAIT,
)
from distsnn.kernels.deliver.spikes import (
    clear_message,
    count_spikes,
    log_spikes,
    merge_spikes,
    ring_fits,
)


@inline_kernel
def message_offset(control, buffers):
    """Index in `buffers` at which this thread or rank writes its message (int64)."""
    capacity = buffers.size // (control[N_BUFFERS] * control[N_MEMBERS])
    return (control[BUFFER] * control[N_MEMBERS] + control[MEMBER]) * capacity


@kernel
def run_blocks(point, step, first_block, blocks):
    """Call the blocks of a point of the step, in order, until one returns another status than 0.

    Parameters
    ----------
    point, step : int64
    first_block : int64 array (N_POINTS + 1,)
        Where the blocks of each point begin in `blocks`.
    blocks : int64 array (2 n,)
        Address of each block and of its arguments.

    Returns
    -------
    int64
        That status, else `DONE`.
    """
    for k in range(first_block[point], first_block[point + 1]):
        status = call_block(blocks[2 * k], step, blocks[2 * k + 1])
        if status != DONE:
            return status
    return DONE


@kernel
def run_part(point, step, first_block, blocks, control, timers):
    """Call the blocks of a part of a step, from that on at which it has paused; return a status."""
    time = clock()
    for k in range(first_block[point] + control[RESUME], first_block[point + 1]):
        status = call_block(blocks[2 * k], step, blocks[2 * k + 1])
        if status != DONE:
            control[RESUME] = k + 1 - first_block[point]
            timers[TIME_UPDATE] += clock() - time
            return status
    control[RESUME] = 0
    timers[TIME_UPDATE] += clock() - time
    return DONE


@inline_kernel
def has_blocks(point, first_block):
    """Whether there are blocks at a point of the step."""
    return first_block[point] != first_block[point + 1]


@kernel
def copy_ghosts(point, step, first_block, blocks, barrier_state, n_members):
    """Write ghost copies which threads share, once nobody reads them; return a status."""
    if not wait_for_all(barrier_state, n_members):
        return ABANDONED
    run_blocks(point, step, first_block, blocks)
    if not wait_for_all(barrier_state, n_members):
        return ABANDONED
    return DONE


@kernel
def run_timed(point, step, first_block, blocks, timers, timer, since):
    """`run_blocks` of a point whose blocks never stop; return the time when they are done."""
    if not has_blocks(point, first_block):
        return since
    run_blocks(point, step, first_block, blocks)
    now = clock()
    timers[timer] += now - since
    return now


@kernel
def await_messages(control, timers, in_shared_memory, barrier_state):
    """Wait for the messages of an interval: the phases `ARRIVE`, `WAIT` and `AWAIT`."""
    n_members = control[N_MEMBERS]
    if control[PHASE] == ARRIVE:
        if n_members > 1:
            control[AWAITED] = arrive(barrier_state, control[N_PARTICIPANTS])
        control[PHASE] = WAIT
    if control[PHASE] == WAIT:
        if n_members > 1:
            begin = clock()
            arrived = wait(barrier_state, control[AWAITED])
            timers[TIME_BARRIER] += clock() - begin
            if arrived != ALL_ARRIVED:
                return ABANDONED if arrived == LEFT else LATE
        if in_shared_memory != 0:
            control[PHASE] = RECEIVE
            return DONE
        control[PHASE] = AWAIT
        if control[MEMBER] == 0:
            return EXCHANGE
    if n_members > 1:
        begin = clock()
        if not wait_for_all(barrier_state, n_members):
            return ABANDONED
        timers[TIME_BARRIER] += clock() - begin
    control[PHASE] = RECEIVE
    if control[MEMBER] > 0 and barrier_state[RENEWED] != 0:
        return ARRAYS_RENEWED
    return DONE


@kernel
def receive_spikes(
    first_block,
    blocks,
    control,
    timers,
    counters,
    buffers,
    received,
    width,
    n_ranks,
    gids,
    begin,
    scratch,
    bounds,
    read_at,
    log_step,
    log_gid,
):
    """Put the spikes of an interval into the ring, and let the blocks admit them."""
    time = clock()
    step, first, tail = control[STEP], control[FIRST], control[TAIL]
    arriving = count_spikes(received, width, n_ranks)
    control[ARRIVING] = arriving
    if not ring_fits(begin, step, control[LONGEST], tail, arriving, gids.size):
        return RING_FULL
    if control[LOGGING] != 0 and control[LOGGED] + arriving > log_step.size:
        return LOG_FULL
    control[NEW_TAIL] = merge_spikes(
        received,
        width,
        n_ranks,
        control[INTERVAL],
        first,
        step - first,
        gids,
        begin,
        tail,
        scratch,
        bounds,
        read_at,
    )
    control[BUFFER] = (control[BUFFER] + 1) % control[N_BUFFERS]
    clear_message(buffers[message_offset(control, buffers) :], control[INTERVAL])
    begin[first % begin.size] += control[EARLY]
    run_blocks(AT_ADMIT, step, first_block, blocks)
    if control[LOGGING] != 0:
        control[LOGGED] = log_spikes(
            gids, begin, first, step - first, log_step, log_gid, control[LOGGED]
        )
    begin[first % begin.size] -= control[EARLY]
    control[EARLY] = 0
    control[TAIL] = control[NEW_TAIL]
    control[FIRST] = step
    counters[COUNT_SPIKES] += arriving
    timers[TIME_RECEIVE] += clock() - time
    control[PHASE] = DELIVER
    return DONE


@kernel
def deliver_spikes(first_block, blocks, control, timers, in_shared_memory, barrier_state):
    """Let act what is due after the threshold of the step before, and its resets."""
    step = control[STEP]
    if control[RESUME] == 0:
        status = deliver_due(first_block, blocks, control, timers, in_shared_memory, barrier_state)
        if status != DONE:
            return status
    if has_blocks(AT_SECOND_PART, first_block):
        status = run_part(AT_SECOND_PART, step - 1, first_block, blocks, control, timers)
        if status != DONE:
            return status
    control[PHASE] = START if has_blocks(AT_GHOSTS_START, first_block) else UPDATE
    return DONE


@kernel
def deliver_due(first_block, blocks, control, timers, in_shared_memory, barrier_state):
    """The part of `deliver_spikes` in which a step never pauses."""
    step = control[STEP]
    status = run_blocks(AT_QUEUE, step, first_block, blocks)
    if status != DONE:
        return status
    step -= 1
    time = clock()
    if in_shared_memory != 0 and has_blocks(AT_GHOSTS, first_block):
        status = copy_ghosts(
            AT_GHOSTS, step, first_block, blocks, barrier_state, control[N_MEMBERS]
        )
        if status != DONE:
            return status
    time = run_timed(AT_DELIVER, step, first_block, blocks, timers, TIME_DELIVER, time)
    time = run_timed(AT_POISSON, step, first_block, blocks, timers, TIME_POISSON, time)
    run_timed(AT_FINISH, step, first_block, blocks, timers, TIME_UPDATE, time)
    return DONE


@kernel
def update_early(first_block, blocks, control, timers, in_shared_memory, barrier_state):
    """The first half of a step, up to the thresholds of groups that read no others."""
    step = control[STEP]
    if control[RESUME] == 0:
        status = begin_step(first_block, blocks, control, timers, in_shared_memory, barrier_state)
        if status != DONE:
            return status
    if has_blocks(AT_FIRST_PART, first_block):
        status = run_part(AT_FIRST_PART, step, first_block, blocks, control, timers)
        if status != DONE:
            return status
    if has_blocks(AT_GHOSTS_UPDATED, first_block):
        control[PHASE] = UPDATE_LATE
        if in_shared_memory == 0:
            return GHOST_EXCHANGE
        return copy_ghosts(
            AT_GHOSTS_UPDATED, step, first_block, blocks, barrier_state, control[N_MEMBERS]
        )
    return DONE


@kernel
def begin_step(first_block, blocks, control, timers, in_shared_memory, barrier_state):
    """The part of `update_early` in which a step never pauses."""
    step = control[STEP]
    status = run_blocks(AT_RESERVE, step, first_block, blocks)
    if status != DONE:
        return status
    run_blocks(AT_REFRESH, step, first_block, blocks)
    if control[PHASE] == START:
        control[PHASE] = UPDATE
        if in_shared_memory == 0:
            return GHOST_EXCHANGE
        status = copy_ghosts(
            AT_GHOSTS_START, step, first_block, blocks, barrier_state, control[N_MEMBERS]
        )
        if status != DONE:
            return status
    time = clock()
    time = run_timed(AT_BEGIN, step, first_block, blocks, timers, TIME_UPDATE, time)
    time = run_timed(AT_ONCE_DELIVER, step, first_block, blocks, timers, TIME_DELIVER, time)
    time = run_timed(AT_ONCE_POISSON, step, first_block, blocks, timers, TIME_POISSON, time)
    run_timed(AT_UPDATE, step, first_block, blocks, timers, TIME_UPDATE, time)
    return DONE


@kernel
def update_neurons(first_block, blocks, control, timers, end, in_shared_memory, barrier_state):
    """The first half of a step, up to the thresholds."""
    if control[PHASE] != UPDATE_LATE:
        status = update_early(first_block, blocks, control, timers, in_shared_memory, barrier_state)
        if status != DONE:
            return status
    step = control[STEP]
    run_timed(AT_UPDATE_LATE, step, first_block, blocks, timers, TIME_UPDATE, clock())
    step += 1
    control[STEP] = step
    if (
        step - control[FIRST] >= control[INTERVAL]
        or step >= end
        or run_blocks(AT_EARLY, step, first_block, blocks) != DONE
    ):
        control[PHASE] = ARRIVE
    else:
        control[PHASE] = DELIVER
    return DONE


@kernel
def advance(
    first_block,
    blocks,
    control,
    end,
    in_shared_memory,
    barrier_state,
    buffers,
    receive,
    width,
    n_ranks,
    gids,
    begin,
    scratch,
    bounds,
    read_at,
    log_step,
    log_gid,
    timers,
    counters,
):
    """Run steps until control[STEP] reaches `end`, or something must be done outside.

    Parameters
    ----------
    first_block, blocks : int64 arrays
        See `run_blocks`.
    control : int64 array (CONTROL_SIZE,), in/out
        See `distsnn.kernels.control`.
    end, in_shared_memory : int64
        The step to reach, and whether all ranks read each other's messages in `buffers`.
    barrier_state : int64 array, in/out
        See `distsnn.kernels.barrier`.
    buffers, receive : uint32 arrays
        Messages of those who share memory, and what has come from others.
    width, n_ranks : int64
        Words of each message in `receive`, and how many there are.
    gids, begin : uint32 and int64 arrays, in/out
        The ring of the spikes in flight, and where each step begins in it.
    scratch, bounds, read_at : arrays
        Work space of `merge_spikes`.
    log_step, log_gid : int64 and uint32 arrays, out
        Spikes of all ranks, if control[LOGGING] is not 0.
    timers, counters : int64 arrays, in/out

    Returns
    -------
    int64
        `EXCHANGE` when the spikes of an interval are in `buffers` and must be exchanged with other
        ranks, `GHOST_EXCHANGE` when values that synapses read must be with other threads or ranks,
        `RING_FULL`, `QUEUE_FULL`, `HISTORY_FULL` or `LOG_FULL` when it must be called again with
        larger arrays, `ARRAYS_RENEWED` when again with those of the first thread, `RECORD_FULL`
        when again with emptied buffers of probes, `LATE` when simply again, `ABANDONED` when
        another thread or rank has failed, `PAUSED` when again with control[PAUSE] of 0 to complete
        the step before `end`, else `DONE`.
    """
    status = DONE
    while status == DONE:
        if control[PHASE] == ARRIVE or control[PHASE] == WAIT or control[PHASE] == AWAIT:
            status = await_messages(control, timers, in_shared_memory, barrier_state)
        if status == DONE and control[PHASE] == RECEIVE:
            received = receive
            if in_shared_memory != 0:
                width = buffers.size // (control[N_BUFFERS] * control[N_MEMBERS])
                received = buffers[control[BUFFER] * control[N_MEMBERS] * width :]
            status = receive_spikes(
                first_block,
                blocks,
                control,
                timers,
                counters,
                buffers,
                received,
                width,
                n_ranks,
                gids,
                begin,
                scratch,
                bounds,
                read_at,
                log_step,
                log_gid,
            )
            if status == DONE and in_shared_memory == 0 and has_blocks(AT_GHOSTS, first_block):
                status = GHOST_EXCHANGE
        if status == DONE and control[PHASE] == DELIVER:
            status = deliver_spikes(
                first_block, blocks, control, timers, in_shared_memory, barrier_state
            )
        if status == DONE:
            if control[STEP] >= end and control[PHASE] != UPDATE_LATE:
                break
            status = update_neurons(
                first_block, blocks, control, timers, end, in_shared_memory, barrier_state
            )
            if (
                status == DONE
                and control[PAUSE] == PAUSE_AT_THRESHOLDS
                and control[STEP] > control[PAUSE_STEP]
            ):
                return PAUSED
    return status


_LONGS, _WORDS = types.int64[::1], types.uint32[::1]
# Types of the arguments of `advance`, in their order.
SIGNATURE = (
    *(_LONGS, _LONGS, _LONGS, types.int64, types.int64, _LONGS, _WORDS, _WORDS),
    *(types.int64, types.int64, _WORDS, _LONGS, _WORDS, _LONGS, _LONGS, _LONGS, _WORDS),
    *(_LONGS, _LONGS),
)


def compile_advance():
    """Compile `advance`, or find it in the cache folder, for the calls that come."""
    advance.compile(SIGNATURE)
