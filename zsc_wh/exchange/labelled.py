"""What files, warehouse and catalog say of datasets: how many samples, which labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.errors import DataError
from zsc_wh.exchange.present import is_imported

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zsc_wh.declare import Catalog, Dataset
    from zsc_wh.exchange.present import Present
    from zsc_wh.exchange.runs import TrackedRun

Row = dict[str, Any]

DEFAULT = "class"
"""Name of the label level where nothing names one."""


class Labelled:
    """A dataset that runs are on.

    Parameters
    ----------
    name : str
        Its name.
    stored : mapping or None
        Its newest declaration in the warehouse; see `Present`.
    entry : Dataset or None
        Its entry in the catalog: published, so only where nothing else is known.

    Attributes
    ----------
    n_samples : int or None
        None where nothing says it.
    said : dict
        Other facts.
    levels : dict of str to dict
        ``n_classes`` and ``imbalance`` by level, coarsest first once `finish` was
        called; of a dataset whose images the warehouse knows also ``label_key`` and
        ``is_target``.
    """

    def __init__(
        self, name: str, stored: Mapping[str, Any] | None, entry: Dataset | None
    ) -> None:
        self.name = name
        self.said: Row = {}
        self.levels: dict[str, Row] = {}
        self.n_samples: int | None = None
        self._from: dict[str | None, str] = {}
        self._entry = entry
        self._is_seen = stored is not None and not is_imported("dataset", stored)
        known = (stored or {}).get("levels") or []
        self._target = next((row["level"] for row in known if row["is_target"]), None)
        if stored:
            self.n_samples = stored["n_samples"]
            self.levels = {row["level"]: dict(row) for row in known}

    def level(self, named: str | None) -> str:
        """Return the level that a run means."""
        return named or self._target or DEFAULT

    @property
    def target(self) -> str | None:
        """The level that clusterings are judged by: the finest; None without labels."""
        if self._is_seen:
            return self._target
        return max(
            self.levels,
            key=lambda level: (self.levels[level]["n_classes"], level),
            default=None,
        )

    def add(self, run: TrackedRun) -> None:
        """Take in what a run says.

        Raises
        ------
        DataError
            When it contradicts a run before, or the warehouse.
        """
        facts = dict(run.names["dataset"].said)
        size = facts.pop("n_samples", None)
        self.said |= facts
        if size is not None:
            self.n_samples = self._agreed(None, "n_samples", self.n_samples, size, run)
        for named, of_level in run.levels.items():
            level = self.level(named)
            if self._is_seen and level not in self.levels:
                continue  # labels of images that were seen are not for an import to add
            known = self.levels.get(level, {})
            n_classes = of_level.get("n_classes")
            if n_classes is not None:
                size = known.get("n_classes")
                size = self._agreed(level, "n_classes", size, n_classes, run)
                self.levels[level] = {**known, **of_level, "n_classes": size}

    def finish(self) -> None:
        """Fill what nothing says from the catalog.

        Raises
        ------
        DataError
            When nothing says how many samples there are.
        """
        published = self._entry.expected if self._entry else {}
        self.n_samples = self.n_samples or published.get("n")
        if self.n_samples is None:
            raise DataError(
                what=f"nothing says how many samples the dataset '{self.name}' has",
                hint="Give the column dataset_n_samples in the mapping.",
            )
        for row in self.levels.values():
            is_published = row["n_classes"] == published.get("classes")
            if row.get("imbalance") is None and is_published:
                row["imbalance"] = published.get("imbalance")
        ordered = sorted(
            self.levels, key=lambda level: (self.levels[level]["n_classes"], level)
        )
        self.levels = {level: self.levels[level] for level in ordered}
        if self._entry:
            about = ("title", "doc", "domain_group", "licence")
            self.said = {key: getattr(self._entry, key) for key in about} | self.said

    def _agreed(
        self,
        level: str | None,
        fact: str,
        known: int | None,
        said: int,
        run: TrackedRun,
    ) -> int:
        if known is None:
            self._from[level] = f"line {run.place.number}"
        elif known != said:
            place = self._from.get(level, "the warehouse")
            of = f" at the level '{level}'" if level not in (None, DEFAULT) else ""
            raise DataError(
                what=f"the dataset '{self.name}' has {fact} = {said}{of} in line "
                f"{run.place.number} and {known} in {place}",
                where=str(run.place.file),
                hint="Other data needs another name.",
            )
        return said


def labelled(
    runs: Iterable[TrackedRun], catalog: Catalog, present: Present
) -> dict[str, Labelled]:
    """Return what is known of each dataset that runs are on, by name.

    Raises
    ------
    DataError
        As `Labelled.add` and `Labelled.finish`.
    """
    found: dict[str, Labelled] = {}
    for run in runs:
        name = run.names["dataset"].text
        if name not in found:
            stored = present.stored("dataset", name)
            found[name] = Labelled(name, stored, catalog.datasets.get(name))
        found[name].add(run)
    for each in found.values():
        each.finish()
    return found
