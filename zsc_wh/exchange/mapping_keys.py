"""The keys of a column mapping: what its tables can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.declare.images import DATASET, ENCODER
from zsc_wh.declare.methods import CLUSTERER
from zsc_wh.declare.tables import COMMON
from zsc_wh.fields import Field
from zsc_wh.records import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMED = ("encoder", "dataset", "reducer", "clusterer")
"""What the rules of a mapping name."""

MAPPING: Mapping[str, Field] = {
    "doc": Field(str, default=None, doc="one line for people"),
    "missing": Field(
        list, default=["nan", "NaN", "None"], doc="texts that mean no value"
    ),
    "ignore": Field(list, default=[], doc="columns left out; * is any text"),
    "level": Field(str, default="class", doc="label level that the scores judge by"),
    "dtype": Field(str, default="float32", choices=("float32", "float64")),
    "columns": Field(dict, doc="[columns]: facts of a run"),
    **{
        kind: Field(list, items=dict, doc=f"[[{kind}]]: rules that name it")
        for kind in NAMED
    },
    "status": Field(list, default=[], items=dict, doc="[[status]]: rules"),
    "scores": Field(dict, doc="[scores]: which column is which score"),
    "facts": Field(dict, default={}, doc="[facts.KIND.NAME]: encoders and datasets"),
}
VALUE: Mapping[str, Field] = {
    "column": Field(str, default=None),
    "times": Field(float, default=1.0, doc="factor, such as 0.01 for percent"),
    "of": Field(str, default=None, doc="column to multiply with"),
    "default": Field(str, default=None, doc="text where the column has none"),
}
SCORE: Mapping[str, Field] = {
    "metric": Field(str, doc="such as ami"),
    "space": Field(
        str,
        default="labels",
        choices=("labels", "reduced", "fit", "original", "umap"),
    ),
    "subset": Field(str, default="all", choices=("all", "clustered")),
    "times": VALUE["times"],
}
_WHEN = {"when": Field(dict, default={}, doc="texts by column; a list is any of them")}
_NAME = {**_WHEN, "name": Field(str, doc="such as umap-{dim:g}")}
_METHOD = {
    **_NAME,
    "kind": Field(str, doc="method, such as umap"),
    "params": Field(list, default=[], doc="columns kept as parameters"),
}
RULES: Mapping[str, Mapping[str, Field]] = {
    "encoder": _NAME,
    "dataset": _NAME,
    "reducer": _METHOD,
    "clusterer": {
        **_METHOD,
        **CLUSTERER,
        "k_source": Field(
            str, default="estimated", choices=("labels", "given", "estimated")
        ),
    },
    "status": {
        **_WHEN,
        "is": Field(str, choices=tuple(Status)),
        "reason": Field(str, default="", doc="why it is not done"),
    },
}
FACTS: Mapping[str, Mapping[str, Field]] = {
    "encoder": {
        **COMMON,
        **{key: ENCODER[key] for key in ENCODER if key not in ("loader", "recipe")},
    },
    "dataset": {
        **COMMON,
        "domain_group": DATASET["domain_group"],
        "licence": DATASET["licence"],
        "n_samples": Field(int, minimum=1, default=None),
        "n_classes": Field(int, minimum=1, default=None),
        "imbalance": Field(float, minimum=1, default=None),
    },
}
COLUMNS: Mapping[str, str] = {
    "seed": "whole",
    "n_samples": "whole",
    "n_classes": "whole",
    "n_clusters": "whole",
    "n_noise": "whole",
    "converged": "truth",
    "n_iter": "whole",
    "wall_s": "number",
    "peak_bytes": "whole",
    "threads": "whole",
    "device": "text",
    "cpu_energy_j": "number",
    "gpu_energy_j": "number",
    "started_at": "instant",
}
"""What a row can say of its run, and the kind of value that it is."""
