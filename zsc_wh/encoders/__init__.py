"""Encoders: what turns the samples of a dataset into features, by `kind` of loader.

Importing this imports neither torch nor timm; making an embedding does.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.encoders.cost import Part, embedding_cost
from zsc_wh.encoders.fitting import check_weights
from zsc_wh.encoders.hubs import is_kept
from zsc_wh.encoders.inputs import (
    absence,
    how_to_get,
    is_private,
    is_repository,
    is_unpinned,
    is_untrained,
    pinned,
    takes_file,
    unpinned_keys,
    weights_status,
)
from zsc_wh.encoders.loaders import LOADERS, LoaderSpec
from zsc_wh.encoders.network import find_device, require
from zsc_wh.encoders.request import (
    BATCH_SIZE,
    FLOAT32,
    PRECISIONS,
    Batch,
    EmbedResult,
    Journal,
    Ready,
    Request,
    Samples,
)
from zsc_wh.encoders.together import embed_together
from zsc_wh.encoders.weights import (
    VARIABLE,
    WeightsStatus,
    in_folders,
    not_there,
)
from zsc_wh.preprocessing import Transform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zsc_wh.datasets import Digests, Listing
    from zsc_wh.encoders.stored import Matched

__all__ = [
    "BATCH_SIZE",
    "FLOAT32",
    "LOADERS",
    "PRECISIONS",
    "VARIABLE",
    "Batch",
    "EmbedResult",
    "Journal",
    "LoaderSpec",
    "Part",
    "Ready",
    "Request",
    "Samples",
    "Transform",
    "WeightsStatus",
    "absence",
    "check_device",
    "check_weights",
    "embed",
    "embed_together",
    "embedding_cost",
    "expected_device",
    "how_to_get",
    "in_folders",
    "is_kept",
    "is_private",
    "is_repository",
    "is_unpinned",
    "is_untrained",
    "match_features",
    "not_there",
    "pinned",
    "takes_file",
    "unpinned_keys",
    "weights_status",
]


def embed(
    loader: Mapping[str, Any],
    transform: Transform | None,
    samples: Samples,
    *,
    base: Path,
    batch_size: int = BATCH_SIZE,
    device: str = "cpu",
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
    offline: bool = False,
    weights: Path | None = None,
    precision: str = FLOAT32,
) -> EmbedResult:
    """Embed the samples of a dataset.

    Parameters
    ----------
    loader : mapping
        Declared loader, checked and complete, with its `kind`.
    transform : Transform or None
        Preprocessing; None for stored features and for encoders that take images as
        they are.
    samples : Samples
        What to embed.
    base : Path
        Folder of the declaring file, where relative paths start.
    batch_size : int
        Images in one forward pass; part of what makes results repeatable.
    device : str
        auto, cpu, cuda, cuda:N or mps, for networks.
    threads : int
        Threads that decode images, and of the forward pass on the processor.
    progress : callable, optional
        Called with the number of samples done, unreadable ones included.
    offline : bool
        Whether weights that are not on this machine are an error rather than
        downloaded.
    weights : Path, optional
        File of the published weights on this machine.
    precision : str
        One of `PRECISIONS`, for networks.

    Returns
    -------
    EmbedResult
        Finite float32 features of the readable samples in sample order, bit-identical
        for the same input, versions, kind of machine, device and threads.

    Raises
    ------
    ConfigError
        When the declaration cannot be followed: no such architecture, size, device.
    DataError
        When no sample can be read, or weights or a stored array are missing or cannot
        be used; it names the file.
    NotApplicableError
        When the encoder needs images and the dataset has none.
    MissingExtraError
        When a package that it needs is not installed.
    ComputeError
        When features come out that are not finite.
    """
    request = Request(
        loader,
        transform,
        samples,
        base,
        batch_size,
        device,
        threads,
        progress,
        offline,
        weights,
        precision=precision,
    )
    (found,) = embed_together([request])
    if isinstance(found, Exception):
        raise found
    return found


def check_device(name: str) -> str:
    """Return the device that is meant, such as cuda:0 for auto; imports torch.

    Raises
    ------
    ConfigError
        When this machine has none such; names those that it has.
    MissingExtraError
        When torch is not installed.
    """
    require("torch")
    return str(find_device(name))


DRIVERS = (Path("/proc/driver/nvidia/version"), Path("/dev/kfd"))
"""What Linux shows where the driver of an NVIDIA or an AMD GPU is loaded."""


def expected_device(name: str) -> str:
    """Return the device that networks will run on; ``auto`` is looked up.

    Where no driver is loaded that is the processor, and torch is not imported.
    """
    if name != "auto":
        return name
    has_driver = any(path.exists() for path in DRIVERS)
    return check_device(name) if has_driver and find_spec("torch") else "cpu"


def match_features(
    loader: Mapping[str, Any],
    base: Path,
    dataset: str,
    listing: Listing,
    digests: Digests,
) -> Matched | None:
    """Match the rows of stored features with the samples of a dataset.

    Parameters
    ----------
    loader : mapping
        Declared loader, checked and complete, with its `kind`.
    base : Path
        Folder of the declaring file, where relative paths start.
    dataset : str
        Name of the dataset.
    listing : Listing
        Its samples.
    digests : Digests
        What is known of the content of files.

    Returns
    -------
    Matched or None
        None where features are computed.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    DataError
        When the file cannot be read, or its rows cannot be those of the samples.
    """
    spec = LOADERS[loader["kind"]]
    if spec.match is None:
        return None
    return spec.match(loader, base, dataset, listing, digests)
