"""What a made-up warehouse declares: names with what they mean, cells, and grids.

A thing is known by its `content`, by default its name: two names with one content are
one thing, and a name that is declared again with another content means something new.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from zsc_wh.identity import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

START = datetime(2024, 3, 1, 8, 0, tzinfo=UTC)
"""When everything in a made-up warehouse begins."""

Row = dict[str, Any]

KINDS = ("encoder", "dataset", "reducer", "clusterer")

BARE = key_of("labelling", levels=[])
"""Labelling of a dataset without labels."""

LOOSE = "loose"
"""Name of the grid of all cells that no other grid holds."""


def key(*parts: object) -> str:
    """Return a stable key of 64 hexadecimal digits."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


@dataclass(frozen=True)
class Meaning:
    """What a name means: its content, the key of that, and the version of the name."""

    content: str
    key: str
    meaning: str
    labelling: str = ""


class Cell(str):
    """The key of a cell that knows the names that it was declared under."""

    names: tuple[str, str, str, str]
    meanings: tuple[str, str, str, str]
    level: str
    label_key: str
    labelling: str


class Declared:
    """Rows by table. Things are named by their names; keys follow from the contents."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Row]] = defaultdict(dict)
        self._now: dict[str, dict[str, Meaning]] = {kind: {} for kind in KINDS}
        self._cells: dict[str, Cell] = {}

    def encoder(
        self,
        name: str,
        family: str = "ssl",
        *,
        backbone: str | None = None,
        fine_tuned: bool = False,
        content: str | None = None,
        day: int = 0,
        **changes: Any,
    ) -> None:
        """Declare an encoder, on a day counted from `START`."""
        named = {
            "backbone": backbone,
            "family": family,
            "objective": None,
            "pretrained_on": None,
            "fine_tuned": fine_tuned,
            "licence": None,
            "loader": "{}",
            "dataset": None,
        }
        facts = {"feature": "cls", "image_size": 224, "loader": '{"kind": "timm"}'}
        self._declare("encoder", name, content, day, facts, named | changes)

    def dataset(
        self,
        name: str,
        classes: Sequence[str | None] = (),
        *,
        n: int = 12,
        group: str | None = None,
        content: str | None = None,
        day: int = 0,
        **changes: Any,
    ) -> None:
        """Declare a dataset with the class of every sample, or `n` without labels."""
        n = len(classes) or n
        content = content or name
        labelling = key("labelling", content, *classes) if any(classes) else BARE
        digests = [key("image", content, index) for index in range(n)]
        facts = {
            "n_samples": n,
            "content_sha256": hashlib.sha256("\n".join(digests).encode()).hexdigest(),
            "sample_sha256": digests,
            "facts": "{}",
        }
        named = {
            "labelling_key": labelling,
            "listing_key": key("listing", content),
            "domain_group": group,
            "licence": None,
            "loader": "{}",
            "train": None,
            "subset": None,
            "ignored": None,
        }
        self._declare("dataset", name, content, day, facts, named | changes)
        self.rows["listing"][content] = {
            "listing_key": key("listing", content),
            "sample_ids": [f"image-{index:05}.png" for index in range(n)],
        }
        names = sorted({label for label in classes if label is not None})
        if names:
            self._level(name, "class", 0, is_target=True, n_classes=len(names))
            sizes = Counter(label for label in classes if label is not None).values()
            self.rows["label"][self._place(name, "class")] |= {
                "imbalance": max(sizes) / min(sizes),
                "class_names": names,
                "class_index": [
                    None if label is None else names.index(label) for label in classes
                ],
            }

    def level(self, dataset: str, name: str, depth: int, *, n_classes: int) -> None:
        """Declare one more label level of a dataset, which judges nothing."""
        self._level(dataset, name, depth, is_target=False, n_classes=n_classes)

    def reducer(
        self,
        name: str,
        *,
        params: Row | None = None,
        content: str | None = None,
        day: int = 0,
        **changes: Any,
    ) -> None:
        """Declare a reducer, whose kind is the beginning of its name."""
        facts = {"kind": name.split("-")[0], "params": json.dumps(params or {})}
        self._declare("reducer", name, content, day, facts, changes)

    def clusterer(
        self,
        name: str,
        slot: str | None = None,
        *,
        kind: str | None = None,
        params: Row | None = None,
        content: str | None = None,
        day: int = 0,
        **changes: Any,
    ) -> None:
        """Declare a clusterer; its slot and its kind are its name unless given."""
        named = {"k_source": "labels", "k": None, "slot": slot or name}
        facts = {
            "kind": kind or name,
            "params": json.dumps(params or {}),
            "standardise": "none",
            "dimension_correction": False,
        }
        self._declare("clusterer", name, content, day, facts, named | changes)

    def cell(
        self,
        encoder: str,
        dataset: str,
        reducer: str,
        clusterer: str,
        seed: int = 1,
        *,
        level: str | None = None,
        dtype: str = "float32",
    ) -> Cell:
        """Declare a cell as the names are meant now, and return its key.

        It is judged at the target level unless told; its K is the classes of the level.
        """
        names = (encoder, dataset, reducer, clusterer)
        now = [self._now[kind][name] for kind, name in zip(KINDS, names, strict=True)]
        labels = self._label_row(now[1].labelling, level)
        k = labels and self._label(str(labels["label_key"]))["n_classes"]
        contents = [meaning.content for meaning in now]
        cell = Cell(key("cell", *contents, seed, k, dtype))
        cell.names = names
        cell.meanings = (now[0].meaning, now[1].meaning, now[2].meaning, now[3].meaning)
        cell.level = labels["level"] if labels else ""
        cell.label_key = labels["label_key"] if labels else ""
        cell.labelling = now[1].labelling
        self._cells[cell] = cell
        self.rows["cell"][cell] = {
            "cell_key": cell,
            "encoder_key": now[0].key,
            "dataset_key": now[1].key,
            "subset": "all",
            "embedding_key": key("embedding", *contents[:2]),
            "reducer_key": now[2].key,
            "reduction_key": key("reduction", *contents[:3], seed),
            "clusterer_key": now[3].key,
            "k": k,
            "seed": seed,
            "dtype": dtype,
        }
        return cell

    def grid(
        self, name: str, cells: Iterable[str], *, day: int = 0, toml: str = ""
    ) -> str:
        """Declare a grid, on a day counted from `START`."""
        grid_key = key("grid", name, day)
        self.rows["grid"][grid_key] = {
            "grid_key": grid_key,
            "name": name,
            "toml": toml or f"name = '{name}'\n",
            "source": "grid.toml",
            "declared_at": START + timedelta(days=day),
        }
        for cell_key in cells:
            cell = cell_key if isinstance(cell_key, Cell) else self._cells[cell_key]
            place = "|".join((grid_key, cell, *cell.names, cell.level))
            self.rows["grid_cell"][place] = {
                "grid_key": grid_key,
                "cell_key": cell,
                **dict(zip(KINDS, cell.names, strict=True)),
                "level": cell.level,
            }
            used = zip(KINDS, cell.names, cell.meanings, strict=True)
            for kind, thing, meaning in used:
                per = cell.names[1] if kind == "encoder" else ""
                self._grid_name(grid_key, kind, thing, meaning, per)
            train = self._meant(cell.names[1], cell.meanings[1])["train"]
            if train in self._now["dataset"]:
                meaning = self._now["dataset"][train].meaning
                self._grid_name(grid_key, "dataset", train, meaning)
        return grid_key

    def fill(self, connection: Any) -> None:
        """Write all rows through an open connection; loose cells get a grid."""
        held = {row["cell_key"] for row in self.rows["grid_cell"].values()}
        loose = [cell for cell in self.rows["cell"] if cell not in held]
        if loose:
            self.grid(LOOSE, loose)
        for table, rows in self.rows.items():
            first = next(iter(rows.values()), None)
            if first is None:
                continue
            names = ", ".join(first)
            marks = ", ".join("?" for _ in first)
            connection.executemany(
                f"insert into {table} ({names}) values ({marks})",
                [list(row.values()) for row in rows.values()],
            )

    def _declare(
        self,
        kind: str,
        name: str,
        content: str | None,
        day: int,
        facts: Row,
        named: Row,
    ) -> None:
        """Note what a name means from this day on."""
        content = content or name
        of_kind = key(kind, content)
        labelling = named.get("labelling_key", "")
        meant = [named.get(fact) for fact in ("dataset", "k_source", "k")]
        meaning = key("meaning", of_kind, labelling, *meant)
        self._now[kind][name] = Meaning(content, of_kind, meaning, labelling)
        self.rows[kind][content] = {f"{kind}_key": of_kind, **facts}
        self.rows[f"{kind}_name"][f"{name}@{day}" if day else name] = {
            "name": name,
            f"{kind}_key": of_kind,
            "declared_at": START + timedelta(days=day),
            "meaning": meaning,
            "title": name,
            "doc": None,
            "tags": [],
            **named,
        }

    def _place(self, dataset: str, level: str) -> str:
        """Return where the rows of a level lie: under the content, at first."""
        now = self._now["dataset"][dataset]
        place = now.content if level == "class" else f"{now.content}|{level}"
        known = self.rows["label_level"].get(place)
        if known is None or known["labelling_key"] == now.labelling:
            return place
        return f"{now.labelling}|{level}"

    def _level(
        self, dataset: str, level: str, depth: int, *, is_target: bool, n_classes: int
    ) -> None:
        labelling = self._now["dataset"][dataset].labelling
        label_key = key("label", labelling, level)
        place = self._place(dataset, level)
        self.rows["label_level"][place] = {
            "labelling_key": labelling,
            "level": level,
            "depth": depth,
            "is_target": is_target,
            "label_key": label_key,
        }
        self.rows["label"][place] = {
            "label_key": label_key,
            "n_classes": n_classes,
            "imbalance": None,
            "class_names": None,
            "class_index": None,
        }

    def _label_row(self, labelling: str, level: str | None) -> Row | None:
        """Return the row of a level, the target level for None, or None without one."""
        for row in self.rows["label_level"].values():
            wanted = row["is_target"] if level is None else row["level"] == level
            if row["labelling_key"] == labelling and wanted:
                return row
        return None

    def _label(self, label_key: str) -> Row:
        rows = self.rows["label"].values()
        return next(row for row in rows if row["label_key"] == label_key)

    def _meant(self, dataset: str, meaning: str) -> Row:
        """Return the declaration of a dataset by name and meaning."""
        return next(
            row
            for row in self.rows["dataset_name"].values()
            if (row["name"], row["meaning"]) == (dataset, meaning)
        )

    def _grid_name(
        self, grid_key: str, kind: str, name: str, meaning: str, dataset: str = ""
    ) -> None:
        self.rows["grid_name"]["|".join((grid_key, kind, name, dataset))] = {
            "grid_key": grid_key,
            "kind": kind,
            "name": name,
            "dataset": dataset,
            "meaning": meaning,
        }
