"""Read what images come from and what sees them: datasets and encoders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh import datasets, encoders
from zsc_wh.declare.entries import Dataset, Encoder
from zsc_wh.declare.tables import COMMON, common, read_loader
from zsc_wh.fields import Field
from zsc_wh.preprocessing import Transform

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zsc_wh.declare.place import Place
    from zsc_wh.declare.problems import Problems

OWN = "checkpoint"
TRANSFORM: Mapping[str, Field] = {
    "mean": Field(
        list,
        default=None,
        items=float,
        doc="subtracted from red, green and blue, each in [0, 1]; unset: that of "
        "ImageNet",
    ),
    "std": Field(
        list,
        default=None,
        items=float,
        doc="divides red, green and blue after that; unset: that of ImageNet",
    ),
    "interpolation": Field(
        str,
        default=None,
        choices=("bilinear", "bicubic"),
        doc="how images are resized; unset: bilinear",
    ),
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
        doc="study: the same for all encoders; checkpoint: what the weights were "
        "trained with",
    ),
    **TRANSFORM,
}
ENCODER: Mapping[str, Field] = {
    "loader": Field(
        dict, nested=True, doc='where features come from, such as { kind = "pixels" }'
    ),
    "image_size": Field(
        int, default=None, minimum=1, doc="side of the input, in pixels"
    ),
    "feature": Field(
        str,
        default="pooled",
        doc="what the features are, such as cls, gap or pixels; part of what the "
        "encoder is known by",
    ),
    "precision": Field(
        str,
        default=encoders.FLOAT32,
        choices=encoders.PRECISIONS,
        doc="floating point type in which a network multiplies; norms and sums stay in "
        "float32. The smaller ones are faster, make other features, and are part of "
        "what the encoder is known by",
    ),
    "dim": Field(
        int,
        default=None,
        minimum=1,
        doc="number of features that come out, checked once they are made",
    ),
    "backbone": Field(
        str,
        default=None,
        doc="architecture, such as ViT-B/16; encoders of one backbone are compared "
        "with its supervised one",
    ),
    "family": Field(
        str,
        default="unknown",
        choices=("supervised", "ssl", "none", "random", "multimodal", "unknown"),
        doc="how it was trained; comparisons choose baselines by it",
    ),
    "objective": Field(str, default=None, doc="for people: training objective"),
    "pretrained_on": Field(str, default=None, doc="for people: training data"),
    "fine_tuned": Field(
        bool, default=False, doc="whether it was trained with labels after pretraining"
    ),
    "licence": Field(str, default=None, doc="licence of the weights"),
    "recipe": Field(
        str, default=None, doc="row of recipes that it follows; unset: that of its name"
    ),
}
DATASET: Mapping[str, Field] = {
    "loader": Field(
        dict,
        nested=True,
        doc='where images come from, such as { kind = "folder", path = "photos" }',
    ),
    "domain_group": Field(
        str, default=None, doc="group by which comparisons average, such as Far-OOD"
    ),
    "licence": Field(str, default=None, doc="licence of the images"),
    "homepage": Field(str, default=None, doc="address where the images are had"),
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
        str,
        default=None,
        doc="name of the dataset that supplies the references of probes",
    ),
    "subset": Field(
        dict,
        default=None,
        nested=True,
        doc="a draw or a part, such as { n = 10000, seed = 0 }, or { test_fraction = "
        "0.15 }",
    ),
}


EXPECTED: Mapping[str, Field] = {
    "n": Field(int, default=None, minimum=1, doc="number of samples"),
    "classes": Field(
        int, default=None, minimum=1, doc="number of classes at the target level"
    ),
    "imbalance": Field(
        float,
        default=None,
        minimum=1,
        doc="samples of the largest class over those of the smallest",
    ),
}
"""What a dataset's entry can say of its published size."""


def read_encoder(
    place: Place, given: Mapping[str, Any], problems: Problems
) -> Encoder | None:
    """Read ``[encoder.NAME]``; None when a fault was noted."""
    before = len(problems)
    values = problems.read(place, given, {**ENCODER, **PREPROCESSING, **COMMON})
    loader = _loader(place, values, encoders.LOADERS, problems)
    for key, fault in _loader_faults(loader):
        problems.add(place / "loader" / key, fault)
    if wrong := _precision_fault(loader, given):
        problems.add(place / "precision", wrong)
    for key, fault in _preprocessing_faults(loader, given, values).items():
        if key in values:
            problems.add(place / key if key in given else place, fault)
    if len(problems) > before:
        return None
    values.update(
        loader=loader,
        recipe=values["recipe"] or place.keys[-1],
        transform=_transform(values) if _prepares(loader) else None,
    )
    wanted = {key: values[key] for key in [*ENCODER, "transform"]}
    return Encoder(**common(place, values), **wanted)


def _loader(
    place: Place,
    values: Mapping[str, Any],
    known: Mapping[str, Any],
    problems: Problems,
) -> dict[str, Any]:
    """Return what is sound of a loader, of which there may be none."""
    if "loader" not in values:
        return {}
    return read_loader(place / "loader", values["loader"], known, problems)


def _loader_faults(loader: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Return (key, fault) for parameters of a loader that do not go together."""
    spec = encoders.LOADERS.get(loader.get("kind", ""))
    is_whole = spec is not None and loader.keys() >= spec.fields.keys()
    return spec.check(loader) if spec is not None and spec.check and is_whole else ()


def _prepares(loader: Mapping[str, Any]) -> bool | None:
    """Whether images are prepared; None where a fault leaves that open."""
    spec = encoders.LOADERS.get(loader.get("kind", ""))
    is_whole = spec is not None and loader.keys() >= spec.fields.keys()
    if spec is None or (spec.takes_arrays is not None and not is_whole):
        return None
    return spec.needs_transform(loader)


def _precision_fault(loader: Mapping[str, Any], given: Mapping[str, Any]) -> str | None:
    """Return why a precision cannot be declared, if one is."""
    spec = encoders.LOADERS.get(loader.get("kind", ""))
    if spec is None or spec.is_network or "precision" not in given:
        return None
    return f"has no meaning here: '{loader['kind']}' runs no network"


def _preprocessing_faults(
    loader: Mapping[str, Any], given: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, str]:
    """Return by key what cannot be said, or not together."""
    colours = {key: _colour_fault(key, values.get(key)) for key in ("mean", "std")}
    faults = {key: fault for key, fault in colours.items() if fault}
    kind, prepares = loader.get("kind"), _prepares(loader)
    if prepares is False:
        fault = f"has no meaning here: '{kind}' prepares no image"
        faults |= {key: fault for key in PREPROCESSING if key in given}
    elif values.get("preprocessing") == OWN:
        if prepares and encoders.LOADERS[loader["kind"]].own_transform is None:
            fault = f"'{kind}' has none; declare mean, std and the rest"
            faults["preprocessing"] = fault
        fault = f'drop the key: preprocessing = "{OWN}" takes its own'
        faults |= {key: fault for key in TRANSFORM if key in given}
    elif prepares and "preprocessing" in values and "image_size" not in given:
        faults["image_size"] = "the key 'image_size' is missing (pixels)"
    return faults


def _colour_fault(key: str, values: list[float] | None) -> str | None:
    if values is None:
        return None
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
    place: Place, given: Mapping[str, Any], problems: Problems
) -> Dataset | None:
    """Read ``[dataset.NAME]``; None when a fault was noted."""
    before = len(problems)
    values = problems.read(place, given, {**DATASET, **COMMON})
    loader = _loader(place, values, datasets.LOADERS, problems)
    subset = values.get("subset")
    if subset is not None:
        subset = _subset(place / "subset", subset, problems)
    expected = values.get("expected") or {}
    expected = problems.read(place / "expected", expected, EXPECTED)
    if len(problems) > before:
        return None
    return Dataset(
        **common(place, values),
        loader=loader,
        domain_group=values["domain_group"],
        licence=values["licence"],
        homepage=values["homepage"],
        expected=expected,
        missing_labels=values["missing_labels"],
        train=values["train"],
        subset=subset,
    )


def _subset(
    place: Place, given: Mapping[str, Any], problems: Problems
) -> dict[str, Any] | None:
    """Return the parameters of a subset; None when a fault was noted."""
    sound = problems.read(place, given, datasets.SUBSET)
    if not {"n", "test_fraction"} <= sound.keys():
        return None
    stated = {key: value for key, value in given.items() if key in sound}
    subset = datasets.read_subset(stated)
    if subset is None:
        problems.add(
            place, "declare either n, or test_fraction (and which part of the split)"
        )
    return subset
