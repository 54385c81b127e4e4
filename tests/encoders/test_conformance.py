from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.encoders.made import (
    TIMM,
    VISION,
    embed_made,
    loader,
    random_loader,
    samples,
    save_timm,
)
from tests.encoders.test_open_clip import fill
from tests.encoders.test_torch_hub import TINY, checkout
from zsc_wh.datasets import Digests
from zsc_wh.encoders import LOADERS, Transform, embed, match_features
from zsc_wh.errors import ConfigError, NotApplicableError

if TYPE_CHECKING:
    from pathlib import Path

N = 7


def example(kind: str, base: Path) -> dict[str, Any]:
    """Return a complete loader of a kind for seven made samples."""
    features = np.random.default_rng(0).normal(size=(N, 5))
    np.save(base / "features.npy", features)
    if kind in ("timm", "checkpoint"):
        save_timm(base / "weights.safetensors")
    if kind == "torch-hub":
        checkout(base / "hub")
    if kind == "open_clip":
        fill(base / "clip")
    return {
        "pixels": loader("pixels"),
        "random": random_loader(),
        "timm": loader("timm", name=TIMM, path="weights.safetensors"),
        "torchvision": loader("torchvision", name=VISION),
        "checkpoint": loader(
            "checkpoint",
            library="timm",
            name="test_resnet",
            path="weights.safetensors",
            drop=["fc.*"],
        ),
        "open_clip": loader("open_clip", name="local-dir:clip"),
        "torch-hub": loader("torch-hub", path="hub", entry="tiny", sha256=TINY),
        "python": loader("python", target="tests.encoders.foreign_code:means"),
        "embeddings": loader("embeddings", path="features.npy"),
    }[kind]


KINDS = [kind for kind, spec in LOADERS.items() if spec.parts is None]
"""What is made of other embeddings is proven in `tests.work.test_concat`."""
WITH_IMAGES = [kind for kind, spec in LOADERS.items() if spec.needs_images]
WITHOUT_CHECKPOINT = [kind for kind in WITH_IMAGES if not LOADERS[kind].own_transform]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_an_example(kind: str, tmp_path: Path) -> None:
    """No registered kind escapes this suite."""
    assert example(kind, tmp_path)["kind"] == kind


@pytest.mark.parametrize("kind", LOADERS)
def test_kind_embeds_or_reads(kind: str) -> None:
    """A kind makes features from images or others, or reads and matches rows."""
    spec = LOADERS[kind]
    ways = (spec.build, spec.ready, spec.read, spec.parts)
    assert sum(way is not None for way in ways) == 1
    assert (spec.read is None) == (spec.match is None)


@pytest.mark.parametrize("kind", LOADERS)
def test_fields_say_what_they_are(kind: str) -> None:
    """Every parameter without a default has a line for people."""
    assert all(field.doc for field in LOADERS[kind].fields.values())


@pytest.mark.parametrize("kind", KINDS)
def test_result_is_sound(kind: str, tmp_path: Path) -> None:
    """Features are finite float32 rows, one a sample, and contiguous."""
    result = embed_made(example(kind, tmp_path), samples(N), base=tmp_path)
    assert result.array.dtype == np.float32
    assert result.array.shape[0] == N
    assert result.array.ndim == 2
    assert result.array.flags.c_contiguous
    assert np.isfinite(result.array).all()
    assert result.device == "cpu"


@pytest.mark.parametrize("kind", KINDS)
def test_the_weights_of_a_network_are_counted(kind: str, tmp_path: Path) -> None:
    """Where there is a network, there is a hash of its weights and their number."""
    result = embed_made(example(kind, tmp_path), samples(N), base=tmp_path)
    assert (result.weights_sha256 is None) == (result.n_parameters is None)
    is_network = LOADERS[kind].is_network and kind != "python"
    assert (result.n_parameters or 0) > 0 if is_network else not result.n_parameters


@pytest.mark.parametrize("kind", KINDS)
def test_result_is_repeatable(kind: str, tmp_path: Path) -> None:
    """The same declaration and samples give the same bits and hashes."""
    declared = example(kind, tmp_path)
    first = embed_made(declared, samples(N), base=tmp_path)
    second = embed_made(declared, samples(N), base=tmp_path)
    assert first.array.tobytes() == second.array.tobytes()
    assert first.features_sha256 == second.features_sha256
    assert first.weights_sha256 == second.weights_sha256


@pytest.mark.parametrize("kind", WITH_IMAGES)
@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_batches_are_put_together_in_order(
    kind: str, batch_size: int, tmp_path: Path
) -> None:
    """Rows are in sample order whatever the size of the batches."""
    declared = example(kind, tmp_path)
    whole = embed_made(declared, samples(N), base=tmp_path)
    parts = embed_made(declared, samples(N), batch_size=batch_size, base=tmp_path)
    np.testing.assert_allclose(parts.array, whole.array, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", WITH_IMAGES)
def test_threads_that_decode_change_nothing(kind: str, tmp_path: Path) -> None:
    """Decoding side by side keeps the order of the samples."""
    declared = example(kind, tmp_path)
    one = embed_made(declared, samples(N), threads=1, base=tmp_path)
    two = embed_made(declared, samples(N), threads=2, base=tmp_path)
    np.testing.assert_allclose(two.array, one.array, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", WITH_IMAGES)
def test_progress_counts_samples(kind: str, tmp_path: Path) -> None:
    """Progress is the number of samples done, and ends with all."""
    seen: list[int] = []
    embed_made(
        example(kind, tmp_path),
        samples(N),
        batch_size=3,
        base=tmp_path,
        progress=seen.append,
    )
    assert seen == [3, 6, 7]


@pytest.mark.parametrize("kind", WITH_IMAGES)
def test_without_images_it_does_not_apply(kind: str, tmp_path: Path) -> None:
    """Stored features cannot be looked at, which skips a cell and fails none."""
    declared = example(kind, tmp_path)
    with pytest.raises(NotApplicableError, match="needs images") as caught:
        embed_made(declared, samples(N, images=False))
    assert caught.value.where == "made"
    assert "kind embeddings" in caught.value.hint


@pytest.mark.parametrize("kind", WITH_IMAGES)
def test_without_image_size_it_says_so(kind: str, tmp_path: Path) -> None:
    """An encoder of images cannot guess its size."""
    declared = example(kind, tmp_path)
    with pytest.raises(ConfigError, match="needs an image size") as caught:
        embed_made(declared, samples(N), image_size=None)
    assert "image_size" in caught.value.hint


@pytest.mark.parametrize("kind", WITH_IMAGES)
def test_used_transform_is_told(kind: str, tmp_path: Path) -> None:
    """The result names the preprocessing that its images had."""
    result = embed_made(example(kind, tmp_path), samples(N), base=tmp_path)
    assert result.transform == Transform(32)


@pytest.mark.parametrize("kind", WITHOUT_CHECKPOINT)
def test_own_preprocessing_needs_a_checkpoint(kind: str, tmp_path: Path) -> None:
    """A kind that has no weights to go by says so, and names what to declare."""
    declared, wanted = example(kind, tmp_path), samples(2)
    own = Transform(None, own=True)
    with pytest.raises(ConfigError, match="no checkpoint") as caught:
        embed(declared, own, wanted, base=tmp_path)
    assert "image_size" in caught.value.hint


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_sees_prepared_images_needs_a_size(kind: str, tmp_path: Path) -> None:
    """What a declaration must say follows from its kind."""
    spec = LOADERS[kind]
    assert spec.needs_transform(example(kind, tmp_path)) == spec.needs_images


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_asked_of_a_server(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what it needs at hand, no encoder opens a connection."""
    monkeypatch.setattr(socket, "socket", _refuse)
    declared = example(kind, tmp_path)
    result = embed_made(declared, samples(N), base=tmp_path, offline=True)
    assert len(result.array) == N


def _refuse(*_: object, **__: object) -> None:
    message = "a connection was opened"
    raise AssertionError(message)


@pytest.mark.parametrize("kind", KINDS)
def test_features_are_planned_as_they_are_read(kind: str, tmp_path: Path) -> None:
    """What is computed is known by its declaration, what is read by its content."""
    declared, wanted = example(kind, tmp_path), samples(N)
    matched = match_features(declared, tmp_path, "made", wanted.listing, Digests())
    result = embed_made(declared, wanted, base=tmp_path)
    assert (matched is None) == (kind in WITH_IMAGES)
    assert result.features_sha256 == (matched.content_sha256 if matched else None)


@pytest.mark.parametrize("module", ["zsc_wh.encoders", "zsc_wh.datasets"])
def test_import_is_light(module: str) -> None:
    """Declarations are checked without importing what runs networks."""
    script = (
        f"import sys, {module}; "
        "print({'torch', 'timm', 'torchvision', 'huggingface_hub', 'safetensors', "
        "'sklearn', 'PIL', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
