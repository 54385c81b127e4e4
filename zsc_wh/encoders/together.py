"""Embed the samples of a dataset by several encoders in one pass over its images."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from zsc_wh.encoders.batches import Gathering, gather
from zsc_wh.encoders.loaders import LOADERS, LoaderSpec
from zsc_wh.encoders.network import ready_network
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.encoders.request import EmbedResult, Request


def embed_together(requests: Sequence[Request]) -> list[EmbedResult | Exception]:
    """Embed the same samples by each of these encoders; see `zsc_wh.encoders.embed`.

    Parameters
    ----------
    requests : sequence of Request
        All of one set of samples, with the same batch size, threads and progress.

    Returns
    -------
    list of (EmbedResult or Exception)
        For each request what it came to, with the same bits as alone. An encoder that
        fails costs the others nothing.
    """
    found: dict[int, EmbedResult | Exception] = {}
    gatherings: dict[int, Gathering] = {}
    for i, request in enumerate(requests):
        began = time.monotonic()
        try:
            spec = LOADERS[request.params["kind"]]
            if spec.read is not None:
                found[i] = spec.read(request)
            else:
                gatherings[i] = _begun(spec, request)
                gatherings[i].seconds = time.monotonic() - began
        except Exception as error:  # noqa: BLE001 - it costs this encoder alone
            found[i] = error
    if gatherings:
        first = requests[next(iter(gatherings))]
        try:
            gather(
                list(gatherings.values()),
                first.images,
                batch_size=first.batch_size,
                threads=first.threads,
                progress=first.progress,
            )
        except Exception as error:  # noqa: BLE001 - it costs all that read images
            for gathering in gatherings.values():
                gathering.error = gathering.error or error
        found |= {i: each.result() for i, each in gatherings.items()}
    return [found[i] for i in range(len(requests))]


def _begun(spec: LoaderSpec, request: Request) -> Gathering:
    """Build an encoder, and take up what its journal has."""
    images = request.images  # refused before anything is built
    prepared = replace(
        request,
        transform=spec.prepared(request.params, request.transform, request.base),
    )
    if spec.build is not None:
        network = spec.build(
            request.params,
            prepared.prepared.side,
            request.base,
            request.weights,
            offline=request.offline,
        )
        encoder = ready_network(prepared, network)
    elif spec.ready is not None:
        encoder = spec.ready(prepared)
    else:
        raise ConfigError(
            what=f"the encoder '{request.params['kind']}' makes no features of images"
        )
    journal = request.begin(encoder) if request.begin is not None else None
    return Gathering(encoder, images, request.samples.dataset, journal)
