"""Starting ranks with the launcher that belongs to the mpi4py in use."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import psutil

from distsnn.beginning import STATUS_OF_STOP
from distsnn.errors import LauncherError, ParameterError
from distsnn.exchange.jobs.joining import Joining
from distsnn.exchange.usable_cores import usable_cores

# What a launcher, or a batch system's step, tells its processes; the new ranks are not those.
_INHERITED = (
    "DISTSNN_JOINING",
    "DISTSNN_WORLD",
    "FLUX_JOB_SIZE",
    "FLUX_TASK_RANK",
    "HYDI_",
    "HYDRA_",
    "JSM_NAMESPACE_",
    "MPI_LOCAL",
    "MV2_COMM_WORLD_",
    "OMPI_APP_",
    "OMPI_ARGV",
    "OMPI_COMMAND",
    "OMPI_COMM_WORLD_",
    "OMPI_FILE_LOCATION",
    "OMPI_FIRST_RANKS",
    "OMPI_MCA_ess",
    "OMPI_MCA_orte_",
    "OMPI_NUM_APP_CTX",
    "OMPI_UNIVERSE_SIZE",
    "PMIX_",
    "PMI_",
    "PRTE_",
    "SLURM_STEP_NUM_TASKS",
)
_SECONDS_AFTER_INTERRUPT = 5.0

# More processes of one host are a mistake, and launchers take numbers of 32 bits.
MOST_RANKS = 4096


def launch(
    command: Sequence[str],
    ranks: int,
    timeout: float | None = None,
    environment: Mapping[str, str] | None = None,
    capture: bool = False,
    threads: int = 1,
    joining: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a command on several ranks and wait for its end.

    SIGTERM and SIGUSR1 are passed on to the ranks, which may end by themselves then.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments, usually beginning with ``sys.executable``.
    ranks : int
        Number of ranks, at least 1. More than there are cores is allowed.
    timeout : float, optional
        Seconds after which all ranks are killed.
    environment : mapping of str to str, optional
        Variables to set in addition to those of this process.
    capture : bool
        Whether to return what the ranks print in ``stdout`` and ``stderr``.
    threads : int
        Number of cores that each rank uses.
    joining : bool
        Whether every rank starts MPI through distsnn. If one ends before, the others are ended,
        and a signal that comes before ends the job with the status of what can be started again.

    Returns
    -------
    subprocess.CompletedProcess[str]
        With ``returncode`` not zero if any rank failed.

    Raises
    ------
    ParameterError
        If `ranks` is not from 1 to `MOST_RANKS`.
    LauncherError
        If there is no ``mpirun`` or ``mpiexec``.
    subprocess.TimeoutExpired
        After `timeout`, with what was printed so far.
    """
    if not 1 <= ranks <= MOST_RANKS:
        raise ParameterError(
            "--ranks",
            f"{ranks:,} ranks",
            f"from 1 to {MOST_RANKS:,} can be started",
            "for more use the launcher of a cluster, such as srun",
            value=ranks,
        )
    launcher = find_launcher()
    is_openmpi = _is_openmpi(launcher)
    arguments = [launcher, "-n", str(ranks)]
    if is_openmpi:
        arguments += ["--oversubscribe"]
        # By itself it gives each rank one core.
        arguments += ["--bind-to", "none"] if threads > 1 else []
    variables = without_launcher(os.environ) | _settings(is_openmpi, ranks * threads)
    variables.update(environment or {})
    with Joining(ranks, joining and ranks > 1) as watch:
        variables |= watch.environment
        done = _run([*arguments, *command], variables, (timeout, capture), watch)
        if watch.status is not None:
            done.returncode = watch.status
        elif done.returncode != 0 and watch.stopped_early():
            done.returncode = STATUS_OF_STOP
        return done


def _run(
    command: list[str],
    environment: dict[str, str],
    options: tuple[float | None, bool],
    watch: Joining,
) -> subprocess.CompletedProcess[str]:
    """Run a launcher; `options` are the timeout and whether to capture what ranks print."""
    timeout, capture = options
    stream = subprocess.PIPE if capture else None
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stream,
        stderr=stream,
        text=True,
        # Out of reach of the terminal's Ctrl-C, which would also end ranks one by one.
        start_new_session=True,
    ) as job:
        try:
            with _forwarding(job, _is_openmpi(command[0]), watch), _watching(job, watch):
                stdout, stderr = job.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as error:
            _end(job, seconds=0.0)
            output, errors = job.communicate()
            raise subprocess.TimeoutExpired(
                job.args, error.timeout, output=output, stderr=errors
            ) from None
        except KeyboardInterrupt:
            # The launcher passes it on; the ranks save what they want to, unless it comes again.
            job.send_signal(signal.SIGINT)
            with contextlib.suppress(KeyboardInterrupt):
                job.communicate()
            _end(job, seconds=0.0)
            raise
        except BaseException:
            job.send_signal(signal.SIGINT)
            _end(job, seconds=_SECONDS_AFTER_INTERRUPT)
            raise
    return subprocess.CompletedProcess(job.args, job.returncode, stdout, stderr)


def find_launcher() -> str:
    """Return the path of the launcher: next to this Python, else on the search path.

    Raises LauncherError if there is none.

    Returns
    -------
    str
        Path of ``mpirun`` or ``mpiexec``.
    """
    beside = str(Path(sys.executable).parent)
    for path in (beside, None):
        for name in ("mpirun", "mpiexec"):
            found = shutil.which(name, path=path)
            if found:
                return found
    raise LauncherError(
        "launcher",
        "neither mpirun nor mpiexec was found",
        f"one is expected in {beside} or on PATH",
        "Install an MPI, for instance with pip install 'distsnn[mpi]', load your cluster's MPI "
        "module, or run without --ranks for one process",
    )


def _is_openmpi(launcher: str) -> bool:
    version = subprocess.run([launcher, "--version"], capture_output=True, text=True, check=False)
    text = version.stdout.lower()
    return "open mpi" in text or "openrte" in text or "prterun" in text


def _settings(is_openmpi: bool, cores: int) -> dict[str, str]:
    if is_openmpi:
        settings = {}
        if os.geteuid() == 0:
            # As root, in a container, OpenMPI refuses to start without both.
            settings["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
            settings["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
        return settings
    if cores > len(usable_cores()):
        # Ranks that wait for others would otherwise keep them from the cores.
        return {"MPIR_CVAR_ENABLE_HEAVY_YIELD": "1"}
    return {}


def without_launcher(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what a launcher tells its processes."""
    return {name: value for name, value in environment.items() if not name.startswith(_INHERITED)}


@contextlib.contextmanager
def _watching(job: subprocess.Popen[str], watch: Joining) -> Iterator[None]:
    """Look after ranks that have not met yet."""
    ended = threading.Event()
    looking = threading.Thread(
        target=watch.watch, args=(job.pid, ended.wait, lambda: _end(job, seconds=0.0)), daemon=True
    )
    looking.start()
    try:
        yield
    finally:
        ended.set()
        looking.join()


@contextlib.contextmanager
def _forwarding(job: subprocess.Popen[str], is_openmpi: bool, watch: Joining) -> Iterator[None]:
    """Pass signals that mean the end on to the ranks; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def forward(number: int, frame: FrameType | None) -> None:
        del frame
        watch.asked_to_stop()
        # OpenMPI's launcher answers SIGTERM itself and leaves ranks no time.
        job.send_signal(signal.SIGUSR1 if is_openmpi else number)

    before = {n: signal.signal(n, forward) for n in (signal.SIGTERM, signal.SIGUSR1)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(job: subprocess.Popen[str], seconds: float) -> None:
    """Kill what is left of a launcher and everything it started after some seconds."""
    try:
        launcher = psutil.Process(job.pid)
        family = [launcher, *launcher.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    _, left = psutil.wait_procs(family, timeout=seconds)
    for process in left:
        # It may have ended by itself in the meantime.
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
