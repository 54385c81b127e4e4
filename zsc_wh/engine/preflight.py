"""What an ingest needs of this machine, checked before any work; what stays unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh import encoders
from zsc_wh.errors import ConfigError
from zsc_wh.records import Status
from zsc_wh.work import KINDS
from zsc_wh.work.missing import DATASET, missing_text, missing_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from zsc_wh.datasets import Digests
    from zsc_wh.declare import Grid
    from zsc_wh.engine.executor import Executor
    from zsc_wh.engine.plan import Plan
    from zsc_wh.work import Task
    from zsc_wh.work.missing import Missing

RANDOM = "random"
"""Family of encoders that nobody trained."""

_LOOK_EVERY_S = 0.2
"""Seconds between looks at a check that is running, and at Ctrl-C."""


def check_code(grids: Iterable[Grid], *, allowed: bool) -> None:
    """Check that code of a hub is run only where the user allows it.

    Parameters
    ----------
    grids : iterable of Grid
        What is about to be planned.
    allowed : bool
        Whether the user said so on the command line.

    Raises
    ------
    ConfigError
        Naming all code that would be run.
    """
    lines = {}
    cells = (cell for grid in grids for cell in grid.cells)
    for encoder in (part for cell in cells for part in cell.encoder.made_of):
        code = encoders.LOADERS[encoder.loader["kind"]].hub_code
        if code is not None:
            lines[encoder] = f"encoder.{encoder.name}: {code(encoder.loader)}"
    if lines and not allowed:
        raise ConfigError(
            what="\n  ".join(["code of others would be run", *lines.values()]),
            hint="\nRead it, and allow it with --allow-hub-code; nothing was run.",
        )


def missing_things(plan: Plan, digests: Digests | None) -> list[Missing]:
    """Return the datasets and weights that a plan needs and that are not here.

    Parameters
    ----------
    plan : Plan
        What is about to run; weights of embeddings that are stored are not needed.
    digests : Digests or None
        See `zsc_wh.work.missing.missing_weights`.
    """
    found = {(one.kind == DATASET, one.name): one for one in plan.missing}
    for kind in KINDS:
        for one in kind.lacks(plan.graph.of(kind), digests):
            found.setdefault((one.kind == DATASET, one.name), one)
    for encoder, given in plan.unplanned.items():
        lacking = missing_weights(encoder, given, digests)
        if lacking is not None:
            found.setdefault((False, lacking.name), lacking)
    return list(found.values())


def check_plan(
    plan: Plan,
    missing: Sequence[Missing],
    *,
    device: str = "auto",
    offline: bool = False,
) -> None:
    """Check that the works of a plan can be done here.

    Parameters
    ----------
    plan : Plan
        What is about to run.
    missing : sequence of Missing
        As from `missing_things`.
    device : str
        Device of the embeddings.
    offline : bool
        Whether weights that are not on this machine are a fault.

    Raises
    ------
    ConfigError
        Listing all that is missing, or when there is no such device.
    """
    if any(offline or not one.is_download for one in missing):
        raise ConfigError(what=missing_text(missing))
    for kind in KINDS:
        kind.check(plan.graph.of(kind), device=device)


def check_weights(
    plan: Plan,
    executor: Executor,
    *,
    verify: bool = False,
    progress: Callable[[str, int, int], None],
) -> None:
    """Check that weights on this machine are what is declared, in a worker.

    It stays for the tasks of the ingest: to import what builds networks takes seconds.
    What a worker cannot finish, for want of memory or time, is left to the embedding.

    Parameters
    ----------
    plan : Plan
        What is about to run.
    executor : Executor
        Runs the checks, one after the other.
    verify : bool
        Whether files are read again that fitted before.
    progress : callable
        Told what is checked, checks done and checks in all.

    Raises
    ------
    ConfigError
        Listing all faults of all encoders.
    """
    trials: dict[Task, str] = {}
    for kind in KINDS:
        trials |= kind.trials(plan.graph.of(kind), verify=verify)
    faults = []
    for done, (task, title) in enumerate(trials.items()):
        executor.submit(title, task)
        outcome = None
        while outcome is None:
            progress(title, done, len(trials))
            ended = (event.outcome for event in executor.gather(_LOOK_EVERY_S))
            outcome = next(filter(None, ended), None)
        if outcome.status is Status.BLOCKED:
            faults.append(f"{title}: {outcome.reason}")
    if faults:
        raise ConfigError(
            what="\n  ".join(["not every encoder can be used", *faults]),
            hint="\nNothing was computed.",
        )


def weights_lines(plan: Plan) -> list[str]:
    """Return a line for each encoder with weights of the user's, or without any.

    Own weights are told by the sha256 that was computed, where none is declared. Random
    weights are meant where the family says so, and otherwise easily taken for published
    ones.
    """
    lines = {}
    lacking = {one.name for one in plan.missing}
    cells = (one.declared for wanted in plan.wanted.values() for one in wanted)
    pairs = ((part, cell.dataset) for cell in cells for part in cell.encoder.made_of)
    for declared, dataset in pairs:
        embedding = plan.embeddings[declared.name, dataset.name]
        name, found = declared.name, embedding.encoder.loader
        if name in lacking:
            continue
        if embedding.encoder is not declared:
            lines[name] = f'{name}: weights with sha256 = "{found["sha256"]}"'
        elif embedding.weights is not None:
            lines[name] = f"{name}: weights from {embedding.weights}"
        elif declared.family != RANDOM and encoders.is_untrained(found):
            lines[name] = (
                f"{name}: random weights, as neither `weights` nor `path` is declared; "
                f'where they are meant, declare family = "{RANDOM}"'
            )
    return list(lines.values())


def unknown_lines(plan: Plan) -> list[str]:
    """Return a line for each method whose limit only its input can decide.

    It depends on a size that is known once the input is made; the task asks it again
    then.
    """
    found: dict[str, list[str]] = {}
    for work in plan.graph:
        if not work.source.is_here:
            continue  # pixels are counted when it is
        if work.impossible is None and work.may_be_impossible(plan.sizes):
            found.setdefault(work.name, []).append(work.needs()[0].title)
    return [
        f"{name} may be impossible for {titles[0]}"
        + (f" and {len(titles) - 1} more" if len(titles) > 1 else "")
        + ": the features are counted when they are made"
        for name, titles in found.items()
    ]
