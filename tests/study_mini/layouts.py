"""All test sets of the study and their train sets, small, in their official layouts.

Large enough for 50 dimensions of UMAP, and small enough for every test run. What the
readers make of odd files is proven beside them, in `tests.datasets`.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import scipy.io
from PIL import Image

from tests.datasets.layouts import ATTRIBUTES, SCENES
from tests.datasets.made import idx_bytes, make_lmdb, python2_pickle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

N_TEST, N_TRAIN = 56, 12
"""Images of most sets; UMAP to 50 dimensions needs 52."""
N_LARGE = 208
"""Images of CIFAR-10, on which recipes take 200 principal components."""
N_CLASSES = 4
WNIDS = ("n01440764", "n01443537", "n02102040", "n03000684")
SPLITS = (("test", N_TEST), ("train", N_TRAIN))
_SEEDS = itertools.count()


def _pixels(label: int, side: int = 12) -> NDArray[np.uint8]:
    """Return noise around a grey of the class, each time another one.

    Datasets of the same images would be one dataset.
    """
    numbers = np.random.default_rng(next(_SEEDS))
    noise = numbers.normal(60 * label + 30, 25, (side, side, 3))
    return np.clip(noise, 0, 255).astype(np.uint8)


def _images(folder: Path, names: Iterable[tuple[str, int]]) -> None:
    for name, label in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(_pixels(label)).save(path)


def _by_class(classes: Sequence[str], n: int, suffix: str = ".JPEG") -> list[str]:
    return [f"{classes[i % len(classes)]}/{i:03d}{suffix}" for i in range(n)]


def _folder(folder: Path, n: int, classes: Sequence[str] = WNIDS) -> None:
    names = _by_class(classes, n)
    _images(folder, [(name, i % len(classes)) for i, name in enumerate(names)])


def _lines(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def imagenets(root: Path) -> None:
    """Write ImageNet and its variants, a folder per class."""
    _folder(root / "imagenet/val", N_TEST)
    _folder(root / "imagenet/train", N_TRAIN)
    numbers = ("0", "1", "10", "2")
    _folder(
        root / "imagenetv2/imagenetv2-matched-frequency-format-val", N_TEST, numbers
    )
    _folder(root / "imagenet-sketch", N_TEST)
    _folder(root / "imagenet-o", N_TEST)
    forms = ("art", "cartoon", "sketch")
    _images(
        root / "imagenet-r",
        [(f"{WNIDS[i % 4]}/{forms[i % 3]}_{i}.jpg", i % 4) for i in range(N_TEST)],
    )
    for variant in ("original", "only_fg", "mixed_rand"):
        for split, n in SPLITS:
            folder = root / "in9_bg_challenge" / variant / split
            _folder(folder, n, ("00_dog", "01_bird", "02_wheeled vehicle"))


def others(root: Path) -> None:
    """Write Stanford Cars, iNaturalist and EuroSAT, which the reader cuts."""
    cars = ("Acura TL Sedan 2012", "BMW M3 Coupe 2012", "smart fortwo 2012")
    for split, n in SPLITS:
        _folder(root / "stanfordcars" / split, n, cars)
    taxon = "Animalia_Chordata_Aves_Passeriformes_Parulidae"
    species = [
        f"0000{i}_{taxon}_{name}"
        for i, name in enumerate(
            ("Setophaga_petechia", "Setophaga_ruticilla", "Vireo_x")
        )
    ]
    for split, n in (("2021_valid", N_TEST), ("2021_train", N_TRAIN)):
        _folder(root / "iNaturalist" / split, n, species)
    fields = ("AnnualCrop", "Forest", "River", "SeaLake")
    _folder(root / "EuroSAT/EuroSAT_RGB", 376, fields)  # 15 % are 57


def idx(root: Path) -> None:
    """Write MNIST and Fashion-MNIST."""
    for name in ("MNIST", "FashionMNIST"):
        folder = root / name / "raw"
        folder.mkdir(parents=True)
        for prefix, n in (("t10k", N_TEST), ("train", N_TRAIN)):
            labels = np.arange(n, dtype=np.uint8) % N_CLASSES
            pixels = np.stack([_pixels(int(y), 28)[..., 0] for y in labels])
            for part, array in (("images-idx3", pixels), ("labels-idx1", labels)):
                path = folder / f"{prefix}-{part}-ubyte"
                path.write_bytes(idx_bytes(array))


def _batch(path: Path, n: int, keys: Sequence[str]) -> None:
    labels = [i % N_CLASSES for i in range(n)]
    planes = [_pixels(y, 32).transpose(2, 0, 1) for y in labels]
    data = np.stack(planes).reshape(n, -1)
    path.write_bytes(python2_pickle({"data": data, **dict.fromkeys(keys, labels)}))


def cifar(root: Path) -> None:
    """Write CIFAR-10, the large one, and CIFAR-100."""
    names = [f"class {i}".encode() for i in range(N_CLASSES)]
    folder = root / "cifar10/cifar-10-batches-py"
    folder.mkdir(parents=True)
    _batch(folder / "test_batch", N_LARGE, ["labels"])
    for number in range(1, 6):
        _batch(folder / f"data_batch_{number}", N_CLASSES, ["labels"])
    (folder / "batches.meta").write_bytes(python2_pickle({"label_names": names}))
    folder = root / "cifar100/cifar-100-python"
    folder.mkdir(parents=True)
    for split, n in SPLITS:
        _batch(folder / split, n, ["fine_labels", "coarse_labels"])
    meta = {"fine_label_names": names, "coarse_label_names": names}
    (folder / "meta").write_bytes(python2_pickle(meta))


def svhn(root: Path) -> None:
    """Write SVHN, in which ten stands for zero."""
    (root / "svhn").mkdir()
    for split, n in SPLITS:
        labels = np.arange(n) % N_CLASSES
        pixels = np.stack([_pixels(int(y), 32) for y in labels], -1)
        arrays = {"X": pixels, "y": np.where(labels == 0, 10, labels)[:, None]}
        scipy.io.savemat(root / f"svhn/{split}_32x32.mat", arrays)


def lsun(root: Path) -> None:
    """Write a database per scene."""
    for split, n in (("val", 6), ("train", 1)):
        for scene in SCENES:
            keys = {f"{i:x}".encode(): next(_SEEDS) for i in range(n)}
            make_lmdb(root / "lsun" / f"{scene}_{split}_lmdb", keys)


def places(root: Path) -> None:
    """Write lists of paths with the numbers of their scenes."""
    folder, scenes = root / "Places365", ("/a/airfield", "/b/bar", "/z/zoo")
    _lines(
        folder / "categories_places365.txt",
        [f"{scene} {i}" for i, scene in enumerate(scenes)],
    )
    val = [(f"Places365_val_{i:08d}.jpg", i % 3) for i in range(1, N_TEST + 1)]
    train = [(f"{scenes[i % 3]}/{i:08d}.jpg", i % 3) for i in range(N_TRAIN)]
    _lines(folder / "places365_val.txt", [f"{path} {y}" for path, y in val])
    _lines(
        folder / "places365_train_standard.txt", [f"{path} {y}" for path, y in train]
    )
    _images(folder / "val_large", val)
    _images(folder / "data_large_standard", [(path[1:], y) for path, y in train])


def aircraft(root: Path) -> None:
    """Write three levels, a list of images for each."""
    data = root / "fgvc-aircraft-2013b/data"
    levels = {
        "variant": ("707-320", "747-100", "Cessna 172"),
        "family": ("Boeing 707", "Boeing 747", "Cessna 172"),
        "manufacturer": ("Boeing", "Boeing", "Cessna"),
    }
    plural = {"variant": "variants", "family": "families"}
    for level, names in levels.items():
        known = dict.fromkeys(names)
        _lines(data / f"{plural.get(level, 'manufacturers')}.txt", known)
        for (split, n), first in zip(SPLITS, (0, N_TEST), strict=True):
            numbers = range(first, first + n)
            _lines(
                data / f"images_{level}_{split}.txt",
                [f"{i:07d} {names[i % 3]}" for i in numbers],
            )
    _images(data / "images", [(f"{i:07d}.jpg", i % 3) for i in range(N_TEST + N_TRAIN)])


def flowers(root: Path) -> None:
    """Write labels and splits as MATLAB files."""
    folder, n = root / "flowers-102", N_TEST + N_TRAIN
    _images(folder / "jpg", [(f"image_{i + 1:05d}.jpg", i % 3) for i in range(n)])
    ids = np.arange(1, n + 1, dtype=np.uint16)
    labels = (np.arange(n, dtype=np.uint8) % 3 + 1)[None]
    scipy.io.savemat(folder / "imagelabels.mat", {"labels": labels})
    split = {"tstid": ids[None, :N_TEST], "trnid": ids[None, N_TEST:]}
    scipy.io.savemat(folder / "setid.mat", {**split, "valid": ids[None, :1]})


def nabirds(root: Path) -> None:
    """Write leaves of a hierarchy, and which image is of which split."""
    folder, leaves = root / "nabirds", (295, 817, 1010)
    rows = [(f"id-{i}", leaves[i % 3], i) for i in range(N_TEST + N_TRAIN)]
    paths = [f"{leaf:04d}/{i}.jpg" for _, leaf, i in rows]
    _lines(
        folder / "images.txt",
        [f"{name} {path}" for (name, *_), path in zip(rows, paths, strict=True)],
    )
    _lines(
        folder / "image_class_labels.txt", [f"{name} {leaf}" for name, leaf, _ in rows]
    )
    _lines(
        folder / "train_test_split.txt",
        [f"{name} {int(i >= N_TEST)}" for name, _, i in rows],
    )
    _lines(
        folder / "classes.txt",
        ["0 Birds", "1 Ducks", "295 Common Eider", "817 Oak Titmouse", "1010 Junco"],
    )
    _lines(folder / "hierarchy.txt", ["1 0", "295 1", "817 0", "1010 0"])
    _images(folder / "images", [(path, i % 3) for i, path in enumerate(paths)])


def bioscan(root: Path) -> None:
    """Write metadata, and lists of sample ids for the partitions."""
    folder, n = root / "BIOSCAN-1M", N_TEST + N_TRAIN
    species = ("Asteia amoena", "Nemorilla floralis", "Lycoriella alba")
    head = "sampleid processid uri phylum class order family subfamily tribe genus"
    rows = ["\t".join([*head.split(), "species", "image_file", "chunk_number"])]
    for i in range(n):
        name = species[i % 3]
        taxa = ["Arthropoda", "Insecta", "Diptera", f"{name[:3]}idae", "", ""]
        row = [f"s{i}", f"p{i}", f"BOLD:{i % 5}", *taxa, name.split()[0], name]
        rows.append("\t".join([*row, f"{i}.jpg", "1"]))
    _lines(folder / "BIOSCAN_Insect_Dataset_metadata.tsv", rows)
    parts = ("seen_keys", "test_seen", "test_unseen", "test_unseen_keys")
    for number, part in enumerate(parts):
        _lines(
            folder / f"{part}.txt", [f"s{i}" for i in range(N_TEST) if i % 4 == number]
        )
    _lines(folder / "train_seen.txt", [f"s{i}" for i in range(N_TEST, n)])
    images = folder / "bioscan/images/cropped_256/part1"
    _images(images, [(f"{i}.jpg", i % 3) for i in range(n)])


def celeba(root: Path) -> None:
    """Write faces of people; train and test have none in common."""
    folder, n = root / "celeba", N_TEST + N_TRAIN
    names = [f"{i:06d}.jpg" for i in range(1, n + 1)]
    people = [i % 4 if i < N_TEST else 10 + i % 4 for i in range(n)]
    _lines(
        folder / "identity_CelebA.txt",
        [f"{name} {who}" for name, who in zip(names, people, strict=True)],
    )
    parts = [f"{name} {2 if i < N_TEST else 0}" for i, name in enumerate(names)]
    _lines(folder / "list_eval_partition.txt", parts)
    signs = [
        " ".join("1" if (i + k) % 3 else "-1" for k in range(40)) for i in range(n)
    ]
    attributes = [f"{name} {row}" for name, row in zip(names, signs, strict=True)]
    _lines(folder / "list_attr_celeba.txt", [str(n), ATTRIBUTES, *attributes])
    _images(
        folder / "img_align_celeba", zip(names, [p % 4 for p in people], strict=True)
    )


def cut_by_us(root: Path) -> None:
    """Write UTKFace and BreakHis, of which the reader takes 25 % and 40 %."""
    faces = [
        (f"{20 + i % 4}_{i % 2}_{i % 5}_{i:017d}.jpg.chip.jpg", i % 4)
        for i in range(4 * N_TEST)
    ]
    _images(root / "UTKFace", faces)
    kinds = (("benign", "adenosis", "B_A"), ("malignant", "ductal_carcinoma", "M_DC"))
    slides = [
        (
            f"{kind}/SOB/{name}/SOB_{code}-14-1/{zoom}X/SOB_{code}-14-1-{zoom}-{i:03d}.png",
            y,
        )
        for y, (kind, name, code) in enumerate(kinds)
        for zoom in (40, 100)
        for i in range(36)
    ]
    _images(root / "BreaKHis_v1/histology_slides/breast", slides)


def dtd(root: Path) -> None:
    """Write lists of paths of textures."""
    folder = root / "dtd/dtd"
    textures = ("banded", "dotted", "zigzagged")
    for (split, n), start in zip(SPLITS, (0, N_TEST), strict=True):
        numbers = range(start, start + n)
        paths = [(f"{textures[i % 3]}/{i:04d}.jpg", i % 3) for i in numbers]
        _lines(folder / f"labels/{split}1.txt", [path for path, _ in paths])
        _images(folder / "images", paths)


MAKERS: tuple[Callable[[Path], None], ...] = (
    imagenets,
    others,
    idx,
    cifar,
    svhn,
    lsun,
    places,
    aircraft,
    flowers,
    nabirds,
    bioscan,
    celeba,
    cut_by_us,
    dtd,
)


def make_all(root: Path) -> None:
    """Write all of them below one folder."""
    root.mkdir(parents=True, exist_ok=True)
    for make in MAKERS:
        make(root)


def validation(root: Path) -> None:
    """Write the train sets of which the validation sets are drawn."""
    _folder(root / "imagenet/train", 400)  # 16 are drawn
    for name in ("imagenette", "imagewoof"):
        _folder(root / name / "train", N_TEST)


def bioscan5m(root: Path) -> None:
    """Write two partitions of BIOSCAN-5M, every image with a barcode of its own.

    Beside them stand the features of the barcodes, one of which is missing.
    """
    folder, names = root / "BIOSCAN-5M", []
    species = ("Bradysia sp.", "Camptomyia sp.", "Megaselia sp.")
    head = "processid,split,dna_barcode,class,order,family,subfamily,genus,species"
    rows = [f"{head},dna_bin"]
    for i in range(N_TEST):
        split, name = ("test", "test_unseen")[i % 2], species[i % 3]
        barcode = "".join("ACGT"[i // 4**k % 4] for k in range(6))
        taxa = [
            "Insecta",
            "Diptera",
            f"{name[:3]}idae",
            f"{name[:3]}inae",
            name.split()[0],
            name,
        ]
        rows.append(",".join([f"P{i:02d}", split, barcode, *taxa, f"BIN{i % 5}"]))
        names.append((f"{split}/P{i:02d}.jpg", i % 3))
    _lines(folder / "BIOSCAN-5M_Dataset.csv", rows)
    _images(folder / "images_by_split/eval/cropped_resized", names)
    kept = names[1:]
    features = np.random.default_rng(next(_SEEDS)).normal(size=(len(kept), 60))
    features += np.array([y for _, y in kept])[:, None]
    (folder / "features").mkdir()
    for dataset in ("bioscan5m", "bioscan5m_barcodes"):
        np.savez(
            folder / f"features/barcodebert_{dataset}.npz",
            embeddings=features.astype(np.float32),
            ids=np.array([name for name, _ in kept]),
        )
