from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.datasets.made import make_image
from tests.encoders.foreign_code import Arrays, Recorded
from tests.encoders.made import MadeImages, embed_made, loader, samples
from zsc_wh.datasets import folder, list_samples, open_images
from zsc_wh.encoders import Samples
from zsc_wh.errors import DataError, UnreadableError
from zsc_wh.fields import complete

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image


CODE = "tests.encoders.foreign_code"


class BrokenImages(MadeImages):
    """Made images of which some raise what they are told to."""

    def __init__(self, n: int, faults: dict[int, DataError]) -> None:
        super().__init__([(40, 36)] * n)
        self._faults = faults

    def read(self, index: int) -> Image.Image:
        """Raise the fault of a broken image."""
        if index in self._faults:
            raise self._faults[index]
        return super().read(index)


def unreadable(*indices: int) -> dict[int, DataError]:
    return {
        index: UnreadableError(what=f"reason {index}", where=f"made {index}")
        for index in indices
    }


def broken(n: int, faults: dict[int, DataError]) -> Samples:
    return replace(samples(n), images=BrokenImages(n, faults))


@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
def test_unreadable_samples_are_left_out(batch_size: int) -> None:
    """Rows are those of the readable samples in order; the others have a reason."""
    result = embed_made(
        loader("pixels"), broken(7, unreadable(0, 3, 6)), batch_size=batch_size
    )
    whole = embed_made(loader("pixels"), samples(7))
    np.testing.assert_array_equal(result.array, whole.array[[1, 2, 4, 5]])
    assert result.unreadable == ((0, "reason 0"), (3, "reason 3"), (6, "reason 6"))
    assert result.array.flags.c_contiguous


def test_unreadable_samples_move_no_other() -> None:
    """A batch is this many listed samples, however many of them can be read."""
    declared = loader("python", target="tests.encoders.foreign_code:Recorded")
    embed_made(declared, broken(6, unreadable(1, 2, 3)), batch_size=2)
    assert Recorded.made[-1].lengths == [1, 2]


def test_progress_counts_unreadable_samples() -> None:
    """Progress ends with the number of samples listed."""
    seen: list[int] = []
    embed_made(
        loader("pixels"),
        broken(5, unreadable(2, 3)),
        batch_size=2,
        progress=seen.append,
    )
    assert seen == [2, 4, 5]


def test_nothing_readable_is_an_error() -> None:
    """Where no sample can be read the first and the count are told."""
    wanted = broken(3, unreadable(0, 1, 2))
    with pytest.raises(DataError, match=r"none of 3 .*made 0: reason 0") as caught:
        embed_made(loader("pixels"), wanted)
    assert caught.value.where == "made"
    assert type(caught.value) is DataError


def test_no_samples_is_an_error() -> None:
    """An embedding of nothing is not made."""
    wanted = replace(samples(1), images=BrokenImages(0, {}))
    declared = loader("python", target="tests.encoders.foreign_code:means")
    with pytest.raises(DataError, match="there are no samples"):
        embed_made(declared, wanted)


def test_other_faults_are_fatal() -> None:
    """A vanished disk is no broken file: the embedding fails with it."""
    wanted = broken(4, {2: DataError(what="stale handle", where="/disk")})
    with pytest.raises(DataError, match="stale handle"):
        embed_made(loader("pixels"), wanted)


def test_image_that_was_exchanged_is_fatal(tmp_path: Path) -> None:
    """No features are made of another image than the one that was listed."""
    for seed in range(3):
        make_image(tmp_path / f"{seed}.bmp", seed=seed)
    declared = {"kind": "folder", **complete(folder.FIELDS, {"path": "."})}
    listing = list_samples(declared, tmp_path, None)
    wanted = Samples("made", listing, open_images(declared, tmp_path, listing))
    make_image(tmp_path / "1.bmp", seed=7)
    with pytest.raises(DataError, match="when the dataset was listed") as caught:
        embed_made(loader("pixels"), wanted)
    assert caught.value.where == str(tmp_path / "1.bmp")


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("CUDA out of memory. Tried to allocate")]
)
def test_a_batch_for_which_memory_is_short_is_halved(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it fits; the features are those of whole batches, in their order."""
    seen: list[int] = []

    def short(batch: Arrays) -> Arrays:
        seen.append(len(batch))
        if len(batch) > 3:
            raise error
        means: Arrays = batch.mean(axis=(2, 3))
        return means

    declared = loader("python", target=f"{CODE}:means")
    monkeypatch.setattr(f"{CODE}.means", lambda: short)
    result = embed_made(declared, samples(16), batch_size=9)
    assert seen == [9, 5, 3, 3, 3, 3, 3, 1]
    assert result.at_once == 3
    whole = embed_made(loader("pixels"), samples(16)).array.reshape(16, 3, -1)
    np.testing.assert_allclose(result.array, whole.mean(axis=2), atol=1e-5)


def test_an_image_for_which_memory_is_short_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What cannot be halved is out of memory, whatever the library calls it."""
    error = RuntimeError("DefaultCPUAllocator: can't allocate memory")

    def short(batch: Arrays) -> Arrays:
        raise error

    monkeypatch.setattr(f"{CODE}.means", lambda: short)
    with pytest.raises(MemoryError, match="can't allocate"):
        embed_made(loader("python", target=f"{CODE}:means"), samples(4))
