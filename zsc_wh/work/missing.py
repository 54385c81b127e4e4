"""What a plan needs and this machine lacks: datasets and weights, and where they go."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh import datasets, encoders
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.identity import canonical_json
from zsc_wh.words import counted, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from zsc_wh.datasets import Digests
    from zsc_wh.declare import Dataset, Encoder
    from zsc_wh.encoders import WeightsStatus

DATASET, WEIGHTS, DOWNLOAD = "dataset", "weights", "download"
FEATURES = "features"
"""Kinds of what is missing; what can be downloaded stops no ingest that may."""

_CACHES = ("TORCH_HOME", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE")
"""Variables that say where downloaded weights are kept."""


@dataclass(frozen=True)
class Missing:
    """A dataset or a file of weights or of stored features that is not here.

    Parameters
    ----------
    kind : {"dataset", "weights", "download", "features"}
        What it is; a download is a file of weights that an ingest brings here.
    name : str
        Of the dataset or the encoder.
    place : str
        Where it is looked for, or why that is not known.
    source : str or None
        Address where it is had.
    bytes : int or None
        Size of the file of weights; None where it is not known.
    is_folder : bool
        Whether it is a folder of several files, which `place` says are lacking.
    """

    kind: str
    name: str
    place: str
    source: str | None = None
    bytes: int | None = None
    is_folder: bool = False

    @property
    def is_download(self) -> bool:
        """Whether an ingest brings it here."""
        return self.kind == DOWNLOAD


def missing_dataset(dataset: Dataset) -> Missing | None:
    """Return a dataset as missing, None where something is at its place."""
    place, exists = datasets.whereabouts(dataset.loader, dataset.source.parent)
    if exists:
        return None
    return Missing(DATASET, dataset.name, place, dataset.homepage)


def missing_features(encoder: Encoder, dataset: Dataset) -> Missing | None:
    """Return stored features of a dataset as missing, None where a file is there."""
    loader = encoder.loader
    if encoders.LOADERS[loader["kind"]].match is None:
        return None
    path = loader["path"].replace("{dataset}", dataset.name)
    place, exists = datasets.whereabouts(
        {"kind": loader["kind"], "path": path}, encoder.source.parent
    )
    if exists:
        return None
    return Missing(FEATURES, f"{encoder.name} / {dataset.name}", place)


def missing_weights(
    encoder: Encoder, given: Path | None, digests: Digests | None
) -> Missing | None:
    """Return the weights of an encoder as missing, None where they are here.

    Parameters
    ----------
    encoder : Encoder
        Its declaration.
    given : Path or None
        File of its weights that a grid or a folder of weights names.
    digests : Digests or None
        Knows what the libraries said of published weights before: to ask them takes
        seconds, as they have to be imported. Without, published weights count as here.
    """
    loader, name, base = encoder.loader, encoder.name, encoder.source.parent
    spec = encoders.LOADERS[loader["kind"]]
    if spec.weights is None:
        return None
    if given is None and encoders.is_private(loader):
        return Missing(WEIGHTS, name, "not published; only you can have this file")
    is_file = spec.takes_file is not None and loader.get("path") is not None
    if given is not None or is_file:
        try:
            path = given or datasets.resolve(loader["path"], base)
        except (ConfigError, DataError) as error:
            return Missing(WEIGHTS, name, str(error))
        if path.is_file():
            return None
        fault = encoders.not_there(path)
        return Missing(WEIGHTS, name, f"{fault.where}: {fault.what}")
    if spec.takes_file is None or encoders.is_repository(loader):
        # several files, of which some may be here: looked at each time
        status = encoders.weights_status(loader, base)
        return None if status is None or status.found else _lacking(name, status)
    library = find_spec(spec.library)
    if digests is None or library is None or library.origin is None:
        return None  # an ingest says what to install
    kept = f"weights {canonical_json([loader, *map(os.environ.get, _CACHES)])}"
    published = partial(_published, loader, base)
    known = digests.fact(Path(library.origin), kept, published)
    if known is None or encoders.is_kept(Path(known["place"])):
        return None
    return Missing(DOWNLOAD, name, known["place"], known["url"], known["bytes"])


def _lacking(name: str, status: WeightsStatus) -> Missing:
    """Return the files of a folder that are not here."""
    files = f", lacks {' and '.join(status.lacking)}" if status.lacking else ""
    if status.url is None:
        fault = encoders.absence(status, name)
        return Missing(WEIGHTS, name, f"{fault.where}: {fault.what}")
    place = f"{status.path}{files}"
    return Missing(DOWNLOAD, name, place, status.url, status.bytes, is_folder=True)


def _published(loader: Mapping[str, Any], base: Path) -> dict[str, Any] | None:
    """Ask the library where weights are published and kept."""
    status = encoders.weights_status(loader, base)
    if status is None:
        return None
    return {"place": str(status.path), "url": status.url, "bytes": status.bytes}


def missing_text(missing: Sequence[Missing]) -> str:
    """Return all that is missing as lines, with what to do about it."""
    lacking = [one for one in missing if one.kind == DATASET]
    features = [one for one in missing if one.kind == FEATURES]
    weights = [one for one in missing if one.kind not in (DATASET, FEATURES)]
    parts = [
        counted(len(lacking), "dataset") if lacking else "",
        f"{counted(len(weights), 'file')} of weights" if weights else "",
        f"{counted(len(features), 'file')} of features" if features else "",
    ]
    *most, last = filter(None, parts)
    told = f"{', '.join(most)} and {last}" if most else last
    lines = [f"not on this machine: {told}"]
    if lacking:
        lines.append(
            "  datasets: put each at its place; "
            f"{datasets.DATA} or --data names the folders that hold them"
        )
        lines += _dataset_lines(lacking)
    if weights:
        lines.append(
            "  weights: put each as NAME.pth into a folder that "
            f'{encoders.VARIABLE} names, or write [weights] NAME = "FILE" in the grid'
        )
        lines += _weights_lines(weights)
    if features:
        lines.append("  features: put each at its place")
        lines += [f"    {one.name}: {one.place}" for one in features]
    return "\n".join(lines)


def _weights_lines(weights: Sequence[Missing]) -> Iterator[str]:
    """Yield a line for each file, those that only the user has first."""
    yield from (
        f"    {one.name}: {one.place}" for one in weights if not one.is_download
    )
    downloads = [one for one in weights if one.is_download]
    if downloads:
        total = _size(sum(one.bytes or 0 for one in downloads))
        yield f"    an ingest that is not --offline downloads the others, {total}:"
        for one in downloads:
            size = "" if one.bytes is None else f"{_size(one.bytes)} "
            place = f"{one.place}; " if one.is_folder else ""
            yield f"    {one.name}: {place}{size}from {one.source}"


def _dataset_lines(missing: Iterable[Missing]) -> Iterator[str]:
    """Yield a line for each place; several datasets can be parts of one."""
    names: dict[tuple[str, str | None], list[str]] = {}
    for one in missing:
        names.setdefault((one.place, one.source), []).append(one.name)
    for (place, source), called in names.items():
        get = f"; from {source}" if source else ""
        yield f"    {', '.join(called)}: {place}{get}"


def _size(n_bytes: int) -> str:
    return word("n_bytes", n_bytes)
