"""What an ingest needs of this machine, checked before any work: weights, a device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh import encoders
from zsc_wh.datasets.sources import resolve
from zsc_wh.engine.cells import Embedding
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.declare import Encoder
    from zsc_wh.engine.plan import Plan


def check_plan(plan: Plan, *, device: str = "auto", offline: bool = False) -> None:
    """Check that what a plan embeds can be embedded here.

    Parameters
    ----------
    plan : Plan
        What is about to run.
    device : str
        Device of the embeddings.
    offline : bool
        Whether weights that are not on this machine are a fault.

    Raises
    ------
    ConfigError
        Listing all files of weights that are missing, or when there is no such device.
    """
    found = {
        node.subject.encoder: None
        for node in plan.graph
        if isinstance(node.subject, Embedding)
    }
    faults = [fault for one in found for fault in _weights_faults(one, offline)]
    if faults:
        raise ConfigError(
            what="\n  ".join(["weights are missing", *faults]),
            mend="\nSave the files at these places, or correct the paths.",
        )
    if found and device not in ("auto", "cpu"):
        encoders.check_device(device)


def _weights_faults(encoder: Encoder, offline: bool) -> Iterator[str]:
    loader, base = encoder.loader, encoder.source.parent
    spec = encoders.LOADERS[loader["kind"]]
    if spec.weights is None:
        return
    where = f"{encoder.source}: encoder.{encoder.name}"
    if loader["path"] is not None:
        # looked at by hand: the libraries of the networks take seconds to import
        path = resolve(loader["path"], base)
        if not path.is_file():
            yield f"{where}: {path}"
    elif offline:
        status = spec.weights(loader, base)
        if status is not None and not status.found:
            size = f" ({status.bytes / 2**20:.0f} MiB)" if status.bytes else ""
            yield f"{where}: {status.path}{size}, published at {status.url}"
