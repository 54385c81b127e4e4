from __future__ import annotations

import pickle
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.datasets.made import EXAMPLES, open_listed
from zsc_wh.datasets import LOADERS, Digests, Listing, list_samples, open_images
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

WITH_LEVELS = [kind for kind, spec in LOADERS.items() if "levels" in spec.fields]
WITH_IMAGES = [kind for kind, spec in LOADERS.items() if spec.has_images]

LIST_ALL = """
import sys
from pathlib import Path
from zsc_wh.datasets import list_samples
before = set(sys.modules)
for loader in {loaders!r}.values():
    assert list_samples(loader, Path({base!r}), None).key
assert "polars" not in before
heavy = {{"torch", "timm", "sklearn", "PIL", "scipy", "pandas"}} & set(sys.modules)
print(",".join(sorted(heavy)))
"""


HALF = {"n": 2, "seed": 0, "stratified": False}


def example(kind: str, base: Path) -> Listing:
    return list_samples(EXAMPLES[kind](base), base, None)


def test_every_kind_has_an_example() -> None:
    """No registered kind escapes this suite."""
    assert set(EXAMPLES) == set(LOADERS)


@pytest.mark.parametrize("kind", LOADERS)
def test_fields_say_what_they_are(kind: str) -> None:
    """Every parameter has a line for people."""
    assert all(field.doc for field in LOADERS[kind].fields.values())


@pytest.mark.parametrize("kind", LOADERS)
def test_listing_is_sound(kind: str, tmp_path: Path) -> None:
    """Ids are distinct texts, and sizes and labels go with them one to one."""
    listing = example(kind, tmp_path)
    n = len(listing)
    assert n > 0
    assert len(set(listing.sample_ids)) == n
    assert len(listing.sizes) == n
    assert {len(level.class_index) for level in listing.levels} == {n}
    assert listing.target is listing.levels[-1]
    assert listing.positions is None


@pytest.mark.parametrize("kind", LOADERS)
def test_listing_is_stable(kind: str, tmp_path: Path) -> None:
    """Two looks at the same dataset agree in everything."""
    first = example(kind, tmp_path)
    second = example(kind, tmp_path)
    assert first == second
    assert first.key == second.key
    assert first.labelling_key == second.labelling_key
    assert first.listing_key == second.listing_key
    assert first.meaning == second.meaning


@pytest.mark.parametrize("kind", LOADERS)
def test_listing_crosses_processes(kind: str, tmp_path: Path) -> None:
    """A listing survives pickling, which takes it to a worker."""
    listing = example(kind, tmp_path)
    assert pickle.loads(pickle.dumps(listing)) == listing  # noqa: S301 - our own bytes


@pytest.mark.parametrize("kind", LOADERS)
def test_identity_does_not_know_the_place(kind: str, tmp_path: Path) -> None:
    """The same dataset in another folder is the same."""
    here = example(kind, tmp_path / "here")
    there = example(kind, tmp_path / "there")
    assert here == there


@pytest.mark.parametrize("kind", WITH_LEVELS)
def test_any_level_can_be_the_target(kind: str, tmp_path: Path) -> None:
    """Also the coarsest; it changes which labels judge, and no image."""
    params = EXAMPLES[kind](tmp_path)
    first = list_samples(params, tmp_path, None).levels[0].name
    listing = list_samples({**params, "target": first}, tmp_path, None)
    assert listing.target is not None
    assert listing.target.name == first
    assert listing.key == list_samples(params, tmp_path, None).key
    with pytest.raises(ConfigError, match="target level 'nothing'"):
        list_samples({**params, "target": "nothing"}, tmp_path, None)


@pytest.mark.parametrize("kind", LOADERS)
def test_every_sample_has_a_digest(kind: str, tmp_path: Path) -> None:
    """Each of the examples can be read, and no two of its samples are alike."""
    digests = example(kind, tmp_path).digests
    assert all(len(bytes.fromhex(digest or "")) == 32 for digest in digests)
    if kind != "digits":  # of which some are drawn alike
        assert len(set(digests)) == len(digests)


@pytest.mark.parametrize("kind", LOADERS)
def test_kept_digests_are_those_that_were_read(kind: str, tmp_path: Path) -> None:
    """With a place to keep them, a listing says the same, the first time and later."""
    params = EXAMPLES[kind](tmp_path)
    fresh = list_samples(params, tmp_path, None)
    for _ in range(2):
        kept = list_samples(params, tmp_path, None, Digests(tmp_path / "store"))
        assert kept == fresh


@pytest.mark.parametrize("kind", LOADERS)
def test_subset_has_the_digests_of_its_samples(kind: str, tmp_path: Path) -> None:
    """A digest of a subset is that of the same sample in the whole."""
    params = EXAMPLES[kind](tmp_path)
    whole, subset = (list_samples(params, tmp_path, given) for given in (None, HALF))
    assert subset.digests == tuple(whole.digests[row] for row in subset.rows)
    assert subset.key != whole.key


def test_listing_imports_nothing_heavy(tmp_path: Path) -> None:
    """Planning needs neither torch nor scikit-learn nor Pillow."""
    loaders = {kind: dict(EXAMPLES[kind](tmp_path)) for kind in LOADERS}
    del loaders["mat"]  # whose files scipy reads
    script = LIST_ALL.format(loaders=loaders, base=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("kind", WITH_IMAGES)
def test_images_go_with_the_listing(kind: str, tmp_path: Path) -> None:
    """There is one image a sample, grey or RGB."""
    images = open_listed(EXAMPLES[kind](tmp_path), tmp_path)
    assert len(images) == len(example(kind, tmp_path))
    image = images.read(1)
    assert image.mode in ("L", "RGB")
    assert images[1].tobytes() == image.tobytes()
    assert images.where(1)


@pytest.mark.parametrize("kind", WITH_IMAGES)
def test_typical_side_is_that_of_the_images(kind: str, tmp_path: Path) -> None:
    """The side read from headers is the lower median of the decoded images'."""
    images = open_listed(EXAMPLES[kind](tmp_path), tmp_path)
    sides = [min(images[index].size) for index in range(len(images))]
    assert images.typical_side() == statistics.median_low(sides)


@pytest.mark.parametrize("kind", WITH_IMAGES)
def test_subset_has_the_images_of_its_samples(kind: str, tmp_path: Path) -> None:
    """An image of a subset is that of the same id in the whole."""
    params = EXAMPLES[kind](tmp_path)
    whole, subset = (open_listed(params, tmp_path, given) for given in (None, HALF))
    positions = list_samples(params, tmp_path, HALF).positions
    assert positions is not None
    assert len(subset) == HALF["n"]
    assert [subset.read(i).tobytes() for i in range(len(subset))] == [
        whole.read(position).tobytes() for position in positions
    ]


@pytest.mark.parametrize("kind", sorted(set(LOADERS) - set(WITH_IMAGES)))
def test_without_images_there_are_none(kind: str, tmp_path: Path) -> None:
    """A dataset of stored features opens as None."""
    params = EXAMPLES[kind](tmp_path)
    assert open_images(params, tmp_path, example(kind, tmp_path)) is None


@pytest.mark.parametrize("kind", WITH_IMAGES)
@pytest.mark.parametrize("index", [-1, 10**6])
def test_no_image_beyond_the_ends(kind: str, index: int, tmp_path: Path) -> None:
    """An index that is not a sample is an error, so that iteration ends."""
    images = open_listed(EXAMPLES[kind](tmp_path), tmp_path)
    with pytest.raises(IndexError):
        images[index]
