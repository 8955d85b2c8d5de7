"""Random synapses of random models."""

from __future__ import annotations

import re

from tests.random_groups import SCALE, WHENS, Draft, Group, quantity, scaled


class Synaptic:
    """Draws one Synapses object of a script."""

    def __init__(self, script: Draft, name: str) -> None:
        self.script, self.name = script, name
        self.rng, self.draw = script.rng, script.draw
        self.source = self.rng.choice(script.groups)
        self.target = self.rng.choice([g for g in script.groups if g.states])
        n = name[1:]
        self.w, self.u, self.k, self.x, self.y = (f"{x}_{n}" for x in "wukxy")
        self.same = self.source is self.target
        self.gain = self.gain_text = ""
        self.back = self.draw.chance(0.4)
        # What equations read at events, and statements may not change.
        self.decaying: set[str] = set()
        # The ends, "_pre" or "_post", of which they read what is (unless refractory).
        self.held_by_equations: set[str] = set()

    def of_neurons(self, without: set[str], events: bool = False) -> list[str]:
        """Variables of both ends as numbers without unit, but for those named."""
        found = []
        for group, ending in ((self.source, "_pre"), (self.target, "_post")):
            hidden = {n for n in without if n in group.numbers}
            if group is self.source and group is not self.target and not events:
                hidden = {n for n in hidden if n.startswith("s")}
            # Subexpressions may contain what is hidden.
            hidden = hidden | group.timed | (set(group.subexpressions) if hidden else set())
            names = {n: u for n, u in group.numbers.items() if n not in hidden}
            found += [scaled(n + ending, u) for n, u in names.items()]
        return found

    def write(self) -> None:
        """Any synapses, or such that only add their weights, for which there are tables."""
        if self.target.written and self.draw.chance(0.25):
            self.write_plain()
        else:
            self.write_any()

    def write_plain(self) -> None:
        rng, name = self.rng, self.name
        x = rng.choice(sorted(self.target.written))
        unit = {**self.target.states, **self.target.parameters}[x]
        value = self.w if unit == "1" else f"{self.w}*{SCALE[unit]}"
        text = f"{x}_post {rng.choice('+-+')}= {value}"
        ends = self.end(self.source), self.end(self.target)
        delay = self.given_delays(["pre"])
        self.script.lines.append(
            f"{name} = snn.Synapses({ends[0][0]}, {ends[1][0]}, '{self.w} : 1', "
            f"on_pre={text!r}{delay}, name={name!r})"
        )
        self.script.objects.append(name)
        self.k = ""
        self.connect(ends[0][1], ends[1][1])
        self.values([self.w], ["pre"])
        self.monitor([self.w], "none")

    def write_any(self) -> None:
        rng, draw, name = self.rng, self.draw, self.name
        out = self.script.lines.append
        traces = rng.choice(["none", "none", "event-driven", "clock-driven"])
        method = rng.choice(["euler", "exponential_euler", "rk2", "rk4", "exact"])
        lines = [f"{self.w} : 1", f"{self.u} : 1" + rng.choice(["", " (constant)"])]
        constant = "(constant)" in lines[1]
        variables = [self.w, self.u]
        if draw.chance(0.5):
            lines.append(f"{self.k} : integer")
            variables.append(self.k)
        else:
            self.k = ""
        if traces != "none":
            for trace in (self.x, self.y)[: rng.randint(1, 2)]:
                right = f"-{trace}/{rng.choice(['tau0', 'tau1', '(7.3*ms)'])}"
                if traces == "clock-driven" and draw.chance(0.6) and method != "exact":
                    atoms = [*self.of_neurons(set()), self.w, self.u, "wave(t)", "table(t, i)"]
                    right = f"({draw.bounded(atoms, ['i', 'j'])} - {trace})/tau1"
                elif draw.chance(0.3):
                    right = f"({self.u} - {trace})/tau0"
                elif traces == "event-driven" and draw.chance(0.4):
                    group, ending = rng.choice([(self.source, "_pre"), (self.target, "_post")])
                    units = {**group.states, **group.parameters}
                    if units:
                        x = rng.choice(list(units))
                        self.decaying.add(x)
                        self.held_by_equations |= {ending} if x in group.held else set()
                        right = f"(0.2*{scaled(x + ending, units[x])} - {trace})/tau1"
                elif draw.chance(0.2):
                    right = f"{trace}/{rng.choice(['tau1', '(9.1*ms)'])}"
                lines.append(f"d{trace}/dt = {right} : 1 ({traces})")
                variables.append(trace)
        traces_used = [v for v in variables if v in {self.x, self.y}]
        if draw.chance(0.4):
            atoms = [self.w, self.u, *traces_used]
            atoms += [
                scaled(n + "_pre", u)
                for n, u in self.source.parameters.items()
                if n not in self.source.written
            ]
            self.gain_text = draw.bounded(atoms, ["i", "j"])
            lines.append(f"q{name[1:]} = {self.gain_text} : 1")
            self.gain = f"q{name[1:]}"
        ends = self.end(self.source), self.end(self.target)
        # Brian lets sums onto slices act after the update of their neurons.
        whole = [
            (group, ending)
            for group, (text, _), ending in zip(
                (self.target, self.source), ends[::-1], ("_post", "_pre"), strict=True
            )
            if text == group.name and any(s.startswith("s") for s in group.free_sums)
        ]
        if whole and draw.chance(0.5):
            onto, ending = whole[0] if draw.chance(0.7) else whole[-1]
            summed = next(s for s in onto.free_sums if s.startswith("s"))
            onto.free_sums.remove(summed)
            kept = [] if traces == "event-driven" else traces_used
            sums_of_both = {s + g.name[1:] for g in (self.source, self.target) for s in "s"}
            atoms = [*self.of_neurons(sums_of_both), self.w, *kept]
            atoms += rng.sample(["wave(t)", "table(t, j)", "N_incoming/3.1", "t/(9.3*ms)"], k=1)
            unit = onto.parameters[summed]
            right = quantity(f"0.2*{self.w}*{draw.bounded(atoms, ['i', 'j'])}", unit)
            lines.append(f"{summed}{ending} = {right} : {unit} (summed)")
        rng.shuffle(lines)
        pathways, names = self.pathways(traces_used, constant)
        out(f"{name} = snn.Synapses({ends[0][0]}, {ends[1][0]}, '''")
        self.script.lines += [f"    {line}" for line in lines]
        delay = self.given_delays(names)
        extra = f", method={method!r}" if traces == "clock-driven" else ""
        out(f"    ''', {pathways}{delay}{extra}, name={name!r})")
        self.script.objects.append(name)
        self.connect(ends[0][1], ends[1][1])
        self.values(variables, names)
        self.monitor(variables, traces)

    def end(self, group: Group) -> tuple[str, int]:
        if group.states and group.size > 2 and self.draw.chance(0.25):
            start = self.rng.randint(0, 1)
            stop = self.rng.randint(start + 1, group.size)
            return f"{group.name}[{start}:{stop}]", stop - start
        return group.name, group.size

    def pathways(self, traces: list[str], constant: bool) -> tuple[str, list[str]]:
        draw = self.draw
        pre = {"pre": self.statements(traces, constant)}
        if draw.chance(0.3):
            pre["extra"] = self.statements(traces, constant)
        post = {}
        if draw.chance(0.5) and self.target.states:
            post["post"] = self.statements(traces, constant)
            if draw.chance(0.3):
                post["again"] = self.statements(traces, constant)
        text = f"on_pre={pre if len(pre) > 1 else pre['pre']!r}"
        if post:
            text += f", on_post={post if len(post) > 1 else post['post']!r}"
        return text, [*pre, *post]

    def statements(self, traces: list[str], constant: bool) -> str:
        """Statements of one pathway that give the same whatever the order of its events."""
        rng, draw = self.rng, self.draw
        options: dict[str, str] = {}
        for group, ending in ((self.target, "_post"), (self.source, "_pre")):
            if ending == "_post" or (self.back and draw.chance(0.6)):
                units = {**group.states, **group.parameters}
                options |= {n + ending: units[n] for n in sorted(group.written - self.decaying)}
        written = rng.sample(list(options), k=min(len(options), rng.choice([0, 1, 1, 1, 2])))
        written = self.of_one_end(written)
        without = {x.rsplit("_", 1)[0] for x in written}
        # Where a subexpression follows a change of its variables, Brian may take the old values.
        with_gain = bool(self.gain) and draw.chance(0.6)
        atoms = [self.w, self.u, *traces, *([self.gain] if with_gain else [])]
        if draw.chance(0.6):
            atoms += self.of_neurons(without, events=True)
        atoms += self.changing(without)
        whole = ["i", "j", "N_pre", "N_post", "N_incoming", "N_outgoing", "N"]
        whole += [self.k] if self.k else []
        found = []
        for x in written:
            value = rng.choice(
                [self.w, f"0.3*{self.w}*{draw.bounded(atoms, whole)}", f"0.1*{draw.linear(atoms)}"]
            )
            found.append(f"{x} {rng.choice('+-+')}= {quantity(value, options[x])}")
        own = [] if with_gain else [self.w, *traces] + ([] if constant else [self.u])
        for x in rng.sample(own, k=rng.randint(0, min(2, len(own)))):
            found.append(
                rng.choice(
                    [
                        f"{x} += {draw.number(0.01, 0.2)}",
                        f"{x} = clip({x} + 0.1*{draw.bounded(atoms, whole)}, -0.531, 0.617)",
                        f"{x} = 0.9*{x} + 0.05*{draw.bounded(atoms, whole)}",
                        f"{x} *= {draw.number(0.8, 0.99)}",
                    ]
                )
            )
        if self.k and draw.chance(0.5):
            found.append(rng.choice([f"{self.k} += 1", f"{self.k} = ({self.k} + j) % 5"]))
        if not found:
            found.append(f"{self.w} = 0.97*{self.w}")
        rng.shuffle(found)
        if written and draw.chance(0.3):
            # A temporary variable; what it was made of may change before it is used.
            x = written[0]
            found.insert(0, f"change = 0.2*{self.w} + 0.1*{draw.bounded(atoms, whole)}")
            found.append(f"{x} += {quantity('0.3*change', options[x])}")
        return self.without_held(rng.choice(["; ", "\n"]).join(found), written)

    def of_one_end(self, written: list[str]) -> list[str]:
        """The variables without those whose refractoriness Brian would confuse."""
        ends = set(self.held_by_equations)
        kept = []
        for x in written:
            ending = x[x.rindex("_") :]
            if self.is_held(x):
                if ends - {ending}:
                    continue
                ends.add(ending)
            kept.append(x)
        return kept

    def is_held(self, x: str) -> bool:
        name, end = x.rsplit("_", 1)
        return name in (self.source if end == "pre" else self.target).held

    def without_held(self, text: str, written: list[str]) -> str:
        """Statements that, where they write what is held, read none of it of the other end."""
        for x in filter(self.is_held, written):
            post = x.endswith("_post")
            other, ending = (self.source, "_pre") if post else (self.target, "_post")
            # Subexpressions may contain what is held.
            for name in sorted(other.held | set(other.subexpressions if other.held else ())):
                read = scaled(name + ending, other.numbers[name])
                drive = f"I{other.name[1:]}{ending}"
                pattern = re.escape(read) if read.startswith("(") else rf"\b{read}\b"
                text = re.sub(pattern, drive, text)
        return text

    def changing(self, without: set[str]) -> list[str]:
        """What differs from one event to the next besides variables of `of_neurons`."""
        rng, draw = self.rng, self.draw
        atoms: list[str] = []
        changed = sorted(self.source.written - without)
        if draw.chance(0.5) and changed:
            # Other events may have changed it in the same step.
            x = rng.choice(changed)
            unit = {**self.source.states, **self.source.parameters}[x]
            atoms += 3 * [scaled(f"{x}_pre", unit)]
        if draw.chance(0.3):
            atoms.append(rng.choice(["t/(11.3*ms)", "wave(t)", "table(t, i)", "table(t, j)"]))
        if self.target.refractory and draw.chance(0.3):
            since = "clip((t - lastspike_post)/(9.1*ms), 0, 1.03)"
            atoms.append(rng.choice([since, "int(not_refractory_post)"]))
        if self.source.refractory and draw.chance(0.3):
            since = "clip((t - lastspike_pre)/(9.1*ms), 0, 1.03)"
            atoms.append(rng.choice([since, "int(not_refractory_pre)"]))
        return atoms

    def delay(self) -> float:
        """A delay in ms that no time step divides into halves."""
        return self.rng.choice([0, round(self.rng.uniform(0, 2), 2) + 0.003])

    def given_delays(self, names: list[str]) -> str:
        rng = self.rng
        kind = rng.choice(["none", "none", "number", "dict"])
        self.fixed: set[str] = set()
        if kind == "number":
            self.fixed = {"pre"}
            return f", delay={self.delay()}*ms"
        if kind == "dict":
            some = rng.sample(names, k=rng.randint(1, len(names)))
            self.fixed = set(some)
            return ", delay={" + ", ".join(f"{n!r}: {self.delay()}*ms" for n in some) + "}"
        return ""

    def connect(self, n_pre: int, n_post: int) -> None:
        rng = self.rng
        for _ in range(rng.choice([1, 1, 1, 2])):
            pairs = [
                (rng.randrange(n_pre), rng.randrange(n_post)) for _ in range(rng.randint(1, 9))
            ]
            arguments = rng.choice(
                [
                    "",
                    "condition='i != j'",
                    "condition='abs(i - j) < 2'",
                    "condition='(i + 2*j) % 3 != 1'",
                    f"i={[i for i, _ in pairs]}, j={[j for _, j in pairs]}",
                    f"i={pairs[0][0]}, j={sorted({j for _, j in pairs})}",
                    "condition='i >= j', n=2",
                    "n='1 + (i + j) % 3'",
                    "j='k for k in range(i - 1, i + 3) if k != i', skip_if_invalid=True",
                    "j='k for k in range(0, N_post, 2)'",
                    "j='i', skip_if_invalid=True",
                    "j='(i*2 + 1) % N_post'",
                ]
            )
            self.script.lines.append(f"{self.name}.connect({arguments})")

    def values(self, variables: list[str], names: list[str]) -> None:
        draw, name = self.draw, self.name
        add = self.script.lines.append
        add(f"n = len({name})")
        reached = [scaled(n + "_pre", u) for n, u in self.source.parameters.items()]
        reached += [scaled(n + "_post", u) for n, u in self.target.parameters.items()]
        weights = draw.bounded(["i", "j", *reached], ["i", "j"])
        add(f"{name}.{self.w} = {f'0.2*{weights}'!r}")
        for x in variables[1:]:
            self.set_variable(x)
        for pathway in names:
            if pathway not in self.fixed:
                self.set_delay(pathway)
        add(f"nudge({name}, {[x for x in variables if x != self.k]})")
        self.change()
        results = self.script.results.append
        for x in ("i", "j", *variables):
            results(f"found['{name}.{x}'] = np.asarray({name}.{x}[:])")
        for pathway in names:
            results(f"found['{name}.{pathway}.delay'] = np.asarray({name}.{pathway}.delay/ms)")

    def set_variable(self, x: str) -> None:
        draw, name = self.draw, self.name
        add = self.script.lines.append
        way = self.rng.choice(["no", "text", "array", "number", "where", "pair"])
        if x == self.k:
            add(f"{name}.{x} = '(i + 2*j) % 4'")
        elif way == "text":
            add(f"{name}.{x} = {draw.bounded(['i', 'j', self.w], ['i', 'j', 'N_incoming'])!r}")
        elif way == "array":
            add(f"{name}.{x} = np.sin(1.3*np.arange(n) + 0.7)")
        elif way == "number":
            add(f"{name}.{x} = {draw.number(-0.3, 0.6)}")
        elif way == "where":
            add(f"{name}.{x}['i < 2'] = {draw.number(-0.3, 0.6)}")
        elif way == "pair":
            add(f"{name}.{x}[:, 0] = '0.3*cos(i + 2*j)'")

    def set_delay(self, pathway: str) -> None:
        draw, add = self.draw, self.script.lines.append
        view = self.name if pathway == "pre" and draw.chance(0.5) else f"{self.name}.{pathway}"
        way = self.rng.choice(["no", "number", "array", "text", "text"])
        if way == "number":
            add(f"{view}.delay = {self.delay()}*ms")
        elif way == "array":
            add(f"{view}.delay = (np.arange(n) % 7)*0.231*ms")
        elif way == "text":
            add(f"{view}.delay = '(0.031 + 0.41*((i + 2*j) % 4))*ms'")

    def change(self) -> None:
        """What is set between the runs."""
        name = self.name
        self.script.later.append(
            self.rng.choice(
                [
                    f"{name}.{self.w} = '0.8*{self.w}'",
                    f"{name}.{self.w}['j > 0'] = 0.0531",
                    f"{name}.{self.w}[0, :] = '0.1 + 0.01*j'",
                    f"{name}.{self.w}[:1] = 0.0731",
                    f"{name}.{self.w} = 0.1*np.cos(np.arange(len({name})))",
                    "pass",
                ]
            )
        )

    def monitor(self, variables: list[str], traces: str) -> None:
        rng, name = self.rng, self.name
        recordable = [v for v in variables if traces != "event-driven" or v[0] not in "xy"]
        # Brian cannot record what reads the source, i or j.
        own = not re.search(r"_pre|\b[ij]\b", self.gain_text)
        if self.gain and traces != "event-driven" and own:
            recordable.append(self.gain)
        if not self.draw.chance(0.6):
            return
        some = rng.sample(recordable, k=rng.randint(1, len(recordable)))
        record = rng.choice(["True", "True", f"range(len({name}) // 2)"])
        when = rng.choice(WHENS)
        self.script.lines.append(
            f"V{name} = snn.StateMonitor({name}, {some}, record={record}, when={when!r})"
        )
        self.script.objects.append(f"V{name}")
        for x in some:
            self.script.results.append(f"found['{name} trace {x}'] = np.asarray(V{name}.{x})")
