"""What changed under a name since the warehouse last saw it, and what that costs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from zsc_wh.engine.names import named_entries
from zsc_wh.engine.plan import State
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zsc_wh.datasets import Listing
    from zsc_wh.engine.plan import Plan
    from zsc_wh.engine.recorded import Meant
    from zsc_wh.engine.wanted import Wanted
    from zsc_wh.warehouse import Warehouse

_Thing = tuple[str, str, str]
"""Kind and name, and name of the dataset for stored features."""


def changes(plan: Plan, warehouse: Warehouse) -> list[str]:
    """Return a line for every name that means something else than before.

    A name that means in its grid what it meant there is left out.

    Parameters
    ----------
    plan : Plan
        What is about to run.
    warehouse : Warehouse
        Holds what the names meant.

    Returns
    -------
    list of str
        Such as ``photos: 1 sample added, 2 labels corrected since @1: 3 embeddings to
        make, 12 cells to run``.
    """
    concerned: dict[_Thing, list[Wanted]] = {}
    found: dict[_Thing, Meant] = {}
    cells = [(grid, one) for grid, cells in plan.wanted.items() for one in cells]
    for grid, wanted in cells:
        if not wanted.embedding.source.is_here:
            continue  # what it means now is not known
        for kind, entry, dataset, meaning in named_entries(wanted):
            in_grid = (grid, kind, entry.name, dataset, meaning)
            if in_grid in plan.recorded.grid_meanings:
                continue  # another grid has used the name for something else
            is_stored = kind == "encoder" and wanted.embedding.is_by_content
            meant = plan.recorded.names.get(
                (f"{kind}_name", entry.name, dataset if is_stored else None)
            )
            if meant is None or meant.said["meaning"] == meaning:
                continue
            thing = (kind, entry.name, dataset if is_stored else "")
            found[thing] = meant
            concerned.setdefault(thing, []).append(wanted)
    lines = []
    for thing, meant in found.items():
        _, name, dataset = thing
        what = _what(plan, warehouse, thing, meant)
        title = f"{name} for {dataset}" if dataset else name
        cost = _cost(plan, concerned[thing])
        lines.append(f"{title}: {what} since @{meant.version}: {cost}")
    return lines


def _what(plan: Plan, warehouse: Warehouse, thing: _Thing, meant: Meant) -> str:
    kind, name, dataset = thing
    if kind == "dataset":
        listing = plan.sources[name].listing
        return ", ".join(_in_dataset(listing, meant, warehouse))
    if dataset:
        return "its stored features changed"
    return f"it is declared as another {kind}"


def _in_dataset(listing: Listing, meant: Meant, warehouse: Warehouse) -> Iterator[str]:
    """Say what changed of the samples and labels of a dataset."""
    before = _before(meant, warehouse)
    if not before["digests"]:
        yield "its samples were not known"  # of imported runs
        return
    if listing.key != meant.said["dataset_key"]:
        yield from _in_images(listing, before)
    if listing.labelling_key != meant.said["labelling_key"]:
        yield from _in_labels(listing, before)


def _in_images(listing: Listing, before: dict[str, Any]) -> Iterator[str]:
    old, new = Counter(before["digests"]), Counter(listing.digests)
    added, removed = (new - old).total(), (old - new).total()
    # a sample of the same name with other bytes was not added, but replaced
    names = dict(zip(before["ids"] or (), before["digests"], strict=True))
    pairs = [
        (names[sample_id], digest)
        for sample_id, digest in zip(listing.sample_ids, listing.digests, strict=True)
        if sample_id in names and names[sample_id] != digest
    ]
    # one without bytes is still listed, by a table whose file is not there
    gone = sum(digest is None for _, digest in pairs)
    back = sum(digest is None for digest, _ in pairs)
    # none where what is missing under one name is there under another
    replaced = max(
        min(len(pairs) - gone - back, added - gone, removed - gone - back), 0
    )
    counts = (
        (gone, "whose file is missing"),
        (back, "whose file is there now"),
        (replaced, "replaced"),
        (added - gone - back - replaced, "added"),
        (removed - gone - back - replaced, "removed"),
    )
    yield from (f"{counted(n, 'sample')} {what}" for n, what in counts if n > 0)
    if not added and not removed:
        if tuple(before["digests"]) != listing.digests:
            yield "samples in another order"
        else:
            yield "images read in another way"


def _in_labels(listing: Listing, before: dict[str, Any]) -> Iterator[str]:
    now = {level.name: level for level in listing.levels}
    then = {name: rest for name, *rest in before["levels"]}
    for name in sorted(now.keys() - then.keys()):
        yield f"label level '{name}' added"
    for name in sorted(then.keys() - now.keys()):
        yield f"label level '{name}' removed"
    corrected = renamed = 0
    for name in now.keys() & then.keys():
        label_key, _, classes, index = then[name]
        level = now[name]
        if level.key == label_key:
            continue
        old = _labels(before["digests"], classes, index)
        new = _labels(listing.digests, level.class_names, level.class_index)
        pairs = [(old[sample], new[sample]) for sample in old.keys() & new.keys()]
        changed = [pair for pair in pairs if pair[0] != pair[1]]
        names = _renamings(pairs)
        renamed += len(names)
        corrected += sum(pair not in names for pair in changed)
    if corrected:
        yield f"{counted(corrected, 'label')} corrected"
    if renamed:
        yield f"{counted(renamed, 'class', 'classes')} renamed"
    target = listing.target.name if listing.target else None
    if target not in {name for name, (_, is_target, *_) in then.items() if is_target}:
        yield f"judged by '{target}'" if target else "without labels"


def _renamings(
    pairs: Sequence[tuple[str | None, str | None]],
) -> set[tuple[str | None, str | None]]:
    """Return the old and the new name of each class that was renamed.

    Where every class, as a whole, has one name and another class has not, all names
    that changed are new ones. Else a class counts whose name is gone and whose samples
    all have one name that was none before; beside it labels may have been corrected.
    """
    distinct = set(pairs)
    olds, news = {old for old, _ in distinct}, {new for _, new in distinct}
    # a label that came or went is a correction
    is_kept = all((old is None) == (new is None) for old, new in distinct)
    if is_kept and len(olds) == len(news) == len(distinct):
        return {(old, new) for old, new in distinct if old != new}
    after: dict[str | None, set[str | None]] = {}
    for old, new in distinct:
        after.setdefault(old, set()).add(new)
    whole = {(old, *found) for old, found in after.items() if len(found) == 1}
    fresh = {(old, new) for old, new in whole if old not in news and new not in olds}
    taken = Counter(new for _, new in fresh)
    # two classes of one name were merged
    return {
        (old, new)
        for old, new in fresh
        if taken[new] == 1 and old is not None and new is not None
    }


def _labels(
    digests: Sequence[str | None],
    classes: Sequence[str] | None,
    index: Sequence[int | None] | None,
) -> dict[tuple[str | None, int], str | None]:
    """Return the class of every sample, by its digest and how often it came before."""
    if classes is None or index is None:
        return {}
    seen: Counter[str | None] = Counter()
    found: dict[tuple[str | None, int], str | None] = {}
    for digest, i in zip(digests, index, strict=True):
        found[digest, seen[digest]] = None if i is None else classes[i]
        seen[digest] += 1
    return found


def _before(meant: Meant, warehouse: Warehouse) -> dict[str, Any]:
    """Return digests, names and labels of what a name meant."""
    keys = {
        name: meant.said[name]
        for name in ("dataset_key", "listing_key", "labelling_key")
    }
    ((digests, ids),) = warehouse.read(
        "select sample_sha256,"
        " (select sample_ids from listing where listing_key = $listing_key)"
        " from dataset where dataset_key = $dataset_key",
        {name: keys[name] for name in ("dataset_key", "listing_key")},
    ).rows
    levels = warehouse.read(
        "select level, label_key, is_target, class_names, class_index"
        " from label_level inner join label using (label_key)"
        " where labelling_key = $labelling_key order by depth",
        {"labelling_key": keys["labelling_key"]},
    ).rows
    return {"digests": digests or (), "ids": ids, "levels": levels}


def _cost(plan: Plan, wanted: Sequence[Wanted]) -> str:
    """Say how much of a plan is due for some of its cells."""
    keys = {one.cell.key for one in wanted}
    embeddings = {one.embedding.id for one in wanted}
    to_embed = sum(work_id in plan.graph for work_id in embeddings)
    states = Counter(plan.states[key] for key in keys)
    parts = [
        counted(to_embed, "embedding") + " to make",
        counted(states[State.RUN], "cell") + " to run",
    ]
    if states[State.SCORE]:
        parts.append(f"{states[State.SCORE]} to score")
    return ", ".join(parts)
