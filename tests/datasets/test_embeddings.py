from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import save_file

from tests.datasets.made import list_samples, make_embeddings
from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_are_samples_in_file_order(tmp_path: Path) -> None:
    """Samples keep the order of their rows, which features of the file have too."""
    make_embeddings(tmp_path / "x.npz")
    listing = list_samples(tmp_path, "embeddings", path="x.npz", ids="ids")
    assert listing.sample_ids == ("e", "a", "d", "b", "c")
    assert listing.sizes == (0,) * 5


def test_without_ids_rows_are_numbered(tmp_path: Path) -> None:
    """Numbers are padded, so that they sort as the rows do."""
    np.savez(tmp_path / "x.npz", embeddings=np.zeros((11, 2)), y_true=np.zeros(11, int))
    ids = list_samples(tmp_path, "embeddings", path="x.npz").sample_ids
    assert (ids[0], ids[10]) == ("00", "10")


def test_negative_labels_are_classes(tmp_path: Path) -> None:
    """No number means missing unless the declaration says so."""
    make_embeddings(tmp_path / "x.npz")
    (level,) = list_samples(tmp_path, "embeddings", path="x.npz").levels
    assert level.class_names == ("-1", "0", "2", "7")
    assert level.class_index == (2, 1, 0, 2, 3)


def test_declared_missing_label_is_no_class(tmp_path: Path) -> None:
    """The declared number is a missing label, and no class is called so."""
    make_embeddings(tmp_path / "x.npz")
    listing = list_samples(tmp_path, "embeddings", path="x.npz", missing_label=-1)
    (level,) = listing.levels
    assert level.class_names == ("0", "2", "7")
    assert level.class_index == (1, 0, None, 1, 2)


def test_labels_can_be_texts(tmp_path: Path) -> None:
    """Text labels are the names of the classes."""
    np.savez(
        tmp_path / "x.npz",
        embeddings=np.zeros((3, 2)),
        species=np.array(["owl", "bee", "owl"]),
    )
    (level,) = list_samples(
        tmp_path, "embeddings", path="x.npz", labels="species", level="species"
    ).levels
    assert (level.name, level.class_names) == ("species", ("bee", "owl"))
    assert level.class_index == (1, 0, 1)


def test_labels_can_lie_in_another_file(tmp_path: Path) -> None:
    """Features and labels may be two .npy files."""
    np.save(tmp_path / "x.npy", np.zeros((3, 2)))
    np.save(tmp_path / "y.npy", np.array([1, 0, 1]))
    listing = list_samples(tmp_path, "embeddings", path="x.npy", labels_path="y.npy")
    assert listing.levels[0].class_index == (1, 0, 1)


def test_labels_can_be_declined(tmp_path: Path) -> None:
    """With labels = "none" there are none."""
    np.save(tmp_path / "x.npy", np.zeros((3, 2)))
    listing = list_samples(tmp_path, "embeddings", path="x.npy", labels="none")
    assert listing.levels == ()
    assert len(listing) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("levels", ["order"]), ("target", "order"), ("labels_path", "y.npy")],
)
def test_declined_labels_are_not_described(
    name: str, value: object, tmp_path: Path
) -> None:
    """Levels that were declared are never dropped in silence."""
    make_embeddings(tmp_path / "x.npz")
    given = {"path": "x.npz", "labels": "none", name: value}
    with pytest.raises(ConfigError, match=f'"none" and `{name}` contra') as caught:
        list_samples(tmp_path, "embeddings", **given)
    assert caught.value.where == str(tmp_path / "x.npz")


def test_npy_without_word_on_labels_is_told(tmp_path: Path) -> None:
    """Labels are never dropped in silence."""
    np.save(tmp_path / "x.npy", np.zeros((3, 2)))
    with pytest.raises(DataError, match="holds no labels") as caught:
        list_samples(tmp_path, "embeddings", path="x.npy")
    assert caught.value.where == str(tmp_path / "x.npy")
    assert 'labels = "none"' in caught.value.hint


def test_several_levels_are_named_arrays(tmp_path: Path) -> None:
    """Each declared array is a level of its name, coarse to fine."""
    np.savez(
        tmp_path / "x.npz",
        embeddings=np.zeros((3, 2)),
        order=np.array(["owl", "bee", "owl"]),
        species=np.array([4, 5, -1]),
    )
    given = {"path": "x.npz", "levels": ["order"]}
    assert list_samples(tmp_path, "embeddings", **given).levels[0].name == "order"
    given = {"path": "x.npz", "levels": ["species", "order"], "target": "species"}
    species, order = list_samples(tmp_path, "embeddings", **given).levels
    assert (species.name, species.is_target, order.is_target) == (
        "species",
        True,
        False,
    )
    assert species.class_names == ("-1", "4", "5")
    assert (order.depth, order.class_index) == (1, (1, 0, 1))


def test_parquet_has_features_ids_and_labels(tmp_path: Path) -> None:
    """A table is a dataset: NULL is a missing label, of numbers and of texts."""
    pl.DataFrame(
        {
            "embeddings_0": [1.0, 2.0, 3.0],
            "embeddings_1": [1.0, 2.0, 3.0],
            "name": ["c", "a", "b"],
            "order": ["owl", None, "bee"],
            "species": [7, 5, None],
        }
    ).write_parquet(tmp_path / "x.parquet")
    listing = list_samples(
        tmp_path,
        "embeddings",
        path="x.parquet",
        ids="name",
        levels=["order", "species"],
    )
    assert listing.sample_ids == ("c", "a", "b")
    assert [level.class_index for level in listing.levels] == [
        (1, None, 0),
        (1, 0, None),
    ]


def test_safetensors_have_features_and_labels(tmp_path: Path) -> None:
    """Named tensors are like the arrays of an .npz."""
    arrays = {"embeddings": np.zeros((3, 2), np.float32), "y_true": np.array([1, 0, 1])}
    save_file(arrays, tmp_path / "x.safetensors")
    listing = list_samples(tmp_path, "embeddings", path="x.safetensors")
    assert listing.levels[0].class_index == (1, 0, 1)


FAULTS: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "no such labels": ({}, {"labels": "y"}, "no array 'y'", "embeddings, y_true"),
    "too few labels": ({"y_true": [1, 2]}, {}, "2 values for 3 rows", "same order"),
    "fraction": ({"y_true": [0.5, 1.0, 1.0]}, {}, "numbers, not 0.5", "classes"),
    "table of labels": ({"y_true": [[1], [2], [3]]}, {}, "2-dimensional", "integers"),
    "all missing": (
        {"y_true": [-1, -1, -1]},
        {"missing_label": -1},
        "a label at the level 'class'",
        'labels = "none"',
    ),
    "missing text": (
        {"y_true": ["a", "b", "c"]},
        {"missing_label": -1},
        "`missing_label` is a number",
        "Drop",
    ),
    "too few ids": ({"ids": ["a", "b"]}, {"ids": "ids"}, "2 values for 3", "order"),
    "one dimension": ({"embeddings": [1.0, 2.0, 3.0]}, {}, "not of shape", "array"),
    "no rows": ({"embeddings": np.zeros((0, 2))}, {}, r"not of shape \(0, 2\)", "arr"),
}


@pytest.mark.parametrize(
    ("arrays", "given", "message", "hint"), FAULTS.values(), ids=FAULTS
)
def test_fault_is_told(
    arrays: dict[str, Any],
    given: dict[str, Any],
    message: str,
    hint: str,
    tmp_path: Path,
) -> None:
    """What does not fit together is an error with the file and a remedy."""
    content = {"embeddings": np.zeros((3, 2)), "y_true": [0, 1, 0], **arrays}
    np.savez(tmp_path / "x.npz", **content)
    with pytest.raises(DataError, match=message) as caught:
        list_samples(tmp_path, "embeddings", path="x.npz", **given)
    assert caught.value.where.startswith(str(tmp_path / "x.npz"))
    assert hint in caught.value.hint
