"""Make a plan: which cells are done, which are to run, and the tasks that they take.

Planning reads declarations, file listings, the warehouse and the notes of the store. It
computes nothing and writes nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from zsc_wh.engine.cells import Cell, Embedding, Reduction, Resolver, Source, reduction
from zsc_wh.engine.graph import CLUSTER, EMBED, REDUCE, SCORE, Due, Graph, Node
from zsc_wh.errors import ConfigError
from zsc_wh.records import RETRIED, Status
from zsc_wh.stages.score import NO_LEVEL, Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zsc_wh.declare import Grid, Score
    from zsc_wh.engine.recorded import Recorded
    from zsc_wh.store import Store


class State(StrEnum):
    """What a plan does with a cell."""

    DONE = "done"
    SCORE = "to score"
    RUN = "to run"
    HELD = "failed before"
    IMPOSSIBLE = "impossible"
    LATER = "over the limit"


@dataclass
class Plan:
    """What an ingest of some grids would do now.

    Parameters
    ----------
    grids : list of Grid
        The declared grids.
    grid_cells : dict
        Name of a grid to the keys of its cells.
    cells, states : dict
        Every cell once, by key, with what is done with it.
    sources : mapping
        The datasets, by name.
    graph : Graph
        The tasks to execute.
    cached : dict
        Keys of stored arrays that the tasks read, with the stage that made them.
    recorded : Recorded
        The state of the warehouse that the plan was made from.
    """

    grids: list[Grid]
    grid_cells: dict[str, list[str]]
    cells: dict[str, Cell]
    states: dict[str, State]
    sources: Mapping[str, Source]
    recorded: Recorded
    graph: Graph = field(default_factory=Graph)
    cached: dict[str, str] = field(default_factory=dict)

    def reason(self, key: str) -> str | None:
        """Return why a cell is impossible or held, None where nothing is known."""
        last = self.recorded.last.get(key)
        return self.cells[key].impossible or (last.reason if last else None)

    def count(self, state: State) -> int:
        """Return the number of cells in a state."""
        return Counter(self.states.values())[state]


def make_plan(
    grids: Sequence[Grid],
    recorded: Recorded,
    store: Store,
    *,
    retry: str | None = None,
    limit: int | None = None,
    memory_limit: int | None = None,
) -> Plan:
    """Plan the grids against what is recorded and stored.

    Parameters
    ----------
    grids : sequence of Grid
        From `zsc_wh.declare.read_grids`.
    recorded : Recorded
        State of the warehouse.
    store : Store
        Arrays beside it.
    retry : {None, "failed", "all"}
        Which failed cells are tried again.
    limit : int, optional
        Run at most so many cells.
    memory_limit : int, optional
        Bytes for all tasks; cells that were over the same limit before are not tried
        again.

    Raises
    ------
    DataError, ConfigError
        When a dataset cannot be listed, a level does not exist, or a name means
        something else in the warehouse.
    """
    resolver = Resolver()
    cells: dict[str, Cell] = {}
    grid_cells: dict[str, list[str]] = {}
    wanted: dict[str, dict[Request, Score]] = {}
    umap: dict[str, Mapping[str, Reduction]] = {}
    for grid in grids:
        of_grid = {cell.key: cell for cell in resolver.cells(grid)}
        cells |= of_grid
        grid_cells[grid.name] = list(of_grid)
        for key, cell in of_grid.items():
            wanted.setdefault(key, {}).update(_requests(cell, grid.scores))
            umap[key] = {
                **umap.get(key, {}),
                **{
                    name: reduction(cell.embedding, reducer, cell.seed, grid.dtype)
                    for name, reducer in grid.umap_reducers.items()
                },
            }
    _check_names(cells.values(), recorded)
    states = {
        key: _state(cell, recorded, set(wanted[key]), retry, memory_limit)
        for key, cell in cells.items()
    }
    to_run = [key for key, state in states.items() if state is State.RUN]
    for key in to_run[limit:] if limit is not None else ():
        states[key] = State.LATER
    plan = Plan(list(grids), grid_cells, cells, states, resolver.sources, recorded)
    builder = _Builder(plan, store)
    for key, state in states.items():
        if state is State.RUN:
            builder.cluster(cells[key])
    for key, state in states.items():
        if state in (State.RUN, State.SCORE):
            builder.score(cells[key], wanted[key], umap[key])
    builder.true_labels()
    for grid in grids:
        for key in grid_cells[grid.name]:
            if states[key] not in (State.IMPOSSIBLE, State.LATER):
                builder.maps(cells[key], grid)
    return plan


def _requests(cell: Cell, scores: Iterable[Score]) -> dict[Request, Score]:
    """Return the scores due for a cell; those against labels at every level."""
    levels = [level.name for level in cell.embedding.source.listing.levels]
    return {
        Request(score.metric, score.space, score.subset, level): score
        for score in scores
        for level in (levels if score.space == "labels" else [NO_LEVEL])
    }


def _state(
    cell: Cell,
    recorded: Recorded,
    wanted: set[Request],
    retry: str | None,
    memory_limit: int | None,
) -> State:
    run_key = recorded.closed.get(cell.key)
    if run_key is not None:
        complete = wanted <= recorded.scores.get(run_key, set())
        return State.DONE if complete else State.SCORE
    if cell.impossible is not None:
        return State.IMPOSSIBLE
    last = recorded.last.get(cell.key)
    if last is None:
        return State.RUN
    if last.status == Status.SKIPPED:
        # What cannot be applied stays so; what did not fit may fit another limit.
        same = last.over_limit_bytes is None or last.over_limit_bytes == memory_limit
        return State.IMPOSSIBLE if same else State.RUN
    return State.RUN if last.status in RETRIED.get(retry or "", ()) else State.HELD


def _check_names(cells: Iterable[Cell], recorded: Recorded) -> None:
    """Refuse a name that means another thing in the warehouse."""
    for cell in cells:
        for kind, name, key in (
            ("encoder", cell.embedding.encoder.name, cell.embedding.encoder.key),
            ("dataset", cell.embedding.source.dataset.name, cell.embedding.source.key),
            ("reducer", cell.reduction.reducer.name, cell.reduction.reducer.key),
            ("clusterer", cell.clusterer.name, cell.clusterer.key),
        ):
            known = recorded.names.get(kind, {}).get(name, key)
            if known != key:
                what = (
                    "its samples or labels have changed"
                    if kind == "dataset"
                    else "it is declared differently now"
                )
                raise ConfigError(
                    what=f"the warehouse knows another {kind} of this name; {what}",
                    where=f"{kind} '{name}'",
                    mend="Declare the new one under another name, or use another "
                    "warehouse.",
                )


class _Builder:
    """Adds the tasks of a plan, each piece of shared work once."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self._plan = plan
        self._graph = plan.graph
        self._store = store

    def cluster(self, cell: Cell) -> None:
        """Add the clustering of a cell and what it starts from."""
        needs = self._reduction(cell.reduction)
        self._graph.add(
            Node(
                f"cluster:{cell.key}",
                CLUSTER,
                cell.title,
                cell,
                array_key=cell.reduction.key,
                needs=needs,
            )
        )

    def score(
        self,
        cell: Cell,
        wanted: Mapping[Request, Score],
        umap: Mapping[str, Reduction],
    ) -> None:
        """Add the scores of a cell that are not recorded."""
        recorded = self._plan.recorded
        run_key = recorded.closed.get(cell.key)
        known = recorded.scores.get(run_key, set()) if run_key else set()
        spaces: dict[str, list[Request]] = {}
        arrays: dict[str, Reduction | Embedding] = {}
        for request, score in wanted.items():
            if request in known:
                continue
            if score.space == "labels":
                spaces.setdefault("", []).append(request)
                continue
            array: Reduction | Embedding = cell.reduction
            if score.space == "original":
                array = cell.embedding
            elif score.reducer is not None:
                array = umap[score.reducer]
            arrays[array.key] = array
            spaces.setdefault(array.key, []).append(request)
        for key, requests in spaces.items():
            due = Due(cell, run_key, tuple(requests))
            if key:
                self._internal(arrays[key], due)
            else:
                self._external(due)

    def true_labels(self) -> None:
        """Let each internal score task measure the true labels in its array too."""
        for node in self._graph:
            if node.stage != SCORE or node.array_key is None:
                continue
            metrics = {r.metric for due in node.due for r in due.requests}
            node.truth_requests = [
                (metric, level.name)
                for metric in sorted(metrics)
                for level in node.source.listing.levels
                if (node.array_key, level.name, metric)
                not in self._plan.recorded.array_scores
            ]

    def maps(self, cell: Cell, grid: Grid) -> None:
        """Add the two-dimensional reductions that a grid keeps for drawing."""
        seed = min(declared.seed for declared in grid.cells)
        for reducer in grid.maps:
            wanted = reduction(cell.embedding, reducer, seed, grid.dtype)
            if wanted.key not in self._plan.recorded.projections:
                self._reduction(wanted)

    def _external(self, due: Due) -> None:
        cluster = f"cluster:{due.cell.key}"
        self._graph.add(
            Node(
                f"score:labels:{due.cell.key}",
                SCORE,
                f"{due.cell.title} against labels",
                due.cell,
                needs=(cluster,) if cluster in self._graph else (),
                due=[due],
            )
        )

    def _internal(self, array: Reduction | Embedding, due: Due) -> None:
        node_id = f"score:{array.key}"
        if node_id not in self._graph:
            needs = (
                self._embedding(array)
                if isinstance(array, Embedding)
                else self._reduction(array)
            )
            self._graph.add(
                Node(
                    node_id,
                    SCORE,
                    f"distances in {_array_title(array)}",
                    array,
                    array_key=array.key,
                    needs=needs,
                )
            )
        node = self._graph[node_id]
        node.due.append(due)
        cluster = f"cluster:{due.cell.key}"
        if cluster in self._graph:
            node.after += (cluster,)

    def _embedding(self, embedding: Embedding) -> tuple[str, ...]:
        """Add the embedding unless it is stored; return what to wait for."""
        if self._is_stored(embedding.key, EMBED):
            return ()
        node_id = f"embed:{embedding.key}"
        if node_id not in self._graph:
            self._graph.add(Node(node_id, EMBED, _array_title(embedding), embedding))
        return (node_id,)

    def _reduction(self, wanted: Reduction) -> tuple[str, ...]:
        """Add the reduction unless it is stored; return what to wait for."""
        if wanted.reducer.is_identity:
            return self._embedding(wanted.embedding)
        if self._is_stored(wanted.key, REDUCE):
            return ()
        node_id = f"reduce:{wanted.key}"
        if node_id not in self._graph:
            needs = self._embedding(wanted.embedding)
            self._graph.add(
                Node(
                    node_id,
                    REDUCE,
                    _array_title(wanted),
                    wanted,
                    array_key=wanted.embedding.key,
                    needs=needs,
                )
            )
        return (node_id,)

    def _is_stored(self, key: str, stage: str) -> bool:
        if key in self._plan.cached:
            return True
        stored = self._store.note(key) is not None
        if stored:
            self._plan.cached[key] = stage
        return stored


def _array_title(array: Reduction | Embedding) -> str:
    if isinstance(array, Embedding):
        return f"{array.encoder.name} / {array.source.dataset.name}"
    title = f"{_array_title(array.embedding)} / {array.reducer.name}"
    return title if array.reducer.is_identity else f"{title} (seed {array.seed})"
