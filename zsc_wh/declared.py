"""Warehouse rows of what a catalog declares.

A name is not an identity, so each entry gives two rows: what it is, under its key,
and what its name was declared to mean, when, with the facts that describe it. An ingest
and an import of runs tracked elsewhere both write these, so that they agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.declare.entries import PLACES
from zsc_wh.identity import canonical_json

if TYPE_CHECKING:
    from datetime import datetime

    from zsc_wh.declare import Clusterer, Encoder, Entry, Reducer

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def encoder_rows(
    entry: Encoder, key: str, meaning: str, now: datetime, dataset: str | None = None
) -> Tables:
    """Return the rows of an encoder: one each of ``encoder`` and ``encoder_name``.

    Parameters
    ----------
    entry : Encoder
        What is declared.
    key, meaning : str
        Its identity and the version of its name. Those of stored features depend on
        their contents, which the entry does not know.
    now : datetime
        When this became the declaration of the name, with a zone.
    dataset : str, optional
        Name of the dataset whose stored features these are.
    """
    what_it_is = {k: v for k, v in entry.loader.items() if k not in PLACES}
    return {
        "encoder": [
            {
                "encoder_key": key,
                "feature": entry.feature,
                "image_size": entry.image_size,
                "loader": canonical_json(what_it_is),
            }
        ],
        "encoder_name": [
            {
                "encoder_key": key,
                **_named(entry, meaning, now),
                "dataset": dataset,
                "backbone": entry.backbone,
                "family": entry.family,
                "objective": entry.objective,
                "pretrained_on": entry.pretrained_on,
                "fine_tuned": entry.fine_tuned,
                "licence": entry.licence,
                "loader": canonical_json(entry.loader),
            }
        ],
    }


def reducer_rows(entry: Reducer, now: datetime) -> Tables:
    """Return the rows of a reducer: one each of ``reducer`` and ``reducer_name``."""
    return {
        "reducer": [
            {
                "reducer_key": entry.key,
                "kind": entry.kind,
                "params": canonical_json(entry.params),
            }
        ],
        "reducer_name": [
            {"reducer_key": entry.key, **_named(entry, entry.meaning, now)}
        ],
    }


def clusterer_rows(entry: Clusterer, now: datetime) -> Tables:
    """Return the rows of a clusterer: one each of ``clusterer``, ``clusterer_name``."""
    return {
        "clusterer": [
            {
                "clusterer_key": entry.key,
                "kind": entry.kind,
                "params": canonical_json(entry.params),
                "standardise": entry.standardise,
                "dimension_correction": entry.dimension_correction,
            }
        ],
        "clusterer_name": [
            {
                "clusterer_key": entry.key,
                **_named(entry, entry.meaning, now),
                "k_source": entry.k_source,
                "k": entry.k,
                "slot": entry.slot,
            }
        ],
    }


def _named(entry: Entry, meaning: str, now: datetime) -> Row:
    """Return the columns that the tables of all names share."""
    return {
        "name": entry.name,
        "declared_at": now,
        "meaning": meaning,
        "title": entry.title,
        "doc": entry.doc,
        "tags": list(entry.tags),
    }
