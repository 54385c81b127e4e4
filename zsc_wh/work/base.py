"""What every unit of work says of itself, and what the engine knows of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

from zsc_wh.libraries import FOOTPRINTS, PROCESS_BYTES

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Hashable,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )

    from zsc_wh.datasets import Digests
    from zsc_wh.records import Outcome, Rows
    from zsc_wh.store import Store
    from zsc_wh.work.embed import Embedding
    from zsc_wh.work.missing import Missing
    from zsc_wh.work.session import Session
    from zsc_wh.work.sizes import Sizes
    from zsc_wh.work.source import Source

_SLACK_BYTES = 2**21
"""Small change of any task: its rows, its code, buffers of files."""


@dataclass(frozen=True)
class Cost:
    """Forecast of a work whose inputs have their sizes.

    The formulas of the methods are measured on one core, and compared with what the
    tasks of a grid take by `tests/bench/bench_forecast.py`. Where an input is not made
    yet, its number of features may be a guess.

    Parameters
    ----------
    kind : str
        Stage and method, which measured times are kept for.
    seconds : float
        On the cores that it uses, once the library is loaded.
    warm_up_s : float
        More, for the first task of this kind in a worker: importing and compiling.
    worker_bytes : int
        Memory of a process that has loaded the library.
    own_bytes : int
        Peak memory beside it.
    disk_bytes : int
        Size of the array that it stores.
    cores : int
        How many it uses. One that uses several shares them with those beside it, and
        two such works do not run together.
    gpu : bool
        Whether it needs the GPU, which one work has at a time.
    """

    kind: str
    seconds: float
    warm_up_s: float
    worker_bytes: int
    own_bytes: int
    disk_bytes: int = 0
    cores: int = 1
    gpu: bool = False

    @property
    def peak_bytes(self) -> int:
        """Peak memory of a new worker that does this work."""
        return self.worker_bytes + self.own_bytes

    @property
    def alone(self) -> frozenset[str]:
        """What it must have for itself: no two works that name one run together."""
        needed = {"cores": self.cores > 1, "gpu": self.gpu}
        return frozenset(name for name, is_needed in needed.items() if is_needed)


class Task(Protocol):
    """What a worker runs: plain data that can be pickled."""

    @property
    def reads_files(self) -> bool:
        """Whether it reads files of the user's, which can be mended under one key."""

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Do the work; `progress` takes samples done and samples in all."""


@dataclass(frozen=True)
class Part:
    """One of the works that a task did together.

    Parameters
    ----------
    seconds : float
        Time that it took by itself, beside what all have in common.
    finish : callable
        Returns its outcome, or raises why there is none; called once.
    """

    seconds: float
    finish: Callable[[], Outcome]


class JointTask(ABC):
    """What a worker runs for several works at once: plain data, as a `Task` is."""

    reads_files: ClassVar[bool]
    """As of a `Task`."""

    @abstractmethod
    def run_all(
        self, store: Store, progress: Callable[[int, int], None]
    ) -> Sequence[Part]:
        """Do what the works have in common; return their parts, in order."""


class Work(ABC):
    """A unit of work that an ingest does once, whoever needs it."""

    stage: ClassVar[str]
    """What kind of work it is; the stage of its rows in the table `task`."""
    is_cell: ClassVar[bool] = False
    """Whether it is what grids declare and users count."""

    key: str
    """Identity of what it makes: all that changes the result, and nothing else."""
    impossible: str | None
    """Why it cannot be done, as far as that is known before; None where it can."""
    source: Source
    """The dataset that it works on."""

    @property
    @abstractmethod
    def title(self) -> str:
        """Names of all that it is made of."""

    @property
    def name(self) -> str:
        """Name of what it runs, which other works can share; else its title."""
        return self.title

    @property
    def id(self) -> str:
        """Unique among all works."""
        return f"{self.stage}:{self.key}"

    @property
    def failed_as(self) -> tuple[str, str]:
        """Stage and key under which the table `task` knows that it failed."""
        return self.stage, self.key

    def needs(self) -> tuple[Work, ...]:
        """Return the works whose results it reads: it cannot run if one fails."""
        return ()

    def after(self) -> Iterable[str]:
        """Return the ids of works that must have ended before, well or badly."""
        return ()

    @abstractmethod
    def cost(self, sizes: Sizes) -> Cost:
        """Forecast it."""

    def may_be_impossible(self, sizes: Sizes) -> bool:
        """Whether the size of an input decides it that only making it tells."""
        del sizes
        return False

    def is_idle(self, session: Session) -> bool:
        """Whether nothing is left to do, once what it comes after has ended."""
        del session
        return False

    @abstractmethod
    def task(self, session: Session) -> Task:
        """Return what a worker runs."""

    @property
    def group(self) -> Hashable:
        """What it has in common with others that one task can do together.

        None where it has nothing. Those of one group are of one class, and each keeps
        its own key, rows and outcome.
        """
        return None

    @classmethod
    def joint_cost(cls, works: Sequence[Self], sizes: Sizes) -> Cost:
        """Forecast works of one group, done together."""
        raise NotImplementedError

    @classmethod
    def joint_task(cls, works: Sequence[Self], session: Session) -> JointTask:
        """Return what a worker runs for works of one group."""
        raise NotImplementedError

    def conclude(self, outcome: Outcome, session: Session) -> Rows:
        """Take note of how it ended; return warehouse rows beside those of the task."""
        del outcome, session
        return {}

    def row_key(self, outcome: Outcome) -> str:
        """Return the key of the row that it made, or of the array that it worked on."""
        del outcome
        return self.key

    @classmethod
    def lacks(cls, works: Sequence[Self], digests: Digests | None) -> Iterator[Missing]:
        """Yield what works of this stage need and this machine lacks.

        `digests` knows what was found out of files and libraries before; without, what
        can be downloaded is not looked for.
        """
        del works, digests
        yield from ()

    @classmethod
    def trials(cls, works: Sequence[Self], *, verify: bool) -> Mapping[Task, str]:
        """Return what a worker checks for works of this stage before any begins.

        Parameters
        ----------
        works : sequence of Work
            What is about to run.
        verify : bool
            Whether files are read again that are known.

        Returns
        -------
        mapping of Task to str
            What each is about; a task raises what is wrong, and stores no array.
        """
        del works, verify
        return {}

    @classmethod
    def check(cls, works: Sequence[Self], *, device: str) -> None:
        """Check that works of this stage can be done here.

        Raises
        ------
        ConfigError
            When there is no such device.
        """
        del works, device


class Array(Work):
    """A work that stores an array under its key."""

    embedding: Embedding
    """What it is made of; an embedding names itself."""
    itemsize: int = 4
    """Bytes of one of its numbers."""

    @abstractmethod
    def expected_n(self, sizes: Sizes) -> int:
        """Return its samples, at most this many, before it is made."""

    @abstractmethod
    def expected_dim(self, sizes: Sizes) -> int | None:
        """Return its features before it is made; None where only making it tells."""

    @abstractmethod
    def guessed_dim(self, sizes: Sizes) -> int:
        """Return a guess where only making it tells."""


def forecast(
    stage: str,
    library: str,
    method: str,
    own_bytes: int,
    seconds: float,
    *,
    disk_bytes: int = 0,
    cores: int = 1,
    gpu: bool = False,
) -> Cost:
    """Return the cost of a task that loads a library; see `Cost`."""
    loaded = FOOTPRINTS[library]
    return Cost(
        kind=f"{stage} {method}",
        seconds=seconds,
        warm_up_s=loaded.seconds,
        worker_bytes=PROCESS_BYTES + loaded.bytes,
        own_bytes=own_bytes + _SLACK_BYTES,
        disk_bytes=disk_bytes,
        cores=cores,
        gpu=gpu,
    )


def typed(size: int, dtype: str) -> int:
    """Return the bytes of a method for the floating point type that it is given."""
    return 2 * size if dtype == "float64" else size
