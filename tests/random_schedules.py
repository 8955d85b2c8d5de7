"""Random scripts of what acts in the slots of a step, and comes and goes between runs.

`random_schedule` draws a script in the dialect of Brian 2 of which each part is simple, and the
parts are combined: clocks, slots and orders, events, statements at times, calls of Python, linked
variables, sums, synapses of synapses, schedules; between runs values, ``active``, objects that are
removed and added, and stored states. Executed with ``snn`` bound to the module of either simulator
it leaves ``found``: arrays by name, without units.

Left out is what depends on chance, on the order of events of one step, or on where Brian 2.9
keeps no order: each object has a name, and numbers are such that no two things meet by chance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

SLOTS = (
    "start", "before_groups", "groups", "after_groups", "before_thresholds", "thresholds",
    "after_thresholds", "before_synapses", "synapses", "after_synapses", "before_resets",
    "resets", "after_resets", "end",
)  # fmt: skip
SCHEDULES = (
    ("start", "groups", "synapses", "thresholds", "resets", "end"),
    ("start", "synapses", "groups", "thresholds", "resets", "end"),
    ("start", "thresholds", "synapses", "resets", "groups", "end"),
    ("synapses", "start", "thresholds", "groups", "resets", "end"),
)
EARLY, LATE = SLOTS[:5], SLOTS[7:]
STEP = 0.1


@dataclass
class Cells:
    """A group as it was drawn."""

    name: str
    size: int
    dt: float
    variables: list[str]
    events: list[str] = field(default_factory=list)
    free_sum: str = ""
    held: bool = False
    refractory: bool = False


class Schedule:
    """Draws one script, part by part."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.lines: list[str] = []
        self.objects: list[str] = []
        self.groups: list[Cells] = []
        # Objects that hold nothing back when they rest or are away.
        self.can_rest: list[str] = []
        self.changes: list[str] = []
        self.results: list[str] = []
        self.clocks = self.chance(0.35)
        # Brian forgets at the beginning of a run who spiked last.
        self.parted = self.chance(0.6)
        # Without events other than spikes, which might come after what acts at them.
        ordered = not self.parted and self.chance(0.4)
        self.schedule = list(rng.choice(SCHEDULES)) if ordered else []
        self.made = 0

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def number(self, low: float, high: float) -> str:
        return repr(round(self.rng.uniform(low, high), 4) or 0.0137)

    def name(self, kind: str) -> str:
        self.made += 1
        # Brian orders by name what has the same slot and order.
        return f"{self.rng.choice('abcdefgh')}{kind}{self.made}"

    def step(self) -> float:
        return STEP * self.rng.choice([1, 1, 2, 3, 5] if self.clocks else [1])

    def where(self, slots: tuple[str, ...] = SLOTS) -> str:
        order = f", order={self.rng.choice([-2, 1, 3])}" if self.chance(0.4) else ""
        return f"when={self.rng.choice(slots)!r}{order}"

    def clock(self) -> str:
        return f", dt={self.step():.1f}*ms" if self.clocks and self.chance(0.7) else ""

    def an_order(self) -> str:
        return f", order={self.rng.choice([-1, 1, 2])}" if self.chance(0.3) else ""

    def add(self, name: str, line: str) -> None:
        self.lines.append(f"{name} = {line}")
        self.objects.append(name)

    def text(self) -> str:
        rng = self.rng
        numbers = ", ".join(self.number(0, 1) for _ in range(9))
        self.lines += [
            "nudge, tilt = globals().get('nudged', (lambda *given: None, 0.0))",
            "ms, second = snn.ms, snn.second",
            "snn.start_scope()",
            f"snn.defaultclock.dt = {STEP}*ms",
            f"c0 = {self.number(0.5, 1.4)}*(1 + tilt)",
            f"tau0 = {self.number(3, 9)}*ms*(1 - tilt)",
            f"wave = snn.TimedArray(np.array([{numbers}]), dt=1.3*ms)",
            "found, log = {}, []",
        ]
        for _ in range(rng.randint(1, 3)):
            self.cells()
        if self.chance(0.5):
            self.given()
        for _ in range(rng.randint(1, 3)):
            self.synapses()
        parts = [
            self.poisson,
            self.regular,
            self.called,
            self.at_events,
            self.scheduled,
            self.states,
        ]
        for part in parts:
            while self.chance(0.45 if part != self.scheduled else 0.0):
                part()
        self.states()
        for group in self.groups:
            self.spikes(group)
        self.lines.append(f"net = snn.Network({', '.join(self.objects)})")
        if self.schedule:
            self.lines.append(f"net.schedule = {self.schedule}")
        # What is nudged shows how far roundings are amplified.
        self.lines += [f"nudge({g.name}, {g.variables})" for g in self.groups]
        for k in range(3 if self.parted else 1):
            self.lines.append(f"net.run({STEP * rng.randint(20, 60):.1f}*ms)")
            if k < 2 and self.parted:
                self.lines += self.between(k)
        self.lines += [*self.results, "found['log'] = np.array(log)"]
        return "\n".join(self.lines) + "\n"

    # ---- groups

    def cells(self) -> None:
        rng = self.rng
        name = self.name("G")
        n = name[1:]
        # One has the step of the network.
        dt = self.step() if self.groups else STEP
        group = Cells(name, rng.choice([1, 2, 3, 5]), dt, [f"v{n}", f"g{n}", f"u{n}"])
        v, g, u = group.variables
        drive = f"{self.number(1.1, 1.6)} + 0.1*i"
        linked = ""
        if self.groups and self.chance(0.5):
            other = rng.choice(self.groups)
            x = rng.choice(other.variables)
            linked = f"o{n}"
            drive += f" + 0.2*{linked}"
        if self.chance(0.5):
            group.free_sum = f"s{n}"
            drive += f" + 0.3*s{n}"
        kind = rng.choice(["", " (constant over dt)"])
        group.held = self.chance(0.5)
        lines = [
            f"d{v}/dt = ({drive} + {g} - {v})/tau0 : 1" + " (unless refractory)" * group.held,
            f"d{g}/dt = -{g}/(3.7*ms) : 1",
            f"{u} : 1",
            f"c{n} = 0.3*{v} + 0.1*{u} : 1{kind}",
        ]
        lines += [f"{linked} : 1 (linked)"] if linked else []
        lines += [f"{group.free_sum} : 1"] if group.free_sum else []
        rng.shuffle(lines)
        arguments = (
            f"threshold='{v} > 1 + 0.03*{u}', reset='{v} = 0.07*i; {u} = 0.9*{u} + 0.1', "
            f"method={rng.choice(['euler', 'rk2', 'exponential_euler'])!r}, name={name!r}"
        )
        if group.held or self.chance(0.2):
            group.refractory = True
            refractory = f"{self.number(0.3, 2)}*ms", f"'{v} > {self.number(0.3, 0.7)}'"
            arguments += f", refractory={rng.choice(refractory)}"
        if self.chance(0.5) and not self.schedule:
            group.events.append("high")
            arguments += f", events={{'high': '{g} > {self.number(0.1, 0.4)}'}}"
        if group.dt != STEP:
            arguments += f", dt={group.dt:.1f}*ms"
        arguments += self.an_order()
        self.add(name, f"snn.NeuronGroup({group.size}, '''")
        self.lines += [f"    {line}" for line in lines]
        self.lines.append(f"    ''', {arguments})")
        if linked:
            index = (
                ""
                if other.size == group.size
                else f", index=np.arange({group.size}) % {other.size}"
            )
            if other.size == 1:
                index = ""
            self.lines.append(f"{name}.{linked} = snn.linked_var({other.name}, {x!r}{index})")
        self.lines.append(f"{name}.{v} = '{self.number(0, 0.5)} + 0.093*i'")
        self.lines.append(f"{name}.{g} = '0.1*cos(i + {self.number(0, 2)})'")
        if group.events and self.chance(0.5):
            self.lines.append(f"{name}.set_event_schedule('high', {self.where(EARLY)})")
        if group.events and self.chance(0.8):
            self.lines.append(
                f"{name}.run_on_event('high', '{g} *= 0.3; {u} += 0.05', {self.where(LATE)})"
            )
        self.groups.append(group)
        self.can_rest.append(name)
        for x in group.variables:
            self.results.append(f"found['{name}.{x}'] = np.asarray({name}.{x}[:])")
            self.changes.append(f"{name}.{x} = '0.8*{x} + 0.011*i'")
            self.changes.append(f"{name}.{x}[:1] = {self.number(0, 0.6)}")

    def given(self) -> None:
        name = self.name("I")
        times = sorted(self.rng.sample(range(1, 90), 12))
        index = [k % 3 for k in range(12)]
        period = ", period=12*ms" if self.chance(0.3) else ""
        self.add(
            name,
            f"snn.SpikeGeneratorGroup(3, {index}, np.array({times})*{STEP}*ms + 0.03*ms, "
            f"name={name!r}{period}{self.clock()}{self.an_order()})",
        )
        self.groups.append(Cells(name, 3, STEP, []))
        self.can_rest.append(name)

    # ---- synapses

    def synapses(self) -> None:
        rng = self.rng
        name = self.name("S")
        w, variables = f"w{name[1:]}", [f"w{name[1:]}"]
        source = rng.choice(self.groups)
        target = rng.choice([g for g in self.groups if g.variables])
        lines, arguments = [f"{w} : 1"], ""
        if self.chance(0.3):
            q, drive = f"q{name[1:]}", rng.choice([f"{x}_post" for x in target.variables])
            lines.append(f"d{q}/dt = (0.3*{drive} - {q})/(4.1*ms) : 1 (clock-driven)")
            arguments += f", method={rng.choice(['euler', 'rk2'])!r}{self.clock()}"
            variables.append(q)
        ends = [self.part(source), self.part(target)]
        if target.free_sum and self.chance(0.6):
            reads = [f"{x}_pre" for x in source.variables] + [*variables]
            lines.append(f"{target.free_sum}_post = 0.3*{w}*{rng.choice(reads)} : 1 (summed)")
            target.free_sum = ""
            # Sums onto parts act after the update of their neurons.
            ends = [source.name, target.name]
        pathways, events, given = self.pathways(w, source, target)
        delayed = self.chance(0.5)
        if delayed:
            given += f", delay={{'pre': {rng.choice([0.13, 0.31, 1.02, 1.53])}*ms}}"
        self.add(name, f"snn.Synapses({ends[0]}, {ends[1]}, '''")
        self.lines += [f"    {line}" for line in lines]
        self.lines.append(f"    '''{arguments}{given}{self.an_order()}, name={name!r})")
        how = rng.choice(["", "condition='i != j'", "j='(i + 1) % N_post'", "condition='i <= j'"])
        self.lines.append(f"{name}.connect({how})")
        self.lines.append(f"{name}.{w} = '0.2 + 0.1*cos(i + 2.3*j)'")
        if not delayed:
            self.lines.append(f"{name}.delay = '(0.03 + 0.3*((i + j) % {rng.choice([1, 3])}))*ms'")
            self.changes.append(f"{name}.delay = '(0.03 + 0.2*((i + 2*j) % 4))*ms'")
        for pathway in pathways:
            if self.chance(0.3):
                order = f"; {name}.{pathway}.order = {rng.choice([-1, 1, 2])}" * self.chance(0.5)
                slots = LATE if self.parted or events else SLOTS
                self.lines.append(f"{name}.{pathway}.when = {rng.choice(slots)!r}{order}")
        self.of_synapses(name, variables, pathways)
        if self.chance(0.35):
            text = f"{w} *= 0.99"
            self.lines.append(f"{name}.run_regularly({text!r}, {self.where()})")
            # In Brian the synapses are then part of their source, and rest with it.
            self.can_rest = [x for x in self.can_rest if x != source.name]

    def pathways(self, w: str, source: Cells, target: Cells) -> tuple[list[str], bool, str]:
        """Names of pathways, whether they act at events that are no spikes, and arguments."""
        rng = self.rng
        to = rng.choice([x for x in target.variables if x[0] != "v" or not target.held])
        reads = [x for x in source.variables if x != to]
        texts = [f"{to}_post += 0.3*{w}", f"{to}_post += 0.2*{w}; {w} *= 0.97"]
        pre = {"pre": rng.choice(texts + [f"{to}_post += 0.1*{w}*{x}_pre" for x in reads])}
        if self.chance(0.3):
            pre["more"] = f"{w} = 0.9*{w} + 0.02*{rng.choice(target.variables)}_post"
        post = {}
        if self.chance(0.4):
            post["post"] = f"{w} = clip({w} + 0.05*{rng.choice(target.variables)}_post, 0, 1.317)"
        found = f", on_pre={pre!r}" + (f", on_post={post!r}" if post else "")
        events = {"pre": source} | ({"post": target} if post else {})
        of_events = {p: "high" for p, g in events.items() if g.events and self.chance(0.4)}
        found += f", on_event={of_events!r}" if of_events else ""
        return [*pre, *post], bool(of_events), found

    def of_synapses(self, name: str, variables: list[str], pathways: list[str]) -> None:
        """What is recorded and changes of synapses."""
        for x in variables:
            self.results.append(f"found['{name}.{x}'] = np.asarray({name}.{x}[:])")
            self.changes.append(f"{name}.{x} = '0.9*{x} + 0.01*i'")
        self.can_rest += [name, *(f"{name}.{p}" for p in pathways)]
        if self.chance(0.4):
            self.monitor(name, variables)

    def part(self, group: Cells) -> str:
        return (
            f"{group.name}[{self.rng.choice(['1:', ':2'])}]"
            if group.variables and group.size > 2 and self.chance(0.2)
            else group.name
        )

    def poisson(self) -> None:
        group, name = self.with_variables(), self.name("p")
        where = f", {self.where()}" if self.chance(0.6) else ""
        # An event in each step.
        x = self.rng.choice([x for x in group.variables if x[0] != "v" or not group.held])
        self.add(
            name,
            f"snn.PoissonInput({group.name}, {x!r}, 1, 1/({group.dt:.1f}*ms), "
            f"{self.number(0.001, 0.02)}{where})",
        )
        self.can_rest.append(name)

    # ---- what acts in slots

    def with_variables(self) -> Cells:
        return self.rng.choice([g for g in self.groups if g.variables])

    def regular(self) -> None:
        group, name = self.with_variables(), self.name("r")
        v, g, u = group.variables
        text = self.rng.choice(
            [f"{u} = 0.9*{u} + 0.1*{v}", f"{g} += 0.02*wave(t)", f"{v} += 0.01*{u}",
             f"{g} += 0.01*c{group.name[1:]}",
             f"{u} += 0.01*{'int(not_refractory)' if group.refractory else 'cos(t/ms)'}"]
        )  # fmt: skip
        part = f"{group.name}[1:]" if group.size > 2 and self.chance(0.3) else group.name
        dt = f", dt={group.dt * self.rng.choice([1, 2, 5]):.1f}*ms" if self.chance(0.5) else ""
        self.lines.append(
            f"{name} = {part}.run_regularly({text!r}, {self.where()}{dt}, name={name!r})"
        )
        self.can_rest.append(name)

    def called(self) -> None:
        group, name = self.with_variables(), self.name("o")
        x, y = self.rng.sample(group.variables, 2)
        act = self.rng.choice(
            [f"{group.name}.{x} = 0.99*{group.name}.{x}[:] + 0.01*{group.name}.{y}[:]",
             f"log.append(float(np.sum({group.name}.{x}[:])))",
             f"log.append(float(t/ms)); {group.name}.{x}[:1] += 0.013"]
        )  # fmt: skip
        dt = f"{self.step() * self.rng.choice([1, 4]):.1f}*ms"
        self.lines.append(f"def f{name}(t): {act}")
        self.add(name, f"snn.NetworkOperation(f{name}, dt={dt}, {self.where()}, name={name!r})")
        self.can_rest.append(name)

    def at_events(self) -> None:
        group, name = self.with_variables(), self.name("e")
        event = self.rng.choice(["spike", *group.events])
        variable = self.rng.choice(group.variables)
        kind, what = ("SpikeMonitor", "") if event == "spike" else ("EventMonitor", ", 'high'")
        # Where a schedule has it before the thresholds, Brian notes the spikes a step late.
        where = f", {self.where(LATE)}" if self.chance(0.5) and not self.schedule else ""
        self.add(name, f"snn.{kind}({group.name}{what}, {variable!r}{where}, name={name!r})")
        self.results += [
            f"found['{name} spikes t'] = np.asarray({name}.t/ms)",
            f"found['{name} spikes i'] = np.asarray({name}.i[:])",
            f"found['{name} values'] = np.sort(np.asarray({name}.{variable}[:]))",
        ]

    def scheduled(self) -> None:
        group = self.with_variables()
        part = self.rng.choice(["thresholder['spike']", "resetter['spike']", "state_updater"])
        order = f"; {group.name}.{part}.order = {self.rng.choice([-1, 2])}" * self.chance(0.5)
        self.lines.append(f"{group.name}.{part}.when = {self.rng.choice(SLOTS)!r}{order}")

    def states(self) -> None:
        group = self.with_variables()
        self.monitor(group.name, [*group.variables, f"c{group.name[1:]}"])

    def monitor(self, of: str, variables: list[str]) -> None:
        name = self.name("M")
        some = self.rng.sample(variables, k=self.rng.randint(1, len(variables)))
        self.add(
            name,
            f"snn.StateMonitor({of}, {some}, record=True, {self.where()}{self.clock()}, "
            f"name={name!r})",
        )
        self.results.append(f"found['{name} t'] = np.asarray({name}.t/ms)")
        self.results += [f"found['{name} {x}'] = np.asarray({name}.{x}[:])" for x in some]
        self.can_rest.append(name)

    def spikes(self, group: Cells) -> None:
        name = f"z{group.name}"
        kind = self.rng.choice(["SpikeMonitor", "SpikeMonitor", "PopulationRateMonitor"])
        self.add(name, f"snn.{kind}({group.name}, name={name!r})")
        if kind == "SpikeMonitor":
            self.results += [
                f"found['{name} spikes t'] = np.asarray({name}.t/ms)",
                f"found['{name} spikes i'] = np.asarray({name}.i[:])",
            ]
        else:
            self.results.append(f"found['{name} rate'] = np.asarray({name}.rate*ms)")

    # ---- between runs

    def between(self, k: int) -> list[str]:
        rng = self.rng
        lines = []
        for _ in range(rng.randint(0, 3)):
            kind = rng.choice(
                ["value", "rest", "rest", "away", "store"]
                if k
                else ["value", "rest", "rest", "store"]
            )
            if kind == "value":
                lines.append(rng.choice(self.changes))
            elif kind == "rest":
                one = rng.choice(self.can_rest)
                lines.append(f"{one}.active = {rng.choice(['False', 'True'])}")
            elif kind == "away":
                calls = [x for x in self.objects if x[1] in "oM"]
                if calls:
                    one = rng.choice(calls)
                    lines.append(f"net.remove({one})")
                    # Brian cannot restore what has no part in a network any more.
                    break
            elif k == 0:
                lines += ["net.store('first')", "net.run(3.0*ms)", "net.restore('first')"]
            else:
                lines += ["net.store()", "net.run(1.7*ms)", "net.restore()"]
        return lines


def random_schedule(rng: Random) -> str:
    """Draw a script.

    Parameters
    ----------
    rng : random.Random
        What it is drawn from.

    Returns
    -------
    str
    """
    return Schedule(rng).text()
