"""Read catalogs: check every entry whole, fill its defaults in, refuse double names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from zsc_wh import clusterers, datasets, encoders, reducers, scaling
from zsc_wh.declare.entries import (
    KINDS,
    Catalog,
    Clusterer,
    Dataset,
    Encoder,
    Entry,
    Reducer,
    Score,
)
from zsc_wh.declare.problems import Problems, read_toml
from zsc_wh.fields import Field, complete, nearest
from zsc_wh.resources import data_folder

COMMON: Mapping[str, Field] = {
    "tags": Field(list, default=[], doc="selectors for @tag"),
    "title": Field(str, default=None, doc="name for figures"),
    "doc": Field(str, default=None, doc="one line for people"),
}
ENCODER: Mapping[str, Field] = {
    "loader": Field(dict, doc='such as { kind = "pixels" }'),
    "image_size": Field(int, default=None, minimum=1, doc="pixels"),
    "feature": Field(str, default="pooled", doc="what is taken: cls, gap, pixels"),
    "backbone": Field(str, default=None, doc="architecture"),
    "family": Field(
        str,
        default="unknown",
        choices=("supervised", "ssl", "none", "random", "multimodal", "unknown"),
    ),
    "objective": Field(str, default=None, doc="training objective"),
    "pretrained_on": Field(str, default=None, doc="training data"),
    "fine_tuned": Field(bool, default=False, doc="with labels, after pretraining"),
}
DATASET: Mapping[str, Field] = {
    "loader": Field(dict, doc='such as { kind = "folder", path = "photos" }'),
    "domain_group": Field(str, default=None, doc="such as Far-OOD"),
}
CLUSTERER: Mapping[str, Field] = {
    "standardise": Field(str, default="none", choices=scaling.KINDS),
    "dimension_correction": Field(bool, default=False),
}
SCORE: Mapping[str, Field] = {
    "metric": Field(str, doc="such as ami"),
    "space": Field(
        str,
        default="labels",
        choices=("labels", "reduced", "original", "umap"),
    ),
    "subset": Field(str, default="all", choices=("all", "clustered")),
    "reducer": Field(str, default=None, doc="the reducer of the umap space"),
}
_NAME = re.compile(r"[^@/\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*")


def shipped_files() -> list[Path]:
    """Return the catalog files that come with the package."""
    return sorted((data_folder("ingest") / "catalog").glob("*.toml"))


def read_catalog(files: Iterable[Path] = ()) -> Catalog:
    """Read the shipped catalog and the user's `files` into one `Catalog`.

    Raises
    ------
    ConfigError
        Listing every fault of every file: unknown tables, keys and kinds, wrong
        values, and a name that is declared twice.
    """
    problems = Problems()
    tables = [(file, read_toml(file)) for file in [*shipped_files(), *files]]
    catalog = merge_entries(tables, problems)
    problems.raise_if_any()
    return catalog


def merge_entries(
    tables: Iterable[tuple[Path, Mapping[str, Any]]],
    problems: Problems,
) -> Catalog:
    """Check the entries of already parsed files and merge them."""
    found: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for file, content in tables:
        for kind, entries in content.items():
            if kind not in KINDS:
                hint = nearest(kind, KINDS) or f"; known: {', '.join(KINDS)}"
                problems.add(file, kind, f"unknown table{hint}")
            elif not isinstance(entries, Mapping):
                problems.add(file, kind, f"must be tables [{kind}.NAME]")
            else:
                _add_entries(file, kind, entries, found[kind], problems)
    _check_score_reducers(found, problems)
    return Catalog(**{f"{kind}s": entries for kind, entries in found.items()})


def _add_entries(
    file: Path,
    kind: str,
    entries: Mapping[str, Any],
    found: dict[str, Any],
    problems: Problems,
) -> None:
    for name, given in entries.items():
        place = f"{kind}.{name}"
        if not _NAME.fullmatch(name):
            problems.add(
                file,
                place,
                "a name must not be empty, start with '@' or hold a slash or a "
                "control character",
            )
        elif name in found:
            problems.add(
                file,
                place,
                f"the name is taken by {found[name].source}; choose another name",
            )
        elif not isinstance(given, Mapping):
            problems.add(file, place, f"must be a table [{kind}.{name}]")
        else:
            entry = _READERS[kind](file, name, given, problems)
            if entry is not None:
                found[name] = entry


def _common(file: Path, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "source": file,
        "tags": tuple(values["tags"]),
        "title": values["title"] or name,
    }


def _loader(
    file: Path,
    place: str,
    given: Mapping[str, Any],
    known: Mapping[str, Any],
    problems: Problems,
) -> dict[str, Any] | None:
    """Check a loader table against the fields of its kind."""
    fields = _kind_fields(file, f"{place}.loader", given, known, problems)
    if fields is None:
        return None
    rest = {key: value for key, value in given.items() if key != "kind"}
    if not problems.check_keys(file, f"{place}.loader", rest, fields):
        return None
    return {"kind": given["kind"], **complete(fields, rest)}


def _kind_fields(
    file: Path,
    place: str,
    given: Mapping[str, Any],
    known: Mapping[str, Any],
    problems: Problems,
) -> Mapping[str, Field] | None:
    kind = given.get("kind")
    if kind is None:
        problems.add(
            file, place, f"the key 'kind' is missing; one of {', '.join(known)}"
        )
        return None
    if not isinstance(kind, str) or kind not in known:
        hint = nearest(str(kind), known) or f"; known kinds: {', '.join(known)}"
        problems.add(file, f"{place}.kind", f"unknown kind '{kind}'{hint}")
        return None
    fields: Mapping[str, Field] = known[kind].fields
    return fields


def _read_encoder(
    file: Path, name: str, given: Mapping[str, Any], problems: Problems
) -> Encoder | None:
    place = f"encoder.{name}"
    fields = {**ENCODER, **COMMON}
    if not problems.check_keys(file, place, given, fields):
        return None
    loader = _loader(file, place, given["loader"], encoders.LOADERS, problems)
    if loader is None:
        return None
    values = complete(fields, given)
    if values["image_size"] is None and loader["kind"] != "embeddings":
        problems.add(file, place, "the key 'image_size' is missing (pixels)")
        return None
    wanted = {key: values[key] for key in ENCODER if key != "loader"}
    return Encoder(**_common(file, name, values), loader=loader, **wanted)


def _read_dataset(
    file: Path, name: str, given: Mapping[str, Any], problems: Problems
) -> Dataset | None:
    place = f"dataset.{name}"
    fields = {**DATASET, **COMMON}
    if not problems.check_keys(file, place, given, fields):
        return None
    loader = _loader(file, place, given["loader"], datasets.LOADERS, problems)
    if loader is None:
        return None
    values = complete(fields, given)
    return Dataset(
        **_common(file, name, values),
        loader=loader,
        domain_group=values["domain_group"],
    )


def _method(
    file: Path,
    place: str,
    given: Mapping[str, Any],
    known: Mapping[str, Any],
    more: Mapping[str, Field],
    problems: Problems,
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Check a method's table; return (its parameters, the other values)."""
    own = _kind_fields(file, place, given, known, problems)
    if own is None:
        return None
    rest = {key: value for key, value in given.items() if key != "kind"}
    fields = {**own, **more, **COMMON}
    if not problems.check_keys(file, place, rest, fields):
        return None
    values = complete(fields, rest)
    params = {key: values[key] for key in own}
    check = known[given["kind"]].check
    fault = check(params) if check else None
    if fault:
        problems.add(file, place, fault)
        return None
    return params, values


def _read_reducer(
    file: Path, name: str, given: Mapping[str, Any], problems: Problems
) -> Reducer | None:
    read = _method(file, f"reducer.{name}", given, reducers.METHODS, {}, problems)
    if read is None:
        return None
    params, values = read
    common = _common(file, name, values)
    return Reducer(**common, kind=given["kind"], params=params)


def _read_clusterer(
    file: Path, name: str, given: Mapping[str, Any], problems: Problems
) -> Clusterer | None:
    place = f"clusterer.{name}"
    rest = {key: value for key, value in given.items() if key != "k"}
    read = _method(file, place, rest, clusterers.METHODS, CLUSTERER, problems)
    if read is None:
        return None
    params, values = read
    takes_k = clusterers.METHODS[given["kind"]].takes_k(params)
    k = given.get("k", "labels" if takes_k else None)
    if k is not None and not takes_k:
        problems.add(file, f"{place}.k", "this method finds K itself; drop the key")
        return None
    if k is not None and k != "labels" and (type(k) is not int or k < 1):
        problems.add(file, f"{place}.k", 'must be "labels" or a number from 1')
        return None
    return Clusterer(
        **_common(file, name, values),
        kind=given["kind"],
        params=params,
        k=k if isinstance(k, int) else None,
        k_source="estimated" if k is None else "labels" if k == "labels" else "given",
        standardise=values["standardise"],
        dimension_correction=values["dimension_correction"],
    )


def _read_score(
    file: Path, name: str, given: Mapping[str, Any], problems: Problems
) -> Score | None:
    place = f"score.{name}"
    fields = {**SCORE, **COMMON}
    if not problems.check_keys(file, place, given, fields):
        return None
    values = complete(fields, given)
    known = EXTERNAL if values["space"] == "labels" else INTERNAL
    if values["metric"] not in known:
        hint = nearest(values["metric"], known) or f"; known: {', '.join(known)}"
        problems.add(
            file,
            f"{place}.metric",
            f"no metric '{values['metric']}' in the space {values['space']}{hint}",
        )
        return None
    if (values["space"] == "umap") != (values["reducer"] is not None):
        problems.add(
            file, f"{place}.reducer", "goes with the space umap, and only with it"
        )
        return None
    wanted = {key: values[key] for key in SCORE}
    return Score(**_common(file, name, values), **wanted)


def _check_score_reducers(found: Mapping[str, Any], problems: Problems) -> None:
    for name, score in found["score"].items():
        if score.reducer is not None and score.reducer not in found["reducer"]:
            problems.add(
                score.source,
                f"score.{name}.reducer",
                f"no reducer '{score.reducer}'"
                + nearest(score.reducer, found["reducer"]),
            )


EXTERNAL = (
    "ami",
    "ami_true",
    "nmi",
    "ari",
    "fowlkes_mallows",
    "homogeneity",
    "completeness",
)
"""Metrics against labels; the numerics hold their definitions."""

INTERNAL = ("silhouette", "calinski_harabasz", "davies_bouldin")
"""Metrics of the clusters alone; the numerics hold their definitions."""

_Reader = Callable[[Path, str, Mapping[str, Any], Problems], Entry | None]
_READERS: Mapping[str, _Reader] = {
    "encoder": _read_encoder,
    "dataset": _read_dataset,
    "reducer": _read_reducer,
    "clusterer": _read_clusterer,
    "score": _read_score,
}
