"""Run images through encoders in batches, decoding the next ones meanwhile.

Each image is read, checked and decoded once, and prepared once in each way that is
asked for, however many encoders see it. An encoder that fails costs itself alone.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zsc_wh.datasets import quiet_pillow
from zsc_wh.encoders.request import Batch, EmbedResult
from zsc_wh.errors import ComputeError, DataError, UnreadableError
from zsc_wh.preprocessing import prepare
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from zsc_wh.datasets import Images
    from zsc_wh.encoders.request import Journal, Ready
    from zsc_wh.preprocessing import Transform

Floats = NDArray[np.float32]

AHEAD = 2
"""Batches that are read while one is computed. With one, threads would idle at its end
until the encoders ask for the next."""


@dataclass(frozen=True)
class _Prepared:
    """The samples of a batch that can be read, in one preparation; or why not."""

    batch: Any
    unreadable: tuple[tuple[int, str], ...]
    first: UnreadableError | None


Prepared = _Prepared | Exception


class Gathering:
    """The features of one encoder, batch after batch.

    Parameters
    ----------
    encoder : Ready
        What makes them.
    images : Images
        All samples.
    dataset : str
        Its name, for messages.
    journal : Journal or None
        Has what was done before, and keeps what is done now.

    Attributes
    ----------
    error : Exception or None
        Why it gave up.
    seconds : float
        Time that the encoder took.
    at_once : int or None
        Images that it was given at once; None where memory was never short.
    """

    def __init__(
        self, encoder: Ready, images: Images, dataset: str, journal: Journal | None
    ) -> None:
        self.encoder = encoder
        self.error: Exception | None = None
        self.seconds = 0.0
        self.at_once: int | None = None
        self._images = images
        self._dataset = dataset
        self._journal = journal
        self._array: Floats | None = None
        self._filled = 0
        self._faults: list[tuple[int, str]] = []
        self._first: UnreadableError | None = None
        self.next = 0
        for batch in journal.take_up() if journal is not None else ():
            self._keep(batch)
        self._n_before = self.next

    def take(self, start: int, n: int, prepared: Prepared) -> None:
        """Embed the next batch, unless it was done before; never raises."""
        if self.error is not None or start < self.next:
            return
        began = time.monotonic()
        try:
            if isinstance(prepared, Exception):
                raise prepared  # noqa: TRY301 - it is this encoder's as well
            rows = None
            if len(prepared.batch):
                rows = self._features(prepared.batch)
            self._first = self._first or prepared.first
            batch = Batch(start, n, rows, prepared.unreadable)
            if self._journal is not None:
                self._journal.add(batch)
            self._keep(batch)
        except Exception as error:  # noqa: BLE001 - it costs this encoder alone
            self.error = MemoryError(str(error)) if is_short(error) else error
        self.seconds += time.monotonic() - began

    def result(self) -> EmbedResult | Exception:
        """Return the embedding, or why there is none."""
        if self.error is not None:
            return self.error
        if self._array is None:
            return self._nothing()
        array = self._array[: self._filled]
        bad = int((~np.isfinite(array).all(axis=1)).sum())
        if bad:
            return ComputeError(
                what=f"the encoder gave features that are not finite for {bad} of "
                f"{counted(len(array), 'sample')}",
                where=self._dataset,
                hint="Check its weights, its input size and its precision: float16 "
                "ends at 65,504.",
            )
        encoder = self.encoder
        return EmbedResult(
            array,
            encoder.weights_sha256,
            encoder.device,
            encoder.transform,
            tuple(self._faults),
            n_parameters=encoder.n_parameters,
            n_before=self._n_before,
            at_once=self.at_once,
            seconds=self.seconds,
        )

    def _features(self, batch: Any) -> Floats:
        """Run the encoder on a batch, in halves of halves where memory is short."""
        size = self.at_once or len(batch)
        rows: list[Floats] = []
        while (done := sum(map(len, rows))) < len(batch):
            found = self._tried(batch[done : done + size])
            if found is None:
                size = self.at_once = (size + 1) // 2
            else:
                rows.append(found)
        return rows[0] if len(rows) == 1 else np.concatenate(rows)

    def _tried(self, batch: Any) -> Floats | None:
        """Run the encoder; None where memory is short and a smaller batch may do."""
        try:
            return self.encoder.features(batch)
        except Exception as error:
            # the frames of the error hold what the batch took until this returns
            if len(batch) == 1 or not is_short(error):
                raise
        return None

    def _keep(self, batch: Batch) -> None:
        if batch.rows is not None:
            if self._array is None:
                shape = len(self._images), batch.rows.shape[1]
                self._array = np.empty(shape, dtype=np.float32)
            end = self._filled + len(batch.rows)
            self._array[self._filled : end] = batch.rows
            self._filled = end
        self._faults += batch.unreadable
        self.next = batch.start + batch.n

    def _nothing(self) -> DataError:
        if not self._faults:
            return DataError(what="there are no samples", where=self._dataset)
        index, reason = self._faults[0]
        where = self._images.where(index)
        first = self._first or UnreadableError(what=reason, where=where)
        return DataError(
            what=f"none of {counted(len(self._faults), 'sample')} can be read; the "
            f"first: {first}",
            where=self._dataset,
        )


def is_short(error: BaseException) -> bool:
    """Whether an error says that memory is short, on the processor or on a GPU."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(each in text for each in _SHORT)


_SHORT = ("out of memory", "can't allocate memory", "not enough memory")
"""How torch says so, beside `MemoryError`."""


def gather(
    gatherings: Sequence[Gathering],
    images: Images,
    *,
    batch_size: int,
    threads: int,
    progress: Callable[[int], None] | None,
) -> None:
    """Read all images once, and give them to every encoder.

    Parameters
    ----------
    gatherings : sequence of Gathering
        What takes the batches.
    images : Images
        Read in order, each once; those that all encoders had before are not read.
    batch_size, threads, progress
        See `zsc_wh.encoders.embed`.

    Raises
    ------
    DataError
        When a sample is not what was listed, or something other than a sample is at
        fault.

    Notes
    -----
    A batch is `batch_size` samples as they are listed, less those of them that cannot
    be read: a broken file never moves another sample into another batch, which could
    change its last bits. Batches come in order, and `AHEAD` of them are in memory
    beside the one that is computed. Pillow and NumPy let go of the interpreter while
    they decode and prepare, so threads help; the result does not depend on their
    number.
    """
    n = len(images)
    if not gatherings or not n:
        return
    ways = tuple(dict.fromkeys(each.encoder.transform for each in gatherings))
    starts = range(min(each.next for each in gatherings), n, batch_size)
    with quiet_pillow(), ThreadPoolExecutor(threads) as pool:
        for start, batch in _batches(pool, images, ways, starts):
            end = min(start + batch_size, n)
            for each in gatherings:
                each.take(start, end - start, batch[each.encoder.transform])
            if progress is not None:
                progress(end)
            if all(each.error is not None for each in gatherings):
                return


def _batches(
    pool: ThreadPoolExecutor,
    images: Images,
    ways: Sequence[Transform | None],
    starts: range,
) -> Iterator[tuple[int, dict[Transform | None, Prepared]]]:
    """Yield the first position and the samples of each batch, reading some ahead."""

    def load(index: int) -> dict[Transform | None, Any]:
        try:
            image = images.read(index)
        except UnreadableError as error:
            return dict.fromkeys(ways, error)
        return {way: _look(image, way) for way in ways}

    def collect(
        start: int, futures: Sequence[Future[dict[Transform | None, Any]]]
    ) -> dict[Transform | None, Prepared]:
        # queued behind the images of its batch, so that they never wait for it
        loaded = [future.result() for future in futures]
        return {
            way: _collected(start, way, (items[way] for items in loaded))
            for way in ways
        }

    def submit(start: int) -> Future[dict[Transform | None, Prepared]]:
        indices = range(start, min(start + starts.step, len(images)))
        futures = [pool.submit(load, index) for index in indices]
        return pool.submit(collect, start, futures)

    waiting = [submit(start) for start in starts[:AHEAD]]
    for i, start in enumerate(starts):
        batch = waiting.pop(0).result()
        waiting += [submit(later) for later in starts[i + AHEAD : i + AHEAD + 1]]
        yield start, batch


def _look(image: Any, way: Transform | None) -> Any:
    """Return an image as it is prepared in one way, or why it cannot be."""
    try:
        return image if way is None else prepare(image, way)
    except Exception as error:  # noqa: BLE001 - it costs those that want it so
        return error


def _collected(start: int, way: Transform | None, items: Iterable[Any]) -> Prepared:
    """Put the samples of a batch together that are prepared in one way."""
    sound: list[Any] = []
    faults: list[tuple[int, UnreadableError]] = []
    for index, item in enumerate(items, start):
        if isinstance(item, UnreadableError):
            faults.append((index, item))
        elif isinstance(item, Exception):
            return item
        else:
            sound.append(item)
    return _Prepared(
        np.stack(sound) if way is not None and sound else sound,
        tuple((index, error.what) for index, error in faults),
        faults[0][1] if faults else None,
    )
