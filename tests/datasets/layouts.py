"""The published layouts of datasets that are more than folders, made in small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.io

from tests.datasets.made import make_image, make_lmdb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SCENES = [
    "bedroom",
    "bridge",
    "church_outdoor",
    "classroom",
    "conference_room",
    "dining_room",
    "kitchen",
    "living_room",
    "restaurant",
    "tower",
]

ATTRIBUTES = (
    "5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips "
    "Big_Nose Black_Hair Blond_Hair Blurry Brown_Hair Bushy_Eyebrows Chubby "
    "Double_Chin Eyeglasses Goatee Gray_Hair Heavy_Makeup High_Cheekbones Male "
    "Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face Pale_Skin Pointy_Nose "
    "Receding_Hairline Rosy_Cheeks Sideburns Smiling Straight_Hair Wavy_Hair "
    "Wearing_Earrings Wearing_Hat Wearing_Lipstick Wearing_Necklace Wearing_Necktie "
    "Young"
)

METADATA = """\
sampleid\tprocessid\turi\tphylum\tclass\torder\tfamily\tsubfamily\ttribe\tgenus\tspecies\timage_file\tchunk_number
s1\tp1\tBOLD:1\tArthropoda\tInsecta\tDiptera\tAsteiidae\tnot_classified\tnot_classified\tAsteia\tAsteia amoena\t1.jpg\t2
s2\tp2\tBOLD:2\tArthropoda\tInsecta\tDiptera\tTachinidae\tExoristinae\tnot_classified\tNA\tNemorilla floralis\t2.jpg\t2
s3\tp3\tBOLD:3\tArthropoda\tInsecta\tDiptera\tSciaridae\t\t\tLycoriella\tLycoriella sp.\t3.jpg\t10
s2\tp4\tBOLD:2\tArthropoda\tInsecta\tDiptera\tTachinidae\tExoristinae\tExoristini\tNemorilla\tNemorilla floralis\t4.jpg\t10
04\tp5\tBOLD:5\tArthropoda\tInsecta\tDiptera\tnot_classified\tnot_classified\tnot_classified\tXus\tnot_classified\t5.jpg\t1
4\tp6\tBOLD:6\tArthropoda\tInsecta\tDiptera\tSciaridae\tnot_classified\tnot_classified\tLycoriella\tLycoriella alba\t6.jpg\t1
s7\tp7\tBOLD:7\tArthropoda\tInsecta\tDiptera\tSciaridae\tnot_classified\tnot_classified\tLycoriella\tLycoriella alba\t7.jpg\t1
"""  # noqa: E501 - a table

PARTITIONS = {
    "seen_keys": "s1\r\n\ns1\n",
    "test_seen": "04 \n",
    "test_unseen": "unknown\n",
    "test_unseen_keys": "s2\n",
    "train_seen": "4\ns7\n",
}

BARCODES = """\
processid,phylum,class,order,family,subfamily,genus,species,dna_bin,dna_barcode,split
B3,Arthropoda,Insecta,Diptera,Sciaridae,Sciarinae,Bradysia,Bradysia sp.,BOLD:1,ACGTN,test_unseen
B1,Arthropoda,Insecta,Diptera,Sciaridae,Sciarinae,Bradysia,Bradysia sp.,BOLD:1,ACGT,test
B2,Arthropoda,Insecta,Diptera,Cecidomyiidae,Porricondylinae,Camptomyia,Camptomyia sp.,BOLD:2,AAAA,test
B0,Arthropoda,Insecta,Diptera,Sciaridae,Sciarinae,Bradysia,Bradysia sp.,BOLD:1,ACGTNN,train
B4,Arthropoda,Insecta,Diptera,Cecidomyiidae,,,,BOLD:2,CCCC,val
"""  # noqa: E501 - a table

FACES = (
    "1_0_0_a.jpg.chip.jpg",
    "1_1_3_b.jpg.chip.jpg",
    "10_0_1_a.jpg.chip.jpg",
    "10_1_4_b.jpg.chip.jpg",
    "10_1_4_c.jpg.chip.jpg",
    "2_0_2_a.jpg.chip.jpg",
    "2_0_2_b.jpg.chip.jpg",
    "2_0_2_c.jpg.chip.jpg",
    "61_1_20170109142408075.jpg.chip.jpg",
)


def _write(folder: Path, **texts: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")


def images(folder: Path, names: Sequence[str]) -> None:
    """Write an image under each name."""
    for seed, name in enumerate(names):
        make_image(folder / name, seed=seed)


def lsun(split: str) -> Callable[[Path], None]:
    """Write a database per scene, an image in most and two in the last."""

    def make(root: Path) -> None:
        for seed, scene in enumerate(SCENES):
            keys = {f"{9 - seed}f".encode(): seed}
            if scene == "tower":
                keys = {b"0b": 20, b"0a": 21}
            make_lmdb(root / "lsun" / f"{scene}_{split}_lmdb", keys)

    return make


def places(root: Path) -> None:
    """Write both lists; the paths of train begin with a slash, those of val do not."""
    folder = root / "Places365"
    _write(
        folder,
        categories_places365="/a/airfield 0\n/a/airplane_cabin 1\n/z/zen_garden 2\n",
        places365_val="Places365_val_00000002.jpg 2\nPlaces365_val_00000001.jpg 0\n",
        places365_train_standard="/z/zen_garden/00000003.jpg 2\n"
        "/a/airplane_cabin/00000001.jpg 1\n",
    )
    images(
        folder / "val_large",
        ("Places365_val_00000001.jpg", "Places365_val_00000002.jpg"),
    )
    images(
        folder / "data_large_standard",
        ("z/zen_garden/00000003.jpg", "a/airplane_cabin/00000001.jpg"),
    )


def aircraft(split: str) -> Callable[[Path], None]:
    """Write the three lists of labels, in which names hold blanks and slashes."""

    def make(root: Path) -> None:
        data = root / "fgvc-aircraft-2013b" / "data"
        _write(
            data,
            **{
                f"images_variant_{split}": "1514522 707-320\n0747566 Cessna 172\n"
                "1000000 F/A-18\n",
                f"images_family_{split}": "1514522 Boeing 707\n0747566 Cessna 172\n"
                "1000000 F/A-18\n",
                f"images_manufacturer_{split}": "1514522 Boeing\n0747566 Cessna\n"
                "1000000 McDonnell Douglas\n",
            },
            variants="707-320\nCessna 172\nF/A-18\n",
            families="Boeing 707\nCessna 172\nF/A-18\n",
            manufacturers="Boeing\nCessna\nMcDonnell Douglas\n",
        )
        images(data / "images", ("1514522.jpg", "0747566.jpg", "1000000.jpg"))

    return make


def flowers(root: Path) -> None:
    """Write labels of six photos, and which of them are in which split."""
    folder = root / "flowers-102"
    folder.mkdir(parents=True)
    labels = np.array([[77, 1, 102, 1, 5, 5]], dtype=np.uint8)
    scipy.io.savemat(folder / "imagelabels.mat", {"labels": labels})
    split = {"trnid": [[6, 2]], "valid": [[1]], "tstid": [[5, 3, 4]]}
    arrays = {name: np.array(ids, dtype=np.uint16) for name, ids in split.items()}
    scipy.io.savemat(folder / "setid.mat", arrays)
    images(folder / "jpg", [f"image_{i:05d}.jpg" for i in range(1, 7)])


def nabirds(root: Path) -> None:
    """Write the tables of images, classes and their parents."""
    folder = root / "nabirds"
    _write(
        folder,
        images="aa-1 0817/aa1.jpg\nbb-2 0295/bb2.jpg\ncc-3 0295/cc3.jpg\n"
        "dd-4 1010/dd4.jpg\nee-5 0817/ee5.jpg\n",
        image_class_labels="aa-1 817\nbb-2 295\ncc-3 295\ndd-4 1010\nee-5 817\n",
        train_test_split="aa-1 0\nbb-2 0\ncc-3 1\ndd-4 0\nee-5 1\n",
        classes="0 Birds\n1 Ducks, Geese, and Swans\n22 Perching Birds\n"
        "50 Eiders\n295 Common Eider (Adult male)\n400 Common Eider\n"
        "817 Oak Titmouse\n1010 Dark-eyed Junco\n60 Titmice\n",
        hierarchy="1 0\n22 0\n50 1\n400 50\n295 400\n60 22\n817 60\n1010 22\n",
    )
    images(
        folder / "images",
        (
            "0817/aa1.jpg",
            "0295/bb2.jpg",
            "0295/cc3.jpg",
            "1010/dd4.jpg",
            "0817/ee5.jpg",
        ),
    )


def bioscan(root: Path) -> None:
    """Write the metadata with gaps of every kind, and the lists of the partitions."""
    folder = root / "BIOSCAN-1M"
    _write(folder, **PARTITIONS)
    (folder / "BIOSCAN_Insect_Dataset_metadata.tsv").write_text(
        METADATA, encoding="utf-8"
    )
    parts = (2, 2, 10, 10, 1, 1, 1)
    images(
        folder / "bioscan" / "images" / "cropped_256",
        [f"part{part}/{number}.jpg" for number, part in enumerate(parts, 1)],
    )


def bioscan5m(root: Path) -> None:
    """Write metadata in which a barcode is in several partitions."""
    folder = root / "BIOSCAN-5M"
    folder.mkdir(parents=True)
    (folder / "BIOSCAN-5M_Dataset.csv").write_text(BARCODES, encoding="utf-8")
    images(
        folder / "images_by_split" / "eval" / "cropped_resized",
        ("test/B1.jpg", "test/B2.jpg", "test_unseen/B3.jpg", "val/B4.jpg"),
    )


def celeba(root: Path) -> None:
    """Write identities, attributes (with a count above the header) and partitions."""
    folder = root / "celeba"
    young = " ".join(["-1"] * 20 + [" 1"] + ["-1"] * 18 + [" 1"])
    other = "  ".join(["-1"] * 40)
    _write(
        folder,
        identity_CelebA="000001.jpg 2880\n000002.jpg 99\n000003.jpg 2880\n"
        "000004.jpg 10177\n",
        list_attr_celeba=f"4\n{ATTRIBUTES}\n000001.jpg {young}\n000002.jpg {other}\n"
        f"000003.jpg {other}\n000004.jpg {young}\n",
        list_eval_partition="000001.jpg 2\n000002.jpg 2\n000003.jpg 0\n000004.jpg 2\n",
        # torchvision asks for them
        list_bbox_celeba="4\nimage_id x_1 y_1 width height\n"
        + "".join(f"00000{i}.jpg 1 2 3 4\n" for i in (1, 2, 3, 4)),
        list_landmarks_align_celeba="4\nlefteye_x lefteye_y\n"
        + "".join(f"00000{i}.jpg 1 2\n" for i in (1, 2, 3, 4)),
    )
    images(folder / "img_align_celeba", [f"00000{i}.jpg" for i in (1, 2, 3, 4)])


def utkface(root: Path) -> None:
    """Write faces of three ages, and one whose name lacks the race."""
    images(root / "UTKFace", FACES)


def breakhis(root: Path) -> None:
    """Write five images of two types at two magnifications, and the mask of one."""
    folder = root / "BreaKHis_v1" / "histology_slides" / "breast"
    names = breakhis_names()
    images(folder, names)
    images(folder, ("benign/SOB/adenosis/thumbnail.png",))


def breakhis_names() -> list[str]:
    """Return the paths of the images by their text: 400X before 40X."""
    return [
        f"{kind}/SOB/{name}/SOB_{code}-{slide}/{zoom}X/SOB_{code}-{slide}-{zoom}-"
        f"{number:03d}.png"
        for kind, name, code, slide in (
            ("benign", "phyllodes_tumor", "B_PT", "14-21998AB"),
            ("malignant", "ductal_carcinoma", "M_DC", "14-2523"),
        )
        for zoom in (400, 40)
        for number in range(1, 6)
    ]


def dtd(split: str) -> Callable[[Path], None]:
    """Write a list of paths; the first line is not the first by name."""

    def make(root: Path) -> None:
        folder = root / "dtd" / "dtd"
        names = ("zigzagged/zigzagged_0001.jpg", "banded/banded_0002.jpg")
        _write(folder / "labels", **{f"{split}1": "".join(f"{n}\n" for n in names)})
        images(folder / "images", names)

    return make


def folders(path: str, n: int = 20) -> Callable[[Path], None]:
    """Write two classes of WordNet ids with n photos each."""

    def make(root: Path) -> None:
        images(
            root / path,
            [
                f"{wnid}/{i:02d}.JPEG"
                for wnid in ("n01440764", "n02102040")
                for i in range(n)
            ],
        )

    return make


_SCENES_SEEN = tuple(SCENES)
_SPECIES_SEEN = ("Asteia amoena", "Nemorilla floralis")
_CLASSES = ("n01440764", "n02102040")

LAYOUTS: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "lsun": (lsun("val"), _SCENES_SEEN),
    "lsun_train": (lsun("train"), _SCENES_SEEN),
    "places365": (places, ("/a/airfield", "/z/zen_garden")),
    "places365_train": (places, ("/a/airplane_cabin", "/z/zen_garden")),
    "aircraft": (aircraft("test"), ("707-320", "Cessna 172", "F/A-18")),
    "aircraft_train": (aircraft("train"), ("707-320", "Cessna 172", "F/A-18")),
    "flowers102": (flowers, ("1", "5", "102")),
    "flowers102_train": (flowers, ("1", "5")),
    "nabirds": (
        nabirds,
        ("Common Eider (Adult male)", "Oak Titmouse", "Dark-eyed Junco"),
    ),
    "nabirds_train": (nabirds, ("Common Eider (Adult male)", "Oak Titmouse")),
    "bioscan1m": (bioscan, _SPECIES_SEEN),
    "bioscan1m_train": (bioscan, ("Lycoriella alba",)),
    "bioscan1m_shared": (bioscan, _SPECIES_SEEN),
    "bioscan1m_shared_train": (bioscan, ("Lycoriella alba", "Nemorilla floralis")),
    "bioscan5m": (bioscan5m, ("Bradysia sp.", "Camptomyia sp.")),
    "bioscan5m_barcodes": (bioscan5m, ("Camptomyia sp.",)),
    "celeba": (celeba, ("99", "2880", "10177")),
    "celeba_train": (celeba, ("2880",)),
    "utkface": (utkface, ("2", "10")),
    "utkface_train": (utkface, ("1", "2", "10")),
    "breakhis": (
        breakhis,
        (
            "40/phyllodes_tumor",
            "40/ductal_carcinoma",
            "400/phyllodes_tumor",
            "400/ductal_carcinoma",
        ),
    ),
    "breakhis_train": (
        breakhis,
        (
            "40/phyllodes_tumor",
            "40/ductal_carcinoma",
            "400/phyllodes_tumor",
            "400/ductal_carcinoma",
        ),
    ),
    "dtd": (dtd("test"), ("banded", "zigzagged")),
    "dtd_train": (dtd("train"), ("banded", "zigzagged")),
    "imagenet_validation": (folders("imagenet/train", 30), _CLASSES),
    "imagenette_validation": (folders("imagenette/train"), _CLASSES),
    "imagewoof_validation": (folders("imagewoof/train"), _CLASSES),
    "in9onlybgb": (folders("in9_bg_challenge/only_bg_b/test", 1), _CLASSES),
    "in9mixednext": (folders("in9_bg_challenge/mixed_next/test", 1), _CLASSES),
    "in9l": (folders("in9_bg_challenge/in9l/val", 1), _CLASSES),
    "in9l_train": (folders("in9_bg_challenge/in9l/train", 1), _CLASSES),
}
"""How each is published, and the classes that its files here have."""
