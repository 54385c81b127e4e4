"""What a worker runs to check the weights of an encoder before any work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zsc_wh import encoders
from zsc_wh.datasets import Digests
from zsc_wh.records import Outcome, Status
from zsc_wh.work.embedded import check_dim

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.declare import Encoder
    from zsc_wh.encoders import Transform
    from zsc_wh.store import Store


@dataclass(frozen=True)
class WeightsTask:
    """Check that the weights of an encoder that are on this machine fit it.

    Parameters
    ----------
    encoder, transform
        What is going to embed, after which preprocessing.
    weights : Path or None
        File of its weights, where one is named.
    verify : bool
        Whether the file is read again, whatever is known of it.
    """

    reads_files: ClassVar[bool] = True

    encoder: Encoder
    transform: Transform | None
    weights: Path | None
    verify: bool = False

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Raise what is wrong with them, or with the number of features declared."""
        del progress  # it takes seconds
        dim = encoders.check_weights(
            self.encoder.loader,
            self.transform,
            self.encoder.source.parent,
            self.weights,
            Digests(store.root, verify=self.verify),
        )
        if dim is not None:
            check_dim(self.encoder, dim)
        return Outcome(Status.DONE)
