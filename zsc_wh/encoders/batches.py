"""Run images through a function in batches, decoding the next batch meanwhile."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zsc_wh.datasets import quiet_pillow
from zsc_wh.errors import DataError
from zsc_wh.preprocessing import prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsc_wh.datasets import Images
    from zsc_wh.encoders.request import Request
    from zsc_wh.preprocessing import Transform

Floats = NDArray[np.float32]
_Prepared = tuple[Floats, bytes]


def embed_images(
    request: Request,
    images: Images,
    transform: Transform,
    size: int,
    features: Callable[[Floats], Floats],
) -> tuple[Floats, str]:
    """Apply `features` to all images.

    Parameters
    ----------
    request : Request
        Gives batch size, threads and progress.
    images : Images
        Read in order, each once.
    transform : Transform
        What is done to each.
    size : int
        Side of the prepared images, in pixels.
    features : callable
        From a batch (b, 3, size, size) to features (b, dim).

    Returns
    -------
    array : ndarray of float32, shape (n, dim)
        Features in sample order.
    content_sha256 : str
        sha256 over the sha256 of every sample's bytes, in sample order.

    Raises
    ------
    DataError
        Naming the file of an image that cannot be used.

    Notes
    -----
    Two batches of images are in memory at a time. Pillow lets go of the interpreter
    while it decodes, so threads help; the result does not depend on their number.
    """

    def load(index: int) -> _Prepared:
        image, content = images.read(index)
        try:
            prepared = prepare(image, transform, size)
        except DataError as error:
            raise DataError(
                what=error.what, where=images.where(index), mend=error.mend
            ) from error
        return prepared, hashlib.sha256(content).digest()

    n = len(images)
    digest = hashlib.sha256()
    array: Floats | None = None
    with quiet_pillow(), ThreadPoolExecutor(request.threads) as pool:

        def submit(start: int) -> list[Future[_Prepared]]:
            indices = range(start, min(start + request.batch_size, n))
            return [pool.submit(load, index) for index in indices]

        waiting = submit(0)
        for start in range(0, n, request.batch_size):
            loaded = [future.result() for future in waiting]
            waiting = submit(start + len(loaded))
            digest.update(b"".join(content for _, content in loaded))
            batch = features(np.stack([prepared for prepared, _ in loaded]))
            if array is None:
                array = np.empty((n, batch.shape[1]), dtype=np.float32)
            array[start : start + len(batch)] = batch
            if request.progress is not None:
                request.progress(start + len(batch))
    if array is None:
        raise DataError(what="there are no samples", where=request.samples.dataset)
    return array, digest.hexdigest()
