"""What the shell completes: names of things that are shipped, beside files.

Names are those of files, so that nothing has to be read or imported for a Tab.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from zsc_wh.resources import data_folder

if TYPE_CHECKING:
    import click


def grids(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete shipped grids and files."""
    return _names("ingest", "grids/*.toml", incomplete, files=True)


def reports(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete shipped reports and files."""
    return _names("reports", "*.toml", incomplete, files=True)


def queries(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete shipped queries."""
    return _names("queries", "*.sql", incomplete, files=False)


def _names(
    folder: str, pattern: str, incomplete: str, *, files: bool
) -> list[CompletionItem]:
    stems = sorted(path.stem for path in data_folder(folder).glob(pattern))
    items = [CompletionItem(stem) for stem in stems if stem.startswith(incomplete)]
    if files:  # the shell adds its own
        items.append(CompletionItem(incomplete, type="file"))
    return items
