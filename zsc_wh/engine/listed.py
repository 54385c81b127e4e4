"""What a plan says of datasets: odd sizes, and labels that need a word."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from zsc_wh.datasets import (
    LOADERS,
    NO_LABEL,
    phone_formats,
    reader_to_install,
    size_faults,
)
from zsc_wh.metrics import trivial
from zsc_wh.words import counted, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.datasets import Level
    from zsc_wh.engine.plan import Plan
    from zsc_wh.work import Source


def dataset_lines(plan: Plan) -> list[str]:
    """Return a line for each dataset and each of its levels that needs a word.

    Parameters
    ----------
    plan : Plan
        What is about to run; the levels that judge its cells count.
    """
    judged: dict[tuple[str, str], tuple[Source, Level]] = {}
    for wanted in (one for cells in plan.wanted.values() for one in cells):
        if wanted.level is not None:
            source = wanted.embedding.source
            judged[source.dataset.name, wanted.level.name] = (source, wanted.level)
    here = [source for source in plan.sources.values() if source.is_here]
    lines = [line for source in here for line in _sizes(source)]
    lines += _not_here(plan)
    lines += _photos(plan)
    for source, level in judged.values():
        if not source.is_here:
            continue
        lines += _labels(source, level)
    return lines


def _not_here(plan: Plan) -> Iterator[str]:
    """Say what the forecasts of datasets that are not here rest on."""
    n = sum(not source.is_here for source in plan.sources.values())
    if n:
        yield f"{counted(n, 'dataset')} not here yet: planned with the published sizes"
    tests = {cell.dataset.name for grid in plan.grids for cell in grid.cells}
    for name in sorted(plan.unsized):
        what = "cells" if name in tests else "probes"
        yield f"{name}: not here, and of unknown size: planned without its {what}"


def _sizes(source: Source) -> Iterator[str]:
    """Say where the files hold something else than was published."""
    faults = [*size_faults(source.listing, source.dataset.expected)]
    if faults:
        yield f"{source.dataset.name}: {'; '.join(faults)}: is a file missing?"


def _photos(plan: Plan) -> Iterator[str]:
    """Say which photos a reader is lacking for, and which were embedded without one."""
    for source in plan.sources.values():
        name = source.dataset.name
        if not LOADERS[source.dataset.loader["kind"]].has_images:
            continue
        for phone, indices in phone_formats(source.listing.sample_ids).items():
            command = reader_to_install(phone)
            if command is not None:
                yield (
                    f"{name}: {counted(len(indices), 'image')} in {phone} cannot be "
                    f"read here; install a reader with: {command}"
                )
            elif lacking := _left_out(plan, source) & {*indices}:
                yield (
                    f"{name}: {counted(len(lacking), 'image')} in {phone} could not "
                    f"be read before. `zscwh forget --dataset {quote(name)} --arrays`, "
                    "then another ingest, read them again"
                )


def _left_out(plan: Plan, source: Source) -> set[int]:
    """Return the samples that recorded embeddings lack, as they could not be read."""
    found: set[int] = set()
    for embedding in plan.embeddings.values():
        if embedding.source is source:
            lacking = plan.recorded.unreadable.get(embedding.key, ())
            found |= {*lacking} - {*embedding.missing}
    return found


def _labels(source: Source, level: Level) -> Iterator[str]:
    name = f"{source.dataset.name}: "
    if len(source.listing.levels) > 1:
        name += f"level {level.name}: "
    is_class = NO_LABEL in level.class_names
    n_missing = (
        level.counts[level.class_names.index(NO_LABEL)] if is_class else level.n_missing
    )
    if n_missing:
        so = (
            plural(n_missing, "counts", "count") + " as one class"
            if is_class
            else plural(n_missing, "is", "are") + " left out of scores and of K"
        )
        have = counted(n_missing, "sample has", "samples have")
        yield f"{name}{have} no label and {so}"
    n = sum(level.counts.values())
    reason = trivial(level.n_classes, n)
    if reason:
        hint = _hint(source, level)
        yield f"{name}{reason}: scores against labels are undefined{hint}"


def _hint(source: Source, level: Level) -> str:
    """Say what to declare where the class is but the folder that holds all."""
    loader = source.dataset.loader
    if "inside" not in loader or level.n_classes > 1 or level.n_missing:
        return ""
    (folder,) = (level.class_names[index] for index in level.counts)
    inside = "/".join(filter(None, (loader["inside"], folder)))
    return f'; inside = "{inside}"?'
