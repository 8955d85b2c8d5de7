"""Reading and setting parameters of nodes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from distsnn.errors import ParameterError, unknown_name
from distsnn.interop.recorded import package
from distsnn.nest.kernel import kernel
from distsnn.nest.models.device_kinds import DETECTORS, WEIGHTS, measured
from distsnn.nest.models.model_table import NEURON, RECORDER, STIMULATOR, STRUCTURE
from distsnn.nest.nodes.block import Block
from distsnn.nest.nodes.device_checks import check_device
from distsnn.nest.nodes.neuron_parameters import check_neurons
from distsnn.nest.nodes.text_files import file_of
from distsnn.nest.structure.synaptic_elements import checked_elements
from distsnn.nest.values.parameter import Evaluation, Parameter

# Parameters that are nodes, and what makes a collection of them, which this module does not know.
_NODES = {"senders", "targets"}
as_nodes: Callable[[Sequence[int]], Any] = list
_FACTS: dict[str, Callable[[Block, int], Any]] = {
    "model": lambda block, _: block.name,
    "global_id": lambda block, member: block.first + member,
    "element_type": lambda block, _: block.kind,
    "local": lambda _, __: True,
    "model_id": lambda block, _: list(kernel.models).index(block.name),
    "thread": lambda _, __: 0,
    "thread_local_id": lambda block, member: block.first + member - 1,
    "vp": lambda _, __: 0,
    "frozen": lambda _, __: False,
    "node_uses_wfr": lambda _, __: False,
}


def names_of(block: Block) -> list[str]:
    """Names of everything that can be read of nodes."""
    names = [*block.defaults, *_FACTS]
    if block.kind == NEURON and kernel.step > 0 and kernel.structure.of(block) is None:
        names.remove("Ca")
    if measured(block.model.name):
        names.append("recordables")
    if block.kind == RECORDER:
        names += ["filenames", *DETECTORS.get(block.model.name, ("events", "n_events"))]
    if block.kind == NEURON:
        names += ["receptor_types"] * bool(block.model.neuron.receptor_types)
        names += ["recordables", *(n for n in block.model.neuron.recordables if n not in names)]
    return sorted(set(names))


def value_of(block: Block, member: int, name: str) -> Any:
    """The value of one node now.

    Raises
    ------
    UnknownNameError
        If it has none of the name.
    """
    if name in _FACTS:
        return _FACTS[name](block, member)
    if block.kind == NEURON and name in STRUCTURE:
        return _of_structure(block, member, name)
    if name not in names_of(block):
        unknown_name(f"{block.name} (node {block.first + member})", name, names_of(block))
    if block.kind == RECORDER and name in DETECTORS.get(block.model.name, ("events", "n_events")):
        return kernel.recorder(block.first + member, name)
    if block.kind == RECORDER and name == "filenames":
        written = block.knows("record_to") and block.get("record_to", member) == "ascii"
        return (str(file_of(kernel, block, block.first + member)),) if written else ()
    if name in {"recordables", "receptor_types"}:
        return _of_model(block, member, name)
    if block.kind == NEURON and (running := kernel.made(block)) is not None:
        values = running.values_of(block, name, np.array([member]))
        if values is not None:
            return float(values[0])
    if not block.knows(name):
        return 0.0
    value = block.get(name, member)
    if name in _NODES and block.model.name == WEIGHTS:
        return as_nodes(value)
    return as_array(value) if isinstance(value, tuple) else value


def _of_model(block: Block, member: int, name: str) -> Any:
    """Names of all that can be recorded, or of ports."""
    if block.kind != NEURON:
        return list(measured(block.model.name))
    if name == "receptor_types":
        return dict(block.model.neuron.receptor_types)
    return [*block.model.neuron.recordables, *_of_ports(block, member)]


def _of_structure(block: Block, member: int, name: str) -> Any:
    elements = kernel.structure.of(block)
    if elements is not None:
        return elements.value(name, member)
    if name == "Ca" and kernel.step > 0:
        raise ParameterError(
            f"{block.name} (node {block.first + member})",
            "Ca of a neuron whose spikes are not followed",
            "calcium is known of neurons that have been given synaptic_elements, tau_Ca, beta_Ca "
            "or Ca before the first Simulate",
            "give one of them",
        )
    return block.get(name, member)


def as_array(values: tuple[Any, ...]) -> Any:
    """Numbers as a float64 array; names as a list."""
    if any(isinstance(value, str) for value in values):
        return list(values)
    return np.array(values, dtype=np.float64)


def _of_ports(block: Block, member: int) -> list[str]:
    """Names of the recordables of each port of a neuron."""
    if not block.model.name.endswith("multisynapse") or block.model.name.startswith("gif"):
        return []
    what = "g" if block.knows("E_rev") else "I_syn"
    of_ports = "tau_syn" if block.knows("tau_syn") else "tau_rise"
    return [f"{what}_{k}" for k in range(1, len(block.get(of_ports, member)) + 1)]


def get_values(nodes: Any, params: Sequence[Any], output: str) -> Any:
    """See `NodeCollection.get`."""
    parts = list(nodes.parts())
    if not parts:
        raise ValueError("an empty NodeCollection has no parameters")
    if output == "pandas":
        found = get_values(nodes, params, "")
        columns = found if isinstance(found, dict) else {params[-1]: found}
        return data_frame(columns, nodes.tolist())
    if not params:
        names = set(names_of(parts[0][0])).union(*(names_of(block) for block, *_ in parts))
        found = {name: _of_all(parts, name, len(nodes), lenient=True) for name in sorted(names)}
        return _shaped(found, output)
    if len(params) == 1 and isinstance(params[0], str):
        one = _of_all(parts, params[0], len(nodes))
        return _shaped(one, output)
    if len(params) == 1:
        return _shaped({n: _of_all(parts, n, len(nodes)) for n in params[0]}, output)
    first = _of_all(parts, params[0], len(nodes))
    keys = [params[-1]] if isinstance(params[-1], str) else list(params[-1])
    rows = [first] if len(nodes) == 1 else list(first)
    columns = {key: [row[key] for row in rows] for key in keys}
    made = {key: v[0] if len(nodes) == 1 else v for key, v in columns.items()}
    return _shaped(made[keys[0]] if isinstance(params[-1], str) else made, output)


def _of_all(parts: Any, name: str, n: int, lenient: bool = False) -> Any:
    found: list[Any] = []
    for block, members, _ in parts:
        if lenient and name not in names_of(block):
            found += [None] * members.size
        else:
            found += _of_block(block, members, name)
    return found[0] if n == 1 else tuple(found)


def _of_block(block: Block, members: np.ndarray, name: str) -> list[Any]:
    running = kernel.made(block)
    if block.kind == NEURON and running is not None and name in names_of(block):
        values = running.values_of(block, name, members)
        if values is not None:
            return values.tolist()
    return [value_of(block, int(member), name) for member in members]


def _shaped(found: Any, output: str) -> Any:
    if output in ("", None):
        return found
    if output == "json":
        return to_json(found)
    raise ParameterError(
        "NodeCollection.get",
        f"output={output!r}",
        "output is '', 'json' or 'pandas'",
        "correct it",
    )


def data_frame(columns: Mapping[str, Any], index: Sequence[int]) -> Any:
    """A pandas.DataFrame with a row for each node or connection."""
    one = len(index) == 1
    made = {name: [v] if one else list(v) for name, v in columns.items()}
    return package("pandas").DataFrame(made, index=tuple(index))


def to_json(data: Any) -> str:
    """JSON of values, with arrays and nodes as lists."""
    return json.dumps(data, default=lambda x: np.asarray(x).tolist())


def set_values(nodes: Any, params: Any) -> None:
    """See `NodeCollection.set`."""
    if not len(nodes):
        return
    if isinstance(params, Mapping):
        before = _kept(nodes)
        try:
            for name, value in params.items():
                _set_one(nodes, name, value)
            for block, members, _ in before:
                if block.kind == NEURON:
                    check_neurons(block, members)
                    continue
                for member in members.tolist():
                    check_device(block, member, set(params))
        except Exception:
            for block, _, columns in before:
                block.columns = columns
            raise
        _take(nodes, params)
        return
    rows = list(params)
    if len(rows) == 1:
        rows *= len(nodes)
    if len(rows) != len(nodes):
        raise ParameterError(
            "NodeCollection.set",
            f"{len(rows)} dictionaries for {len(nodes)} nodes",
            "there is one dictionary for all nodes, or one for each",
            "correct it",
        )
    for k, row in enumerate(rows):
        set_values(nodes[k], row)


def _kept(nodes: Any) -> list[tuple[Block, np.ndarray, dict[str, np.ndarray]]]:
    """Blocks, the places of nodes in them, and what was set of each up to now."""
    found = []
    for block, members, _ in nodes.parts():
        found.append((block, members, {name: c.copy() for name, c in block.columns.items()}))
        running = kernel.made(block)
        if running is not None and block.kind in {STIMULATOR, RECORDER}:
            running.keep(block)
    return found


def _set_one(nodes: Any, name: str, value: Any) -> None:
    for block, members, here in nodes.parts():
        if block.kind == NEURON and name == "synaptic_elements_param":
            before = [block.get("synaptic_elements", int(k)) for k in members]
            made = [checked_elements(value, one) for one in before]
            block.set("synaptic_elements", members, made)
            continue
        if block.kind == RECORDER and name == "n_events":
            for member in members:
                kernel.forget_events(block, block.first + int(member), value)
            continue
        if not block.knows(name) and name in _FACTS:
            _check_fact(block, members, name, value)
            continue
        if not block.knows(name):
            unknown_name(block.name, name, names_of(block))
        block.set(name, members, checked_values(block, name, value, members, here, len(nodes)))


def _check_fact(block: Block, members: np.ndarray, name: str, value: Any) -> None:
    """Raise ParameterError if what is only read was set to another value."""
    for member in members.tolist():
        now = value_of(block, member, name)
        if np.any(now != value):
            raise ParameterError(
                f"{block.name} (node {block.first + member})",
                f"{name}={value!r}",
                f"{name} is only read, and is {now!r}",
                "leave it out",
            )


def _take(nodes: Any, names: Iterable[str]) -> None:
    """Let the network know what was set."""
    for block, members, _ in nodes.parts():
        for name in names:
            if block.kind == NEURON and name in {*STRUCTURE, "synaptic_elements_param"}:
                _take_structure(block, name, members)
                continue
            running = kernel.made(block)
            if running is not None and block.knows(name):
                running.take(block, name, members)


def _take_structure(block: Block, name: str, members: np.ndarray) -> None:
    """Let elements that there are know what was set."""
    if kernel.step == 0 and name != "synaptic_elements_param":
        kernel.structure.forget(block)
        kernel.add_to_network()
        return
    elements = kernel.structure.of(block) if kernel.made(block) is not None else None
    if elements is None or name == "synaptic_elements":
        kernel.drop_network(f"{name} of {block.name} was set")
    else:
        elements.take(block, name.removesuffix("_param"), members)


def checked_values(
    block: Block, name: str, value: Any, members: np.ndarray, here: np.ndarray, n: int
) -> Iterable[Any]:
    """One value for each of some nodes of a block; `here` are their places among `n` nodes."""
    default = block.defaults[name]
    if isinstance(value, Parameter):
        rng = kernel.draws(f"nodes {name}")
        positions = None if block.layer is None else block.layer.positions[members]
        return value.of(Evaluation(members.size, rng, positions))
    many = isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)
    if isinstance(default, tuple):
        if many and len(value) and np.ndim(value[0]) > 0:
            return [_plain(block, name, value[k]) for k in here.tolist()]
        return [_plain(block, name, value)] * members.size
    if many:
        # As in NEST, further values are left.
        if len(value) < n:
            raise ParameterError(
                block.name,
                f"{name} has {len(value)} values for {n} nodes",
                "there is one value for all nodes, or one for each",
                "correct it",
            )
        return [_plain(block, name, value[k]) for k in here.tolist()]
    return [_plain(block, name, value)] * members.size


def _plain(block: Block, name: str, value: Any) -> Any:
    """A value in the type of the default.

    Raises
    ------
    ParameterError
        If it has another type, or is a parameter that has one value here.
    """
    default, made = block.defaults[name], value
    if isinstance(default, tuple):
        return tuple(np.asarray(value).reshape(-1).tolist())
    if isinstance(default, dict):
        return checked_elements(value)
    if isinstance(default, bool | str):
        made = type(default)(value) if isinstance(value, bool | np.bool_ | str | int) else value
    else:
        try:
            made = float(value)
        except (TypeError, ValueError):
            raise ParameterError(
                block.name, f"{name}={value!r}", f"{name} is a number", "correct it"
            ) from None
    if block.kind == NEURON:
        only = block.model.neuron.only
        if name in only and made != only[name] and not (name == "V_min" and float(made) < -1e300):
            raise ParameterError(
                block.name,
                f"{name}={made!r}",
                f"{name} is {only[name]!r} here",
                "leave it out, or write the neuron as equations",
            )
    return made
