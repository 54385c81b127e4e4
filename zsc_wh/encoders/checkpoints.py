"""Read a checkpoint of one's own, and fit it to a network.

A checkpoint is a file of tensors by name, or of dictionaries of which one holds them.
Training wraps networks, saves more than weights and puts heads of its own on top; so
which dictionary counts and which prefix the names have can be declared, and the head is
ignored. Everything else has to fit, and what does not is listed.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from zsc_wh.encoders.saved import open_saved
from zsc_wh.errors import DataError
from zsc_wh.fields import nearest
from zsc_wh.words import printable, some

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import torch
    from torch import nn

State = dict[str, "torch.Tensor"]
"""Weights by name."""

WRAPPERS = ("module.", "_orig_mod.")
"""Prefixes that torch puts before all names of a network that it distributes or
compiles."""

_VERSIONS = "_metadata"
"""Where ``network.state_dict()`` says of which version each layer is: networks rename
and convert weights of old ones."""


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
    state = _tensors(_entry(open_saved(path), entry, path), path, entry)
    if strip is not None:
        if not any(name.startswith(strip) for name in state):
            raise DataError(
                what=f"no name in the file begins with strip = '{strip}'",
                where=str(path),
                hint=f"It holds {some(state)}.",
            )
        return _stripped(state, strip)
    for wrapper in WRAPPERS:
        if all(name.startswith(wrapper) for name in state):
            state = _stripped(state, wrapper)
    return state


def _stripped(state: State, prefix: str) -> State:
    """Return the weights under a prefix, without it."""
    kept = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
    versions = {
        f"{place}.".removeprefix(prefix).removesuffix("."): each
        for place, each in getattr(state, _VERSIONS, {}).items()
        if f"{place}.".startswith(prefix)
    }
    return _versioned(kept, versions)


def same_versions(state: State, whole: State) -> State:
    """Return some of the weights of a file with the versions that it tells."""
    return _versioned(state, getattr(whole, _VERSIONS, None))


def _versioned(state: State, versions: object) -> State:
    """Return weights with the versions of the layers that they are of."""
    made = OrderedDict(state)
    if versions:
        setattr(made, _VERSIONS, versions)
    return made


def fit(
    network: nn.Module,
    state: State,
    heads: Sequence[str],
    missing: Callable[[str], bool] = lambda _: False,
) -> list[str]:
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
    missing : callable
        Whether a weight may be missing, which then stays as the network was made.

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
    same = same_versions(
        {k: v for k, v in state.items() if k not in own or v.shape == own[k].shape},
        state,
    )
    try:
        found = network.load_state_dict(same, strict=False)
    except ValueError:  # of MNASNet, which had another stem once
        return [
            "the network has to know of which version its weights are, which "
            "torch.save(network.state_dict(), NEW) keeps"
        ]
    except RuntimeError:  # of weights that the network renames as it loads them
        network.load_state_dict(before)
        return ["weights with names of an older version have another shape"]
    wrong = {line.split(" ", 1)[0] for line in shapes}
    absent = [
        name for name in found.missing_keys if name not in wrong and not missing(name)
    ]
    surplus = [name for name in found.unexpected_keys if not is_below(name, heads)]
    faults = []
    if absent:
        faults.append(f"{len(absent)} weights are not in the file: {some(absent)}")
    if surplus:
        faults.append(f"{len(surplus)} in the file are unknown: {some(surplus)}")
    prefix = _prefix(absent, surplus)
    if prefix is not None:
        faults.append(f'with strip = "{printable(prefix)}" more names would fit')
    if shapes:
        faults.append(f"{len(shapes)} of another shape: {some(shapes)}")
    if faults:
        network.load_state_dict(before)
    return faults


def _prefix(missing: Sequence[str], surplus: Sequence[str]) -> str | None:
    """Return the prefix under which most of the missing weights are in the file."""
    wanted = set(missing)
    prefixes = Counter(
        name[: at + 1]
        for name in surplus
        for at, char in enumerate(name)
        if char == "." and name[at + 1 :] in wanted
    )
    best = max(prefixes, key=lambda prefix: prefixes[prefix], default=None)
    return best if best is not None and 2 * prefixes[best] > len(wanted) else None


def unfit(path: Path, name: str, faults: Sequence[str]) -> DataError:
    """Say what does not fit between a file and an architecture."""
    return DataError(
        what=f"the weights do not fit {name}: {'; '.join(faults)}",
        where=str(path),
        hint="Declare `strip` for a prefix that all names have, `entry` for the "
        "dictionary that holds them, `options` or another `name` for the architecture.",
    )


def is_below(name: str, places: Sequence[str]) -> bool:
    """Whether a weight belongs to a part of a network at one of these places."""
    return any(name == place or name.startswith(f"{place}.") for place in places)


def _shape(tensor: torch.Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "a number"


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
                hint=f"It has {some(names)}.",
            )
        content = inner
    return content


def _only(content: object, path: Path) -> object:
    """Return the one dictionary of weights; a few tensors may lie beside it."""
    n_loose = _count(content)
    inner = content if isinstance(content, Mapping) else {}
    found = {n: each for n, each in inner.items() if _count(each) > n_loose}
    if len(found) > 1:
        names = list(map(str, found))
        raise DataError(
            what=f"the file holds several dictionaries of weights: {some(names)}",
            where=str(path),
            hint=f'Say which with `entry`, such as entry = "{printable(names[0])}".',
        )
    return next(iter(found.values()), content)


def _dictionaries(content: object) -> list[str]:
    if not isinstance(content, Mapping):
        return []
    return [str(name) for name, each in content.items() if isinstance(each, Mapping)]


def _count(content: object) -> int:
    """Return how many tensors a dictionary has, those of inner ones left out."""
    import torch

    values = content.values() if isinstance(content, Mapping) else ()
    return sum(isinstance(each, torch.Tensor) for each in values)


def _tensors(content: object, path: Path, entry: str | None) -> State:
    """Return the tensors of a dictionary; whatever else training saved is left out."""
    import torch

    place = f"the entry '{entry}'" if entry else "the file"
    if not isinstance(content, Mapping):
        raise DataError(
            what=f"{place} holds a {type(content).__name__}, not weights by name",
            where=str(path),
            hint="Save them with torch.save(network.state_dict(), NEW).",
        )
    tensors = {
        name: each
        for name, each in content.items()
        if isinstance(name, str) and isinstance(each, torch.Tensor)
    }
    state = _versioned(tensors, getattr(content, _VERSIONS, None))
    if not state:
        raise DataError(
            what=f"{place} holds no weights by name",
            where=str(path),
            hint=f"It holds {some(map(str, content))}; name the dictionary that has "
            "them with `entry`.",
        )
    strange = [
        f"{name} is {form}" for name, each in state.items() if (form := _form(each))
    ]
    if strange:
        raise DataError(
            what=f"{place} holds {len(strange)} weights that are not plain floating "
            f"point numbers: {some(strange)}",
            where=str(path),
            hint="Save those from before the network was compressed.",
        )
    return state


def _form(tensor: torch.Tensor) -> str | None:
    """Name what keeps a tensor from being copied into a network as it stands.

    Positions and counts are whole numbers of 64 bits; torch would copy other ones, and
    the real part of complex ones, as if they were weights.
    """
    import torch

    if tensor.is_meta:
        return "without values"
    if tensor.is_quantized:
        return "quantised"
    if tensor.layout is not torch.strided:
        return "sparse"
    is_plain = tensor.is_floating_point() and tensor.element_size() > 1
    if is_plain or tensor.ndim == 0 or tensor.dtype in (torch.int64, torch.bool):
        return None
    return str(tensor.dtype).removeprefix("torch.")
