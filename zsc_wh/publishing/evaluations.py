"""Results of encoders as records of the Hugging Face hub.

A record says which value a model has in a task of a benchmark, which is a dataset of
the hub. Here the published folder is that dataset: ``eval.yaml`` in it declares a task
per dataset that was clustered, and the file of an encoder in ``.eval_results`` goes
into the folder of this name of the encoder's own repository. The value is the encoder's
AMI in per cent in the study's table, `ami_table`: the mean over the clusterings that
every encoder has on the dataset.

References
----------
https://huggingface.co/docs/hub/eval-results
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import ConfigError
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from zsc_wh.publishing.croissant import Facts
    from zsc_wh.warehouse import Warehouse

FOLDER = ".eval_results"
"""Where the hub looks for the records of a model, in its repository."""

FRAMEWORK = "zscwh"
"""How the records name what evaluated the models; `eval.yaml` says the same."""

_DIGITS = 2
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 60


def evaluations(
    warehouse: Warehouse, folder: Path, benchmark: str, facts: Facts
) -> dict[str, int]:
    """Write `eval.yaml` and a file of records per encoder; return records by encoder.

    Parameters
    ----------
    warehouse : Warehouse
        Whose results.
    folder : Path
        Where to.
    benchmark : str
        The dataset of the hub that the folder goes to, ``ORG/NAME``.
    facts : Facts
        Title and description of the benchmark, and its address as the source.

    Raises
    ------
    ConfigError
        When the name of the dataset is none.
    """
    if not _REPOSITORY.fullmatch(benchmark):
        raise ConfigError(
            what=f"{benchmark!r} is not a dataset of the hub",
            hint="Write --benchmark ORG/NAME.",
        )
    found = warehouse.run_query("ami_table", {"overall": False})
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    scored = [row for row in rows if row["ami"] is not None]
    tasks = {str(name): file_name(str(name)) for name in _distinct(scored, "dataset")}
    declared: dict[str, Any] = {
        "name": facts.title,
        "description": facts.description,
        "evaluation_framework": FRAMEWORK,
        "tasks": [
            {"id": task, "config": "default", "split": "test"}
            for task in tasks.values()
        ],
    }
    (folder / "eval.yaml").write_text(_yaml(declared), encoding="utf-8")
    (folder / FOLDER).mkdir()
    records = {}
    for encoder in _distinct(scored, "encoder"):
        own = [row for row in scored if row["encoder"] == encoder]
        items = [
            _record(row, benchmark, tasks[row["dataset"]], facts.url) for row in own
        ]
        file = folder / FOLDER / f"{file_name(str(encoder))}.yaml"
        file.write_text(_yaml(items), encoding="utf-8")
        records[str(encoder)] = len(items)
    return records


def _record(
    row: Mapping[str, Any], benchmark: str, task: str, url: str | None
) -> dict[str, Any]:
    clusterings = counted(row["n_clusterings"], "clustering")
    source = {} if url is None else {"source": {"url": url, "name": "zscwh results"}}
    return {
        "dataset": {"id": benchmark, "task_id": task},
        "value": round(100 * row["ami"], _DIGITS),
        **source,
        "notes": f"encoder {row['encoder']}, dataset {row['dataset']}: AMI in per cent,"
        f" mean over {clusterings} of {row['n_clusterings_total']}",
    }


def file_name(name: str) -> str:
    """Return a name that every file system and the hub take, another for each name.

    Examples
    --------
    >>> file_name("digits"), file_name("a/b")
    ('digits', 'a-b-c14cddc0')
    """
    safe = _UNSAFE.sub("-", name)[:_LONGEST].strip("-.")
    if safe == name:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{safe}-{digest}".lstrip("-")


def _distinct(rows: Iterable[Mapping[str, Any]], column: str) -> list[Any]:
    return list(dict.fromkeys(row[column] for row in rows))


def _yaml(value: Any) -> str:
    """Write lists and mappings of scalars as YAML, which JSON is a part of.

    What YAML does not take as it is (control characters beyond those of JSON) is
    escaped; both read the escapes alike.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text) + "\n"


_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
