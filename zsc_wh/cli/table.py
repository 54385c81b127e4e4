"""Command ``table``: an answer as a table of a paper."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zsc_wh.cli import completing
from zsc_wh.cli.options import query_options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zsc_wh.results.pivot import Field, Pivot

EMPHASIS = ("bold", "underline", "italic", "none")

_LATEX = {
    "bold": r"\textbf{%s}",
    "underline": r"\underline{%s}",
    "italic": r"\textit{%s}",
    "none": "%s",
}
_MARKDOWN = {"bold": "**%s**", "underline": "<u>%s</u>", "italic": "*%s*", "none": "%s"}
_HTML = {
    "bold": "<strong>%s</strong>",
    "underline": "<u>%s</u>",
    "italic": "<em>%s</em>",
    "none": "%s",
}


@click.command(
    epilog="Example: zscwh table ami_table --rows encoder --cols dataset --value ami"
)
@click.argument("name", shell_complete=completing.queries)
@click.option(
    "--rows", "row", metavar="COLUMN", required=True, help="What the rows are."
)
@click.option(
    "--cols", "column", metavar="COLUMN", required=True, help="What the columns are."
)
@click.option(
    "--value", metavar="COLUMN", required=True, help="What the fields hold, a number."
)
@click.option("--percent", is_flag=True, help="Write the values in percent.")
@click.option(
    "--digits",
    type=click.IntRange(0, 9),
    default=1,
    show_default=True,
    help="Decimals; values that are written alike share a mark.",
)
@click.option("--lowest", is_flag=True, help="The lowest value is the best.")
@click.option(
    "--best",
    type=click.Choice(EMPHASIS),
    default="bold",
    show_default=True,
    help="How the best value of a column is written.",
)
@click.option(
    "--second",
    type=click.Choice(EMPHASIS),
    default="underline",
    show_default=True,
    help="How the second best one is.",
)
@click.option(
    "--shade",
    is_flag=True,
    help="Colour what is better than the median of its column, the best the most; LaTeX"
    " needs \\usepackage[table]{xcolor}, Markdown has no colours.",
)
@click.option(
    "--mean/--no-mean",
    default=True,
    show_default=True,
    help="A last column with the mean over the columns that every row has; the best"
    " row comes first.",
)
@click.option(
    "--titles/--names",
    default=True,
    show_default=True,
    help="Write encoders, datasets and methods by their titles.",
)
@click.option("--caption", metavar="TEXT", default="", help="What stands over it.")
@click.option("--label", metavar="TEXT", default="", help="LaTeX's label.")
@query_options
@click.option(
    "-f",
    "--format",
    "fmt",
    type=click.Choice(("latex", "markdown", "html")),
    help="Form of the table; unset: that of the file's name, else markdown.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead of standard output. .tex, .md and .html choose the"
    " form.",
)
@click.pass_obj
def table(
    warehouse: Path,
    /,
    name: str,
    row: str,
    column: str,
    value: str,
    params: dict[str, str],
    folders: tuple[Path, ...],
    fmt: str | None,
    output: Path | None,
    **options: Any,
) -> None:
    """Spread the answer of the query NAME over rows and columns, as papers do.

    The best two values of each column are marked. LaTeX needs the package booktabs.
    """
    import zsc_wh
    from zsc_wh.cli.standard import print_out
    from zsc_wh.cli.writing import write_file
    from zsc_wh.report.titles import Titles
    from zsc_wh.results.pivot import pivot, require_columns

    opened = zsc_wh.open(warehouse)
    answer = opened.run_query(name, params, folders)
    require_columns((row, column, value), answer.columns, name)
    rows: list[Mapping[str, Any]]
    rows = [dict(zip(answer.columns, each, strict=True)) for each in answer.rows]
    if options.pop("titles"):
        rows = [*Titles(opened, params.get("grid")).shown(rows, params)]
    written = {key: options.pop(key) for key in ("best", "second", "caption", "label")}
    shade = options.pop("shade")
    spread = pivot(rows, row, column, value, **options)
    form = fmt or _FORMS_OF.get(output.suffix if output else "", "markdown")
    if shade and form == "markdown":
        message = "Markdown has no colours; --shade goes with -f latex or -f html."
        raise click.UsageError(message)
    text = _WRITERS[form](spread if shade else spread.unshaded(), **written)
    if output is None:
        print_out(text)
    else:
        write_file(output, text)


_DARKEST = 40
"""Percent of colour behind the best field, on which text stays readable."""

_FORMS_OF = {".tex": "latex", ".html": "html", ".md": "markdown"}


def _latex(spread: Pivot, best: str, second: str, caption: str, label: str) -> str:
    from zsc_wh.cli.forms import latex_line, latex_text

    marks = {"best": _LATEX[best], "second": _LATEX[second], "": "%s"}
    head = latex_line(map(latex_text, (spread.corner, *spread.heads)))
    lines = [
        latex_line([latex_text(name), *(_latex_field(marks, f) for f in fields)])
        for name, fields in spread.rows
    ]
    columns = "l" + "r" * len(spread.heads)
    body = (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{head}\\midrule\n"
        f"{''.join(lines)}\\bottomrule\n\\end{{tabular}}\n"
    )
    if not caption and not label:
        return body
    said = f"\\caption{{{latex_text(caption)}}}\n" if caption else ""
    said += f"\\label{{{latex_text(label)}}}\n" if label else ""
    return f"\\begin{{table}}\n\\centering\n{said}{body}\\end{{table}}\n"


def _latex_field(marks: Mapping[str, str], field: Field) -> str:
    from zsc_wh.cli.forms import latex_text

    share = round(_DARKEST * field.shade)
    colour = f"\\cellcolor{{cyan!{share}}}" if share else ""
    return colour + _put(marks, field, latex_text)


def _html_field(marks: Mapping[str, str], field: Field) -> str:
    share = round(_DARKEST * field.shade)
    style = f' style="background: rgb(0 174 239 / {share}%)"' if share else ""
    return f"<td{style}>{_put(marks, field, html.escape)}</td>"


def _markdown(spread: Pivot, best: str, second: str, caption: str, label: str) -> str:
    del label  # Markdown has none
    from zsc_wh.cli.forms import markdown_line, markdown_text

    marks = {"best": _MARKDOWN[best], "second": _MARKDOWN[second], "": "%s"}
    lines = [
        markdown_line(map(markdown_text, (spread.corner, *spread.heads))),
        markdown_line([":--", *("--:" for _ in spread.heads)]),
        *(
            markdown_line(
                [markdown_text(name), *(_put(marks, f, markdown_text) for f in fields)]
            )
            for name, fields in spread.rows
        ),
    ]
    said = f"{markdown_text(caption)}\n\n" if caption else ""
    return said + "".join(lines)


def _html(spread: Pivot, best: str, second: str, caption: str, label: str) -> str:
    marks = {"best": _HTML[best], "second": _HTML[second], "": "%s"}
    named = f' id="{html.escape(label)}"' if label else ""
    said = f"<caption>{html.escape(caption)}</caption>\n" if caption else ""
    heads = "".join(
        f'<th scope="col">{html.escape(head)}</th>'
        for head in (spread.corner, *spread.heads)
    )
    lines = [
        f'<tr><th scope="row">{html.escape(name)}</th>'
        + "".join(_html_field(marks, each) for each in fields)
        + "</tr>\n"
        for name, fields in spread.rows
    ]
    return (
        f"<table{named}>\n{said}<thead><tr>{heads}</tr></thead>\n"
        f"<tbody>\n{''.join(lines)}</tbody>\n</table>\n"
    )


def _put(marks: Mapping[str, str], field: Field, escape: Callable[[str], str]) -> str:
    return marks[field.mark] % escape(field.text)


_WRITERS = {"latex": _latex, "markdown": _markdown, "html": _html}
