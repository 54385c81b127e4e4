"""Build a report: definition and queries in, charts drawn, page filled and written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import DataError, MissingExtraError
from zsc_wh.files import Replacement
from zsc_wh.installed import install_command
from zsc_wh.report.computed import askable
from zsc_wh.report.definition import find_definition, read_definition
from zsc_wh.report.gather import Asker, check_params
from zsc_wh.report.subject import find_subject, with_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zsc_wh.warehouse import Warehouse


def build(
    warehouse: Warehouse,
    definition: str | Path = "overview",
    about: Sequence[str] = (),
    *,
    grid: str | None = None,
    params: Mapping[str, Any] | None = None,
    folders: Iterable[Path] = (),
    title: str | None = None,
) -> str:
    """Return a report as one HTML page that needs no network and no other file.

    Parameters
    ----------
    warehouse : Warehouse
        Where the numbers come from; it is only read.
    definition : str or Path
        Name of a shipped report, or a ``.toml`` file of the user's own.
    about : sequence of str
        What the report is about, where it takes something: names, or a cell as
        `Warehouse.cell_key` takes it.
    grid : str, optional
        Only what this grid wants (``mine``), or wanted before (``mine@1``).
    params : mapping, optional
        Values for every query of the report that declares a parameter of the name, such
        as ``{"baseline": "resnet50", "cell": "1f0c"}``.
    folders : iterable of Path
        Folders of the user's own queries.
    title : str, optional
        Title of the page instead of that of the definition.

    Returns
    -------
    str
        The page. The same warehouse gives the same page. Everything in it that comes
        from the warehouse is escaped, and its content security policy admits no script
        but its own and no request at all.

    Raises
    ------
    ConfigError
        When the definition is wrong.
    QueryError
        When a parameter belongs to no query, the grid or what the report is about is
        unknown, or a query fails.
    MissingExtraError
        When the extra ``report`` is not installed.
    """
    path = find_definition(definition)
    given = {**(params or {}), **({} if grid is None else {"grid": grid})}
    folders = tuple(folders)
    plan = read_definition(path, askable(folders))
    subject = find_subject(plan.takes, about, warehouse, str(definition))
    asker = Asker(warehouse, given, folders, subject)
    check_params(plan, asker, given)
    try:
        from zsc_wh.report.page import render
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            what=f"a report needs the package '{error.name}'",
            hint=f"Install it: {install_command('report')}.",
        ) from error
    plan = with_words(plan, asker.subject_words)
    if title is not None:
        plan = replace(plan, title=title)
    return render(plan, asker, warehouse_name=warehouse.path.name)


def write(
    warehouse: Warehouse,
    definition: str | Path,
    output: str | Path,
    about: Sequence[str] = (),
    *,
    grid: str | None = None,
    params: Mapping[str, Any] | None = None,
    folders: Iterable[Path] = (),
    title: str | None = None,
) -> None:
    """Write a report to a file, which is whole or not touched at all.

    Parameters
    ----------
    warehouse, definition, about, grid, params, folders, title
        As `build`.
    output : str or Path
        The file; an older one is replaced.

    Raises
    ------
    ConfigError, QueryError, MissingExtraError
        As `build`.
    DataError
        When the file cannot be written.
    """
    page = build(
        warehouse,
        definition,
        about,
        grid=grid,
        params=params,
        folders=folders,
        title=title,
    )
    try:
        with Replacement(Path(output)) as file:
            file.write(page.encode())
    except OSError as error:
        raise DataError(
            what=f"the report cannot be written: {error.strerror or error}",
            where=str(output),
            hint="Check that the folder exists, can be written and is not full.",
        ) from error
