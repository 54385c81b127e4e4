"""What a worker runs to embed one dataset, by one encoder or several at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from zsc_wh import datasets, encoders
from zsc_wh.errors import DataError
from zsc_wh.identity import canonical_json
from zsc_wh.records import Outcome, Status
from zsc_wh.words import counted
from zsc_wh.work import provenance
from zsc_wh.work.base import JointTask, Part
from zsc_wh.work.embedded import check_dim, check_readable, store_embedding
from zsc_wh.work.unfinished import Unfinished

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from zsc_wh.datasets import Listing
    from zsc_wh.declare import Dataset, Encoder
    from zsc_wh.encoders import EmbedResult, Ready, Transform
    from zsc_wh.store import Store

PACKAGES = ("pillow", "torch", "torchvision", "timm", "open_clip_torch")


@dataclass(frozen=True)
class EmbedTask:
    """Make one embedding.

    Parameters
    ----------
    key, encoder_key : str
        Keys of the result and of the encoder.
    features_sha256 : str or None
        Content of stored features as it was planned; None where they are computed.
    encoder, dataset, listing, transform
        What is embedded, by what, after which preprocessing.
    device : str
        auto, cpu, cuda, cuda:N or mps.
    threads : int
        Threads on the processor.
    offline : bool
        Whether nothing may be downloaded.
    weights : Path or None
        File of the published weights, where one is named.
    weights_sha256 : str or None
        Hash of the weights that this encoder had before, where it is known.
    missing : tuple of int
        Samples that are known to be absent or without features.
    unreadable : tuple of int or None
        Samples that could not be read when it was made before; None where it never was.
    """

    reads_files: ClassVar[bool] = True

    key: str
    encoder_key: str
    features_sha256: str | None
    encoder: Encoder
    dataset: Dataset
    listing: Listing
    transform: Transform | None
    device: str
    threads: int
    offline: bool
    weights: Path | None
    weights_sha256: str | None
    missing: tuple[int, ...]
    unreadable: tuple[int, ...] | None

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Embed, store the array, return its rows."""
        (part,) = EmbedTogether((self,)).run_all(store, progress)
        return part.finish()

    def begin(self, store: Store, encoder: Ready) -> Unfinished | None:
        """Return what keeps the features of an encoder while they are made.

        None for code of the user's own, which may be changed before it goes on.

        Raises
        ------
        DataError
            When its weights are not those that are known.
        """
        if self.weights_sha256 not in (None, encoder.weights_sha256):
            raise DataError(
                what=f"the weights have the sha256 {encoder.weights_sha256}, but the "
                f"warehouse knows this encoder with {self.weights_sha256}",
                where=f"encoder '{self.encoder.name}'",
                hint="Declare the new weights as another encoder, or restore the old "
                "ones (a random initialisation depends on the versions of torch and "
                "timm).",
            )
        if self.encoder.runs_user_code:
            return None
        transform = encoder.transform
        made_with = {
            "embedding": self.key,
            "preprocessing": canonical_json(transform and transform.declared()),
            "weights": encoder.weights_sha256 or "none",
            "device": encoder.device,
            "number of threads": str(self.threads),
            "batch size": str(encoders.BATCH_SIZE),
            "machine": provenance.host(),
            "set of versions": provenance.versions(PACKAGES),
        }
        return Unfinished.open(store.unfinished(self.key), made_with)

    def finish(
        self,
        store: Store,
        found: EmbedResult | Exception,
        measured: Mapping[str, Any],
        unfinished: Unfinished | None,
    ) -> Outcome:
        """Check what an encoder gave, store it, and return its rows.

        Parameters
        ----------
        store : Store
            Where it goes.
        found : EmbedResult or Exception
            The features; or why there are none, which is raised.
        measured : mapping
            Columns of what it took.
        unfinished : Unfinished or None
            What kept the features meanwhile.
        """
        if unfinished is not None:
            unfinished.close()
        if isinstance(found, Exception):
            raise found
        if found.features_sha256 != self.features_sha256:
            raise DataError(
                what="the stored features are not what they were when the ingest began",
                where=f"encoder '{self.encoder.name}', dataset '{self.dataset.name}'",
                hint="Leave the file alone while it is read, and run the ingest again.",
            )
        unreadable = [index for index, _ in found.unreadable]
        check_readable(self.dataset, self.listing, self.unreadable, unreadable)
        check_dim(self.encoder, found.array.shape[1])
        transform = found.transform
        embedded = len(self.listing) - found.n_before
        stored = store_embedding(
            store,
            self.key,
            found.array,
            found.unreadable,
            encoder_key=self.encoder_key,
            listing=self.listing,
            # else every image was compared with its digest as it was read
            is_by_content=self.features_sha256 is not None,
            columns={
                "transform": canonical_json(transform and transform.declared()),
                "precision": self.encoder.precision,
                "weights_sha256": found.weights_sha256,
                "n_parameters": found.n_parameters,
                "images_per_s": embedded / max(measured["wall_s"], 1e-9),
                **measured,
            },
            computed=partial(
                provenance.columns, PACKAGES, threads=self.threads, device=found.device
            ),
        )
        known, total = set(self.missing), len(self.listing)
        notes = []
        if unfinished is not None:
            unfinished.remove()
            notes += unfinished.notes
        if found.unreadable:
            lost = f"{len(found.unreadable)} of {counted(total, 'sample')}"
            notes.append(f"{lost} could not be read")
        if found.at_once is not None:
            notes.append(f"memory was short: {counted(found.at_once, 'image')} at once")
        return Outcome(
            Status.DONE,
            rows=stored.rows,
            notes=tuple(notes),
            unreadable={
                index: reason
                for index, reason in found.unreadable
                if index not in known
            },
        )


@dataclass(frozen=True)
class EmbedTogether(JointTask):
    """Make embeddings of one dataset in one pass over its images.

    Parameters
    ----------
    tasks : tuple of EmbedTask
        All of one dataset and device.
    """

    reads_files: ClassVar[bool] = True

    tasks: tuple[EmbedTask, ...]

    def run_all(
        self, store: Store, progress: Callable[[int, int], None]
    ) -> Sequence[Part]:
        """Embed; each part checks and stores its own array."""
        first = self.tasks[0]
        listing, total = first.listing, len(first.listing)
        samples = encoders.Samples(
            first.dataset.name,
            listing,
            datasets.open_images(
                first.dataset.loader, first.dataset.source.parent, listing
            ),
        )
        unfinished: dict[str, Unfinished | None] = {}

        def begin(task: EmbedTask, encoder: Ready) -> Unfinished | None:
            unfinished[task.key] = begun = task.begin(store, encoder)
            return begun

        with provenance.Measurement() as measured:
            found = encoders.embed_together(
                [
                    encoders.Request(
                        task.encoder.loader,
                        task.transform,
                        samples,
                        task.encoder.source.parent,
                        encoders.BATCH_SIZE,
                        task.device,
                        task.threads,
                        lambda done: progress(done, total),
                        task.offline,
                        task.weights,
                        partial(begin, task),
                        task.encoder.precision,
                    )
                    for task in self.tasks
                ]
            )
        seconds = [
            0.0 if isinstance(each, Exception) else each.seconds for each in found
        ]
        shares = measured.shares(seconds)
        return [
            Part(
                own_s,
                partial(task.finish, store, each, share, unfinished.get(task.key)),
            )
            for task, each, own_s, share in zip(
                self.tasks, found, seconds, shares, strict=True
            )
        ]
