"""Two hosts on one machine: namespaces of Linux, joined by a pair of virtual network cards.

Each has a name, a network, processes and shared memory (``/dev/shm``, System V) of its own, and
sees the files of the machine. What the ranks of one say to the other goes over TCP. It needs
root, and ends with the process that started it.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from distsnn.exchange.jobs.launch import find_launcher

NAMES = ("host1", "host2")
_ADDRESSES = ("10.213.77.1", "10.213.77.2")
_NEEDED = ("ip", "unshare", "nsenter", "setpriv", "mount")
_CARD = "wire"
_SECONDS_TO_CONNECT = 60.0
_SETTINGS = {"MPIR_CVAR_ENABLE_HEAVY_YIELD": "1", "UCX_NET_DEVICES": _CARD, "FI_TCP_IFACE": _CARD}

# What a host does: nothing. It says when it is there.
_HOST = """
hostname {name}
mount -t tmpfs tmpfs /dev/shm
mount -t sysfs sysfs /sys
ip link set lo up
echo ready
exec sleep infinity
"""


def missing() -> str | None:
    """Why there can be no second host here; None if there can."""
    if os.geteuid() != 0:
        return "a network of its own needs root"
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    lacking = [name for name in _NEEDED if shutil.which(name, path=path) is None]
    if lacking:
        return f"not installed: {', '.join(lacking)}"
    tried = subprocess.run(
        ["unshare", "--net", "--uts", "--ipc", "--pid", "--mount", "--fork", "mount", "-t",
         "tmpfs", "tmpfs", "/dev/shm"], capture_output=True, text=True, check=False,
    )  # fmt: skip
    return f"not allowed: {tried.stderr.strip()}" if tried.returncode else None


class TwoHosts:
    """Two hosts that see each other; a context that ends them."""

    def __init__(self) -> None:
        self._holders: list[subprocess.Popen[str]] = []
        self._pids: list[int] = []

    def __enter__(self) -> TwoHosts:
        try:
            for name in NAMES:
                self._start(name)
            self._connect()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for holder in self._holders:
            holder.kill()
            holder.communicate()

    def _start(self, name: str) -> None:
        separate = ["--net", "--uts", "--ipc", "--pid", "--mount", "--mount-proc", "--fork"]
        # All processes of a host end with its first, and that with this test.
        command = ["setpriv", "--pdeathsig", "KILL", "unshare", *separate, "--kill-child"]
        holder = subprocess.Popen(
            [*command, "sh", "-ec", _HOST.format(name=name)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._holders.append(holder)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n", holder.communicate()
        self._pids.append(psutil.Process(holder.pid).children()[0].pid)

    def _connect(self) -> None:
        peer = ["peer", "name", _CARD, "netns", str(self._pids[1])]
        self._network(0, "ip", "link", "add", _CARD, "type", "veth", *peer)
        for host, address in enumerate(_ADDRESSES):
            self._network(host, "ip", "address", "add", f"{address}/24", "dev", _CARD)
            self._network(host, "ip", "link", "set", _CARD, "up")
        for host in range(2):
            until = time.monotonic() + _SECONDS_TO_CONNECT
            while "LOWER_UP" not in self._network(host, "ip", "link", "show", _CARD):
                assert time.monotonic() < until, "the hosts are not connected"
                time.sleep(0.02)

    def _network(self, host: int, *command: str) -> str:
        enter = self._enter(host, "--net")
        return subprocess.run([*enter, *command], capture_output=True, text=True, check=True).stdout

    def _enter(self, host: int, *spaces: str) -> list[str]:
        return ["nsenter", "--target", str(self._pids[host]), *spaces]

    def address(self, host: int) -> str:
        """Address of a host."""
        return _ADDRESSES[host]

    def files(self, host: int, folder: str) -> list[str]:
        """Names of files in a folder, as a host sees it."""
        listed = [*self._enter(host, "--mount"), "ls", folder]
        return subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()

    def sent(self, host: int) -> int:
        """Bytes that a host has sent to the other."""
        line = self._network(host, "cat", "/proc/net/dev").partition(f"{_CARD}:")[2]
        return int(line.split()[8])

    def launch(
        self, folder: Path, command: Sequence[str], ranks: int, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on ranks of both hosts, in turn: rank 0 on the first, 1 on the second."""
        # The launcher says what to start on each host, which others do by ssh.
        options = ["-launcher", "manual", "-iface", _CARD]
        options += ["-hosts", ",".join(f"{one}:1" for one in _ADDRESSES)]
        enter = self._enter(0, "--net", "--uts")
        with contextlib.ExitStack() as stack:
            job = stack.enter_context(
                subprocess.Popen(
                    [*enter, find_launcher(), *options, "-n", str(ranks), *command],
                    cwd=folder,
                    env=os.environ | _SETTINGS | environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(job.kill)
            for host, line in enumerate(_said(job)):
                at = [*self._enter(host, "--all"), f"--wd={folder}"]
                started = subprocess.Popen([*at, *shlex.split(line)], stdin=subprocess.DEVNULL)
                stack.callback(started.communicate)
                stack.callback(started.kill)
            output, errors = job.communicate(timeout=240.0)
        return subprocess.CompletedProcess(job.args, job.returncode, output, errors)


def _said(job: subprocess.Popen[str]) -> Iterator[str]:
    """What the launcher asks for, a command for each host."""
    assert job.stdout is not None
    for line in job.stdout:
        key, _, command = line.partition(":")
        if key.strip() == "HYDRA_LAUNCH_END":
            return
        if key == "HYDRA_LAUNCH":
            yield command
