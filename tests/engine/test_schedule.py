"""The rules of the scheduler, with made tasks and an executor that obeys the test."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from zsc_wh.engine.cells import Cell
from zsc_wh.engine.executor import Event
from zsc_wh.engine.forecast import Forecast
from zsc_wh.engine.graph import CLUSTER, EMBED, PROBE, REDUCE, SCORE, Due, Graph, Node
from zsc_wh.engine.schedule import Scheduler
from zsc_wh.records import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsc_wh.records import Rows

MIB = 2**20
DONE = Outcome(Status.DONE, rows={"run": [{"status": "done"}]})


def made_cell(name: str) -> Cell:
    """Return a cell of which only the key matters."""
    nothing: Any = None
    return Cell(name, nothing, nothing, 0, None, None)


def node(
    name: str,
    stage: str = REDUCE,
    *,
    needs: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    **more: Any,
) -> Node:
    """Return a task that has no more than a name and what it waits for."""
    cell = made_cell(name)
    subject: Any = cell if stage == CLUSTER else None
    due = [Due(made_cell(other), None, ()) for other in after] if stage == SCORE else []
    return Node(
        name, stage, name, subject, needs=needs, after=list(after), due=due, **more
    )


@dataclass
class _Made:
    """Plays executor, factory, forecaster and listener, and takes note of all."""

    slots: int = 2
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    running: list[str] = field(default_factory=list)
    started_: list[str] = field(default_factory=list)
    together: list[set[str]] = field(default_factory=list)
    ended_: dict[str, Outcome] = field(default_factory=dict)
    rows: list[Rows] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    ticks: int = 0
    choose: Callable[[list[str]], str] = lambda running: running[0]

    # the executor
    def submit(self, task_id: str, task: Any) -> None:
        assert task == f"task of {task_id}"
        self.running.append(task_id)
        assert len(self.running) <= self.slots
        self.together.append(set(self.running))

    def gather(self, timeout_s: float) -> list[Event]:
        assert timeout_s > 0
        task_id = self.choose(self.running)
        self.running.remove(task_id)
        return [Event(task_id, self.outcomes.get(task_id, DONE))]

    def close(self) -> None:
        """Nothing is open."""

    # the factory
    def task(self, node: Node) -> Any:
        return f"task of {node.id}"

    def has_items(self, node: Node) -> bool:
        return any(due.cell.key in self.kept for due in node.due)

    def keep_assignment(self, cell: Cell, rows: Rows) -> None:
        assert rows is DONE.rows
        self.kept.add(cell.key)

    def undefined_scores(self, node: Node, reason: str) -> Rows:
        return {"score": [{"node": node.id, "reason": reason}]}

    def task_row(self, node: Node, outcome: Outcome) -> dict[str, Any]:
        return {"subject": node.id, "status": outcome.status}

    # the forecaster
    def of(self, node: Node) -> Forecast:
        return Forecast(
            node.stage,
            self.seconds.get(node.id, 1.0),
            0.0,
            MIB,
            self.sizes.get(node.id, MIB) - MIB,
        )

    # the listener
    def started(self, node: Node) -> None:
        self.started_.append(node.id)

    def progressed(self, node: Node, done: int, total: int) -> None:
        raise AssertionError(node.id, done, total)

    def ended(self, node: Node, outcome: Outcome) -> None:
        assert node.id not in self.ended_
        self.ended_[node.id] = outcome

    def tick(self) -> None:
        self.ticks += 1

    def run(self, *nodes: Node, memory_limit: int = 100 * MIB) -> _Made:
        """Schedule these tasks until all have ended."""
        graph = Graph()
        for each in nodes:
            graph.add(each)
        Scheduler(
            graph,
            self,
            self,
            self,
            memory_limit=memory_limit,
            listener=self,
            emit=self.rows.append,
            failed_run=lambda cell, outcome: {
                "cell": cell.key,
                "status": outcome.status,
                "reason": outcome.reason,
            },
        ).run()
        assert not self.running
        assert self.ended_.keys() == {each.id for each in nodes}
        return self

    def of_table(self, table: str) -> list[dict[str, Any]]:
        """Return the rows that were emitted for a table."""
        return [row for rows in self.rows for row in rows.get(table, [])]


@pytest.mark.parametrize("seed", range(20))
def test_nothing_starts_before_what_it_waits_for(seed: int) -> None:
    """Whatever ends first; and everything runs once."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    nodes = [
        node(
            f"n{i}",
            rng.choice([EMBED, REDUCE, CLUSTER, PROBE]),
            needs=tuple(f"n{j}" for j in range(i) if rng.random() < 0.1),
            after=tuple(f"n{j}" for j in range(i) if rng.random() < 0.05),
        )
        for i in range(40)
    ]
    waits = {each.id: {*each.needs, *each.after} for each in nodes}

    class _Watching(_Made):
        def started(self, node: Node) -> None:
            assert waits[node.id] <= self.ended_.keys()
            assert node.id not in self.started_
            super().started(node)

    made = _Watching(slots=rng.randint(1, 4), choose=rng.choice)
    made.run(*nodes)
    assert set(made.started_) == {each.id for each in nodes}
    assert len(made.of_table("task")) == 40


def test_opening_stages_go_first_then_long_tasks() -> None:
    """Embeddings before reductions, and the long ones of a stage before the short."""
    made = _Made(slots=1, seconds={"short": 1, "long": 9, "middle": 3})
    made.run(
        node("cluster", CLUSTER),
        node("short"),
        node("long"),
        node("middle"),
        node("embed", EMBED),
    )
    assert made.started_ == ["embed", "long", "middle", "short", "cluster"]


def test_equal_tasks_keep_the_order_of_the_plan() -> None:
    """So that two runs of one plan do the same."""
    names = [f"n{i}" for i in range(12)]
    assert _Made(slots=1).run(*map(node, names)).started_ == names


def test_an_embedding_runs_alone() -> None:
    """It takes every core; nothing else is beside it."""
    made = _Made(slots=3).run(
        node("e1", EMBED), node("r1", needs=("e1",)), node("r2", needs=("e1",)),
        node("e2", EMBED), node("c", CLUSTER, needs=("r1",)),
    )  # fmt: skip
    assert all(len(some) == 1 for some in made.together if some & {"e1", "e2"})
    assert {"r1", "r2"} in made.together


def test_tasks_together_keep_within_the_memory() -> None:
    """What does not fit beside the others waits, and what is smaller goes first."""
    sizes = {"big": 70 * MIB, "large": 60 * MIB, "small": 20 * MIB}
    made = _Made(slots=3, sizes=sizes, seconds={"big": 3, "large": 2, "small": 1})
    made.run(*map(node, sizes))
    assert made.together == [{"big"}, {"big", "small"}, {"small", "large"}]
    for some in made.together:
        assert sum(sizes[name] for name in some) <= 100 * MIB


def test_a_task_over_the_limit_is_skipped_with_a_reason() -> None:
    """It is not started; its cell has a row that the next limit reopens."""
    made = _Made(sizes={"c": 200 * MIB})
    made.run(node("c", CLUSTER), node("other", CLUSTER))
    assert made.started_ == ["other"]
    outcome = made.ended_["c"]
    assert (outcome.status, outcome.over_limit_bytes) == (Status.SKIPPED, 100 * MIB)
    assert outcome.reason == (
        "forecast of 0.20 GiB is over the memory limit of 0.10 GiB"
    )
    assert made.of_table("run")[0]["cell"] == "c"


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMEOUT, Status.SKIPPED])
def test_what_needs_a_failed_task_ends_with_its_reason(status: Status) -> None:
    """All that follow blame the first that failed, and none is started."""
    made = _Made(outcomes={"r": Outcome(status, "no memory for it")})
    made.run(
        node("r"),
        node("c", CLUSTER, needs=("r",)),
        node("s", SCORE, needs=("r",), after=("c",)),
    )
    assert made.started_ == ["r"]
    for name in ("c", "s"):
        assert made.ended_[name].status is status
        assert made.ended_[name].reason == "reduce r: no memory for it"
    assert made.of_table("run") == [
        {"cell": "c", "status": status, "reason": "reduce r: no memory for it"}
    ]
    assert [row["subject"] for row in made.of_table("task")] == ["r"]


def test_what_only_comes_after_a_failed_task_runs() -> None:
    """Scores judge the clusterings that there are."""
    made = _Made(slots=1, outcomes={"c1": Outcome(Status.FAILED, "x")})
    made.run(
        node("c1", CLUSTER), node("c2", CLUSTER), node("s", SCORE, after=("c1", "c2"))
    )
    assert made.started_ == ["c1", "c2", "s"]
    assert made.kept == {"c2"}


def test_scores_without_a_clustering_are_not_run() -> None:
    """Where each that they wait for has failed, there is nothing to judge."""
    failed = Outcome(Status.FAILED, "x")
    made = _Made(outcomes={"c1": failed, "c2": failed})
    made.run(
        node("c1", CLUSTER), node("c2", CLUSTER), node("s", SCORE, after=("c1", "c2"))
    )
    assert "s" not in made.started_
    assert made.ended_["s"].status is Status.DONE


def test_scores_of_a_space_that_cannot_exist_are_undefined() -> None:
    """They get rows with the reason, so that they are not asked for again."""
    impossible = Outcome(Status.SKIPPED, "too few samples", not_applicable=True)
    for first in (
        node("r", impossible="too few samples"),
        node("r"),
    ):
        made = _Made(outcomes={"r": impossible})
        made.run(
            first,
            node("c", CLUSTER),
            node("s", SCORE, needs=("r",), after=("c",)),
        )
        (row,) = made.of_table("score")
        assert row["node"] == "s"
        assert "too few samples" in row["reason"]
        assert ("r" in made.started_) == (first.impossible is None)


def test_a_blocked_cell_has_no_row() -> None:
    """What the user has to mend first is tried again without asking."""
    made = _Made(outcomes={"c": Outcome(Status.BLOCKED, "mend it")})
    made.run(node("c", CLUSTER))
    assert made.of_table("run") == []


def test_the_listener_is_called_while_tasks_run() -> None:
    """So that shards are loaded and the display moves during an ingest."""
    assert _Made(slots=1).run(*(node(f"n{i}") for i in range(5))).ticks >= 5


def test_the_work_of_the_scheduler_grows_with_its_edges() -> None:
    """Each task is looked at once when it opens, not at every event."""
    asked: list[str] = []

    class _Counting(_Made):
        def of(self, node: Node) -> Forecast:
            asked.append(node.id)
            return super().of(node)

    nodes = [node("root")]
    nodes += [node(f"n{i}", CLUSTER, needs=("root",)) for i in range(2000)]
    _Counting(slots=4).run(*nodes)
    assert len(asked) == len(nodes)
