"""What the shell completes: names that are shipped, and names that a warehouse knows.

Shipped names are those of files, so that nothing has to be read for a Tab. A warehouse
is only read, without waiting; where it cannot be read, there is nothing to complete,
and the command that is being written will say why.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from zsc_wh.errors import ZscError
from zsc_wh.records import CELL_NAMES
from zsc_wh.resources import data_folder
from zsc_wh.sqlparams import find_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zsc_wh.sqlfiles import Query
    from zsc_wh.sqlparams import Parameter
    from zsc_wh.warehouse import Warehouse

    Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

_HEADING = re.compile(r"^###? ([\w-]+)", re.MULTILINE)


def grids(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete shipped grids and files."""
    return _shipped("ingest", "grids/*.toml", incomplete)


def reports(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete shipped reports and files."""
    return _shipped("reports", "*.toml", incomplete)


def about(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete what the report of the line is about."""
    path = data_folder("reports") / f"{context.params.get('name')}.toml"
    if not path.is_file():
        return []
    kinds = [*tomllib.loads(path.read_text("utf-8")).get("takes", {}).values()]
    place = len(context.params.get("about") or ())
    if place >= len(kinds):
        return []
    if kinds[place] == "cell":
        return _cells(context, incomplete, closed=False)
    if kinds[place] == "side":
        cells = _cells(context, incomplete, closed=True) if incomplete else []
        return [*cells, *sides(context, _parameter, incomplete)]
    return _items(_known(context, kinds[place]), incomplete)


def mappings(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete shipped mappings and files."""
    return _shipped("ingest", "mappings/*.sql", incomplete)


def topics(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete what there is help for: the headings of the reference, and commands.

    To ask the package itself for the names would import all methods, and NumPy.
    """
    if context.params.get("schema"):  # its names are of files, and few
        return []
    page = (data_folder("ingest") / "REFERENCE.md").read_text(encoding="utf-8")
    names = _HEADING.findall(page)
    group = context.find_root().command
    if isinstance(group, click.Group):
        names += group.list_commands(context)
    return _items(dict.fromkeys(names), incomplete)


def folders(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete folders."""
    return [CompletionItem(incomplete, type="dir")]


def entries(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete names and tags of the shipped catalog, of the kind of the line."""
    kind = str(context.params.get("kind")).removesuffix("s")
    names: set[str] = set()
    for path in data_folder("ingest").glob("catalog/*.toml"):
        found = tomllib.loads(path.read_text("utf-8")).get(kind, {})
        names.update(found)
        names.update(
            f"@{tag}" for each in found.values() for tag in each.get("tags", ())
        )
    return _items(sorted(names), incomplete)


def devices(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete kinds of devices; which of them are here would take seconds to find."""
    return _items(("auto", "cpu", "cuda", "mps"), incomplete)


def queries(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete queries, those of the folders given so far among them."""
    places = [data_folder("queries"), *_folders(context)]
    stems = [path.stem for folder in places for path in folder.glob("*.sql")]
    return _items(sorted(stems), incomplete)


def query_params(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the parameters of the query of the line, and their values."""
    query = _query(context)
    if query is None:
        return []
    name, equals, value = incomplete.partition("=")
    if not equals:
        return [
            CompletionItem(f"{param.name}=", help=param.help, open=True)
            for param in query.params
            if param.name.startswith(name)
        ]
    param = find_parameter(query.params, name)
    if param is None:
        return []
    items = _values(context, param, value)
    for item in items:
        item.value = f"{name}={item.value}"
    return items


def query_columns(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete columns of the query of the line, separated by commas."""
    query = _query(context)
    return _listed((c.name for c in query.columns) if query else (), incomplete)


def named(kind: str) -> Completer:
    """Return what completes the names of a kind that the warehouse knows."""

    def complete(
        context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return _items(_known(context, kind), incomplete)

    return complete


def cells(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete cells that are declared, by one name of their path at a time."""
    return _cells(context, incomplete, closed=False)


def closed_cells(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete cells with a result, by one name of their path at a time."""
    return _cells(context, incomplete, closed=True)


def sides(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete sides of a comparison: grids, seeds, names, versions, and files."""
    kind, colon, _ = incomplete.partition(":")
    if colon:
        names = _known(context, kind) if kind != "name" else []
        return _items((f"{kind}:{name}" for name in names), incomplete)
    prefixes = [f"{kind}:" for kind in ("grid", "seed", *CELL_NAMES)]
    items = [CompletionItem(p, open=True) for p in prefixes if p.startswith(incomplete)]
    labels = {label for kind in CELL_NAMES for label in _known(context, kind)}
    bases = {label.partition("@")[0] for label in labels if "@" in label}
    versions = (label for label in labels if label.partition("@")[0] in bases)
    items += _items(sorted(versions), incomplete)
    return [*items, CompletionItem(incomplete, type="file")]


def _shipped(folder: str, pattern: str, incomplete: str) -> list[CompletionItem]:
    stems = sorted(path.stem for path in data_folder(folder).glob(pattern))
    return [*_items(stems, incomplete), CompletionItem(incomplete, type="file")]


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _listed(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Complete the last name of a list; one that is in it is not offered again."""
    before, comma, last = incomplete.rpartition(",")
    used = {*before.split(",")}
    return [
        CompletionItem(f"{before}{comma}{name}")
        for name in names
        if name.startswith(last) and name not in used
    ]


def _folders(context: click.Context) -> list[Path]:
    return [Path(folder) for folder in context.params.get("folders") or ()]


def _query(context: click.Context) -> Query | None:
    """Return the query that the line names, None where there is none so far."""
    from zsc_wh.sqlfiles import read_query

    # behind an option that waits for its value, click leaves arguments unread
    given = context.params.get("from_query") or context.params.get("name")
    name = given or next(iter(context.args), None)
    for folder in (data_folder("queries"), *_folders(context)):
        path = folder / f"{name}.sql"
        try:
            if path.is_file():
                return read_query(path)
        except ZscError:
            return None
    return None


def _values(
    context: click.Context, param: Parameter, incomplete: str
) -> list[CompletionItem]:
    names: Iterable[str] = param.choices
    if param.names == "cell":
        return _cells(context, incomplete, closed=False)
    if param.names:
        names = _known(context, param.names)
    elif param.type == "boolean":
        names = ("true", "false")
    complete = _listed if param.type.endswith("[]") else _items
    return complete(names, incomplete)


def _warehouse(context: click.Context) -> Warehouse:
    """Return the warehouse of the line, of the variable, or the default one."""
    from zsc_wh.warehouse import Warehouse

    path = context.find_root().params.get("warehouse") or "zscwh.duckdb"
    return Warehouse(path, wait_s=0)


def _known(context: click.Context, kind: str) -> list[str]:
    try:
        return _warehouse(context).known_names(kind)
    except ZscError:
        return []


def _cells(
    context: click.Context, incomplete: str, *, closed: bool
) -> list[CompletionItem]:
    try:
        titles = _warehouse(context).cell_titles(closed=closed)
    except ZscError:
        return []
    seeds: dict[str, list[str]] = {}
    for title in titles:
        path, _, seed = title.rpartition("/")
        seeds.setdefault(path, []).append(seed)
    found: dict[str, bool] = {}
    for path, own in seeds.items():
        # a path says enough where there is one seed
        for word in [path] if len(own) == 1 else [f"{path}/{seed}" for seed in own]:
            if word.startswith(incomplete):
                slash = word.find("/", len(incomplete))
                found[word[: slash + 1] if slash >= 0 else word] = slash >= 0
    return [CompletionItem(word, open=is_open) for word, is_open in found.items()]
