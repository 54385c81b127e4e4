"""Encoder ``concat``: embeddings of other encoders side by side, each z-scored.

The work is done in `zsc_wh.work.concat`, which reads the embeddings from the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = "folder"

FIELDS: Mapping[str, Field] = {
    "encoders": Field(
        list,
        doc="names of encoders, none of this kind; their features stand side by side "
        "in this order, each z-scored: one that is the same for all samples is 0",
    ),
    "within": Field(
        str,
        default=None,
        choices=(FOLDER,),
        doc="folder: z-score the samples of each folder of the dataset on their own, "
        "as the partitions of BIOSCAN-5M; unset: all samples together",
    ),
}


def check(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the list of encoders."""
    names = params["encoders"]
    if not names:
        yield "encoders", "is empty: name one or more encoders"
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield "encoders", f"names '{name}' twice"
