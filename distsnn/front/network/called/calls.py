"""Objects of users that a run calls at their times, between stretches of compiled steps."""

from __future__ import annotations

from distsnn.describe.operations import DEFAULT
from distsnn.describe.step_order import StepOrder
from distsnn.errors import ParameterError
from distsnn.exchange import World
from distsnn.front.callbacks.brian_object import BrianObject
from distsnn.front.callbacks.schedule import call_places, check_calls_in
from distsnn.front.names.scope import user_names
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.front.network.called.call_plan import CallPlan, CallTime
from distsnn.front.network.called.input_places import stands_elsewhere
from distsnn.front.network.called.run_steps import RunSteps
from distsnn.front.network.called.step_places import AT_BEGIN, call_locations, check_slots
from distsnn.front.network.network_state import NetworkState


def check_calls(state: NetworkState) -> None:
    """Check that the objects of a network can be called when they want to be.

    Raises ParameterError if the slot of one is not there, or the order of a step was another in the
    first run.
    """
    if not is_alone(state):
        check_slots(state.description, state.schedule, state.members)
        order = StepOrder(state.complete_schedule).compiled
        if state.built is not None and order != state.base.order.compiled:
            raise ParameterError(
                "Network.schedule",
                f"the schedule is {', '.join(state.schedule)}, and was another in the first run",
                "the order of a step is fixed by the first run",
                "make a new network",
            )
    check_calls_in(state.members.all_called, state.schedule)
    _plan(state, 0.0)


def _plan(state: NetworkState, start: float) -> CallPlan:
    called, schedule = state.members.all_called, state.schedule
    located = []
    if called and is_alone(state):
        located = [(AT_BEGIN, one) for _, one in call_places(called, schedule)]
    elif called:
        located = call_locations(state.description, state.complete_schedule, state.members)
    return CallPlan(located, (state.dt, state.next_dt), start)


def take_inputs(state: NetworkState) -> None:
    """Let Poisson inputs be statements, before the first run, where others act among synapses."""
    inputs = state.members.inputs
    if state.built is not None or not inputs:
        return
    description = state.description
    strict = StepOrder(state.complete_schedule).compiled != DEFAULT
    for given in inputs:
        if description.divides_synapses:
            given.become_statement(strict)
        elif not given.is_statement and stands_elsewhere(description, given, ()):
            given.become_statement(strict=False)


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
        self._plan = _plan(state, built.begin)
        state.stopping = False
        built.known_in_run.clear()
        for one in self._plan.called:
            one.run_in(state.object_values)
            one.before_run(user_names())

    @property
    def called(self) -> list[BrianObject]:
        """The objects that are called."""
        return self._plan.called

    def advance(self, until: int, end: int, steps: RunSteps) -> bool:
        """Run all steps before `until` with the calls among them; return whether it is reached.

        Parameters
        ----------
        until, end : int
            Where this part of the run ends, and the run.
        steps : RunSteps
            Advances the network.
        """
        limit = self._built.end if until == end else until * self._built.dt
        while (moment := self._plan.next_moment(limit)) is not None and moment.reached <= until:
            paused = moment.within
            if not steps.advance(moment.reached, moment.location if paused else 0):
                return False
            try:
                while True:
                    self._call(moment)
                    if self._state.stopping:
                        # The present step is completed, with all calls in it.
                        until = min(until, moment.step + 1)
                        limit = min(limit, until * self._built.dt)
                    further = self._plan.next_moment(limit)
                    if not paused or further is None or not further.follows(moment):
                        break
                    moment = further
                    steps.resume(moment.location)
            finally:
                if paused:
                    steps.resume(0)
        return steps.advance(until) and not self._state.stopping

    def end(self) -> None:
        """Let the objects finish the run."""
        for one in self._plan.called:
            one.after_run()

    def _call(self, moment: CallTime) -> None:
        state = self._state
        state.call_time = moment.time
        try:
            self._built.begin_calls(self._world)
            for one in self._plan.due(moment):
                one.run()
        except BaseException:
            self.failed = True
            raise
        finally:
            self._built.end_calls()
            state.call_time = None
