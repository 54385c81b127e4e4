"""Several encoders see images that are decoded once, and each answers for itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.encoders.made import NOWHERE, MadeImages, embed_made, loader, random_loader
from tests.encoders.made import samples as made_samples
from tests.encoders.test_batches import BrokenImages, unreadable
from zsc_wh.encoders import EmbedResult, Ready, Request, Transform, embed_together
from zsc_wh.errors import ComputeError, DataError

if TYPE_CHECKING:
    from PIL import Image

    from zsc_wh.encoders import Samples

CODE = "tests.encoders.foreign_code"
LOADERS = [
    random_loader(),
    loader("python", target=f"{CODE}:means"),
    random_loader("test_vit", options={"dynamic_img_size": True}),
    loader("pixels"),
    loader("python", target=f"{CODE}:sizes", input="images"),
    random_loader(seed=1),
]


class CountedImages(MadeImages):
    """Made images that count how often each is read."""

    def __init__(self, n: int) -> None:
        super().__init__([(40, 36)] * n)
        self.read_: Counter[int] = Counter()

    def read(self, index: int) -> Image.Image:
        """Count, and return made noise."""
        self.read_[index] += 1
        return super().read(index)


def requests(
    loaders: list[dict[str, Any]], samples: Samples, **given: Any
) -> list[Request]:
    """Ask for the embeddings of made samples."""
    return [
        Request(
            declared, Transform(32), samples, NOWHERE, 4, "cpu", 2, None, True, **given
        )
        for declared in loaders
    ]


def arrays(found: list[EmbedResult | Exception]) -> list[Any]:
    return [each.array if isinstance(each, EmbedResult) else each for each in found]


def test_bits_are_those_of_each_alone() -> None:
    """Whatever else sees the same batches, also of another preparation."""
    samples = replace(made_samples(11), images=BrokenImages(11, unreadable(2, 9)))
    asked = requests(LOADERS, samples)
    asked[-1] = replace(asked[-1], transform=Transform(48, interpolation="bicubic"))
    together = embed_together(asked)
    for request, found in zip(asked, together, strict=True):
        (alone,) = embed_together([request])
        assert isinstance(alone, EmbedResult)
        assert isinstance(found, EmbedResult)
        np.testing.assert_array_equal(found.array, alone.array)
        assert replace(found, array=alone.array, seconds=0) == replace(alone, seconds=0)


def test_images_are_read_once() -> None:
    """However many encoders see them."""
    images = CountedImages(11)
    embed_together(requests(LOADERS, replace(made_samples(11), images=images)))
    assert images.read_ == Counter(range(11))


@pytest.mark.parametrize("fault", ["build", "refused", "batch", "end"])
def test_an_encoder_that_fails_costs_itself_alone(fault: str) -> None:
    """When it is built, refused, or run; the others have what they would have."""

    def begin(encoder: Ready) -> None:
        if fault == "refused" and encoder.weights_sha256 == first:
            raise DataError(what="other weights")

    first = embed_made(random_loader(), made_samples(5)).weights_sha256
    wrong = {
        "build": random_loader(options={"no_such": 1}),
        "refused": random_loader(),
        "batch": loader("python", target=f"{CODE}:returning", params={"what": "map"}),
        "end": loader("python", target=f"{CODE}:returning", params={"what": "nan"}),
    }[fault]
    others = [random_loader(seed=1), loader("pixels")]
    samples = made_samples(5)
    found = arrays(
        embed_together(requests([others[0], wrong, others[1]], samples, begin=begin))
    )
    assert isinstance(found[1], Exception)
    for array, declared in zip(found[::2], others, strict=True):
        (alone,) = arrays(embed_together(requests([declared], samples)))
        np.testing.assert_array_equal(array, alone)


def test_code_that_changes_its_input_changes_that_of_no_other() -> None:
    """Each foreign encoder has a batch of its own."""
    spoiling = loader("python", target=f"{CODE}:spoiling")
    samples = made_samples(5)
    found = arrays(embed_together(requests([spoiling, loader("pixels")], samples)))
    (alone,) = arrays(embed_together(requests([loader("pixels")], samples)))
    np.testing.assert_array_equal(found[1], alone)
    assert not found[0].any()


def test_a_fault_of_the_images_is_told_of_every_encoder() -> None:
    """A vanished disk leaves none of them an embedding."""
    images = BrokenImages(9, {6: DataError(what="stale handle", where="/disk")})
    asked = requests(LOADERS[:2], replace(made_samples(9), images=images))
    for found in embed_together(asked):
        assert isinstance(found, DataError)
        assert found.what == "stale handle"


def test_all_encoders_failing_ends_the_pass() -> None:
    """Images are not decoded for nobody."""
    images = CountedImages(60)
    wrong = loader("python", target=f"{CODE}:returning", params={"what": "map"})
    asked = requests([wrong, wrong], replace(made_samples(60), images=images))
    assert all(isinstance(each, ComputeError) for each in embed_together(asked))
    assert len(images.read_) < 20
