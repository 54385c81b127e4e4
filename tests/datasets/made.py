"""Small datasets of every kind, made in a temporary folder."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl
import scipy.io
from PIL import Image

from zsc_wh import datasets
from zsc_wh.datasets import LOADERS, Images, Listing
from zsc_wh.fields import complete

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SIZES = {"cats/1.png": (12, 9), "cats/2.jpg": (20, 30), "dogs/1.bmp": (15, 10)}
"""Images of the made folder, with width and height."""


NAMES = ("cats/1.bmp", "cats/2.bmp", "dogs/1.bmp", "owls/1.bmp")
"""Files of `make_photos`, in the order of samples."""

MANIFEST = "path,species\n" + "".join(f"{name},{name[:4]}\n" for name in NAMES)
"""A table of them, with labels."""


def make_image(path: Path, size: tuple[int, int] = (12, 9), seed: int = 0) -> Path:
    """Write a noisy RGB image in the format that the name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = size
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3))
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def pixels_of(path: Path) -> bytes:
    """Return the pixels of an image file, as Pillow alone reads them."""
    with Image.open(path) as image:
        return image.tobytes()


def make_folder(root: Path) -> Path:
    """Write a folder of three images in two classes."""
    for seed, (name, size) in enumerate(SIZES.items()):
        make_image(root / name, size, seed)
    return root


def make_photos(root: Path, seed: int = 0, names: Sequence[str] = NAMES) -> Path:
    """Write images that have the same sizes in bytes whatever the seed."""
    for number, name in enumerate(names):
        make_image(root / name, seed=100 * seed + number)
    return root


def make_zip(folder: Path, path: Path) -> Path:
    """Pack a folder as a zip with entries for the folders too."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*"), reverse=True):
            archive.write(file, file.relative_to(folder))
    return path


def make_tar(
    folder: Path, path: Path, mode: Literal["w", "w:gz", "w:bz2", "w:xz"] = "w"
) -> Path:
    """Pack a folder as ``tar -c .`` does it, every name with a dot in front."""
    with tarfile.open(path, mode) as archive:
        archive.add(folder, ".")
    return path


def idx_bytes(array: NDArray[np.uint8]) -> bytes:
    """Return an array in the form of the official MNIST files."""
    magic = bytes((0, 0, 8, array.ndim))
    return magic + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


IDX_PIXELS = np.arange(60, dtype=np.uint8).reshape(5, 3, 4)
IDX_LABELS = np.array([7, 0, 7, 2, 0], dtype=np.uint8)


def make_idx(folder: Path, prefix: str = "t10k-") -> Path:
    """Write five images of 4 x 3 pixels with labels as MNIST is published."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in (("images-idx3", IDX_PIXELS), ("labels-idx1", IDX_LABELS)):
        content = gzip.compress(idx_bytes(array))
        (folder / f"{prefix}{name}-ubyte.gz").write_bytes(content)
    return folder


def make_embeddings(path: Path) -> Path:
    """Write five rows of features with labels, one missing, and ids."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        embeddings=np.arange(15, dtype=np.float32).reshape(5, 3),
        y_true=np.array([2, 0, -1, 2, 7]),
        ids=np.array(["e", "a", "d", "b", "c"]),
    )
    return path


def loader(kind: str, **given: Any) -> dict[str, Any]:
    """Return a complete loader table."""
    return {"kind": kind, **complete(LOADERS[kind].fields, given)}


def recording(method: Callable[..., Any], called: list[Any]) -> Callable[..., Any]:
    """Return a method that also notes the one thing that it is called with."""

    def recorded(self: object, argument: object) -> Any:
        called.append(argument)
        return method(self, argument)

    return recorded


def list_samples(base: Path, kind: str, **given: Any) -> Listing:
    """List a dataset declared in the folder `base`."""
    return datasets.list_samples(loader(kind, **given), base, None)


def open_images(base: Path, kind: str, **given: Any) -> Images:
    """List a dataset and open its images."""
    return open_listed(loader(kind, **given), base)


def open_listed(
    params: Mapping[str, Any], base: Path, subset: Mapping[str, Any] | None = None
) -> Images:
    """List a dataset, or a subset of it, and open its images."""
    listing = datasets.list_samples(params, base, subset)
    images = datasets.open_images(params, base, listing)
    assert images is not None
    return images


def _digits(_base: Path) -> Mapping[str, Any]:
    return loader("digits")


def _folder(base: Path) -> Mapping[str, Any]:
    make_folder(base / "animals")
    return loader("folder", path="animals")


def _embeddings(base: Path) -> Mapping[str, Any]:
    make_embeddings(base / "features.npz")
    return loader("embeddings", path="features.npz", ids="ids", missing_label=-1)


def _idx(base: Path) -> Mapping[str, Any]:
    make_idx(base / "raw")
    return loader("idx", path="raw")


CIFAR_PIXELS = np.random.default_rng(1).integers(0, 256, (5, 12), dtype=np.uint8)
"""Rows of a batch: red, green and blue planes of 2 x 2 pixels."""


def python2_pickle(content: Mapping[str, Any]) -> bytes:
    """Return a pickle as Python 2 and its NumPy wrote it: byte keys, protocol 2."""
    arrays = {
        key.encode(): value if not isinstance(value, str) else value.encode()
        for key, value in content.items()
    }
    text = pickle.dumps(arrays, protocol=2)
    return text.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def make_cifar(folder: Path) -> Path:
    """Write two batches and the class names as CIFAR-100 is published, but smaller."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("first", slice(0, 2)), ("second", slice(2, 5))):
        batch = {
            "data": CIFAR_PIXELS[rows],
            "fine_labels": [0, 2, 1, 0, 2][rows],
            "coarse_labels": [0, 1, 0, 0, 1][rows],
            "batch_label": "made",
        }
        (folder / name).write_bytes(python2_pickle(batch))
    meta = {
        "fine_label_names": [b"apple", b"pear", b"bear"],
        "coarse_label_names": [b"fruit", b"animal"],
    }
    (folder / "meta").write_bytes(python2_pickle(meta))
    return folder


CIFAR: Mapping[str, Any] = {
    "files": ["first", "second"],
    "side": 2,
    "labels": ["coarse_labels", "fine_labels"],
    "levels": ["superclass", "class"],
    "names": "meta",
    "name_keys": ["coarse_label_names", "fine_label_names"],
}
"""How the files of `make_cifar` are declared, but for the path."""


def _batches(base: Path) -> Mapping[str, Any]:
    make_cifar(base / "cifar")
    return loader("batches", path="cifar", **CIFAR)


def make_svhn(path: Path, **arrays: Any) -> Path:
    """Write five images of 2 x 3 pixels as SVHN is published, ten standing for zero."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(2).integers(0, 256, (2, 3, 3, 5), dtype=np.uint8)
    labels = np.array([[10], [1], [9], [1], [10]], dtype=np.uint8)
    scipy.io.savemat(path, {"X": pixels, "y": labels, **arrays}, do_compression=True)
    return path


def _mat(base: Path) -> Mapping[str, Any]:
    make_svhn(base / "test_32x32.mat")
    return loader("mat", path="test_32x32.mat", class_names={"10": "0"})


def _manifest(base: Path) -> Mapping[str, Any]:
    make_folder(base / "animals")
    rows = [f"{name},{name[:4]},x" for name in SIZES]
    table = "\n".join(["path,animal,other", *rows])
    (base / "table.csv").write_text(table, encoding="utf-8")
    return loader("manifest", path="table.csv", images="animals", levels=["animal"])


def make_lmdb(folder: Path, images: Mapping[bytes, int]) -> Path:
    """Write a database of images, as LSUN is published; each key with a seed."""
    import lmdb

    folder.mkdir(parents=True, exist_ok=True)
    with (
        lmdb.open(str(folder), map_size=1 << 20) as database,
        database.begin(write=True) as transaction,
    ):
        for key, seed in images.items():
            transaction.put(key, image_bytes(seed))
    (folder / "lock.mdb").unlink()
    return folder


def image_bytes(seed: int) -> bytes:
    """Return a noisy RGB image in WebP without loss, as LSUN's are in WebP."""
    pixels = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", lossless=True)
    return file.getvalue()


def _lmdb(base: Path) -> Mapping[str, Any]:
    make_lmdb(base / "lsun" / "bridge_val_lmdb", {b"b": 0, b"a": 1})
    make_lmdb(base / "lsun" / "tower_val_lmdb", {b"c": 2})
    return loader(
        "lmdb", path="lsun", database="{class}_val_lmdb", classes=["bridge", "tower"]
    )


def write_shard(path: Path, members: Mapping[str, bytes | str]) -> Path:
    """Write a tar file of these members, in this order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for name, content in members.items():
            data = content.encode() if isinstance(content, str) else content
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    return path


def _webdataset(base: Path) -> Mapping[str, Any]:
    for shard in range(2):
        members: dict[str, bytes | str] = {}
        for number in range(3):
            seed = 3 * shard + number
            members[f"{seed:04d}.jpg"] = image_bytes(seed)
            members[f"{seed:04d}.cls"] = str(seed % 2)
        write_shard(base / "shards" / f"test-{shard}.tar", members)
    return loader("webdataset", path="shards", shards="test-{0..1}.tar")


def write_arrow(path: Path, columns: Mapping[str, Sequence[Any]]) -> Path:
    """Write an Arrow stream as the library datasets has it; images as their bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    images = pl.Struct({"bytes": pl.Binary, "path": pl.String})
    frame = pl.DataFrame(
        {
            name: pl.Series(name, values, dtype=images if name == "image" else None)
            for name, values in columns.items()
        }
    )
    frame.write_ipc_stream(path, compat_level=pl.CompatLevel.oldest())
    return path


def image_cell(seed: int) -> dict[str, Any]:
    """Return an image as a row of an Arrow file holds it."""
    return {"bytes": image_bytes(seed), "path": None}


FEATURES: Mapping[str, Any] = {
    "image": {"_type": "Image"},
    "label": {"names": ["ant", "bee", "cat"], "_type": "ClassLabel"},
}
"""What the library datasets notes of the columns."""


def save_split(folder: Path, parts: Sequence[Mapping[str, Sequence[Any]]]) -> Path:
    """Write one split as save_to_disk does, a file for each part."""
    n = len(parts)
    names = [f"data-{i:05d}-of-{n:05d}.arrow" for i in range(n)]
    for name, columns in zip(names, parts, strict=True):
        write_arrow(folder / name, columns)
    state: dict[str, Any] = {
        "_data_files": [{"filename": name} for name in names],
        "_fingerprint": "b4d9f3a841eae62f",
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": None,
    }
    (folder / "state.json").write_text(json.dumps(state), "utf-8")
    info = {"description": "", "features": FEATURES}
    (folder / "dataset_info.json").write_text(json.dumps(info), "utf-8")
    return folder


def _huggingface(base: Path) -> Mapping[str, Any]:
    parts: list[Mapping[str, list[Any]]] = [
        {"image": [image_cell(0), image_cell(1)], "label": [2, 0]},
        {"image": [image_cell(2)], "label": [2]},
    ]
    save_split(base / "saved", parts)
    return loader("huggingface", path="saved")


EXAMPLES: Mapping[str, Callable[[Path], Mapping[str, Any]]] = {
    "digits": _digits,
    "idx": _idx,
    "batches": _batches,
    "mat": _mat,
    "lmdb": _lmdb,
    "folder": _folder,
    "manifest": _manifest,
    "webdataset": _webdataset,
    "huggingface": _huggingface,
    "embeddings": _embeddings,
}
"""By kind: make an example below a folder and return its complete loader."""
