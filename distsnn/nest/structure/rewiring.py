"""Connections that come and go with the synaptic elements of their neurons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.nest.connections.connect_nodes import Connect
from distsnn.nest.connections.synapse_collection import GetConnections
from distsnn.nest.kernel import Kernel
from distsnn.nest.nodes.block import Block
from distsnn.nest.structure.synaptic_elements import SynapticElements


class Rewiring:
    """Follows the spikes of neurons with synaptic elements, and connects them anew.

    Parameters
    ----------
    kernel : Kernel
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        # Elements with the monitors of their neurons, the place of each, and spikes seen.
        self._followed: list[tuple[SynapticElements, list[list[Any]]]] = []

    def follow(self, block: Block, groups: Mapping[int, Any], places: Any) -> list[SpikeMonitor]:
        """Follow the neurons of a block if they have elements; returns new monitors."""
        elements = self._kernel.structure.of(block) if block.knows("synaptic_elements") else None
        if elements is None:
            return []
        gids = block.first + np.arange(block.n)
        seen: list[list[Any]] = []
        for group in np.unique(places.group[gids]).tolist():
            own = np.flatnonzero(places.group[gids] == group)
            index = places.index[gids[own]]
            of, first = groups[group].group, int(index.min())
            member = np.full(int(index.max()) + 1 - first, -1)
            member[index - first] = own
            name = f"structure_{block.first}_{group}"
            monitor = SpikeMonitor(of[first : first + member.size], name=name)
            seen.append([monitor, member, 0])
        self._followed.append((elements, seen))
        return [one[0] for one in seen]

    def grow(self, until: int) -> None:
        """Let elements grow with the spikes since the last time, up to a step."""
        h = self._kernel.resolution
        for elements, seen in self._followed:
            index, step = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
            for one in seen:
                i, t = (np.asarray(one[0].values_now(name))[one[2] :] for name in "it")
                one[2] += i.size
                member = one[1][i]
                index.append(member[member >= 0])
                step.append(np.round(t[member >= 0] / h).astype(np.int64) + 1)
            elements.grow((np.concatenate(index), np.concatenate(step)), until, h)

    def update(self, step: int) -> None:
        """Remove and make connections at a step. Collective."""
        self.grow(step)
        for spec in self._kernel.structure.synapses.values():
            _Synapses(self._kernel, spec).update()
        for elements, _ in self._followed:
            elements.decay()


class _Synapses:
    """Synapses of one model that come and go."""

    def __init__(self, kernel: Kernel, spec: Mapping[str, Any]) -> None:
        self._kernel, self._spec = kernel, dict(spec)
        self._switches = {
            name: self._spec.pop(name) for name in ("allow_autapses", "allow_multapses")
        }
        self._random = kernel.draws(f"structure {spec['synapse_model']}")
        self._ends = spec["pre_synaptic_element"], spec["post_synaptic_element"]

    def update(self) -> None:
        """Remove connections of elements that are gone, and connect those that are vacant."""
        for side in (0, 1):
            self._remove(side)
        pre, post = (np.repeat(*self._some(side, 1)) for side in (0, 1))
        n = min(pre.size, post.size)
        # Those of which there are more are drawn.
        if pre.size > post.size:
            pre = self._random.permutation(pre)[:n]
        else:
            post = self._random.permutation(post)[:n]
        keep = np.ones(n, dtype=bool)
        if not self._switches["allow_autapses"]:
            keep &= pre != post
        if not self._switches["allow_multapses"] and n:
            pairs = pre * (self._kernel.size + 1) + post
            found = GetConnections(synapse_model=self._spec["synapse_model"])
            ends = (np.fromiter(side, np.int64) for side in (found.sources(), found.targets()))
            of, to = ends
            keep &= ~np.isin(pairs, of * (self._kernel.size + 1) + to)
            first = np.unique(pairs, return_index=True)[1]
            keep &= np.isin(np.arange(n), first)
        if keep.any():
            Connect(pre[keep], post[keep], "one_to_one", self._spec)

    def _some(self, side: int, sign: int) -> tuple[np.ndarray, np.ndarray]:
        """Nodes that have elements to connect (`sign` 1) or to disconnect (-1), and how many."""
        gids, numbers = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for block in self._kernel.blocks:
            elements = (
                self._kernel.structure.of(block) if block.knows("synaptic_elements") else None
            )
            if elements is not None:
                vacant = sign * elements.vacant(self._ends[side])
                own = np.flatnonzero(vacant > 0)
                gids.append(block.first + own)
                numbers.append(vacant[own])
        return np.concatenate(gids), np.concatenate(numbers)

    def _remove(self, side: int) -> None:
        gids, numbers = self._some(side, -1)
        if not gids.size:
            return
        found = GetConnections(synapse_model=self._spec["synapse_model"])
        ends = np.fromiter(found.targets() if side else found.sources(), np.int64)
        chosen = [np.empty(0, np.int64)]
        for gid, number in zip(gids.tolist(), numbers.tolist(), strict=True):
            own = np.flatnonzero(ends == gid)
            chosen.append(self._random.permutation(own)[:number])
        at = np.sort(np.concatenate(chosen))
        if at.size:
            found[at].disconnect()
