"""A grammar of small networks in the dialect of Brian 2, as scripts that run under both.

`random_script` draws a script. Executed with ``snn`` bound to the module of either simulator it
leaves ``found``: arrays by name, without units. Its neurons and synapses exchange much less than
they hold (weights around 0.1, bounded functions), so that values stay of order one.

What is left out, because the peer itself does not define it or has random numbers of its own:
random numbers, statements whose result depends on the order of the events of one step. And
where Brian 2.9 contradicts itself:

- A subexpression of an (event-driven) variable may be taken before the variable is brought up to
  date: with ``dx/dt = -x/tau : 1 (event-driven)``, ``q = 2*x : 1`` and ``y_post += q`` its numpy
  target uses the new x and its Cython target the old one; with ``z = q`` both use the old one.
- Its exact solution divides by products of differences of time constants: where these are equal it
  gives nan, where they are near it is off in each step, of three equations by 3e-9 for 13.2 and
  13.7 ms, by 5e-13 for 9.6, 14.4 and 19.3 ms (distsnn by 1e-16, both beside 40 digits).
- ``2**-1`` is 0 in statements and 0.5 in equations, ``k**-1`` with a whole k from outside is 0.5
  with numpy and 0 with Cython. distsnn computes 0.5 everywhere.
- Statements that write an (unless refractory) variable of one end and read one of the other look
  at the refractoriness of either end: with v and g such variables of one group, ``g_post += v_pre``
  has no effect where the neuron that spiked is refractory, and ``g_post += 1`` has.
- Conditions in linear equations (``int(x > 1)``) are too much for its algebra.
"""

from __future__ import annotations

from random import Random

from tests.random_groups import SCALE, UNITS, WHENS, Draft, Group, quantity, scaled
from tests.random_steps import held_of_neurons
from tests.random_synapses import Synaptic

METHODS = ("exact", "exact", "euler", "exponential_euler", "rk2", "rk4", None)


class Script(Draft):
    """Draws one script, part by part."""

    def __init__(self, rng: Random, more: Random | None = None) -> None:
        super().__init__(rng, more)
        self.dt = rng.choice([0.1, 0.1, 0.1, 0.05, 0.2])
        # Brian compares the quotient of the two, in seconds, without tolerance.
        whole = {round(n * self.dt, 6): n for n in range(3, 30)}
        waves = [x for x, n in whole.items() if (x * 1e-3) / (self.dt * 1e-3) == n][:6]
        waves += [3.43 * self.dt, 0.31 * self.dt]
        self.wave_dt = rng.choice(waves)
        self.constant_wave = self.wave_dt in waves[:-2]

    def text(self) -> str:
        draw, rng = self.draw, self.rng
        self.lines += [
            "nudge, tilt = globals().get('nudged', (lambda *given: None, 0.0))",
            "ms, mV, pA, second = snn.ms, snn.mV, snn.pA, snn.second",
            "volt, amp = snn.volt, snn.amp",
            "snn.start_scope()",
            f"snn.defaultclock.dt = {self.dt}*ms",
            f"c0 = {draw.number(0.2, 1.4)}*(1 + tilt)",
            f"c1 = {draw.number(-0.8, 0.8)}*(1 - tilt)",
            f"tau0 = {draw.number(3, 12)}*ms*(1 + tilt)",
            f"tau1 = {draw.number(8, 25)}*ms*(1 - tilt)",
            f"wave = snn.TimedArray(np.array({self.numbers(9)}), dt={self.wave_dt}*ms)",
            f"table = snn.TimedArray(np.array({self.numbers(21)}).reshape(3, 7), dt=4.1*ms)",
        ]
        for n in range(rng.randint(1, 3)):
            self.neurons(f"G{n}")
        if draw.chance(0.5):
            self.generator()
        for n in range(rng.randint(1, 3)):
            Synaptic(self, f"S{n}").write()
        for group in self.groups:
            self.monitors(group)
        steps = rng.randint(80, 130), rng.randint(20, 60)
        for group in self.groups:
            if group.states:
                some = [*group.states, *group.parameters, "T" + group.name[1:]]
                self.lines.append(f"nudge({group.name}, {some})")
        self.lines += [
            *self.after,
            f"net = snn.Network({', '.join(self.objects)})",
            f"net.run({steps[0] * self.dt}*ms)",
            *self.later,
            f"net.run({steps[1] * self.dt}*ms)",
            "found = {}",
            *self.results,
        ]
        return "\n".join(self.lines) + "\n"

    def numbers(self, n: int, low: float = -0.7, high: float = 1.3) -> str:
        return "[" + ", ".join(self.draw.number(low, high) for _ in range(n)) + "]"

    # ---- neurons

    def neurons(self, name: str) -> None:
        rng, draw = self.rng, self.draw
        group = Group(name, rng.choice([1, 2, 3, 5, 6]))
        method = rng.choice(METHODS)
        v = "v" + name[1:]
        group.states[v] = rng.choice(UNITS)
        for x in ("g", "h")[: rng.randint(0, 2)]:
            group.states[x + name[1:]] = rng.choice(UNITS)
        # Names of their own, so that a text never leaves open whose variable it means.
        drive, tau = "I" + name[1:], "T" + name[1:]
        group.parameters[drive] = "1"
        for x in ("s", "r")[: rng.randint(0, 2)]:
            group.parameters[x + name[1:]] = rng.choice(UNITS)
            group.free_sums.append(x + name[1:])
        lines = []
        subs = [x + name[1:] for x in ("a", "b")[: rng.randint(0, 2)]]
        known = [scaled(n, u) for n, u in (group.states | group.parameters).items()]
        for sub in subs:
            atoms = list(known) if method in {"euler", "rk2", "rk4"} else [drive]
            if method in {"euler", "rk2", "rk4"} and draw.chance(0.4):
                atoms.append(rng.choice(["(t)/(3.7*ms)", "wave(t)", "table(t, i)"]))
            unit = rng.choice(UNITS)
            text = draw.bounded([*atoms, "c1"], ["i", "N"])
            while method in {"exact", None} and "int(" in text:
                # Conditions are too much for Brian's algebra.
                text = draw.bounded([*atoms, "c1"], ["i", "N"])
            lines.append(f"{sub} = {quantity(text, unit)} : {unit}")
            group.subexpressions[sub] = unit
            if "(t" in text or any(other in text for other in group.timed):
                group.timed.add(sub)
            known.append(scaled(sub, unit))
        refractory, guard = self.refractoriness(group, v)
        flagged = draw.chance(0.6)
        for x, unit in group.states.items():
            right = self.right_side(group, x, method, tau)
            flags = " (unless refractory)" if flagged and (x == v or draw.chance(0.2)) else ""
            if flags and group.refractory:
                group.held.add(x)
            lines.append(f"d{x}/dt = {right} : {unit}{flags}")
        for x, unit in group.parameters.items():
            lines.append(f"{x} : {unit}")
        lines.append(f"{tau} : second" + rng.choice(["", " (constant)"]))
        lines.append(f"n{name[1:]} : integer")
        lines.append(f"f{name[1:]} : boolean")
        rng.shuffle(lines)
        events = [x for x in (group.states | group.parameters) if not x.startswith("s")]
        group.written = set(rng.sample(events, k=rng.choice([1, 1, 2, len(events)])))
        self.groups.append(group)
        self.lines.append(f"{name} = snn.NeuronGroup({group.size}, '''")
        self.lines += [f"    {line}" for line in lines]
        self.lines += [f"    {line}" for line in held_of_neurons(self, group)]
        threshold = self.threshold(group, v)
        # Recorded where the threshold looks: how near it comes to a tie.
        self.lines.append(f"    margin{name[1:]} = {threshold[1]} : 1")
        self.lines.append(f"    guard{name[1:]} = {guard} : 1")
        arguments = f"threshold={threshold[0]!r}, reset={self.reset(group, v)!r}"
        if refractory != "False":
            arguments += f", refractory={refractory}"
        if method:
            arguments += f", method={method!r}"
        self.lines.append(f"    ''', {arguments}, name={name!r})")
        self.objects.append(name)
        self.values(group, tau)

    def right_side(self, group: Group, x: str, method: str | None, tau: str) -> str:
        draw, rng = self.draw, self.rng
        unit = group.states[x]
        over = rng.choice(["tau0", "tau1", tau, tau])
        if method in {"exact", None}:
            # Far from each other, for Brian's solution divides by products of their differences.
            over = {"v": tau, "g": "(0.25*tau0)", "h": "(3.1*tau1)"}[x[0]]
        others = [s for s in group.states if s != x]
        inputs = [scaled(n, u) for n, u in group.parameters.items()]
        subs = [scaled(n, u) for n, u in group.subexpressions.items()]
        first = x.startswith("v")
        base = f"1.9*{inputs[0]}" if first else "0"
        if method in {"exact", None}:
            # Triangular, so that sympy solves it: a state depends on later ones alone.
            names = list(group.states)
            later = names[names.index(x) + 1 :]
            terms = [scaled(n, group.states[n]) for n in later] + inputs[1:] + subs
            terms += ["c1"]
            if draw.chance(0.15) and method is None:
                terms.append("wave(t)")
            if draw.chance(0.3):
                waves = method is None or self.constant_wave
                base += " + wave(t)*0.3" if waves and draw.chance(0.5) else " + 0.1*i"
            extra = draw.linear(terms)
            return f"({quantity(f'{base} + {extra}', unit)} - {x})/{over}"
        atoms = [scaled(n, group.states[n]) for n in others] + inputs + subs + ["c0"]
        whole = ["i", "N", "n" + group.name[1:]]
        if method == "exponential_euler":
            gain = f"(1.2 + {draw.bounded(atoms, whole, 1)}**2)"
            drive = f"{base} + {draw.bounded(atoms, whole)}"
            return f"({quantity(drive, unit)} - {x}*{gain})/{over}"
        atoms.append(scaled(x, unit))
        if draw.chance(0.4):
            atoms += rng.sample(["wave(t)", "table(t, i)", "t/(5.3*ms)", "t/second"], k=1)
        if group.refractory and draw.chance(0.2):
            atoms.append("int(not_refractory)")
        if group.refractory and draw.chance(0.2):
            atoms.append("clip((t - lastspike)/(9.1*ms), 0, 1.03)")
        drive = f"{base} + {draw.bounded(atoms, whole)}"
        return f"({quantity(drive, unit)} - {x})/{over}"

    def threshold(self, group: Group, v: str) -> tuple[str, str]:
        """The condition, and the number whose sign decides."""
        draw, rng = self.draw, self.rng
        value = scaled(v, group.states[v])
        level = rng.choice(["c0", draw.number(0.4, 1.2), "(0.6 + 0.07*i)"])
        if len(group.states) > 1 and draw.chance(0.4):
            other = list(group.states)[1]
            level += f" + 0.2*tanh({scaled(other, group.states[other])})"
        sign = rng.choice([">", ">="])
        condition = f"{value} {sign} {level}"
        if group.states[v] != "1" and draw.chance(0.5):
            condition = f"{v} {sign} {quantity(level, group.states[v])}"
        f = "f" + group.name[1:]
        condition = rng.choice(
            [
                condition,
                condition,
                condition,
                f"{condition} and not {f}",
                f"({condition} and i != 1) or (t_in_timesteps == 7 + i)",
                f"not ({condition}) == False",
            ]
            if sign == ">"
            else [condition]
        )
        return condition, f"{value} - ({level})"

    def refractoriness(self, group: Group, v: str) -> tuple[str, str]:
        """The argument, and the number whose sign decides."""
        draw, rng = self.draw, self.rng
        kind = rng.choice(["none", "number", "text", "variable", "state", "condition"])
        if kind == "none":
            return "False", "1.0"
        group.refractory = True
        if kind == "number":
            return f"{draw.number(0.3, 4, 2)}*ms", "1.0"
        if kind == "text":
            return repr(f"{draw.number(0.3, 2)}*ms + 0.37*i*ms"), "1.0"
        if kind == "variable":
            return repr("T" + group.name[1:] + "/4"), "1.0"
        value = scaled(v, group.states[v])
        if kind == "state":
            return repr(f"(1.13 + tanh({value}))*ms"), "1.0"
        level = draw.number(0.1, 0.5)
        return repr(f"{value} > {level}"), f"{value} - {level}"

    def reset(self, group: Group, v: str) -> str:
        draw, rng = self.draw, self.rng
        unit = group.states[v]
        statements = [
            rng.choice(
                [
                    f"{v} = {quantity(draw.number(-0.4, 0.3), unit)}",
                    f"{v} -= {quantity(draw.number(0.4, 0.9), unit)}",
                    f"{v} *= {draw.number(0.1, 0.5)}",
                    f"{v} = {quantity('0.1*' + draw.bounded(['c1', 'I' + v[1:]], ['i']), unit)}",
                ]
            )
        ]
        for x, u in [*list(group.states.items())[1:], *group.parameters.items()]:
            if draw.chance(0.4):
                statements.append(f"{x} {rng.choice('+-')}= {quantity(draw.number(0, 0.2), u)}")
        n, f = "n" + v[1:], "f" + v[1:]
        statements += rng.sample(
            [f"{n} += 1", f"{f} = {n} % 3 == 1", f"{n} = ({n}*2 - i) % 7"], k=1
        )
        if draw.chance(0.2):
            statements.insert(0, f"before = {scaled(v, unit)} + 0.1*i")
            statements.append(f"{'I' + v[1:]} += 0.03*before")
        if draw.chance(0.15):
            return ""
        return rng.choice(["; ", "\n"]).join(statements)

    def values(self, group: Group, tau: str) -> None:
        draw, rng, name = self.draw, self.rng, group.name
        set_ = self.lines.append
        size = group.size
        set_(f"{name}.{tau} = {draw.number(6, 14)}*ms + np.arange({size})*0.7*ms")
        drive = "I" + name[1:]
        set_(f"{name}.{drive} = '0.5 + 0.31*i + {draw.number(0, 0.4)}'")
        for x, unit in {**group.states, **group.parameters}.items():
            if x == drive:
                continue
            way = rng.choice(["no", "text", "array", "number", "slice"])
            scale = SCALE[unit]
            if way == "text":
                set_(f"{name}.{x} = {quantity(draw.bounded(['i', 'c0'], ['i', 'N']), unit)!r}")
            elif way == "array":
                set_(f"{name}.{x} = np.array({self.numbers(size)})*{scale}")
            elif way == "number":
                set_(f"{name}.{x} = {draw.number(-0.3, 0.6)}*{scale}")
            elif way == "slice" and size > 1:
                set_(f"{name}.{x}[1:{size}] = {draw.number(-0.3, 0.6)}*{scale}")
        set_(f"{name}.n{name[1:]} = 'i % 3'")
        v = "v" + name[1:]
        unit = group.states[v]
        change = rng.choice(
            [
                f"{name}.{v} = {draw.number(-0.3, 0.6)}*{SCALE[unit]}",
                f"{name}.{v}[:{max(1, size // 2)}] = {quantity(draw.number(-0.3, 0.6), unit)!r}",
                f"{name}.{v} = {f'0.5*{v} + ' + quantity('0.1*i + 0.0137', unit)!r}",
                f"{name}.{drive}['i % 2 == 0'] = {draw.number(0.1, 1.6)}",
                f"{name}.{v}[0] = {draw.number(-0.3, 0.6)}*{SCALE[unit]}",
                f"{name}[:1].{v} = {draw.number(-0.3, 0.6)}*{SCALE[unit]}",
            ]
        )
        self.later.append(change)
        for x, u in {**group.states, **group.parameters}.items():
            self.results.append(f"found['{name}.{x}'] = np.asarray({name}.{x}/{SCALE[u]})")
        self.results.append(f"found['{name}.n'] = np.asarray({name}.n{name[1:]})")
        if group.refractory:
            self.results.append(
                f"found['{name}.not_refractory'] = np.asarray({name}.not_refractory)"
            )

    def generator(self) -> None:
        """A SpikeGeneratorGroup: each neuron at most once in a step."""
        rng = self.rng
        size = rng.randint(1, 4)
        pairs = sorted({(rng.randint(0, 90), rng.randint(0, size - 1)) for _ in range(25)})
        times = [step * self.dt for step, _ in pairs]
        self.lines.append(
            f"P0 = snn.SpikeGeneratorGroup({size}, np.array({[i for _, i in pairs]}), "
            f"np.array({times})*ms, name='P0')"
        )
        self.objects.append("P0")
        self.groups.append(Group("P0", size))

    # ---- monitors

    def monitors(self, group: Group) -> None:
        rng, draw, name = self.rng, self.draw, group.name
        add, results = self.lines.append, self.results.append
        add(f"M{name} = snn.SpikeMonitor({name})")
        self.objects.append(f"M{name}")
        results(f"found['{name} spikes i'] = np.asarray(M{name}.i)")
        results(f"found['{name} spikes t'] = np.asarray(M{name}.t/ms)")
        if not group.states:
            return
        numbers = group.numbers
        some = rng.sample(list(numbers), k=min(len(numbers), rng.randint(1, 4)))
        record = rng.choice(["True", "True", "[0]", f"list(range({group.size}))[::-2]"])
        when = rng.choice(WHENS)
        every = rng.choice(["", "", f", dt={round(3 * self.dt, 3)}*ms"])
        add(f"V{name} = snn.StateMonitor({name}, {some}, record={record}, when={when!r}{every})")
        n = name[1:]
        add(
            f"X{name} = snn.StateMonitor({name}, ['margin{n}', 'guard{n}'], record=True, "
            f"when='thresholds')"
        )
        self.objects += [f"V{name}", f"X{name}"]
        for x in some:
            results(f"found['{name} trace {x}'] = np.asarray(V{name}.{x}/{SCALE[numbers[x]]})")
        results(f"found['{name} trace t'] = np.asarray(V{name}.t/ms)")
        results(f"found['{name} margin'] = np.asarray(X{name}.margin{n})")
        results(f"found['{name} guard'] = np.asarray(X{name}.guard{n})")
        if draw.chance(0.4):
            x = rng.choice(list(numbers))
            end = rng.randint(1, group.size)
            add(f"W{name} = snn.SpikeMonitor({name}[:{end}], variables=[{x!r}])")
            self.objects.append(f"W{name}")
            results(f"found['{name} at spikes i'] = np.asarray(W{name}.i)")
            results(f"found['{name} at spikes'] = np.asarray(W{name}.{x}/{SCALE[numbers[x]]})")
        if draw.chance(0.3):
            add(f"R{name} = snn.PopulationRateMonitor({name})")
            self.objects.append(f"R{name}")
            results(f"found['{name} rate'] = np.asarray(R{name}.rate/snn.Hz)")


def random_script(rng: Random, more: Random | None = None) -> str:
    """A script with a network drawn from the grammar; `more` draws what `random_steps` adds."""
    return Script(rng, more).text()
