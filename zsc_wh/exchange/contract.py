"""The columns that the SELECT of a mapping can give, by what they say."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from zsc_wh.declare.images import DATASET, ENCODER
from zsc_wh.declare.methods import CLUSTERER
from zsc_wh.declare.tables import COMMON
from zsc_wh.fields import Field
from zsc_wh.records import CELL_NAMES, RUN_STATUSES
from zsc_wh.scores import EXTERNAL, INTERNAL

if TYPE_CHECKING:
    from collections.abc import Mapping

_BIGINT = 2**63 - 1

PLACE: Mapping[str, Field] = {
    "line": Field(
        str,
        doc="line of the run in its file, as the table tracked has it; rows of one "
        "line and one cell are one run, judged at several levels",
    ),
    **{kind: Field(str, doc=f"name of the {kind}") for kind in CELL_NAMES},
    "seed": Field(int, doc="seed of reducer and clusterer"),
    "dtype": Field(
        str,
        default="float32",
        choices=("float32", "float64"),
        doc="floating point type that the methods saw",
    ),
}
"""Which run a row is of; those without a default must be there."""

RUN: Mapping[str, Field] = {
    "status": Field(str, default="done", choices=RUN_STATUSES, doc="how the run ended"),
    "reason": Field(str, default=None, doc="why it is not done"),
    "n_clusters": Field(int, default=None, minimum=0, doc="clusters, without noise"),
    "n_noise": Field(int, default=None, minimum=0, doc="samples in no cluster"),
    "converged": Field(
        bool, default=None, doc="whether the clusterer reached its own criterion"
    ),
    "n_iter": Field(int, default=None, minimum=0, doc="iterations of the clusterer"),
    "embed_wall_s": Field(
        float, default=None, minimum=0, doc="duration of the embedding, in seconds"
    ),
    "reduce_wall_s": Field(
        float, default=None, minimum=0, doc="duration of the reduction, in seconds"
    ),
    "wall_s": Field(
        float, default=None, minimum=0, doc="duration of the clustering, in seconds"
    ),
    "peak_bytes": Field(
        int, default=None, minimum=0, maximum=_BIGINT, doc="peak memory, in bytes"
    ),
    "threads": Field(int, default=None, minimum=1, doc="number of threads"),
    "device": Field(str, default=None, doc="what it ran on, such as cpu"),
    "cpu_energy_j": Field(
        float, default=None, minimum=0, doc="energy of the processor, in joules"
    ),
    "gpu_energy_j": Field(
        float, default=None, minimum=0, doc="energy of the GPU, in joules"
    ),
    "started_at": Field(
        datetime, default=None, doc="when it began; UTC where no zone is given"
    ),
    "assignment": Field(
        str,
        default=None,
        doc="path of an .npy or .npz file of the clusters, an integer per sample (-1: "
        "noise) in the array y_pred or the only one, from the folder of the run's file",
    ),
}
"""What a row says of its run, the same in all rows of the run."""

LEVEL: Mapping[str, Field] = {
    "level": Field(
        str,
        default=None,
        doc="label level of the scores; unset: the target level of the dataset, or "
        "class",
    ),
    "n_classes": Field(int, default=None, minimum=1, doc="classes of the level"),
    "imbalance": Field(
        float,
        default=None,
        minimum=1,
        doc="samples of the largest class of the level over those of the smallest",
    ),
}
"""The labels that a row judges by; of several levels, the finest is the target."""

_FACT = {key: ENCODER[key] for key in ENCODER if key not in ("dim", "loader", "recipe")}
_METHOD = {
    "kind": Field(str, default=None, doc="name of the method, such as umap or kmeans"),
    "params": Field(
        dict, default={}, doc="parameters, a struct or JSON; NULLs are dropped"
    ),
}
NAMED: Mapping[str, Mapping[str, Field]] = {
    "encoder": {
        **COMMON,
        **_FACT,
        "base": Field(
            str,
            default=None,
            doc="encoder that it was fine-tuned from, whose facts it shares",
        ),
    },
    "dataset": {
        **COMMON,
        "domain_group": DATASET["domain_group"],
        "licence": DATASET["licence"],
        "n_samples": Field(int, minimum=1, default=None, doc="number of samples"),
    },
    "reducer": {
        **_METHOD,
    },
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
}
"""What a row says of what it names, in columns such as ``encoder_family``. What the
warehouse or the catalog knows by the name need not be said, and methods go by that."""


def _scores() -> dict[str, tuple[str, str, str]]:
    places = [("labels", metric, "") for metric in EXTERNAL] + [
        (space, metric, "" if space == "reduced" else f"_{space}")
        for metric in INTERNAL
        for space in ("reduced", "fit", "original", "umap")
    ]
    return {
        metric + more + ("" if subset == "all" else f"_{subset}"): (
            metric,
            space,
            subset,
        )
        for space, metric, more in places
        for subset in ("all", "clustered")
    }


SCORES: Mapping[str, tuple[str, str, str]] = _scores()
"""Metric, space and subset by column: METRIC_SPACE_clustered, without the space labels
or reduced and without the subset all, as the catalog names its scores."""

COLUMNS: Mapping[str, Field] = {
    **PLACE,
    **RUN,
    **LEVEL,
    **{
        f"{kind}_{key}": field
        for kind, fields in NAMED.items()
        for key, field in fields.items()
    },
}
"""All columns but those of scores."""
