"""Read what images come from and what sees them: datasets and encoders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh import datasets, encoders
from zsc_wh.declare.entries import Dataset, Encoder
from zsc_wh.declare.tables import COMMON, common, read_loader
from zsc_wh.fields import Field, complete
from zsc_wh.preprocessing import Transform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from zsc_wh.declare.found import Found
    from zsc_wh.declare.problems import Problems

OWN = "checkpoint"
TRANSFORM: Mapping[str, Field] = {
    "mean": Field(list, default=None, items=float, doc="of red, green, blue in [0, 1]"),
    "std": Field(list, default=None, items=float, doc="of red, green, blue in [0, 1]"),
    "interpolation": Field(str, default=None, choices=("bilinear", "bicubic")),
    "crop_fraction": Field(
        float,
        default=None,
        minimum=0.1,
        maximum=1,
        doc="side of the crop over the shorter side of the resized image",
    ),
}
"""How images become the input of a network; None stands for the study's way."""

PREPROCESSING: Mapping[str, Field] = {
    "preprocessing": Field(
        str,
        default="study",
        choices=("study", OWN),
        doc="the same for all, or what the weights were trained with",
    ),
    **TRANSFORM,
}
ENCODER: Mapping[str, Field] = {
    "loader": Field(dict, nested=True, doc='such as { kind = "pixels" }'),
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
    "licence": Field(str, default=None, doc="of the weights"),
    "recipe": Field(
        str, default=None, doc="row of a recipe that it follows; its name without"
    ),
}
DATASET: Mapping[str, Field] = {
    "loader": Field(
        dict, nested=True, doc='such as { kind = "folder", path = "photos" }'
    ),
    "domain_group": Field(str, default=None, doc="such as Far-OOD"),
    "licence": Field(str, default=None, doc="of the images"),
    "expected": Field(
        dict,
        default=None,
        nested=True,
        doc="what was published, such as { n = 10000, classes = 10, imbalance = 1.27 };"
        " a plan says where the files hold something else",
    ),
    "missing_labels": Field(
        str,
        default="left out",
        choices=("left out", "one class"),
        doc="how samples without a label count in scores and in K; the study counts "
        "them as one class",
    ),
    "train": Field(
        str, default=None, doc="dataset that supplies the references of probes"
    ),
    "subset": Field(
        dict,
        default=None,
        nested=True,
        doc="such as { n = 10000, seed = 0 }, or { test_fraction = 0.15 }",
    ),
}


EXPECTED: Mapping[str, Field] = {
    "n": Field(int, default=None, minimum=1, doc="samples"),
    "classes": Field(int, default=None, minimum=1, doc="classes at the target level"),
    "imbalance": Field(
        float, default=None, minimum=1, doc="largest class over smallest class"
    ),
}
"""What a dataset's entry can say of its published size."""


def read_encoder(
    file: Path, name: str, given: Mapping[str, Any], problems: Problems
) -> Encoder | None:
    """Read ``[encoder.NAME]``; None when a fault was noted."""
    place = f"encoder.{name}"
    fields = {**ENCODER, **PREPROCESSING, **COMMON}
    if not problems.check_keys(file, place, given, fields):
        return None
    loader = read_loader(file, place, given["loader"], encoders.LOADERS, problems)
    if loader is None:
        return None
    before = len(problems)
    for key in ("entry", "strip"):
        if loader.get(key) is None:
            continue
        if loader["path"] is None:
            fault = "goes with path, the file of weights of your own"
            problems.add(file, f"{place}.loader.{key}", fault)
        elif loader.get("weights") is not None:
            fault = "published weights need none; for weights of your own drop weights"
            problems.add(file, f"{place}.loader.{key}", fault)
    for key, fault in _preprocessing_faults(loader, given):
        problems.add(file, f"{place}.{key}" if key else place, fault)
    if len(problems) > before:
        return None
    values = complete(fields, given)
    prepares = encoders.LOADERS[loader["kind"]].needs_transform(loader)
    values.update(
        loader=loader,
        recipe=values["recipe"] or name,
        transform=_transform(values) if prepares else None,
    )
    wanted = {key: values[key] for key in [*ENCODER, "transform"]}
    return Encoder(**common(file, name, values), **wanted)


def _preprocessing_faults(
    loader: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield (key, fault) for what cannot be said, or not together."""
    kind, spec = loader["kind"], encoders.LOADERS[loader["kind"]]
    if not spec.needs_transform(loader):
        for key in [key for key in PREPROCESSING if key in given]:
            yield key, f"has no meaning here: '{kind}' prepares no image"
    elif given.get("preprocessing") == OWN:
        if spec.own_transform is None:
            yield "preprocessing", f"'{kind}' has none; declare mean, std and the rest"
        for key in [key for key in TRANSFORM if key in given]:
            yield key, f'drop the key: preprocessing = "{OWN}" takes its own'
    elif "image_size" not in given:
        yield "", "the key 'image_size' is missing (pixels)"
    for key in ("mean", "std"):
        fault = _colour_fault(key, given[key]) if key in given else None
        if fault:
            yield key, fault


def _colour_fault(key: str, values: list[float]) -> str | None:
    if len(values) != 3:
        return "must be three numbers, of red, green and blue"
    if key == "std" and min(values) <= 0:
        return "must be above 0"
    return None


def _transform(values: Mapping[str, Any]) -> Transform:
    more: dict[str, Any] = {
        key: tuple(values[key]) if isinstance(values[key], list) else values[key]
        for key in TRANSFORM
        if values[key] is not None
    }
    return Transform(values["image_size"], own=values["preprocessing"] == OWN, **more)


def read_dataset(
    file: Path, name: str, given: Mapping[str, Any], problems: Problems
) -> Dataset | None:
    """Read ``[dataset.NAME]``; None when a fault was noted."""
    place = f"dataset.{name}"
    fields = {**DATASET, **COMMON}
    if not problems.check_keys(file, place, given, fields):
        return None
    values = complete(fields, given)
    loader = read_loader(file, place, given["loader"], datasets.LOADERS, problems)
    subset = values["subset"]
    if subset is not None:
        if not problems.check_keys(file, f"{place}.subset", subset, datasets.SUBSET):
            return None
        subset = datasets.read_subset(subset)
        if subset is None:
            problems.add(
                file,
                f"{place}.subset",
                "declare either n, or test_fraction (and which part of the split)",
            )
            return None
    expected = values["expected"] or {}
    if not problems.check_keys(file, f"{place}.expected", expected, EXPECTED):
        return None
    if loader is None:
        return None
    return Dataset(
        **common(file, name, values),
        loader=loader,
        domain_group=values["domain_group"],
        licence=values["licence"],
        expected=complete(EXPECTED, expected),
        missing_labels=values["missing_labels"],
        train=values["train"],
        subset=subset,
    )


def dataset_faults(dataset: Dataset, found: Found) -> Iterator[tuple[str, str | None]]:
    """Yield (key, fault) for a train set that cannot be one.

    The fault is None where the train set has one of its own, which was noted.
    """
    if dataset.train == dataset.name:
        yield "train", "a dataset cannot supply its own references; name another"
    elif dataset.train is not None and dataset.train not in found.sound["dataset"]:
        yield "train", found.missing("dataset", dataset.train)
