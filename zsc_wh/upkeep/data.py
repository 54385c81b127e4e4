"""Which datasets of a catalog are on this machine, and how to get the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zsc_wh import datasets
from zsc_wh.errors import ZscError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.declare import Catalog


class DataState(NamedTuple):
    """What is known of one dataset; `place` is where it was looked for."""

    dataset: str
    state: str
    samples: int | None
    published: int | None
    detail: str | None
    place: str
    homepage: str | None
    licence: str | None


def data_states(catalog: Catalog) -> Iterator[DataState]:
    """Yield the state of every dataset, as soon as it is known.

    Yields
    ------
    DataState
        `state` is "found"; "wrong count" where the files hold something else than was
        published, with both numbers in `detail`; "missing" where nothing is at the
        place; "faulty" where something is there that cannot be read. `detail` says
        what is wrong and how to mend it. No sample is read.
    """
    for dataset in catalog.datasets.values():
        base = dataset.source.parent
        places, exists = datasets.whereabouts(dataset.loader, base)
        samples, detail = None, None
        try:
            listing = datasets.list_all(
                dataset.loader,
                base,
                dataset.subset,
                datasets.Digests(),
            )
        except ZscError as error:
            state, detail = "faulty" if exists else "missing", str(error)
        else:
            samples = len(listing)
            faults = [*datasets.size_faults(listing, dataset.expected)]
            state = "wrong count" if faults else "found"
            if listing.absent:
                faults.append(f"{len(listing.absent)} files are absent")
            detail = "; ".join(faults) or None
        yield DataState(
            dataset.name,
            state,
            samples,
            dataset.expected["n"],
            detail,
            places,
            dataset.homepage,
            dataset.licence,
        )
