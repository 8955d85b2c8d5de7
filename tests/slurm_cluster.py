"""A SLURM of our own on this machine: its daemons, and jobs in it.

Two nodes of one machine, with more cores than it may have, so that scripts are tested as they
are submitted to a cluster. Everything it keeps is in one new folder; it needs root, as SLURM
does to start jobs, and the daemons end with the process that started them.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "setpriv")
NODES = ("n1", "n2")
SECONDS_TO_WAIT = 120.0
_ENDED = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"}

# No accounting and no cgroups. A requeued job waits until its credential has expired, which is
# two minutes unless one says less; jobs that have ended are forgotten after five, unless one says
# more. MPICH names shared memory after the number of the job, and a job that was killed leaves it
# behind, so no number may come again on this machine.
_CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/builtin
SchedulerParameters=sched_min_interval=0,sched_interval=2,batch_sched_delay=0
MpiDefault=none
FirstJobId={first_job}
ReturnToService=2
MinJobAge=3600
KillWait=5
NodeName={nodes} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports} CPUs=4 RealMemory=40000
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str | None:
    """Why there can be no SLURM here; None if there can."""
    if os.geteuid() != 0:
        return "SLURM's daemons need root"
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    lacking = [name for name in NEEDED if shutil.which(name, path=path) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else None


class Cluster:
    """A running SLURM; a context that ends it.

    Attributes
    ----------
    environment : dict of str to str
        For its commands and what they start.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        # Sockets have short names.
        self._folder = Path(tempfile.mkdtemp(prefix="distsnn-slurm-", dir="/tmp"))
        self._configuration = self._folder / "slurm.conf"
        self._daemons: list[subprocess.Popen[bytes]] = []
        plain = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
        path = plain.get("PATH", "") + ":/usr/sbin:/sbin"
        self.environment = plain | environment
        self.environment |= {"SLURM_CONF": str(self._configuration), "PATH": path}

    def __enter__(self) -> Cluster:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(subprocess.SubprocessError, AssertionError):
            self.command("scancel", "--full", "--user=root", seconds=10.0)
        # Nodes after the controller, which would start their jobs again.
        for daemon in reversed(self._daemons):
            daemon.terminate()
            try:
                daemon.wait(5.0)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self._kill_left()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _kill_left(self) -> None:
        """What started a job or belongs to one is no child of a daemon."""
        ours = str(self._configuration)
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.pid != os.getpid() and process.environ().get("SLURM_CONF") == ours:
                    process.kill()

    def _start(self) -> None:
        ports = _free_ports(1 + len(NODES))
        self._configuration.write_text(
            _CONFIGURATION.format(
                host=socket.gethostname(),
                folder=self._folder,
                controller_port=ports[0],
                first_job=1 + int.from_bytes(os.urandom(3)),
                nodes=",".join(NODES),
                ports=",".join(map(str, ports[1:])),
            )
        )
        (self._folder / "state").mkdir()
        # Users of the machine may enter, or munge refuses to listen there.
        self._folder.chmod(0o755)
        key = self._folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        socket_file = self._folder / "munge.socket"
        files = [f"--{name}-file={self._folder}/munge.{name}" for name in ("key", "pid", "log")]
        files.append(f"--seed-file={self._folder}/munge.seed")
        self._daemon("munged", "--foreground", "--force", f"--socket={socket_file}", *files)
        self.wait_for(socket_file.exists)
        self._daemon("slurmctld", "-D", "-f", str(self._configuration))
        for node in NODES:
            (self._folder / f"spool-{node}").mkdir()
            self._daemon("slurmd", "-D", "-N", node, "-f", str(self._configuration))
        self.wait_for(lambda: self._say("sinfo", "-h", "-o", "%T %D") == f"idle {len(NODES)}")

    def _daemon(self, name: str, *arguments: str) -> None:
        log = (self._folder / "daemons.log").open("ab")
        with log:
            # A test that is killed must not leave daemons behind.
            command = ["setpriv", "--pdeathsig", "KILL", name, *arguments]
            self._daemons.append(
                subprocess.Popen(
                    command,
                    env=self.environment,
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def wait_for(self, happens: Callable[[], bool]) -> None:
        """Wait until something happens, while all daemons live."""
        until = time.monotonic() + SECONDS_TO_WAIT
        while not happens():
            alive = all(daemon.poll() is None for daemon in self._daemons)
            assert alive, f"a daemon has ended\n{self.log()}"
            assert time.monotonic() < until, f"it did not happen\n{self.log()}"
            time.sleep(0.1)

    def log(self) -> str:
        """The last that the daemons have said."""
        return (self._folder / "daemons.log").read_text(errors="replace")[-6000:]

    def _say(self, *command: str) -> str:
        done = subprocess.run(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60.0,
            check=False,
        )
        return done.stdout.strip()

    def command(
        self,
        *command: str,
        folder: Path | None = None,
        seconds: float = 60.0,
        environment: dict[str, str] | None = None,
    ) -> str:
        """Run one of SLURM's commands to a good end; its output."""
        done = subprocess.run(
            command,
            env=self.environment | (environment or {}),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}{done.stdout}\n{self.log()}"
        return done.stdout.strip()

    def submit(self, folder: Path, *arguments: str, **environment: str) -> str:
        """Submit a job with ``sbatch`` from a folder, with these variables; its number."""
        return self.command(
            "sbatch", "--parsable", *arguments, folder=folder, environment=environment
        )

    def facts(self, job: str) -> dict[str, str]:
        """What SLURM knows about a job, or about one of an array (``12_3``)."""
        words = self.command("scontrol", "--oneliner", "show", "job", job).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def end(self, job: str, seconds: float = 240.0) -> tuple[str, str]:
        """Wait for the end of a job; its state and exit status (``FAILED``, ``75:0``)."""
        until = time.monotonic() + seconds
        while (facts := self.facts(job))["JobState"] not in _ENDED:
            if time.monotonic() > until:
                # Others wait for its nodes.
                self.command("scancel", job)
                raise AssertionError(f"{job} has not ended: {facts}\n{self.log()}")
            time.sleep(0.2)
        return facts["JobState"], facts["ExitCode"]


def _free_ports(n: int) -> list[int]:
    # Not of those that the system gives to whoever asks for any, or another test could get one
    # before the daemon has it.
    found = []
    for port in random.SystemRandom().sample(range(15_000, 32_000), 1000):
        with contextlib.suppress(OSError), socket.socket() as tried:
            tried.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == n:
            break
    return found
