"""What every embedding is held to, and how it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.errors import ConfigError, DataError
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from zsc_wh.datasets import Listing
    from zsc_wh.declare import Dataset, Encoder
    from zsc_wh.records import Rows
    from zsc_wh.store import Store, StoredArray


def store_embedding(
    store: Store,
    key: str,
    array: NDArray[Any],
    unreadable: Iterable[tuple[int, str]],
    *,
    encoder_key: str,
    listing: Listing,
    is_by_content: bool,
    columns: Mapping[str, Any],
    computed: Callable[[], Mapping[str, Any]],
) -> StoredArray:
    """Store an embedding, with its row and those of the samples that it lacks.

    Parameters
    ----------
    store : Store
        Where it goes.
    key, encoder_key : str
        Its key and that of the encoder.
    array : ndarray of shape (n, d)
        The features of the samples that could be read.
    unreadable : iterable of (index, reason)
        The other samples.
    listing : Listing
        The dataset.
    is_by_content : bool
        Whether features were read, so that no image was compared with its digest.
    columns : mapping
        What else its row says.
    computed : callable
        Returns the columns of `provenance.columns`, once the array is stored.
    """

    def rows(sha256: str) -> Rows:
        row = {
            "embedding_key": key,
            "encoder_key": encoder_key,
            "dataset_key": listing.key,
            "n": int(array.shape[0]),
            "dim": int(array.shape[1]),
            "uri": store.uri(key),
            "sha256": sha256,
            "content_sha256": None if is_by_content else listing.content_sha256,
        }
        return {
            "embedding": [{**row, **columns, **computed()}],
            "unreadable_sample": [
                {"embedding_key": key, "sample_index": index, "reason": reason}
                for index, reason in unreadable
            ],
        }

    return store.put(key, array, rows)


def check_readable(
    dataset: Dataset,
    listing: Listing,
    before: tuple[int, ...] | None,
    unreadable: Sequence[int],
) -> None:
    """Refuse an embedding of other samples than those of the one it stands for.

    Parameters
    ----------
    dataset, listing
        What is embedded.
    before : tuple of int or None
        Samples that could not be read when it was made before; None where it never was.
    unreadable : sequence of int
        Those that cannot be read now.

    Raises
    ------
    DataError
        Naming the first sample of which both say something else.
    """
    if before is None or tuple(unreadable) == before:
        return
    index = min({*unreadable} ^ {*before})
    now = "cannot be read now" if index in unreadable else "can be read now"
    raise DataError(
        what=f"the sample '{listing.sample_ids[index]}' {now}, which was "
        "otherwise when the results in the warehouse were made",
        where=f"dataset '{dataset.name}'",
        hint="Put the file back, or declare the images as another dataset.",
    )


def check_dim(encoder: Encoder, dim: int) -> None:
    """Check the number of features against the declared one.

    Raises
    ------
    ConfigError
        When another one is declared.
    """
    if encoder.dim not in (None, dim):
        raise ConfigError(
            what=f"it gives {counted(dim, 'feature')}, and dim = "
            f"{encoder.dim} is declared",
            where=f"encoder '{encoder.name}'",
            hint=f"Declare dim = {dim}, or leave it out.",
        )
