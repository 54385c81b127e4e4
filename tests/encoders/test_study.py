"""The encoders of the study stand in the catalog as the study has them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.encoders.test_catalog import shipped
from zsc_wh.declare import Catalog, read_catalog

RN50, VITB, MOCO = "ResNet-50", "ViT-B/16", "moco-v3/"
# typed from the tables of the study: backbone, family, fine-tuned, features, source
STUDY: dict[str, tuple[str | None, str, bool, int | None, str | None]] = {
    "pixels": (None, "none", False, None, None),  # `none` or `raw` there
    "random_resnet50": (RN50, "random", False, 2048, None),
    "resnet50": (RN50, "supervised", False, 2048, "IMAGENET1K_V2"),
    "mocov3_resnet50": (
        RN50,
        "ssl",
        False,
        2048,
        "moco-v3/r-50-1000ep/r-50-1000ep.pth.tar",
    ),
    "dino_resnet50": (
        RN50,
        "ssl",
        False,
        2048,
        "dino/dino_resnet50_pretrain/dino_resnet50_pretrain.pth",
    ),
    "vicreg_resnet50": (RN50, "ssl", False, 2048, "vicreg/resnet50.pth"),
    "clip_RN50": (RN50, "multimodal", False, 1024, "resnet50_clip.openai"),
    "random_vitb16": (VITB, "random", False, 768, None),
    "vitb16": (VITB, "supervised", False, 768, "IMAGENET1K_V1"),
    "mocov3_vit_base": (
        VITB,
        "ssl",
        False,
        768,
        "moco-v3/vit-b-300ep/vit-b-300ep.pth.tar",
    ),
    "dino_vitb16": (VITB, "ssl", False, 768, "vit_base_patch16_224.dino"),
    "timm_vit_base_patch16_224.mae": (
        VITB,
        "ssl",
        False,
        768,
        "vit_base_patch16_224.mae",
    ),
    "mae_pretrain_vit_base_global": (
        VITB,
        "ssl",
        False,
        768,
        "mae/pretrain/mae_pretrain_vit_base.pth",
    ),
    "clip_vitb16": (
        VITB,
        "multimodal",
        False,
        512,
        "vit_base_patch16_clip_quickgelu_224.openai",
    ),
    "ft_mocov3_resnet50": (RN50, "ssl", True, 2048, "private"),
    "ft_dino_resnet50": (RN50, "ssl", True, 2048, "private"),
    "ft_vicreg_resnet50": (RN50, "ssl", True, 2048, "private"),
    "ft_mocov3_vit_base": (VITB, "ssl", True, 768, "private"),
    "ft_dino_vitb16": (VITB, "ssl", True, 768, "private"),
    "mae_finetuned_vit_base_global": (
        VITB,
        "ssl",
        True,
        768,
        "mae/finetune/mae_finetuned_vit_base.pth",
    ),
}
# typed from the same tables: objective and what is taken as the features
OBJECTIVES: dict[str, tuple[str | None, str]] = {
    "pixels": (None, "pixels"),
    "random_resnet50": ("untrained", "gap"),
    "resnet50": ("cross-entropy", "gap"),
    "mocov3_resnet50": ("MoCo-v3", "gap"),
    "dino_resnet50": ("DINO", "gap"),
    "vicreg_resnet50": ("VICReg", "gap"),
    "clip_RN50": ("CLIP", "image embedding"),
    "random_vitb16": ("untrained", "cls"),
    "vitb16": ("cross-entropy", "cls"),
    "mocov3_vit_base": ("MoCo-v3", "cls"),
    "dino_vitb16": ("DINO", "cls"),
    "timm_vit_base_patch16_224.mae": ("MAE", "cls"),
    "mae_pretrain_vit_base_global": ("MAE", "mean of patches"),
    "clip_vitb16": ("CLIP", "image embedding"),
    "ft_mocov3_resnet50": ("MoCo-v3", "gap"),
    "ft_dino_resnet50": ("DINO", "gap"),
    "ft_vicreg_resnet50": ("VICReg", "gap"),
    "ft_mocov3_vit_base": ("MoCo-v3", "cls"),
    "ft_dino_vitb16": ("DINO", "cls"),
    "mae_finetuned_vit_base_global": ("MAE", "mean of patches"),
}
# the other encoders that the reference can load: objective, backbone, features
REFERENCE: dict[str, tuple[str, str, int]] = {
    "timm_vit_large_patch16_224.mae": ("MAE", "ViT-L/16", 1024),
    "timm_vit_huge_patch14_224.mae": ("MAE", "ViT-H/14", 1280),
    "mae_pretrain_vit_base_cls": ("MAE", VITB, 768),
    "mae_finetuned_vit_base_cls": ("MAE", VITB, 768),
    "mae_pretrain_vit_large_cls": ("MAE", "ViT-L/16", 1024),
    "mae_pretrain_vit_large_global": ("MAE", "ViT-L/16", 1024),
    "mae_finetuned_vit_large_cls": ("MAE", "ViT-L/16", 1024),
    "mae_finetuned_vit_large_global": ("MAE", "ViT-L/16", 1024),
    "mae_pretrain_vit_huge_cls": ("MAE", "ViT-H/14", 1280),
    "mae_pretrain_vit_huge_global": ("MAE", "ViT-H/14", 1280),
    "mae_finetuned_vit_huge_cls": ("MAE", "ViT-H/14", 1280),
    "mae_finetuned_vit_huge_global": ("MAE", "ViT-H/14", 1280),
    "mocov3_vit_small": ("MoCo-v3", "ViT-S/16", 384),
    "resnet18": ("cross-entropy", "ResNet-18", 512),
    "dino_vits16": ("DINO", "ViT-S/16", 384),
    "dino_vits8": ("DINO", "ViT-S/8", 384),
    "dino_vitb8": ("DINO", "ViT-B/8", 768),
    "dinov2_vits14": ("DINOv2", "ViT-S/14", 384),
    "dinov2_vitb14": ("DINOv2", "ViT-B/14", 768),
    "dinov2_vitl14": ("DINOv2", "ViT-L/14", 1024),
    "dinov2_vitg14": ("DINOv2", "ViT-g/14", 1536),
    "clip_RN101": ("CLIP", "ResNet-101", 512),
    "clip_RN50x4": ("CLIP", "ResNet-50x4", 640),
    "clip_RN50x16": ("CLIP", "ResNet-50x16", 768),
    "clip_RN50x64": ("CLIP", "ResNet-50x64", 1024),
    "clip_vitb32": ("CLIP", "ViT-B/32", 512),
    "clip_vitl14": ("CLIP", "ViT-L/14", 768),
    "clip_vitl14_336px": ("CLIP", "ViT-L/14", 768),
    "swav_resnet50": ("SwAV", RN50, 2048),
    "swav_resnet50w2": ("SwAV", "ResNet-50 x2", 4096),
    "swav_resnet50w4": ("SwAV", "ResNet-50 x4", 8192),
    "swav_resnet50w5": ("SwAV", "ResNet-50 x5", 10240),
    "barlowtwins_resnet50": ("Barlow Twins", RN50, 2048),
    "vicreg_resnet50x2": ("VICReg", "ResNet-50 x2", 4096),
    "vicreg_resnet200x2": ("VICReg", "ResNet-200 x2", 4096),
    "vicregl_resnet50_alpha0p9": ("VICRegL", RN50, 2048),
    "vicregl_resnet50_alpha0p75": ("VICRegL", RN50, 2048),
    "vicregl_convnext_small_alpha0p9": ("VICRegL", "ConvNeXt-S", 768),
    "vicregl_convnext_small_alpha0p75": ("VICRegL", "ConvNeXt-S", 768),
    "vicregl_convnext_base_alpha0p9": ("VICRegL", "ConvNeXt-B", 1024),
    "vicregl_convnext_base_alpha0p75": ("VICRegL", "ConvNeXt-B", 1024),
    "vicregl_convnext_xlarge_alpha0p75": ("VICRegL", "ConvNeXt-XL", 2048),
}
TAGGED = {
    "rn50": RN50,
    "vitb": VITB,
}


def _source(entry: dict[str, Any]) -> str | None:
    loader = entry["loader"]
    if loader["kind"] == "pixels":
        return None
    if loader["kind"] == "torchvision":
        found: str | None = loader.get("weights")
        return found
    if loader["kind"] == "timm":
        return str(loader["name"])
    url = str(loader.get("url", "private"))
    return url.removeprefix("https://dl.fbaipublicfiles.com/")


def test_the_study_is_whole() -> None:
    """@study selects its encoders and no others."""
    tagged = {n for n, each in shipped("encoder").items() if "study" in each["tags"]}
    assert tagged == set(STUDY)


@pytest.mark.parametrize("name", STUDY)
def test_an_encoder_of_the_study_is_declared_as_there(name: str) -> None:
    """Backbone, family, objective, fine-tuning, features and source of the weights."""
    entry = shipped("encoder")[name]
    declared = (
        entry.get("backbone"),
        entry["family"],
        entry.get("fine_tuned", False),
        entry.get("dim"),
        _source(entry),
    )
    assert declared == STUDY[name]
    assert (entry.get("objective"), entry["feature"]) == OBJECTIVES[name]
    assert entry["image_size"] == (32 if name == "pixels" else 224)
    assert ("mean" in entry) == name.startswith("clip_")


@pytest.mark.parametrize("name", STUDY)
def test_tags_say_what_the_facts_say(name: str) -> None:
    """A selection by tag is one by backbone and family."""
    entry = shipped("encoder")[name]
    tags, fine_tuned = set(entry["tags"]), entry.get("fine_tuned", False)
    assert {tag for tag in TAGGED if tag in tags} == {
        tag for tag, backbone in TAGGED.items() if entry.get("backbone") == backbone
    }
    families = {"ssl", "supervised", "random", "multimodal"} & tags
    is_plain = entry["family"] != "none" and not fine_tuned
    assert families == ({entry["family"]} if is_plain else set())
    assert ("finetuned" in tags) == fine_tuned


def test_the_reference_is_whole() -> None:
    """What else it can load is declared under its names, with its features."""
    tagged = {
        name: (entry["objective"], entry["backbone"], entry["dim"])
        for name, entry in shipped("encoder").items()
        if "reference" in entry["tags"]
    }
    assert tagged == REFERENCE


def test_newer_encoders_are_selected_by_one_tag() -> None:
    """DINOv2 and v3, SigLIP 2, AIMv2, I-JEPA, EVA and CLIP, by two libraries."""
    modern = [e for e in shipped("encoder").values() if "modern" in e["tags"]]
    assert {e["loader"]["kind"] for e in modern} == {"timm", "open_clip"}
    assert {e["objective"] for e in modern} == {
        "DINOv2",
        "DINOv3",
        "SigLIP 2",
        "AIMv2",
        "I-JEPA",
        "EVA-02",
        "EVA-02-CLIP",
        "CLIP",
    }


# how the keys begin of entries that results may stand under already
KEYS = {
    "pixels": "9430ea59f5ed9646",
    "resnet18_random": "a57f1deceffb03ef",
    "vit_tiny_random": "df5795dba17aa1da",
    "convnext_atto_random": "10527dfb60e8f7cc",
    "random_resnet50": "3d5a9e58c9f8c51a",
    "resnet50": "abdfcc00b29e95fb",
    "clip_RN50": "66236b9821fd09f4",
    "random_vitb16": "12fe6f9581e3e7f9",
    "vitb16": "c095905b258c6936",
    "dino_vitb16": "396c3bc93ff3119d",
    "timm_vit_base_patch16_224.mae": "067faad533d1eafc",
    "clip_vitb16": "0f3e093d8e707512",
}


@cache
def catalog() -> Catalog:
    """Return the shipped catalog, read once."""
    return read_catalog()


@pytest.mark.parametrize("name", KEYS)
def test_results_keep_their_encoder(name: str) -> None:
    """What was declared before keeps its identity."""
    assert catalog().encoders[name].key.startswith(KEYS[name])
