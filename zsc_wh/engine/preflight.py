"""What an ingest needs of this machine, checked before any work: weights, a device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh import encoders, reducers
from zsc_wh.datasets.sources import resolve
from zsc_wh.engine.cells import Embedding, Reduction
from zsc_wh.engine.graph import REDUCE
from zsc_wh.errors import ConfigError
from zsc_wh.sizes import Size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
        node.subject.encoder: node.subject.weights
        for node in plan.graph
        if isinstance(node.subject, Embedding)
    }
    faults = [
        fault
        for one, given in found.items()
        for fault in _weights_faults(one, given, offline)
    ]
    if faults:
        raise ConfigError(
            what="\n  ".join(["weights are missing", *faults]),
            mend="\nSave the files at these places, or correct the paths. Published "
            "weights may lie anywhere: name them in the grid, as in [weights] NAME = "
            f'"FILE", or put NAME.pth into a folder and set {encoders.VARIABLE} to it.',
        )
    if found and device not in ("auto", "cpu"):
        encoders.check_device(device)


def weights_lines(plan: Plan) -> list[str]:
    """Return a line for each encoder whose weights are files of the user's.

    Own weights are told by the sha256 that was computed, where none is declared.
    """
    lines = {}
    for wanted in (one for cells in plan.wanted.values() for one in cells):
        declared, embedding = wanted.declared.encoder, wanted.embedding
        name, found = declared.name, embedding.encoder.loader
        if embedding.encoder is not declared:
            lines[name] = f'{name}: weights with sha256 = "{found["sha256"]}"'
        elif embedding.weights is not None:
            lines[name] = f"{name}: weights from {embedding.weights}"
    return list(lines.values())


def unknown_lines(plan: Plan) -> list[str]:
    """Return a line for each reducer whose limit only an embedding can decide.

    It depends on the number of features, which is known once the embedding is made;
    the stage asks it again then.
    """
    found: dict[str, list[str]] = {}
    for node in plan.graph:
        subject = node.subject
        if node.stage != REDUCE or not isinstance(subject, Reduction):
            continue
        embedding, reducer = subject.embedding, subject.reducer
        is_known = embedding.dim is not None or not node.needs
        # a limit that one feature is below is one of features
        least = Size(len(embedding.source.listing), 1)
        if not is_known and reducers.METHODS[reducer.kind].limit(least, reducer.params):
            found.setdefault(reducer.name, []).append(embedding.title)
    return [
        f"{name} may be impossible for {titles[0]}"
        + (f" and {len(titles) - 1} more" if len(titles) > 1 else "")
        + ": the features are counted when they are made"
        for name, titles in found.items()
    ]


def _weights_faults(
    encoder: Encoder, given: Path | None, offline: bool
) -> Iterator[str]:
    loader, base = encoder.loader, encoder.source.parent
    spec = encoders.LOADERS[loader["kind"]]
    if spec.weights is None:
        return
    where = f"{encoder.source}: encoder.{encoder.name}"
    if given is not None or loader["path"] is not None:
        # looked at by hand: the libraries of the networks take seconds to import
        path = given or resolve(loader["path"], base)
        if not path.is_file():
            yield f"{where}: {path}" + (
                f": {encoders.not_there(path).what}" if path.is_dir() else ""
            )
    elif offline:
        status = spec.weights(loader, base, None)
        if status is not None and not status.found:
            size = f" ({status.bytes / 2**20:.0f} MiB)" if status.bytes else ""
            yield f"{where}: {status.path}{size}, published at {status.url}"
