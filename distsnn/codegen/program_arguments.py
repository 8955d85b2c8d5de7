"""Arguments of a program: the arrays and numbers of one rank, by their owner and role.

An owner is what an array belongs to: a group, a table, synapses, a monitor, the network. It makes
its arguments by their names in it, and knows the role of each; a name that it does not know is an
error, so that no array is forgotten in checkpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeVar

from distsnn.describe.models.receptors.group_receptors import ARRIVING

T = TypeVar("T")


class Role(StrEnum):
    """The use that checkpoints make of an argument.

    Attributes
    ----------
    GIVEN
        It follows from the description, or is a number or a table that no step writes.
    WORK
        It is written before it is read in every step or interval, or follows from the spikes in
        flight.
    NEURON, SOURCE, EDGE, FLIGHT
        State: one value for each neuron of a group, for each source whose state is kept (the same
        on every rank that keeps it), for each synapse, for each spike in flight. Variables of
        synapses are state where events or users change them.
    PLASTIC
        Weights, and the state of rules that change them; see `distsnn.run.state.plastic_state`.
    SPIKES
        The spikes in flight themselves, and where the program has come to.
    """

    GIVEN = "given"
    WORK = "work"
    NEURON = "neuron"
    SOURCE = "source"
    EDGE = "edge"
    FLIGHT = "flight"
    PLASTIC = "plastic"
    SPIKES = "spikes"


@dataclass(frozen=True, eq=False)
class Argument:
    """One array or number of a program. Owners make them, each once.

    Attributes
    ----------
    owner : ArgumentOwner
        What it belongs to.
    name : str
        Its name within that. Those that users have not given begin with an underscore where both
        kinds are.
    role : Role
        What it is for a checkpoint.
    """

    owner: ArgumentOwner
    name: str
    role: Role

    def __str__(self) -> str:
        """A name that no other argument of a network has, for files and people."""
        return self.owner.name_of(self.name, self.owner.index)


# Looked up by identity, which is as fast as by name: the loop over steps does so between calls.
_KNOWN: dict[tuple[ArgumentOwner, str, Role], Argument] = {}


def _roles(**names: str) -> dict[str, Role]:
    return {name: Role[role] for role, text in names.items() for name in text.split()}


@dataclass(frozen=True)
class ArgumentOwner:
    """The owner of arguments; ``owner[name]`` is one of those that each of its kind can have.

    Attributes
    ----------
    index : int
        Among those of its kind.
    letter : str
        What the names of arguments of this kind begin with in code.
    word : str
        What it is, for people.
    roles : mapping of str to Role
        The arguments that each of its kind can have.
    """

    index: int = 0

    letter: ClassVar[str] = ""
    word: ClassVar[str] = ""
    roles: ClassVar[Mapping[str, Role]] = {}
    # What names begin with that stand beside names of users, which begin with a letter.
    mark: ClassVar[str] = ""

    def __getitem__(self, name: str) -> Argument:
        """The argument of a name.

        Raises KeyError if this kind of owner has none of this name.
        """
        if name not in self.roles:
            raise KeyError(
                f"{name} of {type(self).__name__} has no role in codegen/program_arguments.py"
            )
        return self.made(self.mark + name, self.roles[name])

    def made(self, name: str, role: Role) -> Argument:
        """The argument of a name and role."""
        key = self, name, role
        # Threads may ask at once.
        return _KNOWN.get(key) or _KNOWN.setdefault(key, Argument(self, name, role))

    def named(self, values: Mapping[str, T]) -> dict[Argument, T]:
        """Values by argument, from values by name."""
        return {self[name]: value for name, value in values.items()}

    def name_of(self, name: str, index: int) -> str:
        """The name of an argument in code where the owner has an index."""
        return f"{self.letter}{index}_{name}"


class OfNetwork(ArgumentOwner):
    """Arguments that there are once."""

    roles = _roles(
        SPIKES="control gids begin",
        GIVEN="end in_shared_memory width n_ranks no_efficacy",
        # `slots` is the memory of the variables that receptors add to.
        WORK="barrier_state buffers receive send scratch bounds read_at log_step log_gid timers "
        "counters work_segment work_begin work_at chunk_synapse chunk_lid chunk_upto "
        "chunk_origin chunk_last_trace chunk_target_trace chunk_z chunk_factor chunk_weight "
        "chunk_sent chunk_number chunk_since chunk_place chunk_last chunk_older "
        "chunk_seen_trace listed listed_step listed_trace listed_slow listed_weight listed_inverse "
        "listed_power round_end chunk_at slots out "
        "settle_whole settle_dry settle_count settle_due settle_sent settle_at settle_synapse "
        "settle_lid settle_amount",
    )

    def name_of(self, name: str, index: int) -> str:  # noqa: ARG002 - there is one network
        """The name."""
        return name


class OfGroup(ArgumentOwner):
    """Arguments of a group of neurons or sources."""

    letter, mark, word = "g", "_", "group"
    roles = _roles(
        NEURON="last_spike active",
        GIVEN="gid_of_lid index k0 k1 index_of_lid tags inverse most_silent spike_step "
        "spike_source period",
        # Draws are made again when `drawn_block` is not the block of the step, `cursor` moves on by
        # itself to the step, and `earlier_spike` is read in the step alone in which it is written.
        WORK="drawn_block words marks spike_lid spike_count spiked spiked_words free cursor "
        "earlier_spike",
    )

    def state(self, name: str) -> Argument:
        """A variable of each neuron. What has arrived in a step is gone at its end."""
        return self.made(name, Role.WORK if name == ARRIVING else Role.NEURON)

    def kept(self, state: str) -> Argument:
        """The values of a state before delivery."""
        return self.made(f"_kept_{state}", Role.WORK)

    def coefficient(self, name: str) -> Argument:
        """A coefficient of its update."""
        return self.made(name, Role.GIVEN)

    def parameter(self, name: str) -> Argument:
        """A parameter that a monitor reads; coefficients may have its name."""
        return self.made(f"_parameter_{name}", Role.GIVEN)

    def linked(self, variable: str) -> Argument:
        """The values of another group that a linked variable reads, where they do not change."""
        return self.made(f"_link_{variable}", Role.GIVEN)

    def linked_index(self, variable: str) -> Argument:
        """The neuron of another group that each neuron reads through a linked variable."""
        return self.made(f"_link_{variable}_index", Role.GIVEN)

    def operation_steps(self, n: int) -> Argument:
        """The steps in which operation `n` runs, if not regularly."""
        return self.made(f"_operation{n}_steps", Role.GIVEN)

    def timed(self, number: int, part: str) -> Argument:
        """A part of a TimedArray; `number` counts those of its equations."""
        return self.made(f"_array{number}_{part}", Role.GIVEN)


class OfTable(ArgumentOwner):
    """Arguments of a table of synapses."""

    letter = "t"
    word = "table"
    roles = _roles(
        GIVEN="row_of n_tiles row_segment segment_delay segment_synapse delays no_delays target "
        "segment_run run_target run_synapse row_lookup row_synapse packed weight_stop first_delay "
        "slot_bits first_slot dendritic settled delayed",
        # They follow from the spikes in flight.
        WORK="due_delay next_segment least_delay filing pool_state bucket_first bucket_end "
        "next_chunk pool pool_single pool_value",
        PLASTIC="weight trace target_trace target_step",
    )

    def parameter(self, name: str) -> Argument:
        """A parameter of the rule that changes its weights."""
        return self.made(name, Role.GIVEN)


class OfOutstanding(ArgumentOwner):
    """Arguments of what spikes still add that were under way when delays or rules were set."""

    letter = "o"
    word = "events before the threshold"
    roles = _roles(SPIKES="step slot amount", WORK="cursor")


class OfInput(ArgumentOwner):
    """Arguments of a Poisson input."""

    letter = "p"
    word = "input"
    roles = _roles(
        GIVEN="k0 k1 lowest thresholds weight central central_base below above first_index "
        "first_slot n_of_range",
        # Drawn again when `drawn_block` is not the block of the step.
        WORK="drawn_block words near counts",
    )


class OfEfficacy(ArgumentOwner):
    """Arguments of a short-term plasticity."""

    letter = "r"
    word = "efficacy"
    roles = _roles(
        GIVEN="first_gid number_of recovery decay U u_after x_after",
        SOURCE="u x last_step",
        FLIGHT="release",
    )


class OfTraces(ArgumentOwner):
    """Arguments of the traces that rules have of sources."""

    letter = "k"
    word = "traces"
    roles = _roles(
        GIVEN="first_gid number_of nearest rise rise_rate slow_rate",
        SOURCE="last_step last_trace last_slow",
        # Numbers begin anew with a checkpoint, see `assemble.tables.plastic_tables.number_spikes`.
        FLIGHT="previous_step previous_trace previous_slow previous_number",
        WORK="last_number",
    )


class OfHistory(ArgumentOwner):
    """Arguments of the histories that rules have of targets."""

    letter = "h"
    word = "history"
    roles = _roles(
        GIVEN="mask nearest longest fall fall_rate slow_rate",
        PLASTIC="entries counts kept fullest flushed",
        # They follow from the entries.
        WORK="noted older seen_last seen_trace",
    )


class OfQueue(ArgumentOwner):
    """Arguments of the queue of the local spikes of a group."""

    letter = "q"
    roles = _roles(SPIKES="lids begin tail", GIVEN="longest")


class OfGhosts(ArgumentOwner):
    """Arguments of the ghost copies of variables of a group."""

    letter = "x"
    roles = _roles(GIVEN="first_gid")

    def copy(self, variable: str, moment: str) -> Argument:
        """A variable of all members of the group, at a moment of a step."""
        return self.made(f"{variable}_{moment}", Role.WORK)


class OfSynapses(ArgumentOwner):
    """Arguments of synapses with generated code."""

    letter, mark = "s", "_"
    roles = _roles(
        GIVEN="source target index_of_lid source_lids target_lids major minor connect n_incoming "
        "n_outgoing",
    )

    def variable(self, name: str) -> Argument:
        """A variable of each synapse."""
        return self.made(name, Role.EDGE)

    def of_neuron(self, name: str) -> Argument:
        """A parameter of the sources (``x_pre``) or targets (``x_post``)."""
        return self.made(name, Role.GIVEN)

    def constant(self, name: str) -> Argument:
        """A number that the code reads."""
        return self.made(f"_c_{name}", Role.GIVEN)

    def operation_steps(self, n: int) -> Argument:
        """The steps in which operation `n` runs, if not regularly."""
        return self.made(f"_operation{n}_steps", Role.GIVEN)

    def timed(self, number: int, part: str) -> Argument:
        """A part of a TimedArray; `number` counts those of its expressions."""
        name = f"_array{number}_{part}"
        return self.made(name, Role.GIVEN) if part == "values" else self.constant(name)


@dataclass(frozen=True)
class OfCode(ArgumentOwner):
    """Arguments of one piece of code of synapses.

    Attributes
    ----------
    code : str
        ``p<p>`` for the events of a pathway, ``m<n>`` for a sum, ``c`` for the step of
        clock-driven variables, ``f`` for what is constant over dt.
    """

    code: str = ""

    letter = "s"
    roles = _roles(
        GIVEN="row_of row_segment segment_delay segment_synapse delays synapse",
        WORK="due_delay next_segment",
    )

    def key(self, draw: int, half: int) -> Argument:
        """A half of the key of a random number."""
        return self.made(f"key{draw}_{half}", Role.GIVEN)

    def name_of(self, name: str, index: int) -> str:
        """As of the synapses, with the piece of code."""
        return f"{self.letter}{index}{self.code}_{name}"


class OfProbe(ArgumentOwner):
    """Arguments of what is read for a monitor."""

    letter = "m"
    word = "probe"
    roles = _roles(
        GIVEN="lids",
        # Emptied before a checkpoint is written.
        WORK="buffer cursor",
    )

    def column(self, name: str) -> Argument:
        """An array that only this kind of probe has, such as a value of each element."""
        return self.made(f"_{name}", Role.GIVEN)

    def constant(self, name: str) -> Argument:
        """A number from outside."""
        return self.made(f"_c_{name}", Role.GIVEN)

    def timed(self, number: int, part: str) -> Argument:
        """A part of a TimedArray."""
        return self.made(f"_array{number}_{part}", Role.GIVEN)


NETWORK = OfNetwork()
# Where due segments are listed.
WORK_SPACE = tuple(NETWORK[name] for name in ("work_segment", "work_begin", "work_at"))
