from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.declare.told import unnumbered
from zsc_wh.declare import read_catalog, read_grids
from zsc_wh.errors import ConfigError
from zsc_wh.preprocessing import Transform

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.declare import Encoder

PIXELS = 'image_size = 8\nloader = { kind = "pixels" }\n'


@pytest.fixture
def encoder(write_toml: Callable[[str], Path]) -> Callable[[str], Encoder]:
    """Return the encoder that the lines of a table declare."""

    def read(lines: str) -> Encoder:
        path = write_toml(f"[encoder.e]\n{lines}")
        return read_catalog([path]).encoders["e"]

    return read


def test_preprocessing_is_the_study_s_where_none_is_declared(
    encoder: Callable[[str], Encoder],
) -> None:
    """An image size alone means the transform of the study."""
    assert encoder(PIXELS).transform == Transform(8)


def test_declared_preprocessing_is_used(encoder: Callable[[str], Encoder]) -> None:
    """Mean, deviation, interpolation and crop enter the transform as declared."""
    lines = (
        "mean = [0.5, 0.4, 0.3]\nstd = [0.3, 0.2, 0.1]\n"
        'interpolation = "bicubic"\ncrop_fraction = 0.9\n'
    )
    assert encoder(PIXELS + lines).transform == Transform(
        8,
        mean=(0.5, 0.4, 0.3),
        std=(0.3, 0.2, 0.1),
        interpolation="bicubic",
        crop_fraction=0.9,
    )


def test_a_checkpoint_can_bring_its_own_preprocessing(
    encoder: Callable[[str], Encoder],
) -> None:
    """The checkpoint's own transform needs no image size."""
    lines = (
        'preprocessing = "checkpoint"\nloader = { kind = "timm", name = "resnet18" }\n'
    )
    assert encoder(lines).transform == Transform(None, own=True)


def test_stored_features_see_no_preprocessing(
    encoder: Callable[[str], Encoder],
) -> None:
    """Features that exist have no transform, whatever size their images had."""
    lines = 'image_size = 8\nloader = { kind = "embeddings", path = "x.npy" }\n'
    assert encoder(lines).transform is None


def test_code_that_takes_images_sees_no_preprocessing(
    encoder: Callable[[str], Encoder],
) -> None:
    """A callable that takes the images themselves needs no image size."""
    lines = 'loader = { kind = "python", target = "m.f", input = "images" }\n'
    assert encoder(lines).transform is None


def test_preprocessing_is_part_of_the_identity(
    encoder: Callable[[str], Encoder],
) -> None:
    """Each other transform makes another encoder."""
    changes = (
        "",
        "mean = [0.5, 0.5, 0.5]",
        "std = [0.5, 0.5, 0.5]",
        'interpolation = "bicubic"',
        "crop_fraction = 0.5",
    )
    assert len({encoder(PIXELS + lines).key for lines in changes}) == len(changes)


@pytest.mark.parametrize(
    "lines",
    [
        'preprocessing = "study"',
        "mean = [0.485, 0.456, 0.406]",
        'interpolation = "bilinear"',
        "crop_fraction = 1",
        'recipe = "none"',
    ],
)
def test_what_changes_no_input_changes_no_identity(
    encoder: Callable[[str], Encoder], lines: str
) -> None:
    """The study's preprocessing spelt out, and the row of a recipe, change nothing."""
    assert encoder(PIXELS + lines).key == encoder(PIXELS).key


NAMED = {
    "timm": 'kind = "timm", name = "resnet18"',
    "torchvision": 'kind = "torchvision", name = "resnet18", weights = "DEFAULT"',
}


@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize("key", ["entry", "strip"])
def test_what_is_said_of_a_file_goes_with_a_file(
    encoder: Callable[[str], Encoder], kind: str, key: str
) -> None:
    """Published weights have neither; where they are declared they are identity."""
    loader = f'{NAMED[kind]}, {key} = "x"'
    with pytest.raises(ConfigError, match="goes with path") as caught:
        encoder(f"image_size = 8\nloader = {{ {loader} }}\n")
    assert unnumbered(caught.value.where).endswith(f"mine.toml: encoder.e.loader.{key}")
    own = f"{NAMED[kind].partition(', weights')[0]}, path = 'own.pth', sha256 = '0a'"
    keys = {
        encoder(f"image_size = 8\nloader = {{ {given} }}\n").key
        for given in (own, f'{own}, {key} = "x"')
    }
    assert len(keys) == 2


@pytest.mark.parametrize("key", ["entry", "strip"])
def test_published_weights_in_a_file_have_no_entry(
    encoder: Callable[[str], Encoder], key: str
) -> None:
    """They are as published; what is declared is never left aside in silence."""
    loader = f'{NAMED["torchvision"]}, path = "own.pth", {key} = "x"'
    with pytest.raises(ConfigError, match="of your own drop weights") as caught:
        encoder(f"image_size = 8\nloader = {{ {loader} }}\n")
    assert unnumbered(caught.value.where).endswith(f"mine.toml: encoder.e.loader.{key}")


@pytest.mark.parametrize("kind", NAMED)
def test_weights_with_another_sha256_are_another_encoder(
    encoder: Callable[[str], Encoder], kind: str
) -> None:
    """Wherever the file lies; the published ones are a third."""
    files = ("", ', path = "a", sha256 = "0a"', ', path = "a", sha256 = "0b"')
    texts = [f"image_size = 8\nloader = {{ {NAMED[kind]}{file} }}\n" for file in files]
    assert len({encoder(text).key for text in texts}) == len(files)


@pytest.mark.parametrize(("weights", "n_keys"), [('weights = "DEFAULT", ', 1), ("", 2)])
def test_a_seed_is_of_random_weights(
    encoder: Callable[[str], Encoder], weights: str, n_keys: int
) -> None:
    """It makes another encoder of them, and none of pretrained ones."""
    keys = {
        encoder(
            'image_size = 8\nloader = { kind = "torchvision", name = "resnet18", '
            f"{weights}seed = {seed} }}\n"
        ).key
        for seed in (0, 1)
    }
    assert len(keys) == n_keys


DATASETS = """
name = "g"
probes = ["knn"]
[[cross]]
datasets = ["mine", "digits"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans"]
[dataset.mine]
loader = { kind = "digits" }
train = "references"
subset = { n = 50 }
[dataset.references]
loader = { kind = "digits" }
"""


def test_a_grid_brings_the_train_sets_of_its_datasets(
    write_toml: Callable[[str], Path],
) -> None:
    """References are known by the dataset that is probed; a train set needs no cell."""
    (grid,), catalog = read_grids([str(write_toml(DATASETS))])
    assert grid.train_sets == {"mine": catalog.datasets["references"]}
    assert [probe.name for probe in grid.probes] == ["knn"]


def test_a_train_set_with_a_fault_is_told(write_toml: Callable[[str], Path]) -> None:
    """The fault is that of the train set, which no grid can then bring."""
    path = write_toml(f'{DATASETS}train = "digit"\n')
    with pytest.raises(ConfigError, match="no dataset 'digit'") as caught:
        read_grids([str(path)])
    assert unnumbered(caught.value.where) == f"{path}: dataset.references.train"


def test_a_subset_is_completed(write_toml: Callable[[str], Path]) -> None:
    """By default a subset is drawn with seed 0 and in proportion to the classes."""
    _, catalog = read_grids([str(write_toml(DATASETS))])
    assert catalog.datasets["mine"].subset == {"n": 50, "seed": 0, "stratified": True}
    assert catalog.datasets["references"].subset is None


def test_standard_probes_are_the_default(write_toml: Callable[[str], Path]) -> None:
    """A grid that names no probe has the standard ones, with the study's neighbours."""
    text = DATASETS.replace('probes = ["knn"]\n', "")
    (grid,), _ = read_grids([str(write_toml(text))])
    assert [probe.name for probe in grid.probes] == ["knn"]
    assert grid.probes[0].params["k"] == [1, 10, 20, 100, 200]


def test_precision_is_part_of_what_an_encoder_is(
    encoder: Callable[[str], Encoder],
) -> None:
    """It is float32 where none is declared, and then no part of the key."""
    lines = 'image_size = 8\nloader = { kind = "random", name = "resnet18" }\n'
    plain, full, half = (
        encoder(lines + more)
        for more in ("", 'precision = "float32"\n', 'precision = "bfloat16"\n')
    )
    assert (plain.precision, half.precision) == ("float32", "bfloat16")
    assert plain.key == full.key != half.key


def test_what_runs_no_network_has_no_precision(
    encoder: Callable[[str], Encoder],
) -> None:
    """The error names the key and the kind."""
    with pytest.raises(ConfigError, match="'pixels' runs no network"):
        encoder(PIXELS + 'precision = "bfloat16"\n')
    with pytest.raises(ConfigError, match="bfloat16"):
        encoder(PIXELS + 'precision = "bf16"\n')
