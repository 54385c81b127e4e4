"""What an ingest needs of this machine, checked before any work; what stays unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh import encoders
from zsc_wh.errors import ConfigError
from zsc_wh.work import KINDS

if TYPE_CHECKING:
    from zsc_wh.engine.plan import Plan


def check_plan(plan: Plan, *, device: str = "auto", offline: bool = False) -> None:
    """Check that the works of a plan can be done here.

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
    works = list(plan.graph)
    faults = [
        fault
        for kind in KINDS
        for fault in kind.check(works, device=device, offline=offline)
    ]
    if faults:
        raise ConfigError(
            what="\n  ".join(["weights are missing", *faults]),
            mend="\nSave the files at these places, or correct the paths. Published "
            "weights may lie anywhere: name them in the grid, as in [weights] NAME = "
            f'"FILE", or put NAME.pth into a folder and set {encoders.VARIABLE} to it.',
        )


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
    """Return a line for each method whose limit only its input can decide.

    It depends on a size that is known once the input is made; the task asks it again
    then.
    """
    found: dict[str, list[str]] = {}
    for work in plan.graph:
        if work.impossible is None and work.may_be_impossible(plan.sizes):
            found.setdefault(work.name, []).append(work.needs()[0].title)
    return [
        f"{name} may be impossible for {titles[0]}"
        + (f" and {len(titles) - 1} more" if len(titles) > 1 else "")
        + ": the features are counted when they are made"
        for name, titles in found.items()
    ]
