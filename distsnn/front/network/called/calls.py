"""Objects of users that a run calls at their times, between stretches of compiled steps."""

from __future__ import annotations

from collections.abc import Callable

from distsnn.exchange import World
from distsnn.front.callbacks.schedule import check_compiled
from distsnn.front.names.scope import user_names
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.front.network.called.call_plan import CallPlan, CallTime
from distsnn.front.network.called.resets_first import take_schedule
from distsnn.front.network.network_state import NetworkState


def check_calls(state: NetworkState) -> None:
    """Check that the objects of a network can be called when they want to be.

    Raises ParameterError if the slot of one is not there, or compiled code does not stop in it.
    """
    if not is_alone(state):
        check_compiled("Network.schedule", state.schedule)
        take_schedule(state)
    dt = state.dt, state.next_dt
    CallPlan(state.members.all_called, state.schedule, dt, is_alone(state), 0.0)


def is_alone(state: NetworkState) -> bool:
    """Whether nothing of a network is compiled, so that slots matter among the objects only."""
    return not state.members.described and not state.members.monitors


class Calls:
    """The calls of one run. Every rank makes them, at the same moments.

    Attributes
    ----------
    failed : bool
        Whether one of them has raised an error; the step in which it was called is complete.
    """

    def __init__(self, world: World, state: NetworkState, built: BuiltNetwork) -> None:
        self._world, self._state, self._built = world, state, built
        self.failed = False
        called, alone = state.members.all_called, is_alone(state)
        dt = built.dt, state.next_dt
        self._plan = CallPlan(called, state.schedule, dt, alone, built.begin)
        state.stopping = False
        for one in self._plan.called:
            one.run_in(state.object_values)
            one.before_run(user_names())

    def advance(
        self,
        until: int,
        end: int,
        advance: Callable[..., bool],
        complete_step: Callable[[], None],
    ) -> bool:
        """Run all steps before `until` with the calls among them; return whether it is reached.

        Parameters
        ----------
        until, end : int
            Where this stretch ends, and the run.
        advance : callable
            Runs all steps before the one given, and pauses in the last one if it is told to;
            returns whether it got there.
        complete_step : callable
            Completes the step in which `advance` has paused.
        """
        limit = self._built.end if until == end else until * self._built.dt
        while (moment := self._plan.next_moment(limit)) is not None and moment.reached <= until:
            if not advance(moment.reached, moment.within):
                return False
            try:
                self._call(moment)
            finally:
                if moment.within:
                    complete_step()
            if self._state.stopping:
                # The present step is completed, with all calls in it.
                until = min(until, moment.step + 1)
                limit = min(limit, until * self._built.dt)
        return advance(until) and not self._state.stopping

    def end(self) -> None:
        """Let the objects finish the run."""
        for one in self._plan.called:
            one.after_run()

    def _call(self, moment: CallTime) -> None:
        state = self._state
        state.call_time = moment.time
        try:
            with self._built.calling(self._world):
                for one in self._plan.due(moment):
                    one.run()
        except BaseException:
            self.failed = True
            raise
        finally:
            state.call_time = None
