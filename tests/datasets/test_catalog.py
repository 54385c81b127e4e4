"""The shipped datasets: what the study counts, and files in their published layouts.

Sizes and layouts are written down from the study (arXiv 2406.02465, its code) by hand.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.datasets import layouts
from tests.datasets.made import idx_bytes, make_image, make_svhn, python2_pickle
from zsc_wh import datasets
from zsc_wh.declare import read_catalog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.datasets import Listing
    from zsc_wh.declare import Dataset

STUDY: dict[str, tuple[str, int, int, float]] = {
    "imagenet": ("In-domain", 50_000, 1000, 1.00),
    "imagenetv2": ("In-domain", 10_000, 1000, 1.00),
    "cifar10": ("In-domain", 10_000, 10, 1.00),
    "cifar100": ("In-domain", 10_000, 100, 1.00),
    "in9original": ("In-domain", 4_050, 9, 1.00),
    "in9onlyfg": ("Domain-shift", 4_050, 9, 1.00),
    "in9mixedrand": ("Domain-shift", 4_050, 9, 1.00),
    "imagenet-r": ("Domain-shift", 30_000, 200, 8.43),
    "imagenet-sketch": ("Domain-shift", 50_889, 1000, 1.02),
    "imagenet-o": ("Near-OOD", 2_000, 200, 6.00),
    "stanfordcars": ("Fine-grained", 8_041, 196, 2.83),
    "inaturalist": ("Fine-grained", 100_000, 10_000, 1.00),
    "eurosat": ("Far-OOD", 4_050, 10, 1.50),
    "mnist": ("Far-OOD", 10_000, 10, 1.27),
    "fashionmnist": ("Far-OOD", 10_000, 10, 1.00),
    "svhn": ("Far-OOD", 26_032, 10, 3.20),
    "lsun": ("Near-OOD", 10_000, 10, 1.00),
    "places365": ("Near-OOD", 36_500, 365, 1.00),
    "aircraft": ("Fine-grained", 3_333, 100, 1.03),
    "flowers102": ("Fine-grained", 6_149, 102, 11.90),
    "nabirds": ("Fine-grained", 24_633, 555, 6.67),
    "bioscan1m": ("Fine-grained", 24_799, 2688, 782.50),
    "celeba": ("Far-OOD", 19_962, 1000, 32.00),
    "utkface": ("Far-OOD", 5_925, 101, 549.00),
    "breakhis": ("Far-OOD", 3_164, 32, 8.60),
    "dtd": ("Far-OOD", 1_880, 47, 1.00),
}
"""Group, samples, classes and imbalance of the test sets."""

UNPAIRED = {"imagenetv2", "imagenet-r", "imagenet-sketch", "imagenet-o"}
"""Test sets without references for probes."""


def shipped() -> dict[str, Dataset]:
    """Return the datasets of the shipped catalog."""
    return dict(read_catalog().datasets)


def test_test_sets_are_those_of_the_study() -> None:
    """Group and published size of every declared test set, and its train set."""
    found = {name: each for name, each in shipped().items() if "test" in each.tags}
    assert {
        name: (
            each.domain_group,
            each.expected["n"],
            each.expected["classes"],
            each.expected["imbalance"],
        )
        for name, each in found.items()
    } == STUDY
    pairs = {name: each.train for name, each in found.items()}
    assert pairs == {
        name: None if name in UNPAIRED else f"{name}_train" for name in STUDY
    }


def test_validation_sets_are_those_of_the_study() -> None:
    """Samples and classes, and the share of the train set that gives this many."""
    found = {k: each for k, each in shipped().items() if "validation" in each.tags}
    assert {
        name: (each.domain_group, each.expected["n"], each.expected["classes"])
        for name, each in found.items()
    } == {
        "imagenet_validation": ("In-domain", 50_000, 1000),
        "imagenette_validation": ("In-domain", 3_925, 10),
        "imagewoof_validation": ("In-domain", 3_929, 10),
    }
    sizes = {"imagenet": 1_281_167, "imagenette": 9_469, "imagewoof": 9_025}
    for name, n in sizes.items():
        subset = found[f"{name}_validation"].subset
        assert subset is not None
        assert (subset["seed"], subset["stratified"]) == (0, True)
        # as train_test_split rounds it
        assert (
            math.ceil(subset["test_fraction"] * n)
            == (found[f"{name}_validation"].expected["n"])
        )


VARIANTS = {
    "in9mixedsame": (4_050, 9),
    "in9nofg": (4_050, 9),
    "in9onlybgt": (4_050, 9),
    "in9onlybgb": (4_050, 9),
    "in9mixednext": (4_050, 9),
    "in9l": (None, None),
    "kmnist": (None, None),
}
"""Other sets that the study's code reads, with the sizes that it counts."""

TRAIN = {
    "imagenet": 1_281_167,
    "cifar10": 50_000,
    "cifar100": 50_000,
    "in9original": 45_405,
    "in9onlyfg": 45_405,
    "in9mixedrand": 45_405,
    "lsun": 9_895_373,
    "places365": 1_803_460,
    "aircraft": 3_334,
    "stanfordcars": 8_144,
    "flowers102": 1_020,
    "nabirds": 23_929,
    "bioscan1m": None,
    "inaturalist": 2_686_843,
    "celeba": 162_770,
    "utkface": 23_705 - 5_925,
    "breakhis": 7_909 - 3_164,
    "dtd": 1_880,
    "eurosat": 27_000 - 4_050,
    "mnist": 60_000,
    "fashionmnist": 60_000,
    "svhn": 73_257,
}
"""Samples of the train sets; one of them is counted nowhere."""


def test_variants_and_train_sets_are_declared() -> None:
    """With the sizes that were published of them."""
    found = shipped()
    sizes = {n: each.expected for n, each in found.items()}
    assert {n: (sizes[n]["n"], sizes[n]["classes"]) for n in VARIANTS} == VARIANTS
    assert {n: sizes[f"{n}_train"]["n"] for n in TRAIN} == TRAIN
    assert TRAIN.keys() == STUDY.keys() - UNPAIRED


def test_every_dataset_says_where_to_get_it() -> None:
    """A page for each of them."""
    assert [n for n, each in shipped().items() if not each.homepage] == []


def _images(folder: str, *names: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        for seed, name in enumerate(names):
            make_image(root / folder / name, seed=seed)

    return make


def _cifar(folder: str, files: tuple[str, ...], names: str, **lists: Any) -> Any:
    def make(root: Path) -> None:
        (root / folder).mkdir(parents=True)
        rng = np.random.default_rng(0)
        for file in files:
            data = rng.integers(0, 256, (2, 3072), dtype=np.uint8)
            labels = {key: [0, 1] for key in lists}
            batch = {"data": data, **labels}
            (root / folder / file).write_bytes(python2_pickle(batch))
        meta = {name: [b"first", b"second"] for name in lists.values()}
        (root / folder / names).write_bytes(python2_pickle(meta))

    return make


def _idx(folder: str, prefix: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        (root / folder).mkdir(parents=True)
        pixels = np.arange(32, dtype=np.uint8).reshape(2, 4, 4)
        for name, array in (
            ("images-idx3", pixels),
            ("labels-idx1", np.array([3, 7], np.uint8)),
        ):
            path = root / folder / f"{prefix}-{name}-ubyte"
            path.write_bytes(idx_bytes(array))

    return make


def _svhn(file: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        make_svhn(root / file)

    return make


_CLASSES = ("n01440764/ILSVRC_1.JPEG", "n02102040/ILSVRC_2.JPEG")
_CIFAR10 = {"labels": "label_names"}
_CIFAR100 = {"fine_labels": "fine_label_names", "coarse_labels": "coarse_label_names"}
_TAXA = "Animalia_Chordata_Aves_Passeriformes_Parulidae_Setophaga"
_BIRDS = (f"00000_{_TAXA}_ruticilla/a.jpg", f"00001_{_TAXA}_petechia/b.jpg")
_SATELLITE = tuple(
    f"{name}/{name}_{i}.jpg" for name in ("Forest", "River") for i in range(10)
)

LAYOUTS: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "mnist": (_idx("MNIST/raw", "t10k"), ("3", "7")),
    "mnist_train": (_idx("MNIST/raw", "train"), ("3", "7")),
    "fashionmnist": (_idx("FashionMNIST/raw", "t10k"), ("Dress", "Sneaker")),
    "fashionmnist_train": (_idx("FashionMNIST/raw", "train"), ("Dress", "Sneaker")),
    "kmnist": (_idx("KMNIST/raw", "t10k"), ("tsu", "ya")),
    "kmnist_train": (_idx("KMNIST/raw", "train"), ("tsu", "ya")),
    "imagenet": (_images("imagenet/val", *_CLASSES), ("n01440764", "n02102040")),
    "imagenet_train": (
        _images("imagenet/train", *_CLASSES),
        ("n01440764", "n02102040"),
    ),
    "imagenetv2": (
        _images(
            "imagenetv2/imagenetv2-matched-frequency-format-val",
            "0/a.jpeg",
            "10/b.jpeg",
        ),
        ("0", "10"),
    ),
    "imagenet-r": (
        _images("imagenet-r", "n01443537/art_0.jpg", "n01484850/sketch_3.jpg"),
        ("n01443537", "n01484850"),
    ),
    "imagenet-sketch": (
        _images("imagenet-sketch", *_CLASSES),
        ("n01440764", "n02102040"),
    ),
    "imagenet-o": (_images("imagenet-o", *_CLASSES), ("n01440764", "n02102040")),
    **{
        f"in9{name}{suffix}": (
            _images(
                f"in9_bg_challenge/{folder}/{split}", "00_dog/a.JPEG", "01_bird/b.JPEG"
            ),
            ("00_dog", "01_bird"),
        )
        for name, folder in {
            "original": "original",
            "onlyfg": "only_fg",
            "mixedrand": "mixed_rand",
            "mixedsame": "mixed_same",
            "nofg": "no_fg",
            "onlybgt": "only_bg_t",
        }.items()
        for suffix, split in (("", "test"), ("_train", "train"))
        if not suffix or name in ("original", "onlyfg", "mixedrand")
    },
    "cifar10": (
        _cifar(
            "cifar10/cifar-10-batches-py", ("test_batch",), "batches.meta", **_CIFAR10
        ),
        ("first", "second"),
    ),
    "cifar10_train": (
        _cifar(
            "cifar10/cifar-10-batches-py",
            tuple(f"data_batch_{i}" for i in range(1, 6)),
            "batches.meta",
            **_CIFAR10,
        ),
        ("first", "second"),
    ),
    "cifar100": (
        _cifar("cifar100/cifar-100-python", ("test",), "meta", **_CIFAR100),
        ("first", "second"),
    ),
    "cifar100_train": (
        _cifar("cifar100/cifar-100-python", ("train",), "meta", **_CIFAR100),
        ("first", "second"),
    ),
    **{
        f"stanfordcars{suffix}": (
            _images(f"stanfordcars/{split}", "Acura TL/1.jpg", "BMW M3/2.jpg"),
            ("Acura TL", "BMW M3"),
        )
        for suffix, split in (("", "test"), ("_train", "train"))
    },
    **{
        f"inaturalist{suffix}": (
            _images(f"iNaturalist/{split}", *_BIRDS),
            ("Setophaga_petechia", "Setophaga_ruticilla"),
        )
        for suffix, split in (("", "2021_valid"), ("_train", "2021_train"))
    },
    "eurosat": (_images("EuroSAT/EuroSAT_RGB", *_SATELLITE), ("Forest", "River")),
    "eurosat_train": (_images("EuroSAT/EuroSAT_RGB", *_SATELLITE), ("Forest", "River")),
    **{
        f"svhn{suffix}": (
            _svhn(f"svhn/{split}_32x32.mat"),
            ("0", "1", "9"),
        )
        for suffix, split in (("", "test"), ("_train", "train"))
    },
    "digits": (lambda _root: None, tuple("0123456789")),
    **layouts.LAYOUTS,
}
"""How each is published, and the classes that its files here have."""


def _listed(name: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> Listing:
    LAYOUTS[name][0](root)
    monkeypatch.setenv("ZSCWH_DATA", str(root))
    each = shipped()[name]
    return datasets.list_samples(each.loader, each.source.parent, each.subset)


def test_every_shipped_dataset_has_a_layout_here() -> None:
    """None escapes the tests below."""
    assert LAYOUTS.keys() == shipped().keys()


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_published_layout_is_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are found where the official archive puts them, with their classes."""
    listing = _listed(name, tmp_path, monkeypatch)
    assert listing.target is not None
    names = listing.target.class_names
    assert tuple(names[i] for i in sorted(listing.target.counts)) == LAYOUTS[name][1]
    each = shipped()[name]
    images = datasets.open_images(each.loader, each.source.parent, listing)
    assert images is not None
    assert images.read(len(listing) - 1).mode in ("L", "RGB")


def test_cifar_batches_follow_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The train set is batches one to five."""
    listing = _listed("cifar10_train", tmp_path, monkeypatch)
    assert len(listing) == 10
    assert listing.target is not None
    assert listing.target.class_index == (0, 1) * 5


def test_inaturalist_has_seven_ranks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are pieces of the name of the folder."""
    listing = _listed("inaturalist", tmp_path, monkeypatch)
    assert {level.name: level.class_names for level in listing.levels} == {
        "kingdom": ("Animalia",),
        "phylum": ("Chordata",),
        "class": ("Aves",),
        "order": ("Passeriformes",),
        "family": ("Parulidae",),
        "genus": ("Setophaga",),
        "species": ("Setophaga_petechia", "Setophaga_ruticilla"),
    }


def test_imagenet_r_has_forms_of_art(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file name begins with it; clusterings are judged by the class."""
    listing = _listed("imagenet-r", tmp_path, monkeypatch)
    names = {level.name: level.class_names for level in listing.levels}
    assert names["artform"] == ("art", "sketch")
    assert names["both"] == ("n01443537/art", "n01484850/sketch")
    assert listing.target is not None
    assert listing.target.name == "class"


def test_eurosat_parts_are_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """15 % for the test, in every class alike, and the rest."""
    test = _listed("eurosat", tmp_path, monkeypatch)
    train = _listed("eurosat_train", tmp_path, monkeypatch)
    assert (len(test), len(train)) == (3, 17)
    whole = sorted(_SATELLITE)
    assert sorted((*test.sample_ids, *train.sample_ids)) == whole
