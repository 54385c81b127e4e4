from __future__ import annotations

from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tests.datasets.made import list_samples, open_images
from zsc_wh import installed
from zsc_wh.errors import DataError, MissingExtraError
from zsc_wh.installed import install_command

NOWHERE = Path("/nowhere")


def test_labels_are_those_of_scikit_learn() -> None:
    """The file found without importing scikit-learn is its digits, in its order."""
    listing = list_samples(NOWHERE, "digits")
    (level,) = listing.levels
    assert level.name == "digit"
    assert level.class_names == tuple("0123456789")
    np.testing.assert_array_equal(level.class_index, load_digits().target)


def test_images_are_those_of_scikit_learn() -> None:
    """Grey values 0..16 are spread evenly over 0..255."""
    images = open_images(NOWHERE, "digits")
    ours = np.stack([np.asarray(images[index]) for index in range(len(images))])
    reference = load_digits().images
    np.testing.assert_array_equal(ours, np.rint(reference * 255 / 16))


def test_ids_are_padded_numbers() -> None:
    """Ids sort as the samples do."""
    ids = list_samples(NOWHERE, "digits").sample_ids
    assert (ids[0], ids[-1], len(ids)) == ("0000", "1796", 1797)
    assert list(ids) == sorted(ids)


def test_without_scikit_learn_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who lacks scikit-learn is told what to install."""
    monkeypatch.setattr(installed, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match="scikit-learn") as caught:
        list_samples(NOWHERE, "digits")
    assert install_command("ingest") in caught.value.hint


def test_scikit_learn_without_its_file_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A scikit-learn that holds no digits is an error with the path."""
    spec = ModuleSpec("sklearn", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(installed, "find_spec", lambda _name: spec)
    with pytest.raises(DataError, match="digits cannot be read") as caught:
        list_samples(NOWHERE, "digits")
    assert caught.value.where == str(tmp_path / "datasets" / "data" / "digits.csv.gz")
