"""`Network.from_sonata` and `write_sonata`; what they do is imported when one is called."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from distsnn.later import Later

if TYPE_CHECKING:
    from distsnn.front.circuits import circuit_network, written_circuit
else:
    circuit_network = Later("distsnn.front.circuits.circuit_network")
    written_circuit = Later("distsnn.front.circuits.written_circuit")

_N = TypeVar("_N")


def from_sonata(
    kind: type[_N],
    config: str | os.PathLike[str],
    variables: Mapping[str, Any] | None = None,
    *,
    seed: int | None = None,
    threads: int | None = None,
) -> _N:
    """The network of a circuit in the files of SONATA. Every rank must call this.

    Cells are point neurons with models of NEST, as BMTK's PointNet takes them. Each population is
    a group of its name, or several where it has several models (``v1_glif_psc``,
    ``v1_iaf_psc_alpha``); recordings have the populations and node ids of the files. Each rank
    reads the edges onto its own neurons, in slices.

    Parameters
    ----------
    config : path
        A configuration: one JSON file, or one that names those of network and simulation.
    variables : mapping of str to object, optional
        Values of variables that take the place of those of a manifest.
    seed, threads : int, optional
        See `Network`.

    Returns
    -------
    Network
        ``run()`` without a duration runs to the end that the configuration says, and writes its
        output.

    Raises
    ------
    FileError
        If a file is missing or not as it should be, or a model is not known; on all ranks.

    Examples
    --------
    >>> import distsnn as snn
    >>> net = snn.Network.from_sonata("config.json")  # doctest: +SKIP
    >>> summary = net.run()  # doctest: +SKIP
    """
    return circuit_network.network_of_circuit(kind, config, dict(variables or {}), seed, threads)


def write_sonata(
    network: Any, folder: str | os.PathLike[str], tstop: float = 1000.0, overwrite: bool = False
) -> None:
    """Write the network as a circuit of SONATA. Every rank must call this, before the first run.

    Groups become populations of their names: `LIF` with the receptors of one of NEST's models,
    groups with the models of a circuit that was read, and `SpikeGeneratorGroup` as virtual nodes
    with their spikes. Synapses onto receptors, also between slices of groups, become edges
    with their weights and delays as they are drawn, also with `STDP` and `STP` that NEST has.
    `Network.from_sonata` of its ``config.json`` gives a network with the same results, and BMTK
    reads it.

    Parameters
    ----------
    folder : path
        It is made if it is not there. The network is built.
    tstop : float, ms
        Time of a run, for the configuration.
    overwrite : bool
        Replace a circuit that is there.

    Raises
    ------
    ParameterError
        If a part of the network is nothing that SONATA has a name for, or it has run.
    FileError
        If there is a circuit already, or a file cannot be written.
    """
    written_circuit.write_network(network, folder, tstop, overwrite)
