"""Show a plan: a few lines for people, a table of tasks, a table of cells."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from zsc_wh.engine.forecast import stage_costs
from zsc_wh.engine.listed import dataset_lines
from zsc_wh.engine.plan import Plan, State
from zsc_wh.engine.preflight import unknown_lines, weights_lines
from zsc_wh.warehouse import Rows
from zsc_wh.words import counted, plural
from zsc_wh.work import STAGES, Probing, Reduction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.datasets import Listing


_SHOWN = 3  # of a list of names


def overview(plan: Plan, changed: Sequence[str]) -> str:
    """Return the cells by state, why some are impossible or held, and what changed."""
    lines = [
        f"grid {name}: {counted(len(cells), 'cell')}"
        for name, cells in plan.wanted.items()
    ]
    counts = [(plan.count(state), state) for state in State]
    lines.append(
        "  "
        + ", ".join(
            f"{count} {state}"
            for count, state in counts
            if count or state in (State.DONE, State.RUN)
        )
    )
    lines += _slice_lines(plan)
    impossible = Counter(
        plan.reason(key)
        for key, state in plan.states.items()
        if state is State.IMPOSSIBLE
    )
    lines += [f"  impossible ({n}): {why}" for why, n in impossible.most_common()]
    held = Counter(
        (last.status, last.reason)
        for key, state in plan.states.items()
        if state is State.HELD and (last := plan.recorded.last.get(key)) is not None
    )
    lines += [
        f"  {status} before ({n}): {why}" for (status, why), n in held.most_common()
    ]
    if held:
        lines.append("  --retry failed or --retry all runs them again")
    lines += _shared_lines(plan)
    lines += _probe_lines(plan)
    lines += [f"  {line}" for line in changed]
    lines += [
        f"  {line}"
        for line in (
            *dataset_lines(plan),
            *weights_lines(plan),
            *unknown_lines(plan),
        )
    ]
    lines += _surplus_lines(plan)
    for source in plan.sources.values():
        name, listing = source.dataset.name, source.listing
        if listing.absent:
            lines.append(
                f"  {name}: {len(listing.absent)} of {counted(len(listing), 'file')} "
                f"{plural(len(listing.absent), 'is', 'are')} absent and left out: "
                f"{_some(listing.absent)}"
            )
            lines += [f"    {listing.absent_hint}"] if listing.absent_hint else []
        if shut := _unopened(listing):
            lines.append(
                f"  {name}: {len(shut)} of {counted(len(listing), 'file')} cannot be "
                f"opened and {plural(len(shut), 'is', 'are')} left out: {_some(shut)}"
            )
        if listing.ignored:
            lines.append(f"  {name}: {_ignored(listing.ignored)}")
    return "\n".join(lines)


def _slice_lines(plan: Plan) -> list[str]:
    """Say how much of all that is declared falls into the slice."""
    if plan.part is None or plan.cut is None:
        return []
    n_cells = sum(number == plan.part.number for number in plan.cut.cells.values())
    if n_cells == 0:
        return [f"  slice {plan.part}: empty, as there is not enough to cut"]
    share = plan.cut.seconds[plan.part.number - 1] / (sum(plan.cut.seconds) or 1)
    return [
        f"  slice {plan.part}: {n_cells} of {counted(len(plan.cells), 'cell')}, "
        f"{share:.0%} of the forecast time of all slices"
    ]


def _unopened(listing: Listing) -> list[str]:
    """Return the samples whose files are there and gave no digest.

    A link to nowhere and a file that may not be read are such ones.
    """
    digests = zip(listing.sample_ids, listing.digests, strict=True)
    absent = {*listing.absent}
    return [name for name, digest in digests if digest is None and name not in absent]


def _shared_lines(plan: Plan) -> list[str]:
    """Say how many cells share the reductions to make, by kind."""
    kinds = {
        work.key: work.reducer.kind
        for work in plan.graph
        if isinstance(work, Reduction)
    }
    users = Counter(
        plan.cells[key].reduction.key
        for key, state in plan.states.items()
        if state is State.RUN
    )
    lines = []
    for kind in dict.fromkeys(kinds.values()):
        keys = [key for key, each in kinds.items() if each == kind]
        used = [key for key in keys if users[key]]
        cells = sum(users[key] for key in used)
        if cells > len(used):
            shared = counted(len(used), "reduction")
            line = f"  {kind}: {shared} for {counted(cells, 'cell')}"
            more = len(keys) - len(used)
            lines.append(line + (f", {more} more for scores or maps" if more else ""))
    return lines


def _surplus_lines(plan: Plan) -> list[str]:
    """Say which stored features belong to no sample, and which samples have none."""
    lines = []
    for embedding in plan.embeddings.values():
        if embedding.features_sha256 is None:
            continue
        title, ids = embedding.title, embedding.source.listing.sample_ids
        if embedding.missing:
            lacking = tuple(ids[index] for index in embedding.missing)
            lines.append(
                f"  {title}: {len(lacking)} of {counted(len(ids), 'sample')} "
                f"{plural(len(lacking), 'has', 'have')} no features and "
                f"{plural(len(lacking), 'is', 'are')} left out: {_some(lacking)}"
            )
        if embedding.surplus:
            lines.append(
                f"  {title}: "
                f"{counted(len(embedding.surplus), 'row')} of features without a "
                f"sample: {_some(embedding.surplus)}"
            )
    return lines


def _ignored(paths: tuple[str, ...]) -> str:
    """Say what was left out of a dataset."""
    return f"{len(paths)} ignored, no images by name or content: {_some(paths)}"


def _some(names: Sequence[str]) -> str:
    """Return the first of some names from elsewhere, quoted."""
    shown = ", ".join(map(repr, names[:_SHOWN]))
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _probe_lines(plan: Plan) -> list[str]:
    """Return the probes by state, and why some have no result."""
    probings = plan.probings.values()
    if not probings:
        return []
    recorded = plan.recorded.probes
    done = sum(all(row.key in recorded for row in p.rows) for p in probings)
    due = plan.graph.of(Probing)
    # whether train set and test set have a class in common is not known before
    waiting = sum(not (p.train.source.is_here and p.source.is_here) for p in due)
    lines = [f"  probes: {done} done, {len(due) - waiting} to run"]
    if waiting:
        lines[0] += f", {waiting} missing their labels: not all may be applicable"
    for word, reasons in (
        ("not applicable", Counter(p.not_applicable for p in probings)),
        ("impossible", Counter(p.impossible for p in probings)),
        ("failed before", Counter(map(plan.failed_before, probings))),
    ):
        lines += [
            f"  {word} ({counted(n, 'probe')}): {why}"
            for why, n in reasons.most_common()
            if why
        ]
    return lines


def task_rows(plan: Plan) -> Rows:
    """Return one row a stage: tasks to run, arrays at hand, forecasts, their past."""
    forecast = stage_costs(plan, plan.sizes)
    rows: list[tuple[object, ...]] = []
    for stage in STAGES:
        cost = forecast[stage]
        rows.append(
            (
                stage,
                plan.graph.count(stage),
                sum(kind == stage for kind in plan.cached.values()),
                cost.seconds,
                cost.peak_bytes,
                cost.disk_bytes,
                cost.past_tasks,
                cost.time_within,
                cost.memory_within,
            )
        )
    return Rows(
        (
            "stage",
            "to_run",
            "cached",
            "forecast_s",
            "forecast_peak_bytes",
            "forecast_disk_bytes",
            "past_tasks",
            "time_within",
            "memory_within",
        ),
        ("VARCHAR", "INTEGER", "INTEGER", "DOUBLE", "BIGINT", "BIGINT", "INTEGER")
        + ("DOUBLE",) * 2,
        rows,
    )


def cell_rows(plan: Plan) -> Rows:
    """Return one row a cell and names: its state and why."""
    rows: list[tuple[object, ...]] = []
    for wanted in (one for cells in plan.wanted.values() for one in cells):
        key = wanted.cell.key
        state, last = plan.states[key], plan.recorded.last.get(key)
        if state is State.ELSEWHERE:
            continue
        reason = plan.reason(key)
        if state is State.HELD and last is not None:
            reason = f"{last.status}: {reason}"
        row = (*wanted.names[:4], wanted.cell.seed, str(state), reason, key)
        rows.append(row)
    return Rows(
        (
            "encoder",
            "dataset",
            "reducer",
            "clusterer",
            "seed",
            "state",
            "reason",
            "cell_key",
        ),
        ("VARCHAR",) * 4 + ("INTEGER",) + ("VARCHAR",) * 3,
        rows,
    )
