"""Which datasets of a catalog are on this machine, and how to get the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zsc_wh import datasets
from zsc_wh.errors import AbsentError, ZscError
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def data_states(
    catalog: Catalog, progress: Callable[[str, int, int], None] = lambda *_: None
) -> Iterator[DataState]:
    """Yield the state of every dataset, as soon as it is known.

    Parameters
    ----------
    catalog : Catalog
        Its datasets are looked at.
    progress : callable
        Told before each: its name, how many are done, how many there are.

    Yields
    ------
    DataState
        `state` is "found"; "wrong count" where the files hold something else than was
        published, with both numbers in `detail`; "missing" where nothing is at the
        place, or a file of it is not there; "faulty" where something is there that
        cannot be read. `detail` says what is wrong and how to mend it. No sample is
        read.
    """
    total = len(catalog.datasets)
    for done, dataset in enumerate(catalog.datasets.values()):
        progress(dataset.name, done, total)
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
            is_absent = isinstance(error, AbsentError) or not exists
            state, detail = "missing" if is_absent else "faulty", str(error)
        else:
            samples = len(listing)
            faults = [*datasets.size_faults(listing, dataset.expected)]
            state = "wrong count" if faults else "found"
            if listing.absent:
                faults.append(
                    f"{counted(len(listing.absent), 'file is', 'files are')} absent"
                )
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
