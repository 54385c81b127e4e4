"""Read a checkpoint of one's own, and fit it to a network.

A checkpoint is a file of tensors by name, or of dictionaries of which one holds them.
Training wraps networks, saves more than weights and puts heads of its own on top; so
which dictionary counts and which prefix the names have can be declared, and the head is
ignored. Everything else has to fit, and what does not is listed.
"""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Mapping
from pickle import UnpicklingError
from typing import TYPE_CHECKING

from zsc_wh.errors import DataError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import torch
    from torch import nn

State = dict[str, "torch.Tensor"]
"""Weights by name."""

WRAPPERS = ("module.", "_orig_mod.")
"""Prefixes that torch puts before all names of a network that it distributes or
compiles."""

_SHOWN = 4
_ZIP_MAGIC = b"PK\x03\x04"
_LFS = b"version https://git-lfs"


def read_state(path: Path, entry: str | None, strip: str | None) -> State:
    """Return the weights that a file holds.

    Parameters
    ----------
    path : Path
        Safetensors, or a file of ``torch.save``, which is read as weights only: no code
        in it is run.
    entry : str or None
        The dictionary that holds the weights, inner ones after a dot, such as
        ``state.model``; None for the file itself or the only dictionary of tensors in
        it.
    strip : str or None
        Prefix of the names that count, which is dropped; None drops `WRAPPERS` where
        all names have one.

    Raises
    ------
    DataError
        When the file is damaged or holds more than weights, or has no such entry or
        prefix. It says what the file holds.
    """
    state = _tensors(_entry(_read(path), entry, path), path, entry)
    if strip is not None:
        kept = {
            k.removeprefix(strip): v for k, v in state.items() if k.startswith(strip)
        }
        if not kept:
            raise DataError(
                what=f"no name in the file begins with strip = '{strip}'",
                where=str(path),
                mend=f"It holds {some(state)}.",
            )
        return kept
    for wrapper in WRAPPERS:
        if all(name.startswith(wrapper) for name in state):
            state = {name.removeprefix(wrapper): each for name, each in state.items()}
    return state


def fit(network: nn.Module, state: State, heads: Sequence[str]) -> list[str]:
    """Load weights into a network, but for a head that it does not have.

    Parameters
    ----------
    network : torch.nn.Module
        Left as it is when something does not fit.
    state : dict of str to Tensor
        Weights by name, renamed as the network does when it loads.
    heads : sequence of str
        Places of the head: names at or below one are ignored where the network does
        not have them.

    Returns
    -------
    list of str
        What does not fit, as sentences; empty when all is loaded.
    """
    own = network.state_dict()
    shapes = [
        f"{name} is {_shape(each)} and should be {_shape(own[name])}"
        for name, each in state.items()
        if name in own and each.shape != own[name].shape
    ]
    before = {name: each.clone() for name, each in own.items()}
    same = {k: v for k, v in state.items() if k not in own or v.shape == own[k].shape}
    found = network.load_state_dict(same, strict=False)
    wrong = {line.split(" ", 1)[0] for line in shapes}
    missing = [name for name in found.missing_keys if name not in wrong]
    surplus = [name for name in found.unexpected_keys if not is_below(name, heads)]
    faults = []
    if missing:
        faults.append(f"{len(missing)} weights are not in the file: {some(missing)}")
    if surplus:
        faults.append(f"{len(surplus)} in the file are unknown: {some(surplus)}")
    if shapes:
        faults.append(f"{len(shapes)} have another shape: {some(shapes)}")
    if faults:
        network.load_state_dict(before)
    return faults


def unfit(path: Path, name: str, faults: Sequence[str]) -> DataError:
    """Say what does not fit between a file and an architecture."""
    return DataError(
        what=f"the weights do not fit {name}: {'; '.join(faults)}",
        where=str(path),
        mend="Declare `strip` for a prefix that all names have, `entry` for the "
        "dictionary that holds them, `options` or another `name` for the architecture.",
    )


def some(names: Iterable[str]) -> str:
    """Return the first of some names from a file, and how many more there are."""
    known = list(names)
    shown = ", ".join(printable(name) for name in known[:_SHOWN])
    more = len(known) - _SHOWN
    return shown + (f" and {more} more" if more > 0 else "") if known else "nothing"


def printable(text: str) -> str:
    """Return a text from a file without what a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in text)


def is_below(name: str, places: Sequence[str]) -> bool:
    """Whether a weight belongs to a part of a network at one of these places."""
    return any(name == place or name.startswith(f"{place}.") for place in places)


def _shape(tensor: torch.Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "a number"


def _read(path: Path) -> object:
    """Return what a file holds."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        # what training scripts save beside the weights, and which holds no code
        with torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise DataError(
            what=f"the file cannot be read ({error.strerror})",
            where=str(path),
            mend="Check the file and its permissions.",
        ) from error
    except (RuntimeError, EOFError, ValueError, LookupError, AttributeError) as error:
        raise _unreadable(path) from error
    except (UnpicklingError, TypeError, SafetensorError, MemoryError) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> DataError:
    """Say what a file is that torch and safetensors cannot read."""
    with path.open("rb") as file:
        head = file.read(len(_LFS))
    where = str(path)
    if head == _LFS:
        return DataError(
            what="this is a pointer of Git LFS, not the weights",
            where=where,
            mend="Fetch them with `git lfs pull`.",
        )
    if path.suffix == ".safetensors":
        return DataError(
            what="this is not a sound file of safetensors",
            where=where,
            mend="Download or copy it again; a file of torch.save is named .pth.",
        )
    if head.startswith(_ZIP_MAGIC) and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        if any(name.endswith("/constants.pkl") for name in names):
            return DataError(
                what="this is a TorchScript archive, a program with its weights",
                where=where,
                mend="Save its weights alone: torch.save(torch.jit.load(FILE)"
                ".state_dict(), NEW).",
            )
        return DataError(
            what="the file holds more than weights: objects that only code can load, "
            "and none is run",
            where=where,
            mend="Save its weights alone: torch.save(network.state_dict(), NEW).",
        )
    return DataError(
        what="this is not a file of weights that torch saved, or it is cut off, or it "
        "holds objects that only code can load",
        where=where,
        mend="Download or copy it again, or save the weights alone: "
        "torch.save(network.state_dict(), NEW).",
    )


def _entry(content: object, entry: str | None, path: Path) -> object:
    """Return the dictionary that is named, or the only one with tensors."""
    if entry is None:
        return _only(content, path)
    for name in entry.split("."):
        inner = content.get(name) if isinstance(content, Mapping) else None
        if not isinstance(inner, Mapping):
            names = _dictionaries(content)
            raise DataError(
                what=f"the file has no dictionary '{entry}'" + nearest(name, names),
                where=str(path),
                mend=f"It has {some(names)}.",
            )
        content = inner
    return content


def _only(content: object, path: Path) -> object:
    names = [name for name in _dictionaries(content) if _holds_tensors(content, name)]
    if not isinstance(content, Mapping) or _has_tensors(content) or not names:
        return content
    if len(names) > 1:
        raise DataError(
            what=f"the file holds several dictionaries of weights: {some(names)}",
            where=str(path),
            mend=f'Say which with `entry`, such as entry = "{printable(names[0])}".',
        )
    return content[names[0]]


def _dictionaries(content: object) -> list[str]:
    if not isinstance(content, Mapping):
        return []
    return [str(name) for name, each in content.items() if isinstance(each, Mapping)]


def _holds_tensors(content: object, name: str) -> bool:
    return isinstance(content, Mapping) and _has_tensors(content.get(name))


def _has_tensors(content: object) -> bool:
    import torch

    return isinstance(content, Mapping) and any(
        isinstance(each, torch.Tensor) for each in content.values()
    )


def _tensors(content: object, path: Path, entry: str | None) -> State:
    """Return the tensors of a dictionary; whatever else training saved is no weight."""
    import torch

    place = f"the entry '{entry}'" if entry else "the file"
    if not isinstance(content, Mapping):
        raise DataError(
            what=f"{place} holds a {type(content).__name__}, not weights by name",
            where=str(path),
            mend="Save them with torch.save(network.state_dict(), NEW).",
        )
    state = {
        name: each
        for name, each in content.items()
        if isinstance(name, str) and isinstance(each, torch.Tensor)
    }
    if not state:
        raise DataError(
            what=f"{place} holds no weights by name",
            where=str(path),
            mend=f"It holds {some(map(str, content))}; name the dictionary that has "
            "them with `entry`.",
        )
    return state
