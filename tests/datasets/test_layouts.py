"""Paths, labels and order of what is more than a folder, written down by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.datasets import layouts
from zsc_wh import datasets
from zsc_wh.declare import read_catalog

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.datasets import Listing


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function from the name of a shipped dataset to its listing."""
    monkeypatch.setenv("ZSCWH_DATA", str(tmp_path))
    catalog = read_catalog().datasets

    def listing(name: str) -> Listing:
        layouts.LAYOUTS[name][0](tmp_path)
        each = catalog[name]
        return datasets.list_samples(each.loader, each.source.parent, each.subset)

    return listing


def labels(listing: Listing, level: str) -> list[str | None]:
    """Return the label of every sample."""
    (found,) = (each for each in listing.levels if each.name == level)
    return [None if i is None else found.class_names[i] for i in found.class_index]


SAMPLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "places365": (
        ("Places365_val_00000002.jpg", "Places365_val_00000001.jpg"),
        ("/z/zen_garden", "/a/airfield"),
    ),
    "places365_train": (
        ("z/zen_garden/00000003.jpg", "a/airplane_cabin/00000001.jpg"),
        ("/z/zen_garden", "/a/airplane_cabin"),
    ),
    "aircraft": (
        ("1514522.jpg", "0747566.jpg", "1000000.jpg"),
        ("707-320", "Cessna 172", "F/A-18"),
    ),
    "flowers102": (
        ("image_00005.jpg", "image_00003.jpg", "image_00004.jpg"),
        ("5", "102", "1"),
    ),
    "flowers102_train": (("image_00006.jpg", "image_00002.jpg"), ("5", "1")),
    "nabirds": (
        ("0817/aa1.jpg", "0295/bb2.jpg", "1010/dd4.jpg"),
        ("Oak Titmouse", "Common Eider (Adult male)", "Dark-eyed Junco"),
    ),
    "nabirds_train": (
        ("0295/cc3.jpg", "0817/ee5.jpg"),
        ("Common Eider (Adult male)", "Oak Titmouse"),
    ),
    "celeba": (("000001.jpg", "000002.jpg", "000004.jpg"), ("2880", "99", "10177")),
    "celeba_train": (("000003.jpg",), ("2880",)),
    "dtd": (
        ("zigzagged/zigzagged_0001.jpg", "banded/banded_0002.jpg"),
        ("zigzagged", "banded"),
    ),
    # positions 2 and 5 of eight faces by age, then by name
    "utkface": (("2_0_2_a.jpg.chip.jpg", "10_0_1_a.jpg.chip.jpg"), ("2", "10")),
    "utkface_train": (
        (
            "1_0_0_a.jpg.chip.jpg",
            "1_1_3_b.jpg.chip.jpg",
            "2_0_2_b.jpg.chip.jpg",
            "2_0_2_c.jpg.chip.jpg",
            "10_1_4_b.jpg.chip.jpg",
            "10_1_4_c.jpg.chip.jpg",
        ),
        ("1", "1", "2", "2", "10", "10"),
    ),
    # B0, of the train set, comes first in the shuffle and has the barcode of B1 and B3
    "bioscan5m_barcodes": (("test/B2.jpg",), ("Camptomyia sp.",)),
    "bioscan5m": (
        ("test/B1.jpg", "test/B2.jpg", "test_unseen/B3.jpg"),
        ("Bradysia sp.", "Camptomyia sp.", "Bradysia sp."),
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_and_labels_in_their_order(name: str, listed: Any) -> None:
    """As the study reads them."""
    listing = listed(name)
    assert listing.target is not None
    expected = SAMPLES[name]
    assert listing.sample_ids == expected[0]
    assert tuple(labels(listing, listing.target.name)) == expected[1]


def test_lsun_has_its_scenes_in_alphabetical_order(listed: Any) -> None:
    """Within a scene, keys by their bytes."""
    listing = listed("lsun")
    assert listing.sample_ids == (
        *(f"{scene}/{9 - i}f" for i, scene in enumerate(layouts.SCENES[:-1])),
        "tower/0a",
        "tower/0b",
    )
    assert listing.target.class_index == (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9)


def test_aircraft_has_three_levels(listed: Any) -> None:
    """Joined by the number of the image."""
    listing = listed("aircraft")
    assert [level.name for level in listing.levels] == [
        "manufacturer",
        "family",
        "variant",
    ]
    assert labels(listing, "manufacturer") == ["Boeing", "Cessna", "McDonnell Douglas"]
    assert labels(listing, "family") == ["Boeing 707", "Cessna 172", "F/A-18"]


def test_nabirds_has_the_parents_of_a_class(listed: Any) -> None:
    """By depth below the root; a class that lies less deep stands for itself."""
    listing = listed("nabirds")
    assert labels(listing, "depth1") == ["22", "1", "22"]
    assert labels(listing, "depth2") == ["60", "50", "1010"]
    assert labels(listing, "depth3") == ["817", "400", "1010"]
    # 817, 295 and 1010 in ascending order
    assert listing.target.class_index == (1, 0, 2)


def test_bioscan_labels_are_repaired_in_order(listed: Any) -> None:
    """Test rows in the order of the metadata, a repeated id with each of its rows."""
    listing = listed("bioscan1m")
    assert listing.sample_ids == (
        "part2/1.jpg",
        "part2/2.jpg",
        "part10/4.jpg",
        "part1/5.jpg",
    )
    # a genus that is filled in gets no fixed tribe; a fixed tribe overwrites one
    assert labels(listing, "genus") == ["Asteia", "Nemorilla", "Nemorilla", "Xus"]
    assert labels(listing, "tribe") == [
        "Asteiini",
        "unassigned Exoristinae",
        "Winthemiini",
        None,
    ]
    assert labels(listing, "subfamily") == [
        "unassigned Asteiidae",
        "Exoristinae",
        "Exoristinae",
        None,
    ]
    assert labels(listing, "family") == ["Asteiidae", "Tachinidae", "Tachinidae", None]
    assert labels(listing, "species")[-1] is None
    assert listing.target.name == "species"
    assert listing.levels[-1].name == "uri"


def test_bioscan_references_share_no_image_unless_asked(listed: Any) -> None:
    """The study's did; both test sets are one dataset."""
    alone, shared = listed("bioscan1m_train"), listed("bioscan1m_shared_train")
    assert alone.sample_ids == ("part1/6.jpg", "part1/7.jpg")
    assert shared.sample_ids == (
        "part2/2.jpg",
        "part10/4.jpg",
        "part1/6.jpg",
        "part1/7.jpg",
    )
    # "not_classified" at both ranks above: the family, twice
    assert labels(alone, "tribe") == ["unassigned Sciaridae"] * 2
    assert labels(alone, "subfamily") == ["unassigned Sciaridae"] * 2
    assert listed("bioscan1m").key == listed("bioscan1m_shared").key


def test_celeba_has_forty_attributes(listed: Any) -> None:
    """Male and Young are set for the first and the last; the identity is the target."""
    listing = listed("celeba")
    assert [level.name for level in listing.levels] == [
        *layouts.ATTRIBUTES.split(),
        "identity",
    ]
    by_name = {level.name: level for level in listing.levels}
    assert by_name["Male"].class_index == (1, 0, 1)
    assert by_name["Young"].class_index == (1, 0, 1)
    assert labels(listing, "Bald") == ["-1"] * 3


def test_utkface_has_gender_and_race(listed: Any) -> None:
    """By name; the name that lacks the race is left out, by name."""
    listing = listed("utkface")
    assert labels(listing, "gender") == ["male", "male"]
    assert labels(listing, "race") == ["Asian", "Black"]
    assert listing.ignored == ("61_1_20170109142408075.jpg.chip.jpg",)


def test_breakhis_is_split_in_the_order_of_its_paths(listed: Any) -> None:
    """By magnification and type; the positions are those of scikit-learn 1.7."""
    test, train = listed("breakhis"), listed("breakhis_train")
    names = layouts.breakhis_names()
    assert (len(test), len(train)) == (8, 12)
    assert sorted((*test.sample_ids, *train.sample_ids)) == names
    assert [names[position] for position in test.positions] == list(test.sample_ids)
    kinds = {
        "PT": "phyllodes_tumor",
        "DC": "ductal_carcinoma",
    }
    for name, label, kind, slide in zip(
        test.sample_ids,
        labels(test, "class"),
        labels(test, "malignancy"),
        labels(test, "slide"),
        strict=True,
    ):
        code, zoom = name.split("/")[3].split("-")[0][6:], name.split("/")[4][:-1]
        assert label == f"{zoom}/{kinds[code]}"
        assert kind == ("benign" if code == "PT" else "malignant")
        assert slide == ("14-21998AB" if code == "PT" else "14-2523")
    (level,) = (each for each in test.levels if each.name == "type")
    assert level.class_names[:3] == ("adenosis", "fibroadenoma", "phyllodes_tumor")
    # two of each of the four classes
    assert sorted(test.target.class_index) == [0, 0, 1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("name", ["imagenette", "imagewoof", "imagenet"])
def test_validation_sets_are_stratified_parts_of_train(name: str, listed: Any) -> None:
    """Half of either class, permuted as scikit-learn does."""
    listing = listed(f"{name}_validation")
    counts = listing.target.counts
    assert counts[0] == pytest.approx(counts[1], abs=1)
    assert len(listing) == {"imagenette": 17, "imagewoof": 18, "imagenet": 3}[name]
    assert list(listing.positions) != sorted(listing.positions)
    assert listing.n_whole == (60 if name == "imagenet" else 40)
