"""Where the library datasets keeps a dataset, and what it notes of its columns.

Both folders are read without that library: what ``save_to_disk`` writes, and what
``load_dataset`` prepares in the cache. No code of a hub is run.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import AbsentError, ConfigError, DataError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

_INFO, _STATE, _DICT = "dataset_info.json", "state.json", "dataset_dict.json"
_PREPARED = re.compile(r".+?-(?P<split>\w+(\.\w+)*)(-\d{5}-of-\d{5})?\.arrow")


@dataclass(frozen=True)
class Saved:
    """One split of a dataset.

    Parameters
    ----------
    folder : Path
        Where its files lie.
    files : tuple of str
        Their names, in the order of the samples.
    features : mapping
        What is noted of each column, by name.
    n : int or None
        Number of samples, None where it is not noted.
    """

    folder: Path
    files: tuple[str, ...]
    features: Mapping[str, Any]
    n: int | None


def cache_folder() -> Path:
    """Return the cache of the library datasets, as its variables say."""
    home = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("HF_HOME", f"{home}/huggingface")
    return Path(os.environ.get("HF_DATASETS_CACHE", f"{home}/datasets")).expanduser()


def in_cache(name: str, config: str | None) -> Path:
    """Return the folder of a dataset that ``load_dataset`` prepared.

    Parameters
    ----------
    name : str
        Such as ``ylecun/mnist``.
    config : str or None
        Its configuration; needed where several are here.

    Raises
    ------
    ConfigError
        When several configurations or versions are here.
    DataError
        When none is.
    """
    root = cache_folder()
    there = [each for each in _folders(root) if _spelt(each.name) == _spelt(name)]
    found = sorted(
        file.parent for each in there for file in each.glob(f"*/*/*/{_INFO}")
    )
    configs = list(dict.fromkeys(_config_of(each) for each in found))
    if config is not None:
        found = [each for each in found if _config_of(each) == config]
    if not found:
        known = [each.name.replace("___", "/") for each in _folders(root)]
        what = f"the dataset '{name}' is not in the cache"
        if config is not None and configs:
            what = f"the dataset '{name}' has no configuration '{config}' in the cache"
            known = configs
        raise AbsentError(
            what=what + nearest(config if configs and config else name, known),
            where=str(root),
            hint="Load it once with datasets.load_dataset on a machine with a network, "
            "or save it with save_to_disk and name the folder with `path`.",
        )
    if len(found) > 1:
        is_open = config is None and len(configs) > 1
        several, key = ("configurations", "config") if is_open else ("versions", "path")
        named = configs if is_open else [str(each) for each in found]
        raise ConfigError(
            what=f"the cache holds several {several} of '{name}': {', '.join(named)}",
            where=str(root),
            hint=f"Say which with `{key}`.",
        )
    return found[0]


def _folders(root: Path) -> list[Path]:
    return [each for each in root.iterdir() if each.is_dir()] if root.is_dir() else []


def _config_of(folder: Path) -> str:
    return folder.parent.parent.name


def _spelt(name: str) -> str:
    """Return a name as it is compared: TinyImageNet is kept as tiny_image_net."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def find_split(folder: Path, split: str | None) -> Saved:
    """Return a split of the dataset in a folder.

    Parameters
    ----------
    folder : Path
        What ``save_to_disk`` wrote, or a folder of the cache.
    split : str or None
        Needed where there are several.

    Raises
    ------
    DataError
        When the folder holds no dataset or no such split, or a file is damaged.
    """
    if (folder / _DICT).is_file():
        splits = list(_json(folder / _DICT).get("splits", ()))
        return _saved(folder / _chosen(split, splits, folder))
    if (folder / _STATE).is_file():
        return _saved(folder, split)
    if (folder / _INFO).is_file():
        return _prepared(folder, split)
    if not folder.is_dir():
        raise AbsentError(
            what="there is no such folder",
            where=str(folder),
            hint="Set `path` to what save_to_disk wrote; a relative path starts at the "
            "folder of the declaring file.",
        )
    raise DataError(
        what=f"the folder holds no dataset: neither {_DICT} nor {_INFO}",
        where=str(folder),
        hint="Set `path` to what save_to_disk wrote, or name a dataset of the cache "
        "with `name`.",
    )


def _saved(folder: Path, split: str | None = None) -> Saved:
    """Return what ``save_to_disk`` wrote of one split."""
    state, info = _json(folder / _STATE), _json(folder / _INFO)
    if split is not None:
        known = state.get("_split")
        _chosen(split, [known] if known else [], folder)
    if state.get("_indices_data_files") or state.get("_indices_files"):
        raise DataError(
            what="its rows are chosen by a second file, as older versions of datasets "
            "saved a selection",
            where=str(folder),
            hint="Save it again: flatten_indices(), then save_to_disk.",
        )
    files = tuple(str(each["filename"]) for each in state.get("_data_files", ()))
    return Saved(folder, files, info.get("features") or {}, None)


def _prepared(folder: Path, split: str | None) -> Saved:
    """Return what ``load_dataset`` prepared of one split."""
    info = _json(folder / _INFO)
    splits = info.get("splits") or {}
    chosen = _chosen(split, list(splits), folder)
    files = tuple(
        sorted(
            each.name
            for each in folder.glob("*.arrow")
            if (match := _PREPARED.fullmatch(each.name)) and match["split"] == chosen
        )
    )
    n = splits[chosen].get("num_examples")
    return Saved(folder, files, info.get("features") or {}, n)


def _chosen(split: str | None, splits: list[str], folder: Path) -> str:
    if split is None and len(splits) == 1:
        return splits[0]
    if split in splits:
        return str(split)
    what = f"there is no split '{split}'" + nearest(str(split), splits)
    if split is None:
        what = f"there are {len(splits)} splits, and `split` does not say which"
    hint = f"It has {', '.join(splits)}." if splits else "Leave `split` out."
    raise DataError(what=what, where=str(folder), hint=hint)


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise DataError(
            what="the file is absent, damaged or cut off",
            where=str(file),
            hint="Save the dataset again.",
        )
    return content
