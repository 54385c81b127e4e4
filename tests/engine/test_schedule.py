"""The rules of the scheduler, with made works and an executor that obeys the test."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from zsc_wh.engine.executor import Event
from zsc_wh.engine.graph import Graph
from zsc_wh.engine.history import History, Past
from zsc_wh.engine.schedule import MOST_TOGETHER, Scheduler
from zsc_wh.records import Outcome, Status
from zsc_wh.work import Cost, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from zsc_wh.records import Rows

MIB = 2**20
DONE = Outcome(Status.DONE)


@dataclass(eq=False)
class Made(Work):
    """A work that has no more than a name, what it waits for, and what it costs."""

    key: str
    needed: tuple[Work, ...] = ()
    behind: tuple[Work, ...] = ()
    seconds: float = 1.0
    bytes: int = MIB
    cores: int = 1
    gpu: bool = False
    impossible: str | None = None
    idle: bool = False
    shares: str | None = None
    stage = "made"

    @property
    def id(self) -> str:
        """Its name alone."""
        return self.key

    @property
    def title(self) -> str:
        """Its name."""
        return self.key

    def needs(self) -> tuple[Work, ...]:
        """Return what the test says."""
        return self.needed

    def after(self) -> Iterable[str]:
        """Return what the test says."""
        return [work.id for work in self.behind]

    def cost(self, sizes: Any) -> Cost:
        """Return what the test says."""
        sizes.asked.append(self.key)
        own = self.bytes - MIB
        return Cost("made", self.seconds, 0.0, MIB, own, cores=self.cores, gpu=self.gpu)

    def is_idle(self, session: Any) -> bool:
        """Asked when nothing is left to wait for."""
        assert {work.id for work in self.behind} <= session.ended_.keys()
        return self.idle

    def task(self, session: Any) -> Any:
        """Asked before it has ended."""
        assert self.key not in session.ended_
        return f"task of {self.key}"

    @property
    def group(self) -> str | None:
        """Return what the test says."""
        return self.shares

    @classmethod
    def joint_cost(cls, works: Sequence[Made], sizes: Any) -> Cost:
        """Return the sum of what each has beside the first MiB."""
        own = sum(work.bytes - MIB for work in works)
        return replace(works[0].cost(sizes), own_bytes=own)

    @classmethod
    def joint_task(cls, works: Sequence[Made], session: Any) -> Any:
        """Name them all."""
        assert not session.ended_.keys() & {work.key for work in works}
        return "task of " + " and ".join(work.key for work in works)

    def conclude(self, outcome: Outcome, session: Any) -> Rows:
        """Asked before the listener hears of it."""
        assert self.key not in session.ended_
        return {"concluded": [{"work": self.key, "reason": outcome.reason}]}


def _names(task: str) -> list[str]:
    return task.removeprefix("task of ").split(" and ")


@dataclass
class Bench:
    """Plays executor, session, sizes and listener, and takes note of all."""

    slots: int = 2
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    running: list[str] = field(default_factory=list)
    started_: list[str] = field(default_factory=list)
    together: list[set[str]] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    returned_: list[tuple[list[str], str | None]] = field(default_factory=list)
    ended_: dict[str, Outcome] = field(default_factory=dict)
    rows: list[Rows] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    ticks: int = 0
    choose: Callable[[list[str]], str] = lambda running: running[0]

    # the executor
    def submit(self, task_id: str, task: Any) -> None:
        """Take note of what runs together."""
        assert _names(task)[0] == task_id
        self.tasks.append(task)
        self.running.append(task_id)
        assert len(self.running) <= self.slots
        self.together.append(set(self.running))

    def gather(self, timeout_s: float) -> list[Event]:
        """End one of those that run."""
        assert timeout_s > 0
        task_id = self.choose(self.running)
        self.running.remove(task_id)
        task = next(each for each in reversed(self.tasks) if _names(each)[0] == task_id)
        names = _names(task)
        if len(names) > 1 and task not in self.outcomes:
            parts = tuple(self.outcomes.get(name, DONE) for name in names)
            return [Event(task_id, replace(DONE, parts=parts))]
        return [
            Event(task_id, self.outcomes.get(task, self.outcomes.get(task_id, DONE)))
        ]

    def close(self) -> None:
        """Nothing is open."""

    # the session
    def task_row(self, work: Work, outcome: Outcome, cores: int) -> dict[str, Any]:
        """Return a row of a few columns."""
        return {"subject": work.id, "status": outcome.status, "threads": cores}

    # the listener
    def started(self, works: Sequence[Work]) -> None:
        """Take note."""
        self.started_ += [work.id for work in works]

    def returned(self, works: Sequence[Work], outcome: Outcome) -> None:
        """Take note."""
        self.returned_.append(([work.id for work in works], outcome.reason))

    def progressed(self, work: Work, done: int, total: int) -> None:
        """Never be called."""
        raise AssertionError(work.id, done, total)

    def ended(self, work: Work, outcome: Outcome) -> None:
        """Take note, once."""
        assert work.id not in self.ended_
        self.ended_[work.id] = outcome

    def tick(self) -> None:
        """Count."""
        self.ticks += 1

    def run(
        self,
        *works: Work,
        memory_limit: int = 100 * MIB,
        history: History | None = None,
    ) -> Bench:
        """Schedule these works until all have ended."""
        graph = Graph()
        for work in works:
            graph.want(work)
        shared: Any = self
        Scheduler(
            graph,
            self,
            shared,
            shared,
            memory_limit=memory_limit,
            listener=self,
            emit=self.rows.append,
            history=history,
        ).run()
        assert not self.running
        assert self.ended_.keys() == {work.id for work in graph}
        return self

    def of_table(self, table: str) -> list[dict[str, Any]]:
        """Return the rows that were emitted for a table."""
        return [row for rows in self.rows for row in rows.get(table, [])]


@pytest.mark.parametrize("seed", range(20))
def test_nothing_starts_before_what_it_waits_for(seed: int) -> None:
    """Whatever ends first; and everything runs once."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    works: list[Made] = []
    for i in range(40):
        works.append(
            Made(
                f"n{i}",
                tuple(work for work in works if rng.random() < 0.1),
                tuple(work for work in works if rng.random() < 0.05),
                cores=rng.choice([1, 1, 4]),
                gpu=rng.random() < 0.2,
            )
        )
    waits = {
        work.key: {other.id for other in (*work.needed, *work.behind)} for work in works
    }

    class _Watching(Bench):
        def started(self, works: Sequence[Work]) -> None:
            (work,) = works
            assert waits[work.id] <= self.ended_.keys()
            assert work.id not in self.started_
            super().started(works)

    bench = _Watching(slots=rng.randint(1, 4), choose=rng.choice)
    bench.run(*works)
    assert set(bench.started_) == {work.key for work in works}
    assert len(bench.of_table("task")) == 40


def test_a_task_says_what_was_forecast_for_it() -> None:
    """With the time that its machine takes; but works done together do not."""
    past = History({"made": Past(10**9, 3.0, 1.0, None)})
    bench = Bench().run(
        Made("alone", seconds=2.0, bytes=5 * MIB),
        Made("a", shares="all"),
        Made("b", shares="all"),
        history=past,
    )
    rows = {row["subject"]: row for row in bench.of_table("task")}
    alone = rows[Made("alone").id]
    assert alone["forecast_s"] == pytest.approx(6.0)
    assert alone["forecast_factor"] == pytest.approx(3.0)
    assert alone["forecast_peak_bytes"] == 5 * MIB
    assert [row.get("kind") for row in rows.values()].count("made") == 1


def test_what_most_wait_for_goes_first_then_what_takes_long() -> None:
    """The start of a long chain before that of a short one, whatever their times."""
    base = Made("base")
    middle = Made("middle", (base,))
    bench = Bench(slots=1).run(
        Made("short", seconds=1),
        Made("long", seconds=9),
        base,
        Made("top", (middle,)),
        Made("root", seconds=0.1),
    )
    assert bench.started_ == ["base", "middle", "long", "short", "top", "root"]


def test_equal_works_keep_the_order_of_the_plan() -> None:
    """So that two runs of one plan do the same."""
    names = [f"n{i}" for i in range(12)]
    assert Bench(slots=1).run(*map(Made, names)).started_ == names


def test_works_on_several_cores_take_turns_beside_the_others() -> None:
    """Two never run together; what takes one core runs beside them."""
    wide = [Made(f"wide{i}", cores=4, seconds=9) for i in range(3)]
    bench = Bench(slots=3).run(*wide, *(Made(f"n{i}") for i in range(6)))
    assert all(len(some & {work.key for work in wide}) <= 1 for some in bench.together)
    assert {"wide0", "n0", "n1"} in bench.together
    assert {row["subject"]: row["threads"] for row in bench.of_table("task")} == {
        **dict.fromkeys((work.key for work in wide), 4),
        **{f"n{i}": 1 for i in range(6)},
    }


def test_one_work_has_the_gpu_beside_one_that_has_the_cores() -> None:
    """What needs different things for itself runs together."""
    bench = Bench(slots=4).run(
        Made("gpu0", gpu=True), Made("gpu1", gpu=True),
        Made("wide", cores=4), Made("both", cores=4, gpu=True),
    )  # fmt: skip
    assert {"gpu0", "wide"} in bench.together
    for some in bench.together:
        assert len(some & {"gpu0", "gpu1", "both"}) <= 1
        assert len(some & {"wide", "both"}) <= 1


def test_works_together_keep_within_the_memory() -> None:
    """What does not fit beside the others waits, and what is smaller goes first."""
    sizes = {"big": 70 * MIB, "large": 60 * MIB, "small": 20 * MIB}
    bench = Bench(slots=3).run(
        *(Made(name, bytes=size, seconds=size) for name, size in sizes.items())
    )
    assert bench.together == [{"big"}, {"big", "small"}, {"small", "large"}]
    for some in bench.together:
        assert sum(sizes[name] for name in some) <= 100 * MIB


def test_a_worker_keeps_what_earlier_tasks_have_loaded() -> None:
    """A small task counts with the libraries that its worker may hold by then."""

    class Loading(Made):
        def cost(self, sizes: Any) -> Cost:
            return replace(super().cost(sizes), worker_bytes=60 * MIB)

    loading = Loading("loading")
    bench = Bench().run(
        loading, *(Made(f"n{i}", (loading,), bytes=2 * MIB) for i in range(4))
    )
    assert max(map(len, bench.together)) == 1


def test_what_fits_is_found_behind_what_does_not() -> None:
    """However many wait that are too large for now."""
    large = [Made(f"large{i}", bytes=60 * MIB, seconds=9) for i in range(100)]
    bench = Bench().run(*large, Made("small"))
    assert bench.together[:2] == [{"large0"}, {"large0", "small"}]


def test_a_work_over_the_limit_is_skipped_with_a_reason() -> None:
    """It is not started, and the others are."""
    bench = Bench().run(Made("c", bytes=200 * MIB), Made("other"))
    assert bench.started_ == ["other"]
    outcome = bench.ended_["c"]
    assert (outcome.status, outcome.over_limit_bytes) == (Status.SKIPPED, 100 * MIB)
    assert outcome.reason == ("forecast of 200 MiB is over the memory limit of 100 MiB")
    assert bench.of_table("concluded")[0]["work"] == "c"
    assert [row["subject"] for row in bench.of_table("task")] == ["other"]


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMEOUT, Status.SKIPPED])
def test_what_needs_a_failed_work_ends_with_its_reason(status: Status) -> None:
    """All that follow blame the first that failed, and none is started."""
    rows = {"sample": [{"of": "r"}]}
    bench = Bench(outcomes={"r": Outcome(status, "no memory for it", rows=rows)})
    r = Made("r")
    c = Made("c", (r,))
    bench.run(c, Made("s", (c,)), Made("t", (r,), (c,)))
    assert bench.started_ == ["r"]
    for name in ("c", "s", "t"):
        assert bench.ended_[name].status is status
        assert bench.ended_[name].reason == "made r: no memory for it"
    assert [row["subject"] for row in bench.of_table("task")] == ["r"]
    assert bench.of_table("sample") == [{"of": "r"}]


def test_what_only_comes_after_a_failed_work_runs() -> None:
    """Scores judge the clusterings that there are."""
    c1, c2 = Made("c1"), Made("c2")
    bench = Bench(slots=1, outcomes={"c1": Outcome(Status.FAILED, "x")})
    bench.run(c1, c2, Made("s", behind=(c1, c2)))
    assert bench.started_ == ["c1", "c2", "s"]


def test_what_has_nothing_left_to_do_is_done() -> None:
    """It is asked once what it comes after has ended, and costs nothing."""
    c = Made("c")
    bench = Bench().run(c, Made("s", behind=(c,), idle=True, bytes=2**40))
    assert bench.started_ == ["c"]
    assert bench.ended_["s"].status is Status.DONE


@pytest.mark.parametrize("is_known", [True, False])
def test_what_cannot_be_done_is_not_applicable(is_known: bool) -> None:
    """Whether the plan knows or the task finds out; what needs it cannot be either."""
    reason = "too few samples"
    impossible = Outcome(Status.SKIPPED, reason, not_applicable=True)
    r = Made("r", impossible=reason if is_known else None)
    bench = Bench(outcomes={"r": impossible}).run(Made("s", (r,)), r)
    assert ("r" in bench.started_) == (not is_known)
    for name in ("r", "s"):
        assert bench.ended_[name].not_applicable
        assert reason in (bench.ended_[name].reason or "")


def test_what_cannot_be_done_needs_nothing() -> None:
    """Nothing is computed for it alone."""
    bench = Bench().run(Made("r", (Made("e"),), impossible="too few samples"))
    assert bench.ended_.keys() == {"r"}


def test_each_outcome_is_concluded_once() -> None:
    """By the work itself, before anybody hears of it."""
    bench = Bench(outcomes={"c": Outcome(Status.BLOCKED, "mend it")})
    c = Made("c")
    bench.run(c, Made("d", (c,)), Made("e"))
    found = {row["work"]: row["reason"] for row in bench.of_table("concluded")}
    assert found == {"c": "mend it", "d": "made c: mend it", "e": None}


def test_a_full_disk_stops_what_has_not_begun() -> None:
    """What runs goes on to its end; the rest says why it did not begin."""
    full = Outcome(Status.BLOCKED, "no space left", disk_is_full=True)
    bench = Bench(outcomes={"n0": full}).run(*(Made(f"n{i}") for i in range(5)))
    assert bench.started_ == ["n0", "n1"]
    for name in ("n2", "n3", "n4"):
        assert bench.ended_[name].reason == (
            "not begun, as the disk is full: made n0: no space left"
        )


def test_the_listener_is_called_while_tasks_run() -> None:
    """So that shards are loaded and the display moves during an ingest."""
    assert Bench(slots=1).run(*(Made(f"n{i}") for i in range(5))).ticks >= 5


def test_the_work_of_the_scheduler_grows_with_its_edges() -> None:
    """Each work is looked at once when it opens, not at every event."""
    root = Made("root")
    bench = Bench(slots=4).run(root, *(Made(f"n{i}", (root,)) for i in range(2000)))
    assert len(bench.asked) == 2001


def grouped(n: int, **given: Any) -> list[Made]:
    """Return works that one task can do together."""
    return [Made(f"g{i}", shares="images", **given) for i in range(n)]


def test_works_of_a_group_are_done_by_one_task() -> None:
    """Each ends for itself and has its own row; others are not drawn in."""
    bench = Bench(slots=2, outcomes={"g1": Outcome(Status.FAILED, "wrong weights")})
    others = [Made("alone"), Made("other", shares="other images")]
    bench.run(*grouped(3), *others, Made("after", (Made("x"),)))
    assert "task of g0 and g1 and g2" in bench.tasks
    assert len(bench.tasks) == 5
    assert bench.ended_["g1"].reason == "wrong weights"
    assert {bench.ended_[name].status for name in ("g0", "g2")} == {Status.DONE}
    assert not bench.returned_
    assert len(bench.of_table("task")) == 7


def test_a_group_keeps_within_the_memory_and_a_number() -> None:
    """What does not fit is done by another task; so is what makes it too many."""
    bench = Bench(slots=1).run(*grouped(4, bytes=45 * MIB))
    assert bench.tasks == ["task of g0 and g1", "task of g2 and g3"]
    bench = Bench(slots=1).run(*grouped(MOST_TOGETHER + 1))
    assert [len(_names(task)) for task in bench.tasks] == [MOST_TOGETHER, 1]


def test_a_group_takes_what_is_free_alone() -> None:
    """A work that needs the GPU joins none that does not while another has it."""
    first = Made("first", gpu=True, seconds=9)
    plain, on_gpu = Made("plain", shares="s"), Made("on gpu", shares="s", gpu=True)

    class Mixed(Made):
        @classmethod
        def joint_cost(cls, works: Sequence[Made], sizes: Any) -> Cost:
            return replace(works[-1].cost(sizes), gpu=any(work.gpu for work in works))

    plain.__class__ = on_gpu.__class__ = Mixed
    bench = Bench(slots=2).run(first, plain, on_gpu)
    assert bench.tasks == ["task of first", "task of plain", "task of on gpu"]


@pytest.mark.parametrize(
    "status", [Status.TIMEOUT, Status.KILLED, Status.OOM, Status.BLOCKED]
)
def test_works_of_a_task_that_is_lost_are_tried_alone(status: Status) -> None:
    """The one that is at fault bears it; the others are done."""
    lost = Outcome(status, "over the limit")
    bench = Bench(
        slots=1, outcomes={"task of g0 and g1 and g2": lost, "task of g1": lost}
    )
    bench.run(*grouped(3))
    alone = [f"task of g{i}" for i in range(3)]
    assert bench.tasks == ["task of g0 and g1 and g2", *alone]
    assert bench.returned_ == [(["g0", "g1", "g2"], "over the limit")]
    found = {name: outcome.status for name, outcome in bench.ended_.items()}
    assert found == {"g0": Status.DONE, "g1": status, "g2": Status.DONE}
    assert [row["subject"] for row in bench.of_table("task")] == ["g0", "g1", "g2"]


def test_a_work_without_memory_among_others_is_tried_alone() -> None:
    """The others have taken it; what they came to stays."""
    short = Outcome(Status.OOM, "out of memory")
    bench = Bench(slots=1, outcomes={"g1": short, "task of g1": DONE})
    bench.run(*grouped(3))
    assert bench.tasks == ["task of g0 and g1 and g2", "task of g1"]
    assert bench.returned_ == [(["g1"], "out of memory")]
    assert {outcome.status for outcome in bench.ended_.values()} == {Status.DONE}


def test_a_full_disk_keeps_works_from_being_tried_alone() -> None:
    """They end as all that has not begun."""
    full = Outcome(Status.BLOCKED, "no space left", disk_is_full=True)
    bench = Bench(slots=1, outcomes={"g0": full, "g1": Outcome(Status.OOM, "x")})
    bench.run(*grouped(3))
    assert bench.tasks == ["task of g0 and g1 and g2"]
    assert "the disk is full" in (bench.ended_["g1"].reason or "")
    assert bench.ended_["g2"].status is Status.DONE


def test_what_needs_an_embedding_begins_beside_the_next() -> None:
    """The cores are taken in turn: the first result is used while more are made."""
    embeddings = [Made(f"e{i}", cores=2, seconds=9) for i in range(3)]
    reductions = [Made(f"r{i}", (embedding,)) for i, embedding in enumerate(embeddings)]
    bench = Bench(slots=2).run(*reductions)
    assert {"r0", "e1"} in bench.together
    assert {"r1", "e2"} in bench.together
