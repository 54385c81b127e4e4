"""Kinds of datasets that other packages offer by an entry point."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from zsc_wh import datasets
from zsc_wh.datasets import (
    LOADERS,
    ArrayImages,
    Listing,
    LoaderSpec,
    levels_of,
    pixel_digests,
    shape_facts,
)
from zsc_wh.declare import read_catalog
from zsc_wh.errors import ConfigError, DataError, ZscError
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PIXELS = np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6)
LISTING = Listing(
    sample_ids=("a", "b", "c", "d"),
    sizes=(0,) * 4,
    levels=levels_of(["class"], [[1, 1, 2, 2]], "made"),
    facts=shape_facts(5, 6),
)
FIELDS = {"n": Field(int, default=4, minimum=1, doc="samples")}
LOADER = {"kind": "made", "n": 4}


def listing(_params: Mapping[str, Any], _base: Path, _known: Any) -> Any:
    return LISTING


def digests(
    _params: Mapping[str, Any], _base: Path, listed: Listing, _known: Any, _title: str
) -> Any:
    found = pixel_digests(PIXELS)
    return tuple(found[row] for row in listed.rows)


def images(_params: Mapping[str, Any], _base: Path, listed: Listing) -> Any:
    return ArrayImages(PIXELS, listed, "made")


SPEC = LoaderSpec("squares", FIELDS, listing, digests, images)


class Module:
    """What the entry point finds."""

    spec: Any = SPEC


@pytest.fixture(autouse=True)
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package that offers the kind ``made``, as pip leaves it on the disk."""
    about = tmp_path / "made-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: made\nVersion: 1\n")
    (about / "entry_points.txt").write_text(
        "[zscwh.datasets]\nmade = made_kind:spec\nfolder = made_kind:spec\n"
        "absent = made_kind:nothing\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "made_kind", Module)
    monkeypatch.setattr(Module, "spec", SPEC)
    monkeypatch.setattr(LOADERS, "_found", {})


def listed(base: Path) -> Listing:
    return datasets.list_samples(LOADER, base, None)


def test_it_is_one_of_the_kinds(tmp_path: Path) -> None:
    """Listed and opened like any other, and never in place of one of ours."""
    assert {"made", "absent"} < set(LOADERS)
    assert len(LOADERS) == len(list(LOADERS))
    assert LOADERS["folder"].fields.keys() == datasets.folder.FIELDS.keys()
    found = listed(tmp_path)
    assert replace(found, digests=()) == LISTING
    opened = datasets.open_images(LOADER, tmp_path, found)
    assert opened is not None
    np.testing.assert_array_equal(np.asarray(opened[3]), PIXELS[3])
    assert (opened.where(0), opened.typical_side()) == ("made: a", 5)


def test_a_subset_of_it_is_drawn(tmp_path: Path) -> None:
    """With the digests of its samples."""
    subset = datasets.read_subset({"n": 2})
    found = datasets.list_samples(LOADER, tmp_path, subset)
    assert len(found) == 2
    whole = listed(tmp_path)
    assert found.digests == tuple(whole.digests[row] for row in found.rows)


def test_its_fields_are_checked_and_completed(tmp_path: Path) -> None:
    """A catalog is answered as for a kind of our own."""
    file = tmp_path / "own.toml"
    file.write_text('[dataset.x]\nloader = { kind = "made" }\n')
    assert read_catalog([file]).datasets["x"].loader == LOADER
    file.write_text('[dataset.x]\nloader = { kind = "made", n = 0, m = 1 }\n')
    with pytest.raises(ConfigError, match="at least 1") as caught:
        read_catalog([file])
    assert "dataset.x.loader.m: unknown key" in str(caught.value)
    file.write_text('[dataset.x]\nloader = { kind = "mad" }\n')
    with pytest.raises(ConfigError, match="did you mean 'made'"):
        read_catalog([file])


def read_first(base: Path) -> None:
    """List the dataset and read an image of it."""
    opened = datasets.open_images(LOADER, base, listed(base))
    assert opened is not None
    opened.read(0)


FAULTS: dict[str, tuple[Any, str]] = {
    "no spec": ({"spec": "nothing"}, "is not a LoaderSpec"),
    "no fields": ({"fields": {"n": 3}}, "is not a LoaderSpec with fields"),
    "a kind of its own": ({"fields": {"kind": FIELDS["n"]}}, "none of them called"),
    "no listing": ({"listing": lambda *_: [1]}, "there is a list, not a Listing"),
    "raises": ({"listing": lambda *_: 1 / 0}, "failed to list a dataset .*Division"),
    "empty": ({"listing": lambda *_: Listing((), ())}, "there is no sample"),
    "numbers": ({"listing": lambda *_: Listing((1,), (0,))}, "not a string"),  # type: ignore[arg-type]
    "twice": ({"listing": lambda *_: Listing(("a", "a"), (0, 0))}, "occurs twice"),
    "sizes": ({"listing": lambda *_: Listing(("a",), ())}, "0 sizes for 1 sample"),
    "labels": (
        {"listing": lambda *_: replace(LISTING, sample_ids=("a",), sizes=(0,))},
        "the level 'class' has 4 labels for 1 sample",
    ),
    "classes": (
        {
            "listing": lambda *_: replace(
                LISTING, levels=(replace(LISTING.levels[0], class_names=("1",)),)
            )
        },
        "has a label outside of its 1 class",
    ),
    "target": (
        {
            "listing": lambda *_: replace(
                LISTING, levels=(replace(LISTING.levels[0], is_target=False),)
            )
        },
        "not exactly one level is the target",
    ),
    "digests": ({"digests": lambda *_: ["0" * 64]}, "gave 1 digest for 4 samples"),
    "no digest": ({"digests": lambda *_: ["x"] * 4}, "not 64 hexadecimal digits"),
    "no digests": ({"digests": lambda *_: None}, "failed to digest samples"),
    "images": ({"images": lambda *_: [1]}, "did not open Images of 4 samples"),
    "image": ({"images": lambda *_: Odd()}, "neither L nor RGB"),
    "reading": ({"images": lambda *_: Odd(fails=True)}, "failed to read sample 0"),
}


class Odd(datasets.Images):
    """Images that are none."""

    def __init__(self, *, fails: bool = False) -> None:
        self._fails = fails

    def __len__(self) -> int:
        return 4

    def read(self, index: int) -> Any:
        """Fail, or return what is not an image."""
        if self._fails:
            raise RuntimeError(index)
        return "pixels"

    def where(self, index: int) -> str:
        """Return the number of an image."""
        return f"{index}"

    def typical_side(self) -> int:
        """Return one pixel."""
        return 1


@pytest.mark.parametrize("fault", FAULTS)
def test_what_it_does_wrong_is_told_by_its_name(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In our words, whatever it raises or returns."""
    given, message = FAULTS[fault]
    spec = given["spec"] if "spec" in given else replace(SPEC, **given)
    monkeypatch.setattr(Module, "spec", spec)
    with pytest.raises(ZscError, match=message) as caught:
        read_first(tmp_path)
    assert "'made'" in str(caught.value)
    assert caught.value.where == "entry point made in zscwh.datasets"
    assert caught.value.hint


def test_our_errors_pass_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kind may say itself what is wrong."""

    def absent(*_: Any) -> Any:
        raise DataError(what="there is no such file", where="x", hint="Put it there.")

    monkeypatch.setattr(Module, "spec", replace(SPEC, listing=absent))
    with pytest.raises(DataError, match=r"^x: there is no such file"):
        listed(tmp_path)


def test_a_module_without_it_is_told() -> None:
    """As for any other entry point."""
    with pytest.raises(ConfigError, match="'absent' cannot be imported"):
        LOADERS["absent"]
