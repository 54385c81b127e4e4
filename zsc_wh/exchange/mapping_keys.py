"""The keys of a column mapping: what its tables can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.declare.images import DATASET, ENCODER
from zsc_wh.declare.methods import CLUSTERER
from zsc_wh.declare.tables import COMMON
from zsc_wh.fields import Field
from zsc_wh.records import CELL_NAMES, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

MAPPING: Mapping[str, Field] = {
    "doc": Field(str, default=None, doc="one line for people"),
    "missing": Field(
        list, default=["nan", "NaN", "None"], doc="texts that mean: no value"
    ),
    "ignore": Field(list, default=[], doc="columns that are left out; * is any text"),
    "level": Field(str, default="class", doc="label level that the scores judge by"),
    "dtype": Field(
        str,
        default="float32",
        choices=("float32", "float64"),
        doc="floating point type that the methods saw",
    ),
    "columns": Field(dict, doc="[columns]: facts of a run"),
    **{
        kind: Field(
            list,
            items=dict,
            doc=f"[[{kind}]]: rules that name it; the first that fits a row counts",
        )
        for kind in CELL_NAMES
    },
    "status": Field(
        list,
        default=[],
        items=dict,
        doc="[[status]]: rules that say how a run ended; done where none fits",
    ),
    "scores": Field(dict, doc="[scores]: which column is which score"),
    "facts": Field(
        dict,
        default={},
        doc="[facts.encoder.NAME], [facts.dataset.NAME]: what is known of them",
    ),
}
VALUE: Mapping[str, Field] = {
    "column": Field(str, default=None, doc="column of the table"),
    "times": Field(float, default=1.0, doc="factor, such as 0.01 for percent"),
    "of": Field(str, default=None, doc="column to multiply with"),
    "default": Field(str, default=None, doc="text where the column has none"),
}
SCORE: Mapping[str, Field] = {
    "metric": Field(str, doc="name of the metric, such as ami"),
    "space": Field(
        str,
        default="labels",
        choices=("labels", "reduced", "fit", "original", "umap"),
        doc="where it was measured; fit: in the space that the clusterer saw",
    ),
    "subset": Field(
        str,
        default="all",
        choices=("all", "clustered"),
        doc="all: noise is one more cluster; clustered: without noise",
    ),
    "times": VALUE["times"],
}
_WHEN = {
    "when": Field(
        dict,
        default={},
        doc="texts that a row must have, by column; a list is any of them, * any text",
    )
}
_NAME = {
    **_WHEN,
    "name": Field(
        str, doc="what a row is called; {COLUMN} stands for a value, as in umap-{dim:g}"
    ),
}
_METHOD = {
    **_NAME,
    "kind": Field(str, doc="name of the method, such as umap"),
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
            str,
            default="estimated",
            choices=("labels", "given", "estimated"),
            doc="where K came from",
        ),
    },
    "status": {
        **_WHEN,
        "is": Field(str, choices=tuple(Status), doc="how the run ended"),
        "reason": Field(str, default="", doc="why it is not done"),
    },
}
FACTS: Mapping[str, Mapping[str, Field]] = {
    "encoder": {
        **COMMON,
        **{
            key: ENCODER[key]
            for key in ENCODER
            if key not in ("dim", "loader", "recipe")
        },
    },
    "dataset": {
        **COMMON,
        "domain_group": DATASET["domain_group"],
        "licence": DATASET["licence"],
        "n_samples": Field(int, minimum=1, default=None, doc="number of samples"),
        "n_classes": Field(int, minimum=1, default=None, doc="number of classes"),
        "imbalance": Field(
            float,
            minimum=1,
            default=None,
            doc="samples of the largest class over those of the smallest",
        ),
    },
}


@dataclass(frozen=True)
class Fact:
    """What a row can say of its run: the kind of value, and what it means."""

    kind: str
    doc: str


COLUMNS: Mapping[str, Fact] = {
    "seed": Fact("whole", "seed of reducer and clusterer"),
    "n_samples": Fact("whole", "number of samples that were clustered"),
    "n_classes": Fact("whole", "number of classes"),
    "n_clusters": Fact("whole", "number of clusters found, without noise"),
    "n_noise": Fact("whole", "number of samples in no cluster"),
    "converged": Fact("truth", "whether the clusterer reached its own criterion"),
    "n_iter": Fact("whole", "iterations of the clusterer"),
    "wall_s": Fact("number", "duration, in seconds"),
    "peak_bytes": Fact("whole", "peak memory, in bytes"),
    "threads": Fact("whole", "number of threads"),
    "device": Fact("text", "what it ran on, such as cpu"),
    "cpu_energy_j": Fact("number", "energy of the processor, in joules"),
    "gpu_energy_j": Fact("number", "energy of the GPU, in joules"),
    "started_at": Fact("instant", "when the run started; UTC where no zone is given"),
}
"""What a row can say of its run."""
