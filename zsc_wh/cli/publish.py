"""Command ``publish``: a folder for a static host."""

from __future__ import annotations

from pathlib import Path

import click

from zsc_wh.words import counted, format_bytes


@click.command(epilog="Example: zscwh publish site --title 'Our encoders'")
@click.argument(
    "folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False)
)
@click.option(
    "--title",
    default="Clustering with frozen encoders",
    show_default=True,
    help="Title of the page and name of the dataset.",
)
@click.option("--description", metavar="TEXT", help="What is in it, in a sentence.")
@click.option(
    "--licence", metavar="TEXT", help="Licence: its address or SPDX name, CC-BY-4.0."
)
@click.option("--url", metavar="ADDRESS", help="Where it is going to be found.")
@click.option("--cite", metavar="TEXT", help="How to cite it.")
@click.option(
    "--creator",
    "creators",
    metavar="NAME",
    multiple=True,
    help="Who made it; can be given several times.",
)
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Day of the publication.",
)
@click.option("--release", metavar="TEXT", help="Version of what is published: 1.0.0.")
@click.option(
    "--benchmark",
    metavar="ORG/NAME",
    help="The dataset on the Hugging Face hub that DIR goes to: writes eval.yaml and, "
    "in .eval_results, the records of each encoder for its model's repository.",
)
@click.option(
    "--without",
    metavar="TABLE",
    multiple=True,
    help="A table to leave out, such as listing, which names the samples; can be given "
    "several times.",
)
@click.option(
    "--machines",
    is_flag=True,
    help="Leave names of hosts and folders as they are; without it, hosts are numbered "
    "and of a path from the root or a home only the last part stays.",
)
@click.pass_obj
def publish(
    warehouse: Path,
    folder: Path,
    title: str,
    description: str | None,
    licence: str | None,
    url: str | None,
    cite: str | None,
    creators: tuple[str, ...],
    date: object,
    release: str | None,
    benchmark: str | None,
    without: tuple[str, ...],
    *,
    machines: bool,
) -> None:
    """Write a folder for any static host.

    DIR gets the report as index.html, every table and the view `result` as Parquet, a
    data dictionary, croissant.json and checksums. The same warehouse gives the same
    bytes. A folder that this command wrote is replaced. Names of samples and classes
    are published with the tables `listing` and `label`.
    """
    from zsc_wh.extras import require_report

    require_report()
    import zsc_wh
    from zsc_wh.publishing import Facts, publish
    from zsc_wh.publishing.croissant import DESCRIPTION

    facts = Facts(
        title,
        DESCRIPTION if description is None else description,
        licence,
        url,
        cite,
        creators,
        None if date is None else f"{date:%Y-%m-%d}",
        release,
    )
    done = publish(
        zsc_wh.open(warehouse),
        folder,
        facts,
        benchmark=benchmark,
        without=without,
        machines=machines,
    )
    records = sum(done.records.values())
    click.echo(
        f"{folder}: {counted(sum(done.rows.values()), 'row')} of "
        f"{counted(len(done.rows), 'table')} and a page written, "
        + (f"{counted(records, 'record')} of results, " if benchmark else "")
        + format_bytes(done.n_bytes),
        err=True,
    )
    if facts.lacking:
        options = ", ".join(f"--{name}" for name in facts.lacking)
        click.echo(
            f"croissant.json recommends facts that you can give: {options}", err=True
        )
