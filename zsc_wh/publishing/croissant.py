"""Metadata of the published tables in Croissant, the JSON-LD of datasets.

References
----------
https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.sqlfiles import tables
from zsc_wh.warehouse.dump import SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from zsc_wh.warehouse.dump import Described

_OURS = {
    name: f"cr:{name}"
    for name in (
        "citeAs", "column", "extract", "field", "fileObject", "fileProperty",
        "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5",
        "parentField", "path", "recordSet", "references", "regex", "repeated",
        "replace", "samplingRate", "separator", "source", "subField", "transform",
    )
}  # fmt: skip
CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "sc": "https://schema.org/",
    **_OURS,
}
"""The context that the specification gives, section "Prefixes"."""

_TYPES = {
    "BOOLEAN": "sc:Boolean",
    "DOUBLE": "sc:Float",
    "FLOAT": "sc:Float",
    "INTEGER": "sc:Integer",
    "BIGINT": "sc:Integer",
    "TIMESTAMP WITH TIME ZONE": "sc:DateTime",
}
"""What DuckDB calls a type, and Croissant; all else is text."""

DESCRIPTION = (
    "Results of clustering the embeddings of frozen image encoders: scores against "
    "labels and without them, assignments, probes, times and settings. A row of "
    "'result' is one clustering."
)


@dataclass(frozen=True)
class Facts:
    """What nobody but the user knows of a publication; None is left out.

    Parameters
    ----------
    title : str
        What it is called.
    description : str
        What is in it.
    licence, url, cite : str, optional
        Name or address of the licence; where it can be found; how to cite it.
    creators : tuple of str
        Who made it.
    date, release : str, optional
        Day of the publication (2026-11-27), and its version.
    """

    title: str
    description: str = DESCRIPTION
    licence: str | None = None
    url: str | None = None
    cite: str | None = None
    creators: tuple[str, ...] = ()
    date: str | None = None
    release: str | None = None

    @property
    def lacking(self) -> list[str]:
        """Options whose facts Croissant recommends and nobody gave."""
        asked = ("licence", "url", "cite", "date", "release")
        lacking = [name for name in asked if getattr(self, name) is None]
        return lacking if self.creators else [*lacking, "creator"]


def croissant(
    folder: Path,
    described: Iterable[Described],
    rows: Mapping[str, int],
    facts: Facts,
) -> str:
    """Return the metadata of Parquet files as JSON.

    Parameters
    ----------
    folder : Path
        Where the files are.
    described : iterable of Described
        Tables and views with their columns.
    rows : mapping of str to int
        Tables that are published, with their rows.
    facts : Facts
        What the user says of them.
    """
    published = [one for one in described if one.name in rows or one.name == SHOWN]
    given = {
        "license": facts.licence,
        "url": facts.url,
        "citeAs": facts.cite,
        "datePublished": facts.date,
        "version": facts.release,
        "creator": [{"@type": "Person", "name": name} for name in facts.creators],
    }
    metadata = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": facts.title,
        "description": facts.description,
        **{key: value for key, value in given.items() if value},
        "distribution": [_file(folder, one.name) for one in published],
        "recordSet": [_records(one) for one in published],
    }
    return json.dumps(metadata, indent=2, ensure_ascii=False, sort_keys=False) + "\n"


def _file(folder: Path, name: str) -> dict[str, Any]:
    path = folder / f"{name}.parquet"
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "contentUrl": path.name,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": sha256,
    }


def _records(described: Described) -> dict[str, Any]:
    name = described.name
    known = {"@type": "cr:RecordSet", "@id": name, "name": name}
    known["description"] = described.comment
    keys = tables()[name].key if name in tables() else ()
    return {
        **known,
        **({"key": [{"@id": f"{name}/{column}"} for column in keys]} if keys else {}),
        "field": [_field(name, *column) for column in described.columns],
    }


def _field(
    table: str, name: str, kind: str, nullable: object, comment: str
) -> dict[str, Any]:
    del nullable  # Croissant has no word for it
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{name}",
        "name": name,
        "description": comment,
        "dataType": _TYPES.get(kind.removesuffix("[]"), "sc:Text"),
        **({"repeated": True} if kind.endswith("[]") else {}),
        "source": {
            "fileObject": {"@id": f"{table}.parquet"},
            "extract": {"column": name},
        },
    }
