from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from zsc_wh.declare import Dataset, read_catalog, read_grids
from zsc_wh.declare.entries import Exchange, Step

if TYPE_CHECKING:
    from zsc_wh.declare import DeclaredCell

# The published table of selected parameters, as it is written there. The columns are
# K-Means; Spectral and its neighbours; both AC, their linkage, metric and threshold;
# Affinity Prop and its damping; HDBSCAN and its metric.
TABLE = """
none                          Pv.90 OG    10 P200  average cosine    0.71 Pv.80 0.85 U50   euclidean
random_resnet50               Pv.95 P200  50 P200  average chebyshev 10.0 Pv.90 0.90 U50   l1
resnet50                      U50   OG    20 U50   ward    euclidean 2.0  U50   0.90 U50   euclidean
mocov3_resnet50               U50   OG    30 U50   ward    euclidean 10.0 U50   0.75 U50   euclidean
dino_resnet50                 U50   Pv.80 10 U50   average euclidean 0.5  U50   0.90 U50   l1
vicreg_resnet50               U50   OG    10 U50   average euclidean 0.5  U50   0.80 U50   l1
clip_RN50                     Pv.85 Pv.90 30 U50   average euclidean 0.5  U50   0.85 U50   l1
random_vitb16                 P100  Pv.95 50 Pv.85 average chebyshev 2.0  Pv.90 0.95 U50   l1
vitb16                        U50   Pv.70 30 U50   ward    euclidean 2.0  U50   0.90 U50   chebyshev
mocov3_vit_base               U50   Pv.85 50 U50   average chebyshev 1.0  U50   0.75 U50   euclidean
dino_vitb16                   U50   Pv.90 10 U50   average euclidean 0.2  U50   0.85 U50   l1
timm_vit_base_patch16_224.mae Pv.95 Z     10 Pv.90 average cosine    0.71 P200  0.60 Pv.95 euclidean
mae_pretrain_vit_base_global  Pv.90 Z     30 Pv.85 average cosine    0.71 U50   0.60 U50   l1
clip_vitb16                   Pv.75 Pv.70 20 U50   average chebyshev 1.0  U50   0.95 U50   l1
ft_mocov3_resnet50            U50   OG    30 U50   ward    euclidean 2.0  U50   0.95 U50   chebyshev
ft_dino_resnet50              U50   Pv.80 20 U50   ward    euclidean 2.0  U50   0.90 U50   l1
ft_vicreg_resnet50            U50   OG    20 U50   ward    euclidean 2.0  U50   0.90 U50   euclidean
ft_mocov3_vit_base            U50   Pv.95 50 U50   ward    euclidean 2.0  U50   0.95 U50   chebyshev
ft_dino_vitb16                U50   Pv.90 50 U50   ward    euclidean 2.0  U50   0.90 U50   chebyshev
mae_finetuned_vit_base_global U50   Pv.75 50 U50   ward    euclidean 2.0  U50   0.90 U50   chebyshev
"""  # noqa: E501
COLUMNS = (
    *("kmeans", "spectral", "nn", "ac", "linkage", "metric", "threshold"),
    *("affinity", "damping", "hdbscan", "hdbscan_metric"),
)
ROWS = {
    line.split()[0]: dict(zip(COLUMNS, line.split()[1:], strict=True))
    for line in TABLE.strip().splitlines()
}
REDUCED = {
    "kmeans": "kmeans",
    "spectral": "spectral",
    "ac-known": "ac",
    "ac-unknown": "ac",
    "affinity": "affinity",
    "hdbscan": "hdbscan",
}
"""Slots, with the column that holds the reducer."""
PLAIN = ("none", False)
SCALED = ("average-zscore", True)


def reducer_of(cell: str) -> tuple[str, dict[str, Any]]:
    """Return the kind and parameters that a short name of the table stands for."""
    if cell == "U50":
        fixed = {"n_neighbors": 30, "min_dist": 0.0, "metric": "euclidean"}
        return "umap", {"zscore": False, "n_components": 50, **fixed}
    if cell.startswith("Pv"):
        wanted = {"variance": float(cell[2:]), "n_components": None}
        return "pca", {"zscore": True, **wanted}
    if cell.startswith("P"):
        wanted = {"variance": None, "n_components": int(cell[1:])}
        return "pca", {"zscore": True, **wanted}
    return "none", {"zscore": {"Z": True, "OG": False}[cell]}


def clusterer_of(row: dict[str, str], slot: str) -> tuple[Any, ...]:
    """Return kind, parameters, source of K and scaling that a row has in a slot."""
    tree = {"linkage": row["linkage"], "metric": row["metric"]}
    cut = {**tree, "distance_threshold": float(row["threshold"])}
    whole = {**tree, "distance_threshold": None}
    kmeans = {"n_init": 1, "max_iter": 1000, "tol": 1e-4, "algorithm": "lloyd"}
    spectral = {
        "n_neighbors": int(row["nn"]),
        "n_components": None,
        "affinity": "nearest_neighbors",
        "assign_labels": "cluster_qr",
    }
    affinity = {
        "damping": float(row["damping"]),
        "preference": None,
        "max_iter": 1000,
        "convergence_iter": 15,
    }
    hdbscan = {
        "metric": row["hdbscan_metric"],
        "cluster_selection_method": "eom",
        "min_cluster_size": 5,
        "max_cluster_fraction": 0.2,
    }
    steps: dict[str, tuple[Any, ...]] = {
        "kmeans": ("kmeans", kmeans, "labels", PLAIN),
        "spectral": ("spectral", spectral, "labels", PLAIN),
        "ac-known": ("agglomerative", whole, "labels", PLAIN),
        "ac-unknown": ("agglomerative", cut, "estimated", SCALED),
        "affinity": ("affinity", affinity, "estimated", PLAIN),
        "hdbscan": ("hdbscan", hdbscan, "estimated", PLAIN),
    }
    return steps[slot]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Any]:
    """Return the cells of a study of stand-ins that follow the rows of the table."""
    path: Path = tmp_path_factory.mktemp("study") / "study.toml"
    names = {f"like {row}": row for row in ROWS}
    head = 'name = "g"\n[[study]]\ndatasets = "digits"\nrecipes = "study-v5"\n'
    path.write_text(
        f"{head}encoders = {list(names)}\n"
        + "".join(
            f'[encoder."{name}"]\nimage_size = 8\nrecipe = "{row}"\n'
            'loader = { kind = "pixels" }\n'
            for name, row in names.items()
        ),
        encoding="utf-8",
    )
    (grid,), _ = read_grids([str(path)])
    return {(names[c.encoder.name], c.clusterer.slot): c for c in grid.cells}


@pytest.mark.parametrize("slot", REDUCED)
@pytest.mark.parametrize("encoder", ROWS)
def test_recipe_is_the_published_one(
    study: dict[tuple[str, str], DeclaredCell], encoder: str, slot: str
) -> None:
    """Each step of the recipe has the method, parameters and scaling of the study."""
    row, cell = ROWS[encoder], study[encoder, slot]
    kind, params = reducer_of(row[REDUCED[slot]])
    assert cell.reducer.kind == kind
    assert cell.reducer.params.items() >= params.items()
    kind, params, k_source, scaling = clusterer_of(row, slot)
    assert (cell.clusterer.kind, cell.clusterer.k_source) == (kind, k_source)
    assert cell.clusterer.params.items() >= params.items()
    assert (cell.clusterer.standardise, cell.clusterer.dimension_correction) == scaling


def test_recipe_holds_what_was_published_and_no_more(
    study: dict[tuple[str, str], DeclaredCell],
) -> None:
    """Twenty encoders in six slots."""
    assert len(study) == 20 * 6
    recipe = read_catalog().recipes["study-v5"]
    assert {(row, slot) for row in recipe.rows for slot in recipe.rows[row]} == set(
        study
    )


@pytest.mark.parametrize("metric", ["euclidean", "l1", "chebyshev"])
@pytest.mark.parametrize(
    ("dataset", "smallest"),
    [("celeba", 2), ("utkface", 2), ("bioscan1m", 2), ("mnist", 5)],
)
def test_smallest_cluster_of_hdbscan(dataset: str, metric: str, smallest: int) -> None:
    """Three datasets with tiny classes have clusters from 2 samples, others from 5."""
    catalog = read_catalog()
    plain = next(
        step
        for row in catalog.recipes["study-v5"].rows.values()
        for step in row.values()
        if catalog.clusterers[step.clusterer].kind == "hdbscan"
        and catalog.clusterers[step.clusterer].params["metric"] == metric
    )
    meant = catalog.recipes["study-v5"].clusterer(plain, made_dataset(dataset))
    params = catalog.clusterers[meant].params
    usual = catalog.clusterers[plain.clusterer].params
    assert params == {**usual, "min_cluster_size": smallest}


@pytest.mark.parametrize("name", ["CelebA", "celeb-a", "Celeb_A", "celeb a"])
def test_an_exception_knows_a_dataset_however_it_is_spelt(name: str) -> None:
    """Capitals, hyphens, underscores and spaces do not count, on either side."""
    assert Exchange(("celeba",), {}).concerns(made_dataset(name))
    assert Exchange((name,), {}).concerns(made_dataset("celeba"))


@pytest.mark.parametrize(("tag", "known"), [("@a-b", True), ("@A-B", False)])
def test_a_tag_of_an_exception_is_spelt_as_it_is(tag: str, known: bool) -> None:
    """Nor is a name a tag."""
    dataset = replace(made_dataset("@AB"), tags=("a-b",))
    assert Exchange((tag,), {}).concerns(dataset) is known


def test_an_exception_spares_the_other_clusterers() -> None:
    """What an exception does not name stays as the recipe says."""
    recipe = read_catalog().recipes["study-v5"]
    step = Step("umap-50", "kmeans")
    assert recipe.clusterer(step, made_dataset("celeba")) == "kmeans"


@pytest.mark.parametrize("slot", REDUCED)
def test_default_recipe_is_for_any_encoder(slot: str) -> None:
    """UMAP-50 with the six clusterers of the study as they are chosen most often."""
    catalog = read_catalog()
    row = catalog.recipes["default"].row(catalog.encoders["pixels"])
    assert row is not None
    assert list(row) == list(REDUCED)
    assert row[slot] == Step("umap-50", slot)


@pytest.mark.parametrize(
    ("slot", "params"),
    [
        ("spectral", {"n_neighbors": 10}),
        ("ac-known", {"linkage": "ward", "distance_threshold": None}),
        ("ac-unknown", {"linkage": "ward", "distance_threshold": 2.0}),
        ("affinity", {"damping": 0.9}),
        ("hdbscan", {"metric": "euclidean", "min_cluster_size": 5}),
    ],
)
def test_usual_choice_has_the_usual_parameters(
    slot: str, params: dict[str, Any]
) -> None:
    """The clusterers that are named like a slot are the study's usual choice."""
    assert read_catalog().clusterers[slot].params.items() >= params.items()


def made_dataset(name: str) -> Dataset:
    """Return a dataset of which only the name matters."""
    return Dataset(
        name,
        source=Path(),
        tags=(),
        title=name,
        doc=None,
        loader={},
        domain_group=None,
        licence=None,
        homepage=None,
        expected={},
        missing_labels="left out",
        train=None,
        subset=None,
    )
