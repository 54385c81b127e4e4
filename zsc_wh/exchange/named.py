"""What an import takes for a name: rows of the thing that it stands for.

An import has seen neither images nor weights. What it names is known by the name and by
what the mapping says of the thing, so that a mapping that says something else of it
means something else, and the results of before stay with what they were made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.errors import DataError
from zsc_wh.exchange.contract import NAMED
from zsc_wh.exchange.labelled import DEFAULT
from zsc_wh.exchange.present import CONTENT, HOST, imported_key
from zsc_wh.identity import canonical_json, key_of
from zsc_wh.sqlfiles import tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from zsc_wh.exchange.labelled import Labelled
    from zsc_wh.exchange.runs import Name

Row = dict[str, Any]
Tables = dict[str, list[Row]]

_LOADER = canonical_json({"kind": HOST})


def encoder(name: str, facts: Mapping[str, Any], now: datetime) -> Tables:
    """Return the rows of an imported encoder: ``encoder`` and ``encoder_name``.

    Parameters
    ----------
    name : str
        The name.
    facts : mapping
        What is known of it, by the keys of `NAMED`.
    now : datetime
        When this became the declaration of the name, with a zone.
    """
    said = dict.fromkeys(NAMED["encoder"]) | {"name": name} | dict(facts)
    key = imported_key("encoder", said)
    about = _about("encoder", said, now) | {
        "encoder_key": key,
        "meaning": key,
        "family": said["family"] or "unknown",
        "fine_tuned": bool(said["fine_tuned"]),
        "loader": _LOADER,
    }
    content = {column: said[column] for column in CONTENT["encoder"]}
    thing = {"encoder_key": key, **content, "loader": _LOADER}
    return {"encoder": [thing], "encoder_name": [about]}


def dataset(known: Labelled, now: datetime) -> Tables:
    """Return the rows of an imported dataset and of its labels.

    Parameters
    ----------
    known : Labelled
        The dataset.
    now : datetime
        When this became the declaration of the name, with a zone.

    Returns
    -------
    dict
        Rows of ``dataset`` and ``dataset_name``; with labels also of ``label`` and
        ``label_level``.
    """
    said = {**known.said, "name": known.name, "n_samples": known.n_samples}
    key = imported_key("dataset", said)
    made: Tables = {"label": [], "label_level": []}
    places = []
    for depth, (level, facts) in enumerate(known.levels.items()):
        size = facts["n_classes"]
        # two levels can have as many classes
        more = {} if level == DEFAULT else {"level": level}
        label = key_of("imported label", name=known.name, n_classes=size, **more)
        imbalance = facts.get("imbalance")
        row = {"label_key": label, "n_classes": size, "imbalance": imbalance}
        made["label"].append(row)
        place = {"level": level, "depth": depth, "is_target": level == known.target}
        places.append(place | {"label_key": label})
    labelling = key_of("labelling", levels=[[*place.values()] for place in places])
    made["label_level"] = [{"labelling_key": labelling, **place} for place in places]
    about = _about("dataset", said, now) | {
        "dataset_key": key,
        "meaning": key_of("dataset meaning", dataset=key, labelling=labelling),
        "labelling_key": labelling,
        "loader": _LOADER,
    }
    thing = {"dataset_key": key, "n_samples": known.n_samples, "facts": "{}"}
    return {"dataset": [thing], **made, "dataset_name": [about]}


def method(kind: str, name: Name, now: datetime) -> Tables:
    """Return the rows of an imported reducer or clusterer.

    Parameters
    ----------
    kind : str
        Reducer or clusterer.
    name : Name
        The name, with what the mapping says of it.
    now : datetime
        When this became the declaration of the name, with a zone.

    Raises
    ------
    DataError
        When nothing says which method it is.
    """
    defaults = {key: given.default for key, given in NAMED[kind].items()}
    said = {**defaults, **name.said, "name": name.text}
    if said["kind"] is None:
        raise DataError(
            what=f"the {kind} '{name.text}' is in neither the warehouse nor the "
            f"catalog; the mapping must give {kind}_kind"
        )
    said["params"] = canonical_json(said["params"])
    key = imported_key(kind, said)
    about = _about(kind, said, now) | {f"{kind}_key": key, "meaning": key}
    if kind == "clusterer":
        source = said["k_source"]
        about |= {"slot": said["slot"] or name.text, "k": None}
        about["meaning"] = key_of(
            "clusterer meaning", clusterer=key, k_source=source, k=None
        )
    content = {column: said[column] for column in CONTENT[kind]}
    return {kind: [{f"{kind}_key": key, **content}], f"{kind}_name": [about]}


def _about(kind: str, said: Mapping[str, Any], now: datetime) -> Row:
    """Return the columns of a name that facts say, with a title and a time."""
    columns = tables()[f"{kind}_name"].columns
    row = {column: value for column, value in said.items() if column in columns}
    shown = {"title": said.get("title") or said["name"], "tags": said.get("tags") or []}
    return row | shown | {"declared_at": now}
