"""The table of ``plan --embeddings``: shapes, weights, devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.encoders import LOADERS, check_device, weights_status
from zsc_wh.warehouse import Rows
from zsc_wh.words import format_bytes

if TYPE_CHECKING:
    from zsc_wh.engine.plan import Plan
    from zsc_wh.store import Store
    from zsc_wh.work import Embedding

_COLUMNS = {
    "encoder": "VARCHAR",
    "dataset": "VARCHAR",
    "n": "INTEGER",
    "dim": "INTEGER",
    "image_size": "INTEGER",
    "head": "VARCHAR",
    "weights": "VARCHAR",
    "device": "VARCHAR",
    "state": "VARCHAR",
}


def embedding_rows(plan: Plan, store: Store, device: str) -> Rows:
    """Return one row an embedding: its shape, its weights, and whether it is there.

    Parameters
    ----------
    plan : Plan
        What an ingest would do.
    store : Store
        Arrays that are there.
    device : str
        Device of the embeddings, as it is asked for.

    Raises
    ------
    ConfigError
        When a network is to be run on a device that is not here.
    MissingExtraError
        When a package that an encoder needs is not installed.

    Notes
    -----
    The number of features is NULL where only making the embedding tells. Before it is
    made, samples that cannot be read are counted.
    """
    rows: list[tuple[object, ...]] = []
    for (encoder, dataset), embedding in plan.embeddings.items():
        runs_on = None
        if embedding.impossible:
            state = f"impossible: {embedding.impossible}"
        elif store.note(embedding.key) is not None:
            state = "stored"
        else:
            state, runs_on = "to make", _device(embedding, device)
        rows.append(
            (
                encoder,
                dataset,
                plan.sizes.n(embedding),
                plan.sizes.dim(embedding),
                embedding.encoder.image_size,
                _head(embedding),
                _weights(embedding),
                runs_on,
                state,
            )
        )
    return Rows(tuple(_COLUMNS), tuple(_COLUMNS.values()), rows)


def _head(embedding: Embedding) -> str | None:
    """Say what becomes of the last layer of a trained network; None for others."""
    loader = embedding.encoder.loader
    if LOADERS[loader["kind"]].weights is None:
        return None
    return "kept" if loader.get("head") else "dropped"


def _device(embedding: Embedding, asked: str) -> str:
    """Return where an embedding is computed, by the name that ``--device`` takes."""
    spec = LOADERS[embedding.encoder.loader["kind"]]
    return check_device(asked) if spec.is_network else "cpu"


def _weights(embedding: Embedding) -> str | None:
    """Say where the weights of an encoder are, None where it has none."""
    encoder = embedding.encoder
    found = weights_status(encoder.loader, encoder.source.parent, embedding.weights)
    if found is None:
        return None
    if found.found:
        return str(found.path)
    return "to download" + (f", {format_bytes(found.bytes)}" if found.bytes else "")
