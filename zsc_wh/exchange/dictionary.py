"""The data dictionary of an export: what its tables and columns mean, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.sqlfiles import tables, views
from zsc_wh.warehouse.dump import SHOWN
from zsc_wh.words import counted

if TYPE_CHECKING:
    from zsc_wh.warehouse.dump import Described, Dump


def dictionary(dump: Dump) -> str:
    """Return the dictionary of what was taken out, made from its own comments."""
    parts = [
        "# Data dictionary\n",
        f"Schema {dump.version}. Each table is a Parquet file of its name, and so is "
        f"the view `{SHOWN}`, for reading; a warehouse makes it and the other views "
        "from the tables.\n",
        "Instants are in UTC. JSON is kept as text.\n",
        "## Tables\n",
        *(
            _table(described, dump.rows[described.name])
            for described in dump.described
            if described.name in dump.rows
        ),
        "## Views\n",
        *(_view(described) for described in dump.described if described.is_view),
    ]
    return "\n".join(parts)


def _table(described: Described, rows: int) -> str:
    key = ", ".join(f"`{column}`" for column in tables()[described.name].key)
    lines = [
        f"### {described.name}\n",
        f"{described.comment} {counted(rows, 'row')}. Primary key: {key}.\n",
        "| column | type | NULL | meaning |",
        "|:--|:--|:--|:--|",
        *(
            f"| `{name}` | {kind} | {'yes' if nullable else 'no'} | {_cell(comment)} |"
            for name, kind, nullable, comment in described.columns
        ),
    ]
    return "\n".join(lines) + "\n"


def _view(described: Described) -> str:
    view = views()[described.name]
    lines = [
        f"### {described.name}\n",
        f"{view.doc[0].upper()}{view.doc[1:]}. Reads {', '.join(view.reads)}.\n",
        "| column | type | meaning |",
        "|:--|:--|:--|",
        *(
            f"| `{name}` | {kind} | {_cell(comment)} |"
            for name, kind, _, comment in described.columns
        ),
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
