"""Keys of what a grid needs: all that changes a result, and nothing else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from zsc_wh import datasets, encoders, reducers
from zsc_wh.engine.cells import PRECISION, Cell, Embedding, Reduction
from zsc_wh.errors import DataError
from zsc_wh.identity import key_of

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.datasets import Digests
    from zsc_wh.declare import Clusterer, Encoder, Reducer
    from zsc_wh.engine.cells import Source


def embedding(
    encoder: Encoder, source: Source, digests: Digests, weights: Path | None
) -> Embedding:
    """Return the embedding of a dataset by an encoder.

    Parameters
    ----------
    encoder, source
        By what, and of what.
    digests : Digests
        What is known of the content of files.
    weights : Path or None
        File of the encoder's published weights; no part of the identity.

    Raises
    ------
    ConfigError, DataError
        When stored features cannot be used; see `zsc_wh.encoders.match_features`.
    """
    has_images = datasets.LOADERS[source.dataset.loader["kind"]].has_images
    impossible = None
    if encoders.LOADERS[encoder.loader["kind"]].needs_images and not has_images:
        impossible = (
            f"the dataset '{source.dataset.name}' has no images, and the encoder "
            f"'{encoder.name}' needs them"
        )
    matched = encoders.match_features(
        encoder.loader,
        encoder.source.parent,
        source.dataset.name,
        source.listing,
        digests,
    )
    encoder_key = meaning = encoder.key
    absent = source.listing.digests if has_images else ()
    missing = tuple(i for i, digest in enumerate(absent) if digest is None)
    if matched is not None:
        content = matched.content_sha256
        encoder_key = key_of("stored features", content=content)
        meaning = key_of(
            "stored features of", encoder=encoder_key, dataset=source.dataset.name
        )
        missing = matched.missing
    key = key_of(
        "embed",
        encoder=encoder_key,
        dataset=source.key,
        transform=encoder.transform.declared() if encoder.transform else None,
        precision=PRECISION,
    )
    return Embedding(
        key,
        encoder,
        encoder_key,
        source,
        encoder.transform,
        meaning,
        features_sha256=matched.content_sha256 if matched else None,
        missing=missing,
        surplus=matched.surplus if matched else (),
        weights=weights,
        dim=matched.dim if matched else _dim(encoder, source, impossible),
        impossible=impossible,
    )


def _dim(encoder: Encoder, source: Source, impossible: str | None) -> int | None:
    """Return the number of features where it is known before an embedding is made."""
    if encoder.dim is not None:
        return encoder.dim
    dim = encoders.LOADERS[encoder.loader["kind"]].dim
    if dim is None or encoder.transform is None or impossible is not None:
        return None
    dataset, listing = source.dataset, source.listing
    images = datasets.LOADERS[dataset.loader["kind"]].images
    if images is None:
        return None
    opened = partial(images, dataset.loader, dataset.source.parent, listing)
    try:
        return dim(encoder.transform, len(listing), opened)
    except DataError:
        return None  # no image can be read, which the embedding tells


def reduction(
    embedding: Embedding, reducer: Reducer, seed: int, dtype: str
) -> Reduction:
    """Return the reduction of an embedding; seeds count only where they are used."""
    if reducer.is_identity:
        return Reduction(embedding.key, embedding, reducer, seed, dtype)
    uses_seed = reducers.METHODS[reducer.kind].uses_seed
    key = key_of(
        "reduce",
        embedding=embedding.key,
        reducer=reducer.key,
        seed=seed if uses_seed else None,
        dtype=dtype,
    )
    return Reduction(key, embedding, reducer, seed, dtype)


def cell(
    reduced: Reduction,
    clusterer: Clusterer,
    seed: int,
    k: int | None,
    impossible: str | None,
) -> Cell:
    """Return the cell of a reduction and a clusterer.

    Parameters
    ----------
    reduced : Reduction
        What is clustered.
    clusterer : Clusterer
        By what.
    seed : int
        Seed of both.
    k : int or None
        Number of clusters to ask for, wherever it comes from; None where the clusterer
        finds it.
    impossible : str or None
        Why it cannot be run.
    """
    key = key_of(
        "cluster",
        embedding=reduced.embedding.key,
        reducer=reduced.reducer.key,
        clusterer=clusterer.key,
        k=k,
        subset="all",
        seed=seed,
        dtype=reduced.dtype,
    )
    return Cell(key, reduced, clusterer, seed, k, impossible)
