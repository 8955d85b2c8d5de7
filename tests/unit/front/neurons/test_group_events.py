"""Events of neurons other than spikes: what users may give, and what errors say."""

from __future__ import annotations

from typing import Any

import pytest

import distsnn as snn
from distsnn.errors import ParameterError, UnitError, UnknownNameError


def group(**given: Any) -> snn.NeuronGroup:
    return snn.NeuronGroup(
        2, "v : 1\nx : volt", name="G", **{"events": {"high": "v > 1", "low": "v < 0"}, **given}
    )


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ("v > 1", "events is a dict"),
        ({"1event": "v > 1"}, "names are identifiers"),
        ({"high": 10 * snn.mV}, "condition is a string"),
        ({"high": "v + 1"}, "event high 'v \\+ 1' .* is no condition; the event high compares"),
    ],
)
def test_events_that_cannot_be(events: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        group(events=events)


def test_conditions_are_checked_as_thresholds() -> None:
    with pytest.raises(UnitError, match="event high"):
        group(events={"high": "v > x"})
    with pytest.raises(ParameterError, match="threshold and an event 'spike'"):
        group(events={"spike": "v > 1"}, threshold="v > 2")
    assert group(events={"spike": "v > 1"}).events == {"spike": "v > 1"}
    assert group(threshold="v > 2").events == {"spike": "v > 2", "high": "v > 1", "low": "v < 0"}
    assert snn.PoissonGroup(2, 10 * snn.Hz).events.keys() == {"spike"}
    with pytest.raises(ParameterError, match="events given with LIF"):
        snn.NeuronGroup(2, snn.LIF(), events={"high": "V_m > 1"})


def test_statements_of_events() -> None:
    G = group()
    with pytest.raises(
        ParameterError, match=r"no event .spike.; its events are high, low.*threshold"
    ):
        G.run_on_event("spike", "v = 0")
    with pytest.raises(ParameterError, match="no event 'other'"):
        G.set_event_schedule("other")
    with pytest.raises(ParameterError, match=r"when=.then.; when is one of .*resets"):
        G.run_on_event("high", "v = 0", when="then")
    made = G.run_on_event("high", "v = 0", when="resets", order=2)
    assert (made.name, made.when, made.order) == ("G_high_resetter", "resets", 2)
    with pytest.raises(ParameterError, match="has statements already"):
        G.run_on_event("high", "v = 1")
    with pytest.raises(ParameterError, match="has statements already"):
        group(threshold="v > 1", reset="v = 0").run_on_event("spike", "v = 1")
    with pytest.raises(ParameterError, match="slot 'thresholds', with the order of"):
        group(threshold="v > 1").set_event_schedule("spike", "end")
    G.set_event_schedule("high", when="end")
    with pytest.raises(ParameterError, match="at the event high before that is looked for"):
        snn.Network(G).run(0)
    with pytest.raises(ParameterError, match="statements run for groups with equations"):
        snn.NeuronGroup(2, snn.LIF()).run_on_event("spike", "v = 1")


def test_synapses_and_monitors_of_events() -> None:
    G, H = group(), snn.NeuronGroup(2, "v : 1", threshold="v > 1", name="H")
    with pytest.raises(ParameterError, match="threshold"):
        snn.Synapses(G, G, on_pre="v_post += 1")
    with pytest.raises(ParameterError, match="no event 'high'; its events are spike"):
        snn.Synapses(G, H, on_post="v_post += 1", on_event="high")
    with pytest.raises(UnknownNameError, match="unknown name 'high'"):
        snn.Synapses(G, H, on_pre="v_post += 1", on_event={"high": "pre"})
    with pytest.raises(ParameterError, match="on_event is the name of an event"):
        snn.Synapses(G, H, on_pre="v_post += 1", on_event=3)
    with pytest.raises(ParameterError, match="no event 'low'"):
        snn.EventMonitor(H, "low")
    with pytest.raises(ParameterError, match="order= without when="):
        snn.EventMonitor(G, "low", order=1)
    late = snn.EventMonitor(G, "low", when="start")
    with pytest.raises(ParameterError, match="at the event low before that is looked for"):
        snn.Network(G, late).run(0)
    G.set_event_schedule("low", when="end")
    S = snn.Synapses(G, H, on_pre="v_post += 1", on_event="low")
    S.connect()
    with pytest.raises(ParameterError, match="looked for before them in a step"):
        snn.Network(G, H, S).run(0)
