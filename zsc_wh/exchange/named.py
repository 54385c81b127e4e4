"""What an import takes for a name: rows of the thing that it stands for.

An import has seen neither images nor weights. What it names is known by the name and by
what the mapping says of the thing, so that a mapping that says something else of it
means something else, and the results of before stay with what they were made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.exchange.mapping_keys import FACTS
from zsc_wh.exchange.present import CONTENT, HOST, imported_key
from zsc_wh.identity import canonical_json, key_of
from zsc_wh.sqlfiles import tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

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
        What the mapping says of it, by the keys of `FACTS`.
    now : datetime
        When this became the declaration of the name, with a zone.
    """
    said = dict.fromkeys(FACTS["encoder"]) | {"name": name} | dict(facts)
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


def dataset(
    name: str, facts: Mapping[str, Any], level: str | None, now: datetime
) -> Tables:
    """Return the rows of an imported dataset and of its labels.

    Parameters
    ----------
    name : str
        The name.
    facts : mapping
        As `dataset_facts` gives them.
    level : str or None
        Name of its label level; None without labels.
    now : datetime
        When this became the declaration of the name, with a zone.

    Returns
    -------
    dict
        Rows of ``dataset`` and ``dataset_name``; with labels also of ``label`` and
        ``label_level``.
    """
    said = {"name": name, **facts}
    key = imported_key("dataset", said)
    made: Tables = {}
    labelling = key_of("labelling", levels=[])
    if level is not None:
        size = facts["n_classes"]
        label = key_of("imported label", name=name, n_classes=size)
        row = {"label_key": label, "n_classes": size, "imbalance": facts["imbalance"]}
        made["label"] = [row]
        place = {"level": level, "depth": 0, "is_target": True, "label_key": label}
        labelling = key_of("labelling", levels=[[*place.values()]])
        made["label_level"] = [{"labelling_key": labelling, **place}]
    about = _about("dataset", said, now) | {
        "dataset_key": key,
        "meaning": key_of("dataset meaning", dataset=key, labelling=labelling),
        "labelling_key": labelling,
        "loader": _LOADER,
    }
    thing = {"dataset_key": key, "n_samples": facts["n_samples"], "facts": "{}"}
    return {"dataset": [thing], **made, "dataset_name": [about]}


def method(kind: str, name: Name, now: datetime) -> Tables:
    """Return the rows of an imported reducer or clusterer, from the rule that names it.

    Parameters
    ----------
    kind : str
        Reducer or clusterer.
    name : Name
        The name, with its rule and parameters.
    now : datetime
        When this became the declaration of the name, with a zone.
    """
    said = {"name": name.text, "params": canonical_json(name.params), **name.rule.more}
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
