"""What encoders and datasets name: others that they are made of, or probed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh import encoders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zsc_wh.declare.found import Found
    from zsc_wh.declare.place import Place


def parts_of(loader: Mapping[str, Any]) -> Sequence[str]:
    """Return the names of the encoders that a sound loader puts together."""
    parts = encoders.LOADERS[loader["kind"]].parts
    return () if parts is None else parts(loader)


def part_faults(
    place: Place,
    given: Mapping[str, Any],  # noqa: ARG001 - read already, and checked
    found: Found,
) -> Iterator[tuple[Place, str | None]]:
    """Yield where an encoder is named that cannot be a part, and the fault.

    The fault is None where the part has one of its own, which was noted.
    """
    sound = found.sound["encoder"]
    whole = sound.get(str(place.keys[-1]))
    where = place / "loader" / "encoders"
    for name in () if whole is None else parts_of(whole.loader):
        if name not in sound:
            yield where, found.missing("encoder", name)
        elif parts_of(sound[name].loader):
            yield where, f"'{name}' is of this kind too; name its encoders instead"


def train_set_faults(
    place: Place, given: Mapping[str, Any], found: Found
) -> Iterator[tuple[Place, str | None]]:
    """Yield where a train set is named that cannot be one, and the fault.

    The fault is None where the train set has one of its own, which was noted.
    """
    train = given.get("train")
    if train == place.keys[-1]:
        fault = "a dataset cannot supply its own references; name another"
        yield place / "train", fault
    elif isinstance(train, str) and train not in found.sound["dataset"]:
        yield place / "train", found.missing("dataset", train)
