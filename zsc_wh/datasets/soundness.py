"""Which classes have an image that can be decoded, found by decoding few of them.

K is the number of classes of the samples that can be read, and part of what a
clustering is known by, so it has to be known before anything is embedded.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from zsc_wh.datasets.decoding import quiet_pillow
from zsc_wh.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsc_wh.datasets.digests import Digests
    from zsc_wh.datasets.images import Images
    from zsc_wh.datasets.listing import Level, Listing


def unsound_classes(
    listing: Listing, level: Level, images: Callable[[], Images], digests: Digests
) -> frozenset[int]:
    """Return the classes of which no image can be decoded.

    Parameters
    ----------
    listing : Listing
        The samples, with digests.
    level : Level
        Their classes.
    images : callable
        Opens the images; called when one has to be decoded.
    digests : Digests
        Knows images that were decoded before.

    Returns
    -------
    frozenset of int
        Class indices. Empty where images cannot be decoded at all, since Pillow is not
        installed.

    Notes
    -----
    One image of a class that decodes is enough; all are tried only where none does.
    """
    if find_spec("PIL") is None:
        return frozenset()
    sound = digests.sound()
    members: dict[int, list[int]] = {}
    for position, index in enumerate(level.class_index):
        if index is not None and listing.digests[position] is not None:
            members.setdefault(index, []).append(position)
    open_once: list[Images] = []
    fresh: list[str] = []
    lost = set()
    with quiet_pillow():
        for index, positions in members.items():
            if any(listing.digests[position] in sound for position in positions):
                continue
            for position in positions:
                if not open_once:
                    open_once.append(images())
                try:
                    open_once[0].read(position)
                except UnreadableError:
                    continue
                fresh.append(listing.digests[position] or "")
                break
            else:
                lost.add(index)
    digests.keep_sound(fresh)
    return frozenset(lost)
