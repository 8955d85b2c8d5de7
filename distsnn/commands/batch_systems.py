"""Batch systems of clusters: what a job script says to SLURM, PBS and LSF."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from distsnn.errors import ParameterError

# Seconds before the end of a job at which all ranks are asked to save.
WARNING = 300
# What PBS and LSF lack: the signal comes from a clock beside each rank.
_CLOCK = "timeout --preserve-status --signal=USR1 {before_end}"
# Exit status of a run that saved itself before its end.
_TO_BE_CONTINUED = 75
# Open MPI must be told that threads of a rank need cores of their own; others do not bind ranks.
_PLACES = (
    "$(if mpiexec --version 2>&1 | grep -q 'Open MPI'; then echo --map-by slot:PE={threads}; fi) "
)
_PLAIN = re.compile(r"[A-Za-z0-9_.+,:@%&|()\[\]*=!/-]+")


@dataclass(frozen=True)
class SiteOptions:
    """Options of a job that a cluster wants to know; None for its default.

    Attributes
    ----------
    partition : str or None
        Partition or queue.
    account : str or None
        Account or project that pays.
    mail : str or None
        Address that hears of the end of a job.
    constraint : str or None
        A property that nodes must have.
    after : str or None
        A job that must have ended well before this one begins.
    modules : tuple of str
        Environment modules to load.
    """

    partition: str | None = None
    account: str | None = None
    mail: str | None = None
    constraint: str | None = None
    after: str | None = None
    modules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        given = [(name, getattr(self, name)) for name in self.__dataclass_fields__]
        for name, value in given:
            for text in value if isinstance(value, tuple) else (value,):
                # They stand in directives, where nothing can be quoted.
                if text is not None and not _PLAIN.fullmatch(text):
                    option = "module" if name == "modules" else name
                    raise ParameterError(
                        "jobscript",
                        f"--{option} {text!r}",
                        "it is a word of letters, digits and signs, without spaces and quotes",
                        "correct it",
                    )


@dataclass(frozen=True)
class JobRequest:
    """The nodes, memory and time that a job asks for.

    Attributes
    ----------
    name : str
        A word.
    nodes, ranks_per_node, threads : int
    memory : int, MB
        Of each node.
    seconds : float
        Wall time.
    site : SiteOptions
    array : tuple of int, optional
        First and last index of an array of jobs.
    """

    name: str
    nodes: int
    ranks_per_node: int
    threads: int
    memory: int
    seconds: float
    site: SiteOptions = field(default_factory=SiteOptions)
    array: tuple[int, int] | None = None

    @property
    def indices(self) -> str | None:
        """The indices of the array, as batch systems write them."""
        return None if self.array is None else f"{self.array[0]}-{self.array[1]}"

    @property
    def minutes(self) -> int:
        """Wall time in whole minutes."""
        return math.ceil(self.seconds / 60)

    @property
    def ranks(self) -> int:
        """Ranks on all nodes."""
        return self.nodes * self.ranks_per_node


@dataclass(frozen=True)
class BatchSystem:
    """A batch system, and how scripts speak to it.

    Attributes
    ----------
    prefix : str
        Beginning of its directives.
    submit : str
        The command that a script is given to.
    directives : callable
        From a `JobRequest` to directives without prefix; None leaves one out.
    job, user : str
        The job's name and the user as the shell knows them.
    launch : str
        Starts ranks; the request's properties are put in.
    go_on : str
        Lines that let a run go on which has saved itself; the script's path is put in.
    begin : str
        Lines before everything else.
    index, job_of_array : str
        The index of a job in its array, as the shell knows it, and the name that both make; empty
        if a job of an array cannot go on by itself.
    """

    prefix: str
    submit: str
    directives: Callable[[JobRequest], list[str | None]]
    job: str
    user: str
    launch: str
    go_on: str
    begin: str = ""
    index: str = ""
    job_of_array: str = ""

    def header(self, request: JobRequest) -> str:
        """The directives, a line each."""
        lines = [one for one in self.directives(request) if one is not None]
        return "\n".join(f"#{self.prefix} {line}" for line in lines)

    def launched(self, request: JobRequest) -> str:
        """The command line in front of that of a rank."""
        return self.launch.format(
            ranks=request.ranks,
            per_node=request.ranks_per_node,
            threads=request.threads,
            before_end=int(request.minutes * 60 - WARNING),
            places=_PLACES.format(threads=request.threads) if request.threads > 1 else "",
        )


def _given(directive: str, value: str | None) -> str | None:
    return None if value is None else directive.format(value)


def _clock_text(request: JobRequest) -> str:
    return f"{request.minutes // 60:02d}:{request.minutes % 60:02d}"


def _slurm(request: JobRequest) -> list[str | None]:
    site = request.site
    return [
        f"--job-name={request.name}",
        f"--nodes={request.nodes}",
        f"--ntasks-per-node={request.ranks_per_node}",
        f"--cpus-per-task={request.threads}",
        "--hint=nomultithread",
        f"--mem={request.memory}M",
        f"--time={_clock_text(request)}:00",
        _given("--partition={}", site.partition),
        _given("--account={}", site.account),
        _given("--mail-user={}", site.mail),
        None if site.mail is None else "--mail-type=END,FAIL",
        _given("--constraint={}", site.constraint),
        _given("--dependency=afterok:{}", site.after),
        _given("--array={}", request.indices),
        "--requeue",
        # Each job adds to the log of the one before.
        "--open-mode=append",
        f"--signal=USR1@{WARNING}",
    ]


def _pbs(request: JobRequest) -> list[str | None]:
    site, cores = request.site, request.ranks_per_node * request.threads
    chunk = f"ncpus={cores}:mpiprocs={request.ranks_per_node}:mem={request.memory}mb"
    constraint = "" if site.constraint is None else f":{site.constraint}"
    return [
        # PBS takes no longer names than this everywhere.
        f"-N {request.name[:15]}",
        f"-l select={request.nodes}:{chunk}{constraint}",
        "-l place=scatter",
        f"-l walltime={_clock_text(request)}:00",
        _given("-q {}", site.partition),
        _given("-A {}", site.account),
        _given("-M {}", site.mail),
        None if site.mail is None else "-m ae",
        _given("-W depend=afterok:{}", site.after),
        "-j oe",
    ]


def _lsf(request: JobRequest) -> list[str | None]:
    site = request.site
    return [
        f"-J {request.name}"
        if request.array is None
        else f'-J "{request.name}[{request.indices}]"',
        f"-n {request.ranks}",
        f'-R "span[ptile={request.ranks_per_node}]"',
        f'-R "affinity[core({request.threads})]"',
        f'-R "rusage[mem={request.memory}MB/host]"',
        f"-W {_clock_text(request)}",
        _given("-q {}", site.partition),
        _given("-P {}", site.account),
        _given("-u {}", site.mail),
        None if site.mail is None else "-N",
        _given('-R "select[{}]"', site.constraint),
        _given("-w done({})", site.after),
        f'-Q "{_TO_BE_CONTINUED}"',
        "-o %J.out" if request.array is None else "-o %J-%I.out",
    ]


# Every batch system; a further one has an entry here.
BATCH_SYSTEMS = {
    "slurm": BatchSystem(
        "SBATCH",
        "sbatch",
        _slurm,
        "$SLURM_JOB_ID",
        "$SLURM_JOB_USER",
        "srun --cpus-per-task={threads} --cpu-bind=cores --distribution=block "
        "--kill-on-bad-exit=0 --wait=60",
        '    scontrol requeue "$SLURM_JOB_ID"',
        index="$SLURM_ARRAY_TASK_ID",
        job_of_array="$SLURM_ARRAY_JOB_ID-$SLURM_ARRAY_TASK_ID",
    ),
    "pbs": BatchSystem(
        "PBS",
        "qsub",
        _pbs,
        "${DISTSNN_JOB:-${PBS_JOBID%%.*}}",
        "$USER",
        f"mpiexec -n {{ranks}} {{places}}{_CLOCK}",
        # In the place of a job to wait for in the directives, which may be gone by now.
        '    qsub -W depend=afterany:"$PBS_JOBID" -v DISTSNN_JOB="$job" {script}',
        'cd "$PBS_O_WORKDIR"\n',
    ),
    "lsf": BatchSystem(
        "BSUB",
        "bsub <",
        _lsf,
        "$LSB_JOBID",
        "$USER",
        f"mpiexec -n {{ranks}} {{places}}{_CLOCK}",
        "    echo 'LSF queues this job again because of its status.'",
        index="$LSB_JOBINDEX",
        job_of_array="$LSB_JOBID-$LSB_JOBINDEX",
    ),
}
