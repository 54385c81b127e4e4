"""Run images through a function in batches, decoding the next batch meanwhile."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from zsc_wh.datasets import quiet_pillow
from zsc_wh.errors import ComputeError, DataError, UnreadableError
from zsc_wh.preprocessing import prepare
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL import Image

    from zsc_wh.datasets import Images
    from zsc_wh.encoders.request import Request

Floats = NDArray[np.float32]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Embedded:
    """Features of the images that could be read; see `EmbedResult` for the fields."""

    array: Floats
    unreadable: tuple[tuple[int, str], ...]


def embed_prepared(
    request: Request, images: Images, size: int, features: Callable[[Floats], Floats]
) -> Embedded:
    """Prepare all images and apply `features`, from (b, 3, size, size) to (b, dim).

    Raises as `embed_images` does.
    """
    transform = request.prepared
    return embed_images(
        request,
        images,
        lambda image: prepare(image, transform, size),
        lambda batch: features(np.stack(batch)),
    )


def embed_images(
    request: Request,
    images: Images,
    look: Callable[[Image.Image], Item],
    features: Callable[[list[Item]], Floats],
) -> Embedded:
    """Apply `look` to each image and `features` to batches of what comes out.

    Parameters
    ----------
    request : Request
        Gives batch size, threads and progress.
    images : Images
        Read in order, each once.
    look : callable
        From an image to what `features` takes; runs in the decoding threads.
    features : callable
        From the b items of a batch to their features (b, dim).

    Returns
    -------
    Embedded
        Features of the readable samples, in sample order.

    Raises
    ------
    DataError
        When no sample can be read, one is not what was listed, or something other than
        a sample is at fault.
    ComputeError
        When features come out that are not finite.

    Notes
    -----
    A batch is `batch_size` samples as they are listed, less those of them that cannot
    be read: a broken file never moves another sample into another batch, which could
    change its last bits. Two batches of images are in memory at a time. Pillow lets go
    of the interpreter while it decodes, so threads help; the result does not depend on
    their number.
    """
    n, filled = len(images), 0
    array: Floats | None = None
    faults: list[tuple[int, UnreadableError]] = []
    with quiet_pillow(), ThreadPoolExecutor(request.threads) as pool:
        for start, batch in _batches(pool, images, look, request.batch_size):
            items: list[Item] = []
            for index, loaded in enumerate(batch, start):
                if isinstance(loaded, UnreadableError):
                    faults.append((index, loaded))
                else:
                    items.append(loaded)
            if items:
                rows = features(items)
                if array is None:
                    array = np.empty((n, rows.shape[1]), dtype=np.float32)
                array[filled : filled + len(rows)] = rows
                filled += len(rows)
            if request.progress is not None:
                request.progress(start + len(batch))
    if array is None:
        raise _nothing_to_embed(request.samples.dataset, faults)
    array = array[:filled]
    _check_finite(array, request.samples.dataset)
    unreadable = tuple((index, error.what) for index, error in faults)
    return Embedded(array, unreadable)


def _batches(
    pool: ThreadPoolExecutor,
    images: Images,
    look: Callable[[Image.Image], Item],
    batch_size: int,
) -> Iterator[tuple[int, list[Item | UnreadableError]]]:
    """Yield the first position and the samples of each batch, reading one ahead."""

    def load(index: int) -> Item | UnreadableError:
        try:
            return look(images.read(index))
        except UnreadableError as error:
            return error

    def submit(start: int) -> list[Future[Item | UnreadableError]]:
        indices = range(start, min(start + batch_size, len(images)))
        return [pool.submit(load, index) for index in indices]

    waiting = submit(0)
    for start in range(0, len(images), batch_size):
        batch = [future.result() for future in waiting]
        waiting = submit(start + len(batch))
        yield start, batch


def _nothing_to_embed(
    dataset: str, faults: list[tuple[int, UnreadableError]]
) -> DataError:
    if not faults:
        return DataError(what="there are no samples", where=dataset)
    first = faults[0][1]
    return DataError(
        what=f"none of {counted(len(faults), 'sample')} can be read; the first: "
        f"{first}",
        where=dataset,
    )


def _check_finite(array: Floats, dataset: str) -> None:
    bad = int((~np.isfinite(array).all(axis=1)).sum())
    if bad:
        raise ComputeError(
            what=f"the encoder gave features that are not finite for {bad} of "
            f"{counted(len(array), 'sample')}",
            where=dataset,
            hint="Check its weights and its input size.",
        )
