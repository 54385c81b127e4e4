"""Read the predictions that a run stored: the cluster of every sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.errors import DataError
from zsc_wh.words import counted

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from zsc_wh.exchange.runs import TrackedRun

ARRAY = "y_pred"
"""The array that holds them, where a file has several."""


def read_assignment(
    run: TrackedRun, n_samples: int | None
) -> tuple[dict[str, Any], np.ndarray | None]:
    """Return the facts of a run, counts of clusters and noise filled in, and clusters.

    Returns
    -------
    dict, array or None
        The clusters are numbered from 0 without gaps, -1 is noise; None where the run
        names no file.

    Raises
    ------
    DataError
        When the file cannot be read, or does not fit the run or its dataset.
    """
    named = run.facts.get("assignment")
    facts = {key: fact for key, fact in run.facts.items() if key != "assignment"}
    if named is None:
        return facts, None
    import numpy as np

    clusters = _array(run.place.file.parent, named)
    if len(clusters) != n_samples:
        size = counted(len(clusters), "sample")
        raise DataError(what=f"{named} is of {size}, not of {n_samples}")
    if clusters.min(initial=0) < -1:
        raise DataError(what=f"{named} holds {clusters.min()}; noise is -1")
    found, numbered = np.unique(clusters, return_inverse=True)
    is_noisy = bool(found.size and found[0] == -1)
    counts = {
        "n_clusters": len(found) - is_noisy,
        "n_noise": int((clusters == -1).sum()),
    }
    for fact, count in counts.items():
        if facts.get(fact, count) != count:
            what = f"{named} has {fact} = {count}, and the line says {facts[fact]}"
            raise DataError(what=what)
    return facts | counts, (numbered - is_noisy).astype(np.int32)


def _array(folder: Path, named: str) -> np.ndarray:
    """Return the integers of a file below a folder; SQL can name nothing else."""
    import numpy as np

    from zsc_wh.datasets.sources import ArrayFile

    path = (folder / named).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise DataError(what=f"{named} is not below the folder of the file")
    try:
        file = ArrayFile(path)
        clusters = file.read(file.names[0] if len(file.names) == 1 else ARRAY)
    except DataError as error:
        raise DataError(what=f"{named}: {error.what}") from error
    if clusters.ndim != 1 or clusters.dtype.kind not in "iu":
        what = (
            f"{named} holds {clusters.dtype} of shape {clusters.shape}, not a list of "
        )
        raise DataError(what=what + "integers")
    return np.asarray(clusters, dtype=np.int64)
