"""Write what a query selected as a file of recipes, which ``--catalog`` reads back."""

from __future__ import annotations

import itertools
import json
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh import clusterers, reducers
from zsc_wh.declare import read_catalog
from zsc_wh.declare.catalog import catalog_of, merge_entries, shipped_files
from zsc_wh.declare.methods import clusterer_fields, declaration
from zsc_wh.declare.problems import Problems
from zsc_wh.declare.written import toml_key, toml_value
from zsc_wh.errors import ConfigError
from zsc_wh.words import one_line, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from zsc_wh.declare import Catalog
    from zsc_wh.warehouse import Rows, Warehouse

COLUMNS = ("recipe", "encoder", "slot", "reducer", "clusterer")
"""What a query has to return, one row per recipe, encoder and slot."""

_METHODS = {"reducer": reducers.METHODS, "clusterer": clusterers.METHODS}

Recipes = dict[str, dict[str, dict[str, dict[str, str]]]]
"""By recipe, encoder and slot: the names of the reducer and of the clusterer."""


def recipe_file(
    warehouse: Warehouse,
    query: str,
    params: Mapping[str, str],
    folders: Sequence[Path],
    catalogs: Sequence[Path],
    now: datetime,
) -> str:
    """Return the TOML text of the recipes that a query selects.

    Reducers and clusterers that neither the shipped catalog nor `catalogs` declare are
    declared in it as the warehouse has them, so that the file is complete.

    Parameters
    ----------
    warehouse : Warehouse
        What was asked.
    query : str
        Name of the query.
    params : mapping of str to str
        Its parameters.
    folders : sequence of Path
        The user's folders of queries.
    catalogs : sequence of Path
        Catalogs of the user's that will be given with the file.
    now : datetime
        The time that the file states, in UTC.

    Raises
    ------
    ConfigError
        When the rows are not recipes, or name what cannot be declared.
    QueryError
        As `Warehouse.run_query`.
    """
    for name, value in params.items():
        if "@" in value:
            raise ConfigError(
                what=f"{name}={one_line(value)} asks for an earlier declaration, whose "
                "names may mean something else now",
                where=f"query {query}",
                hint="Ingest it again to make it the newest one, and leave @ out.",
            )
    recipes = _recipes(query, warehouse.run_query(query, params, folders))
    catalog = read_catalog(catalogs)
    meant = _meant(warehouse, recipes)
    own = dict(_undeclared(query, meant, catalog))
    words = ["zscwh", "--warehouse", str(warehouse.path), "catalog", "recipes"]
    words += ["--from-query", query]
    words += itertools.chain(
        *(("-p", f"{name}={value}") for name, value in params.items()),
        *(("--queries", str(folder)) for folder in folders),
        *(("--catalog", str(file)) for file in catalogs),
    )
    lines = [
        f"# Written on {now:%Y-%m-%d at %H:%M} UTC by",
        f"#   {one_line(shlex.join(words), 10_000)}",
        "# Give this file with --catalog, and name its recipe in a [[study]]:",
        f"#   recipes = {toml_value(next(iter(recipes)))}",
    ]
    for recipe, encoders in recipes.items():
        for encoder, steps in encoders.items():
            lines += ["", _heading("recipe", recipe, "encoder", encoder)]
            lines += [
                f"{toml_key(s)} = {toml_value(step)}" for s, step in steps.items()
            ]
    if own:
        lines += ["", "# Methods that no catalog declares, as the warehouse has them."]
    for (kind, name), table in own.items():
        lines += ["", _heading(kind, name)]
        lines += [
            f"{toml_key(key)} = {toml_value(value)}" for key, value in table.items()
        ]
    text = "\n".join(lines) + "\n"
    _check(query, text, catalogs, {key: meant[key]["meaning"] for key in own})
    return text


def _recipes(query: str, rows: Rows) -> Recipes:
    """Return the recipes of the rows, or raise one error with all their faults."""
    lacking = [column for column in COLUMNS if column not in rows.columns]
    if lacking:
        raise ConfigError(
            what=f"returns no column {', '.join(lacking)}",
            where=f"query {query}",
            hint=f"A recipe file is written from the columns {', '.join(COLUMNS)}, one "
            "row per recipe, encoder and slot.",
        )
    if not rows.rows:
        raise ConfigError(
            what="returned no row, so there is no recipe to write",
            where=f"query {query}",
            hint="`zscwh query` shows what it returns; check its parameters.",
        )
    found: Recipes = {}
    faults: dict[str, None] = {}
    places = [rows.columns.index(column) for column in COLUMNS]
    for row in rows.rows:
        recipe, encoder, slot, *names = values = [row[place] for place in places]
        where = "/".join(one_line(value) for value in (recipe, encoder, slot))
        bad = dict(zip(COLUMNS, values, strict=True))
        mine = [_fault(column, value) for column, value in bad.items()]
        if any(mine):
            faults |= {f"{where}: {fault}": None for fault in mine if fault}
            continue
        step = dict(zip(COLUMNS[3:], names, strict=True))
        slots = found.setdefault(recipe, {}).setdefault(encoder, {})
        if slots.setdefault(slot, step) != step:
            both = [" + ".join(each.values()) for each in (slots[slot], step)]
            faults[f"{where}: two rows differ: {' and '.join(both)}"] = None
    if faults:
        raise ConfigError(
            what="\n  ".join(["returns no recipe", *faults]),
            where=f"query {query}",
            hint="Ingest what is missing, or leave it out with the parameters of the "
            "query.",
        )
    return found


def _fault(column: str, value: object) -> str | None:
    """Say why a value cannot stand in a recipe, or return None."""
    if value is None:
        return f"there is no {column}"
    if not isinstance(value, str) or not value:
        return f"{column} '{one_line(value)}' is not a name"
    if "@" in value:
        return f"{column} '{one_line(value)}' is an earlier version of a name"
    return None


_Key = tuple[str, str]
"""Kind and name of an entry."""


def _meant(warehouse: Warehouse, recipes: Recipes) -> dict[_Key, dict[str, Any]]:
    """Return what the warehouse means by the reducers and clusterers of recipes."""
    steps = [
        step
        for encoders in recipes.values()
        for slots in encoders.values()
        for step in slots.values()
    ]
    found: dict[_Key, dict[str, Any]] = {}
    for kind, sql in _MEANT.items():
        names = list(dict.fromkeys(step[kind] for step in steps))
        rows = warehouse.read(sql, {"names": names})
        known = {row[0]: dict(zip(rows.columns, row, strict=True)) for row in rows.rows}
        found |= {(kind, name): known.get(name, {}) for name in names}
    return found


def _undeclared(
    query: str, meant: Mapping[_Key, Mapping[str, Any]], catalog: Catalog
) -> Iterator[tuple[_Key, dict[str, Any]]]:
    """Yield tables of what no catalog declares.

    Raises
    ------
    ConfigError
        When a name means something else in a catalog, or has no declaration at all.
    """
    for (kind, name), facts in meant.items():
        entry: Any = catalog.of(kind).get(name)
        if entry is None and facts.get("kind") in _METHODS[kind]:
            yield (kind, name), _table(kind, name, facts)
        elif entry is None:
            what = f"the {kind} '{name}' is declared in no catalog"
            if facts:
                what += f", and its kind '{facts['kind']}' is not known here"
            raise ConfigError(
                what=what,
                where=f"query {query}",
                hint="Give the file that declares it with --catalog.",
            )
        elif facts and entry.meaning != facts["meaning"]:
            raise ConfigError(
                what=f"the {kind} '{name}' of the warehouse is not the one that "
                f"{entry.source} declares",
                where=f"query {query}",
                hint="Ingest again as it is declared now, or rename one of them.",
            )


def _table(kind: str, name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table that declares what the warehouse has of a name."""
    method = facts["kind"]
    values = json.loads(facts["params"])
    if kind == "reducer":
        table = declaration(method, reducers.METHODS[method].fields, values)
    else:
        rest = ("k", "standardise", "dimension_correction", "slot")
        values |= {key: facts[key] for key in rest}
        table = declaration(method, clusterer_fields(method), values)
        if table["slot"] == name:
            del table["slot"]
    return table | ({"title": facts["title"]} if facts["title"] != name else {})


def _check(
    query: str, text: str, catalogs: Iterable[Path], meanings: Mapping[_Key, str]
) -> None:
    """Read a file that is about to be written, and raise what is wrong with it."""
    problems = Problems()
    tables = [(file, problems.load(file)) for file in [*shipped_files(), *catalogs]]
    found = merge_entries(
        [*tables, (Path(f"query {query}"), tomllib.loads(text))], problems
    )
    problems.raise_if_any()
    catalog = catalog_of(found)
    other: list[str] = []
    for (kind, name), meaning in meanings.items():
        entry: Any = catalog.of(kind)[name]
        if entry.meaning != meaning:
            other.append(f"{kind} '{name}'")
    if other:
        raise ConfigError(
            what=f"what the warehouse means by {some(other)} cannot be declared",
            where=f"query {query}",
            hint="Give the file that declares it with --catalog.",
        )


def _heading(*keys: str) -> str:
    return f"[{'.'.join(map(toml_key, keys))}]"


_MEANT = {
    "reducer": """
select name, meaning, title, kind, cast(params as varchar) as params
from reducer_name
inner join reducer using (reducer_key)
where list_contains(cast($names as varchar[]), name)
qualify row_number() over (partition by name order by declared_at desc, meaning) = 1
""",
    "clusterer": """
select
    name,
    meaning,
    title,
    slot,
    k,
    kind,
    cast(params as varchar) as params,
    standardise,
    dimension_correction
from clusterer_name
inner join clusterer using (clusterer_key)
where list_contains(cast($names as varchar[]), name)
qualify row_number() over (partition by name order by declared_at desc, meaning) = 1
""",
}
"""What the newest declaration of a name means, by kind."""
