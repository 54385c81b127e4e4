"""Put the embeddings of several encoders side by side, each z-scored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zsc_wh.errors import DataError
from zsc_wh.identity import key_of
from zsc_wh.records import Outcome, Status
from zsc_wh.scaling import zscore
from zsc_wh.words import counted
from zsc_wh.work import provenance
from zsc_wh.work.base import Cost, forecast
from zsc_wh.work.embed import Embedding
from zsc_wh.work.embedded import check_dim, check_readable, store_embedding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from zsc_wh.datasets import Digests
    from zsc_wh.declare import Encoder
    from zsc_wh.store import Store
    from zsc_wh.work.missing import Missing
    from zsc_wh.work.session import Session
    from zsc_wh.work.sizes import Sizes
    from zsc_wh.work.source import Source


@dataclass(frozen=True)
class Concatenation(Embedding):
    """An embedding that is made of others of the same dataset.

    Parameters
    ----------
    parts : tuple of Embedding
        Whose features stand side by side, in this order.
    groups : tuple of int or None
        Number of the folder of every sample where each is z-scored on its own, folders
        numbered as they come; None where all samples are z-scored together.
    """

    parts: tuple[Embedding, ...] = ()
    groups: tuple[int, ...] | None = None

    @classmethod
    def of_parts(cls, encoder: Encoder, parts: tuple[Embedding, ...]) -> Concatenation:
        """Return the concatenation of embeddings of one dataset."""
        source = parts[0].source
        keys = [part.encoder_key for part in parts]
        encoder_key = meaning = encoder.key_of_parts(keys)
        if any(part.is_by_content for part in parts):
            meaning = key_of(
                "stored features of", encoder=encoder_key, dataset=source.dataset.name
            )
        groups = None
        if encoder.loader["within"] is not None:
            groups = _folders(source.listing.sample_ids)
        return cls(
            key_of(
                "concat",
                encoder=encoder_key,
                parts=[part.key for part in parts],
                groups=groups,
            ),
            # its row tells the parts by their keys, which names do not change
            replace(encoder, loader={**encoder.loader, "parts": keys}),
            encoder_key,
            source,
            None,
            meaning,
            features_sha256=None,
            missing=tuple(sorted({index for part in parts for index in part.missing})),
            surplus=(),
            weights=None,
            dim=encoder.dim,
            impossible=next((p.impossible for p in parts if p.impossible), None),
            parts=parts,
            groups=groups,
        )

    @property
    def is_by_content(self) -> bool:
        """Whether an encoder is known by stored features, which are of one dataset."""
        return any(part.is_by_content for part in self.parts)

    @property
    def reads_images(self) -> bool:
        """Whether a sample whose image cannot be read has no features."""
        return any(part.reads_images for part in self.parts)

    @property
    def group(self) -> None:
        """Share no pass over images: it reads none."""

    def needs(self) -> tuple[Embedding, ...]:
        """Return the embeddings that it is made of."""
        return self.parts

    def expected_dim(self, sizes: Sizes) -> int | None:
        """Return the features of all parts, None where that of one is not known."""
        dims = [sizes.dim(part) for part in self.parts]
        known = [dim for dim in dims if dim is not None]
        return sum(known) if len(known) == len(dims) else self.dim

    def guessed_dim(self, sizes: Sizes) -> int:
        """Return the features of all parts, as far as they are known."""
        return sum(sizes.guessed_dim(part) for part in self.parts)

    def cost(self, sizes: Sizes) -> Cost:
        """Forecast it: all features twice, and the widest part as it is z-scored."""
        n, widest = sizes.n(self), max(map(sizes.guessed_dim, self.parts))
        return forecast(
            self.stage,
            "numpy",
            self.encoder.loader["kind"],
            2 * sizes.bytes(self) + 4 * 4 * n * widest,
            2.5e-8 * n * sizes.guessed_dim(self),
            disk_bytes=sizes.bytes(self),
        )

    def task(self, session: Session) -> ConcatTask:  # type: ignore[override]
        """Return what a worker runs."""
        return ConcatTask(
            key=self.key,
            encoder=self.encoder,
            encoder_key=self.encoder_key,
            source=self.source,
            parts=tuple(
                Part(part.encoder.name, part.key, session.left_out(part.key))
                for part in self.parts
            ),
            groups=self.groups,
            is_by_content=self.is_by_content,
            unreadable=session.unreadable.get(self.key),
        )

    @classmethod
    def lacks(
        cls, works: Sequence[Embedding], digests: Digests | None
    ) -> Iterator[Missing]:
        """Yield nothing: what its parts lack is theirs to say."""
        del works, digests
        yield from ()

    @classmethod
    def check(cls, works: Sequence[Embedding], *, device: str) -> None:
        """Need nothing of this machine."""
        del works, device


def _folders(sample_ids: Sequence[str]) -> tuple[int, ...]:
    """Return the number of the folder of every sample, numbered as they come."""
    numbers: dict[str, int] = {}
    return tuple(
        numbers.setdefault(sample_id.rpartition("/")[0], len(numbers))
        for sample_id in sample_ids
    )


@dataclass(frozen=True)
class Part:
    """A stored embedding: name of its encoder, key, samples that it lacks."""

    name: str
    key: str
    left_out: tuple[int, ...]


@dataclass(frozen=True)
class ConcatTask:
    """Put stored embeddings side by side.

    Parameters
    ----------
    key : str
        Key of the result.
    encoder, encoder_key, source
        What is embedded, by what.
    parts : tuple of Part
        The embeddings.
    groups : tuple of int or None
        Samples of one number are z-scored on their own.
    is_by_content : bool
        Whether stored features are among the parts.
    unreadable : tuple of int or None
        Samples that it lacked when it was made before; None where it never was.
    """

    reads_files: ClassVar[bool] = False

    key: str
    encoder: Encoder
    encoder_key: str
    source: Source
    parts: tuple[Part, ...]
    groups: tuple[int, ...] | None
    is_by_content: bool
    unreadable: tuple[int, ...] | None

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Z-score and store the features of the samples that all parts have."""
        del progress  # it takes seconds
        dataset, listing = self.source.dataset, self.source.listing
        lacking = {
            index: f"there are no features of it by '{part.name}'"
            for part in reversed(self.parts)
            for index in part.left_out
        }
        kept = np.delete(np.arange(len(listing)), list(lacking))
        if not len(kept):
            names = " and ".join(f"'{part.name}'" for part in self.parts)
            raise DataError(
                what=f"no sample has features by all of {names}",
                where=f"encoder '{self.encoder.name}', dataset '{dataset.name}'",
                hint="Name encoders that can embed the same samples.",
            )
        check_readable(dataset, listing, self.unreadable, sorted(lacking))
        with provenance.Measurement() as measured:
            array = self._joined(store, kept, len(listing))
        check_dim(self.encoder, array.shape[1])
        stored = store_embedding(
            store,
            self.key,
            array,
            sorted(lacking.items()),
            encoder_key=self.encoder_key,
            listing=listing,
            # else each part compared its images with their digests
            is_by_content=self.is_by_content,
            columns={
                "transform": "null",
                "precision": self.encoder.precision,
                **measured.columns(),
            },
            computed=provenance.columns,
        )
        some = f"{len(lacking)} of {counted(len(listing), 'sample')} lack a part"
        notes = (some,) if lacking else ()
        return Outcome(Status.DONE, rows=stored.rows, notes=notes)

    def _joined(
        self, store: Store, kept: NDArray[np.intp], n_samples: int
    ) -> NDArray[np.float32]:
        """Return the z-scored features of the samples that are kept."""
        features = [store.load(part.key) for part in self.parts]
        widths = [array.shape[1] for array in features]
        joined = np.empty((len(kept), sum(widths)), np.float32)
        groups = np.zeros(len(kept), int)
        if self.groups is not None:
            groups = np.array(self.groups)[kept]
        start = 0
        for part, array, width in zip(self.parts, features, widths, strict=True):
            known = np.delete(np.arange(n_samples), part.left_out)
            rows: NDArray[Any] = np.searchsorted(known, kept)
            for group in np.unique(groups):
                inside = groups == group
                scaled = zscore(np.asarray(array[rows[inside]]))
                joined[inside, start : start + width] = scaled
            start += width
        return joined
