"""What a kind of dataset is, also one that another package offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from zsc_wh import plugins
from zsc_wh.datasets.images import Images
from zsc_wh.datasets.listing import Level, Listing
from zsc_wh.errors import ConfigError, DataError, ZscError
from zsc_wh.fields import Field
from zsc_wh.words import counted, error_line, is_key

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from zsc_wh.datasets.digests import Digests

_Sha256s = tuple[str | None, ...]


@dataclass(frozen=True)
class LoaderSpec:
    """One kind of dataset loader.

    Parameters
    ----------
    doc : str
        One line for people.
    fields : mapping of str to Field
        Its parameters, besides `kind`.
    listing : callable
        From complete parameters, the folder where relative paths start and `Digests`
        to the `Listing` of the whole dataset, without the digests of its samples.
    digests : callable
        From parameters, folder, the listing, of a subset too, `Digests` and a title to
        the sha256 of the bytes of every sample.
    images : callable or None
        From parameters, folder and the listing, of a subset too, to the `Images`; None
        where samples are known only through stored features.
    places : callable or None
        From parameters and folder to the paths where it is looked for; None where
        `path` says it.
    """

    doc: str
    fields: Mapping[str, Field]
    listing: Callable[[Mapping[str, Any], Path, Digests], Listing]
    digests: Callable[[Mapping[str, Any], Path, Listing, Digests, str], _Sha256s]
    images: Callable[[Mapping[str, Any], Path, Listing], Images] | None
    places: Callable[[Mapping[str, Any], Path], list[Path]] | None = None

    @property
    def has_images(self) -> bool:
        """Whether an encoder can be run on such a dataset."""
        return self.images is not None


class Kinds(Mapping[str, LoaderSpec]):
    """Kinds of datasets by name: our own, and those of entry points.

    A kind of another package is imported when it is asked for, and checked: what it
    raises or returns is told in the words that the kinds of our own have.

    Parameters
    ----------
    own : mapping of str to LoaderSpec
        Kinds of this package; no entry point takes the name of one.
    """

    def __init__(self, own: Mapping[str, LoaderSpec]) -> None:
        self._own = own
        self._found: dict[str, LoaderSpec] = {}

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from (n for n in plugins.installed("dataset") if n not in self._own)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in plugins.installed("dataset")

    def __getitem__(self, name: str) -> LoaderSpec:
        if name in self._own:
            return self._own[name]
        if name not in self._found:
            if name not in self:
                raise KeyError(name)
            self._found[name] = _guarded(name, plugins.find(name, "dataset"))
        return self._found[name]


def _guarded(name: str, spec: Any) -> LoaderSpec:
    """Return a kind of another package with what it does checked."""
    if (
        not isinstance(spec, LoaderSpec)
        or not all(isinstance(field, Field) for field in spec.fields.values())
        or "kind" in spec.fields
    ):
        raise ConfigError(
            what=f"the kind of dataset '{name}' is not a LoaderSpec with fields that "
            "are Field, none of them called kind",
            where=_where(name),
            hint="Let the entry point name a zsc_wh.datasets.LoaderSpec.",
        )
    images = None if spec.images is None else partial(_images, name, spec.images)
    return LoaderSpec(
        spec.doc,
        spec.fields,
        partial(_listing, name, spec.listing),
        partial(_digests, name, spec.digests),
        images,
    )


def _listing(
    name: str,
    listing: Callable[..., Any],
    params: Mapping[str, Any],
    base: Path,
    known: Digests,
) -> Listing:
    with _faults(name, "list a dataset"):
        found = listing(params, base, known)
    fault = _listing_fault(found)
    if fault:
        raise _broken(name, f"listed a dataset in which {fault}")
    sound: Listing = found
    return sound


def _listing_fault(found: Any) -> str | None:
    """Say what is wrong with a listing that is not ours."""
    if not isinstance(found, Listing):
        return f"there is a {type(found).__name__}, not a Listing"
    n = len(found.sample_ids)
    if not n:
        return "there is no sample"
    if not all(isinstance(i, str) for i in found.sample_ids):
        return "a sample id is not a string"
    if len(set(found.sample_ids)) < n:
        return "a sample id occurs twice"
    if len(found.sizes) != n:
        return f"{counted(len(found.sizes), 'size')} for {counted(n, 'sample')}"
    for level in found.levels:
        fault = _level_fault(level, n)
        if fault:
            return f"the level '{level.name}' {fault}"
    if found.levels and sum(level.is_target for level in found.levels) != 1:
        return "not exactly one level is the target"
    return None


def _level_fault(level: Level, n: int) -> str | None:
    if len(level.class_index) != n:
        return (
            f"has {counted(len(level.class_index), 'label')} for {counted(n, 'sample')}"
        )
    n_classes = len(level.class_names)
    if any(i is not None and not 0 <= i < n_classes for i in level.class_index):
        return f"has a label outside of its {counted(n_classes, 'class', 'classes')}"
    return None if level.counts else "has no label"


def _digests(
    name: str,
    digests: Callable[..., Any],
    params: Mapping[str, Any],
    base: Path,
    listing: Listing,
    known: Digests,
    title: str,
) -> _Sha256s:
    with _faults(name, "digest samples"):
        found = tuple(digests(params, base, listing, known, title))
    if len(found) != len(listing):
        gave = counted(len(found), "digest")
        raise _broken(name, f"gave {gave} for {counted(len(listing), 'sample')}")
    if not all(
        each is None or (isinstance(each, str) and is_key(each)) for each in found
    ):
        raise _broken(name, "gave a digest that is not 64 hexadecimal digits")
    return found


def _images(
    name: str,
    images: Callable[..., Any],
    params: Mapping[str, Any],
    base: Path,
    listing: Listing,
) -> Images:
    with _faults(name, "open the images"):
        found = images(params, base, listing)
    if not isinstance(found, Images) or len(found) != len(listing):
        raise _broken(name, f"did not open Images of {counted(len(listing), 'sample')}")
    return GuardedImages(name, found)


class GuardedImages(Images):
    """Images of a kind of another package; what it raises becomes our error."""

    def __init__(self, name: str, images: Images) -> None:
        self._name = name
        self._images = images

    def __len__(self) -> int:
        return len(self._images)

    def read(self, index: int) -> Image.Image:
        """Return an image, of mode L or RGB."""
        with _faults(self._name, f"read sample {index}"):
            image = self._images.read(index)
        if getattr(image, "mode", None) not in ("L", "RGB"):
            raise _broken(self._name, "read an image that is neither L nor RGB")
        return image

    def where(self, index: int) -> str:
        """Return the file or name of an image."""
        return self._images.where(index)

    def typical_side(self) -> int:
        """Return the median of the shorter sides."""
        with _faults(self._name, "look at the sides of the images"):
            return self._images.typical_side()


@contextmanager
def _faults(name: str, task: str) -> Iterator[None]:
    """Turn what foreign code raises into a `DataError`; ours passes through."""
    try:
        yield
    except ZscError:
        raise
    except Exception as error:  # foreign code raises anything
        raise DataError(
            what=f"the kind of dataset '{name}' failed to {task} ({error_line(error)})",
            where=_where(name),
            hint="Correct the declaration, or tell the authors of that package.",
        ) from error


def _broken(name: str, what: str) -> DataError:
    return DataError(
        what=f"the kind of dataset '{name}' {what}",
        where=_where(name),
        hint="Tell the authors of the package that offers it.",
    )


def _where(name: str) -> str:
    return f"entry point {name} in {plugins.GROUPS['dataset']}"
