"""Make a plan: which cells are done, which are to run, and the tasks that they take.

Planning reads declarations, samples, the warehouse and the notes of the store. It
computes nothing of a cell and writes nothing but the digests of samples.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from zsc_wh.datasets import Digests, archives_stay_open
from zsc_wh.engine.due import DueScores, requests_of
from zsc_wh.engine.graph import Graph, with_needs
from zsc_wh.engine.names import called, check_twins
from zsc_wh.engine.resolve import Resolver
from zsc_wh.engine.slices import cut
from zsc_wh.records import RETRIED, Status
from zsc_wh.work import Array, Reduction, Sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
    from pathlib import Path

    from zsc_wh.datasets import Level
    from zsc_wh.declare import Clusterer, Encoder, Grid, Reducer, Score
    from zsc_wh.engine.recorded import Recorded
    from zsc_wh.engine.slices import Cut, Slice
    from zsc_wh.engine.wanted import Wanted
    from zsc_wh.store import Store
    from zsc_wh.work import Cell, Embedding, Probing, Source, Work
    from zsc_wh.work.missing import Missing
    from zsc_wh.work.requests import Request


class State(StrEnum):
    """What a plan does with a cell."""

    DONE = "done"
    SCORE = "to score"
    RUN = "to run"
    HELD = "failed before"
    IMPOSSIBLE = "impossible"
    LATER = "left for later"
    ELSEWHERE = "in other slices"


@dataclass
class Plan:
    """What an ingest of some grids would do now.

    Parameters
    ----------
    grids : list of Grid
        The declared grids.
    wanted : dict
        Name of a grid to its cells, under its names.
    cells, states : dict
        Every cell once, by key, with what is done with it.
    probings : dict
        Every probe once, by key.
    sources : mapping
        The datasets, by name.
    levels : mapping
        Labels of each dataset, by the key of its images and their own.
    embeddings : mapping
        The embeddings, by names of encoder and dataset.
    graph : Graph
        The tasks to execute.
    cached : dict
        Keys of stored arrays that the tasks read, with the stage that made them.
    recorded : Recorded
        The state of the warehouse that the plan was made from.
    retry : str or None
        Which failed cells and probes are tried again.
    sizes : Sizes
        Sizes of arrays, as they are known now.
    missing : sequence of Missing
        Datasets and weights of one's own that are not here; such a plan cannot be run.
    unsized : set of str
        Datasets among them of unknown size, whose cells and probes are not in the plan.
    unplanned : mapping of Encoder to Path or None
        Encoders that would embed these, with the files named for their weights.
    part : Slice or None
        The slice that it is of all that is declared; None: all of it.
    cut : Cut or None
        How that was cut into slices.
    """

    grids: list[Grid]
    wanted: dict[str, list[Wanted]]
    cells: dict[str, Cell]
    states: dict[str, State]
    probings: dict[str, Probing]
    sources: Mapping[str, Source]
    levels: Mapping[str, Mapping[str, Level]]
    embeddings: Mapping[tuple[str, str], Embedding]
    recorded: Recorded
    graph: Graph
    cached: dict[str, str]
    retry: str | None
    sizes: Sizes
    missing: Sequence[Missing] = ()
    unsized: Set[str] = frozenset()
    unplanned: Mapping[Encoder, Path | None] = field(default_factory=dict)
    part: Slice | None = None
    cut: Cut | None = None

    def reason(self, key: str) -> str | None:
        """Return why a cell is impossible or held, None where nothing is known."""
        last = self.recorded.last.get(key)
        return self.cells[key].impossible or (last.reason if last else None)

    @property
    def import_paths(self) -> tuple[str, ...]:
        """Folders of the files that name code of the user's own."""
        cells = self.cells.values()
        entries: set[Encoder | Reducer | Clusterer] = {
            embedding.encoder for embedding in self.embeddings.values()
        }
        for cell in cells:
            entries |= {cell.reduction.reducer, cell.clusterer}
        for grid in self.grids:
            entries |= {*grid.maps, *grid.umap_reducers.values()}
        sources = {entry.source for entry in entries if entry.runs_user_code}
        return tuple(sorted({str(source.resolve().parent) for source in sources}))

    def failed_before(self, probing: Probing) -> str | None:
        """Return why a probe waits for ``--retry``, None where it does not."""
        return _failed_before(probing, self.recorded, self.retry)

    def count(self, state: State) -> int:
        """Return the number of cells in a state."""
        return Counter(self.states.values())[state]


def make_plan(
    grids: Sequence[Grid],
    recorded: Recorded,
    store: Store,
    *,
    digests: Digests | None = None,
    retry: str | None = None,
    limit: int | None = None,
    only: str | None = None,
    memory_limit: int | None = None,
    part: Slice | None = None,
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
    digests : Digests, optional
        What is known of the content of files; without, all of them are read.
    retry : {None, "failed", "all"}
        Which failed cells are tried again.
    limit : int, optional
        Run at most this many cells.
    only : str, optional
        Run only the cells that are called so, and no probe: a key, the beginning of
        one, or ENCODER/DATASET/REDUCER/CLUSTERER, with /SEED for one of several.
    memory_limit : int, optional
        Bytes for all tasks; cells that were over the same limit before are not tried
        again.
    part : Slice, optional
        Plan only what falls into this slice.

    Raises
    ------
    ConfigError
        When a dataset or stored features cannot be used, a level does not exist, or two
        names of a grid mean one thing.
    """
    sizes = Sizes(store)
    resolver = Resolver(digests or Digests(), sizes)
    with archives_stay_open():
        resolver.look(grids)
        wanted = {grid.name: resolver.wanted(grid) for grid in grids}
    check_twins(wanted)
    probings: dict[str, Probing] = {}
    cells: dict[str, Cell] = {}
    scores: dict[str, dict[Request, Score]] = {}
    umap: dict[str, dict[str, Reduction]] = {}
    for grid in grids:
        probings |= {probing.key: probing for probing in resolver.probings(grid)}
        for one in wanted[grid.name]:
            cell = cells.setdefault(one.cell.key, one.cell)
            scores.setdefault(cell.key, {}).update(requests_of(one, grid.scores))
            for name, reducer in grid.umap_reducers.items():
                space = Reduction.of(
                    cell.embedding, reducer, cell.seed, grid.dtype, sizes
                )
                umap.setdefault(cell.key, {})[name] = space
    states = {
        key: _state(cell, recorded, set(scores[key]), retry, memory_limit)
        for key, cell in cells.items()
    }
    sliced = homes = None
    if part is not None:
        spaces = {key: named.values() for key, named in umap.items()}
        sliced = cut(cells.values(), spaces, probings.values(), part.of)
        others = {k for k, number in sliced.cells.items() if number != part.number}
        states |= dict.fromkeys(others, State.ELSEWHERE)
        homes = {k for k, number in sliced.homes.items() if number == part.number}
    _put_off(states, limit, None if only is None else called(wanted, only))
    arrays = _Arrays(store)
    graph = Graph(arrays.is_made)
    due = DueScores(recorded)
    for key, state in states.items():
        if state is State.RUN:
            graph.want(cells[key])
    for key, state in states.items():
        if state in (State.RUN, State.SCORE):
            due.add(cells[key], scores[key], umap.get(key, {}))
    levels = _levels(resolver.sources.values())
    for work in due.works(levels, arrays.is_stored):
        graph.want(work)
    for grid in grids:
        for drawn in _maps(grid, wanted[grid.name], states, sizes):
            if drawn.key in recorded.projections or drawn.impossible is not None:
                continue
            if homes is None or drawn.embedding.key in homes:
                graph.want(drawn)
    # probes go with the cells of their embedding: those over a limit wait with them
    embedded = {
        cells[key].embedding.key
        for key, state in states.items()
        if only is None and state in (State.DONE, State.SCORE, State.RUN)
    }
    if homes is not None:
        embedded &= homes
    for probing in probings.values():
        if probing.embedding.key in embedded and _is_due(probing, recorded, retry):
            graph.want(probing)
    return Plan(
        list(grids),
        wanted,
        cells,
        states,
        probings,
        resolver.sources,
        levels,
        resolver.embeddings,
        recorded,
        graph,
        arrays.cached,
        retry,
        sizes,
        resolver.missing,
        resolver.unsized,
        resolver.unplanned,
        part,
        sliced,
    )


class _Arrays:
    """What is in the store; `cached` are the arrays that works read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.cached: dict[str, str] = {}

    def is_made(self, work: Work) -> bool:
        """Whether a work has its array already."""
        if isinstance(work, Array) and work.key not in self.cached:
            if not self.is_stored(work):
                return False
            self.cached[work.key] = work.stage
        return isinstance(work, Array)

    def is_stored(self, array: Array) -> bool:
        """Whether an array is in the store."""
        return self._store.note(array.key) is not None


def _maps(
    grid: Grid,
    wanted: Iterable[Wanted],
    states: Mapping[str, State],
    sizes: Sizes,
) -> Iterator[Reduction]:
    """Yield the two-dimensional reductions that a grid keeps for drawing."""
    idle = (State.IMPOSSIBLE, State.LATER, State.ELSEWHERE)
    seed = min(declared.seed for declared in grid.cells)
    due = (one for one in wanted if states[one.cell.key] not in idle)
    for embedding in {one.embedding.key: one.embedding for one in due}.values():
        for reducer in grid.maps:
            yield Reduction.of(embedding, reducer, seed, grid.dtype, sizes)


def _is_due(probing: Probing, recorded: Recorded, retry: str | None) -> bool:
    """Whether a probe has rows to make, and can be run."""
    known = all(row.key in recorded.probes for row in probing.rows)
    cannot = probing.not_applicable or probing.impossible
    return not (known or cannot or _failed_before(probing, recorded, retry))


def _levels(sources: Iterable[Source]) -> dict[str, dict[str, Level]]:
    found: dict[str, dict[str, Level]] = {}
    for source in sources:
        own = {level.key: level for level in source.listing.levels}
        found.setdefault(source.key, {}).update(own)
    return found


def _failed_before(
    probing: Probing, recorded: Recorded, retry: str | None
) -> str | None:
    """Return why a probe is not tried again: it or an embedding of it failed before."""
    for work in with_needs(probing):
        status, reason = recorded.failed_tasks.get(work.failed_as, (None, ""))
        if status is not None and status not in RETRIED.get(retry or "", ()):
            return f"{work.stage} {work.title}: {reason}"
    return None


def _put_off(
    states: dict[str, State], limit: int | None, chosen: set[str] | None
) -> None:
    """Leave cells for later that are over the limit or not among the chosen ones."""
    if chosen is not None:
        for key, state in states.items():
            if state in (State.RUN, State.SCORE) and key not in chosen:
                states[key] = State.LATER
    to_run = [key for key, state in states.items() if state is State.RUN]
    for key in to_run[limit:] if limit is not None else ():
        states[key] = State.LATER


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
