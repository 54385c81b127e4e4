"""The grids of the study, planned where nothing of its data or weights is.

What is expected is typed from the study (arXiv 2406.02465), not read from our files.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from zsc_wh.datasets import Digests
from zsc_wh.declare import Grid, read_grids
from zsc_wh.encoders import pixels
from zsc_wh.engine.plan import State, make_plan
from zsc_wh.engine.recorded import Recorded
from zsc_wh.store import Store
from zsc_wh.work import Embedding, Probing, Reduction

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.engine.plan import Plan

UMAP_CELLS = {
    "pixels": 1,  # HDBSCAN
    "random_resnet50": 1,  # likewise
    "resnet50": 5,  # all but Spectral; AC counts twice
    "mocov3_resnet50": 5,
    "dino_resnet50": 5,
    "vicreg_resnet50": 5,
    "random_vitb16": 1,
    "vitb16": 5,
    "mocov3_vit_base": 5,
    "dino_vitb16": 5,
    "timm_vit_base_patch16_224.mae": 0,
    "mae_pretrain_vit_base_global": 2,  # affinity propagation, HDBSCAN
    "ft_mocov3_resnet50": 5,
    "ft_dino_resnet50": 5,
    "ft_vicreg_resnet50": 5,
    "ft_mocov3_vit_base": 5,
    "ft_dino_vitb16": 5,
    "mae_finetuned_vit_base_global": 5,
}
"""Encoders of the study's tables, and how many of their six cells start from UMAP."""

DATASETS = 26
PAIRED = 22
"""Test sets with a train set."""
SMALL_CLASSES = {"celeba", "utkface", "bioscan1m"}
"""Test sets on which HDBSCAN may make clusters of two."""
BIOSCAN5M = {
    "resnet50",
    "mocov3_resnet50",
    "dino_resnet50",
    "vicreg_resnet50",
    "clip_RN50",
    "vitb16",
    "mocov3_vit_base",
    "dino_vitb16",
    "timm_vit_base_patch16_224.mae",
    "mae_pretrain_vit_base_global",
    "clip_vitb16",
}
DNA = {"barcodebert", "dnabert2", "dnabert_s", "hyenadna", "nucleotide_transformer"}


@cache
def grid(name: str) -> Grid:
    """Return a shipped grid, read once."""
    (found,), _ = read_grids([name])
    return found


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return the plan of the study in a place without data and weights."""
    with pytest.MonkeyPatch.context() as patched:
        folder = tmp_path_factory.mktemp("nothing")
        patched.setenv("ZSCWH_DATA", str(folder))
        patched.delenv("ZSCWH_WEIGHTS", raising=False)
        return make_plan([grid("study")], Recorded(), Store(folder / "store"))


def umap_fits(plan: Plan) -> set[str]:
    """Return the keys of the UMAP reductions to make."""
    return {
        work.key
        for work in plan.graph
        if isinstance(work, Reduction) and work.reducer.kind == "umap"
    }


def test_the_study_is_26_x_18_x_6_with_seed_1(plan: Plan) -> None:
    """Every cell can be run, under one seed; the kNN probe goes with them."""
    assert {cell.encoder.name for cell in grid("study").cells} == UMAP_CELLS.keys()
    assert len({cell.dataset.name for cell in grid("study").cells}) == DATASETS
    assert {cell.seed for cell in grid("study").cells} == {1}
    slots = Counter(cell.clusterer.slot for cell in grid("study").cells)
    assert slots == dict.fromkeys(
        ("kmeans", "spectral", "ac-known", "ac-unknown", "affinity", "hdbscan"),
        DATASETS * 18,
    )
    assert plan.count(State.RUN) == len(plan.cells) == 26 * 18 * 6 == 2808
    assert {probe.name for probe in grid("study").probes} == {"knn"}


def test_umap_is_fitted_442_times_for_the_cells_and_468_in_all(plan: Plan) -> None:
    """Once per dataset and encoder; MAE (CLS) needs it for its silhouettes alone."""
    cells = [
        cell
        for cell in plan.cells.values()
        if cell.reduction.reducer.kind == "umap" and cell.reduction.reducer.params
    ]
    assert len(cells) == DATASETS * sum(UMAP_CELLS.values()) == 26 * 70 == 1820
    used = {cell.reduction.key for cell in cells}
    assert len(used) == DATASETS * sum(n > 0 for n in UMAP_CELLS.values())
    assert len(used) == 26 * 17 == 442
    assert used < umap_fits(plan)
    assert len(umap_fits(plan)) == 26 * 18 == 468


def test_every_embedding_is_made_once(plan: Plan) -> None:
    """Of the test sets, and of the train sets whose size is known."""
    unsized = {"bioscan1m_train"}
    assert plan.unsized == unsized
    kinds = Counter(map(type, plan.graph))
    assert kinds[Embedding] == 18 * (DATASETS + PAIRED - len(unsized))
    assert kinds[Probing] == 18 * (PAIRED - len(unsized))


def test_hdbscan_may_make_clusters_of_two_where_classes_are_small() -> None:
    """And of five elsewhere."""
    smallest: dict[str, set[int]] = {}
    for cell in grid("study").cells:
        if cell.clusterer.slot == "hdbscan":
            size = cell.clusterer.params["min_cluster_size"]
            smallest.setdefault(cell.dataset.name, set()).add(size)
    assert all(
        sizes == ({2} if name in SMALL_CLASSES else {5})
        for name, sizes in smallest.items()
    )


def test_what_is_missing_is_named_once(plan: Plan) -> None:
    """All test and train sets, and the weights that were never published."""
    kinds = Counter(one.kind for one in plan.missing)
    assert kinds == {"dataset": DATASETS + PAIRED, "weights": 5}
    assert len({(one.kind, one.name) for one in plan.missing}) == kinds.total()


def test_validation_has_seed_100_and_spares_imagenet() -> None:
    """Affinity propagation and spectral clustering skip it, as the search did."""
    cells = grid("validation").cells
    assert {cell.seed for cell in cells} == {100}
    found: dict[str, Counter[str]] = {}
    for cell in cells:
        counts = found.setdefault(cell.dataset.name, Counter())
        counts[cell.clusterer.slot] += 1
    small = ("kmeans", "spectral", "ac-known", "ac-unknown", "affinity", "hdbscan")
    large = ("kmeans", "ac-known", "ac-unknown", "hdbscan")
    assert found == {
        "imagenet_validation": dict.fromkeys(large, 20),
        "imagenette_validation": dict.fromkeys(small, 20),
        "imagewoof_validation": dict.fromkeys(small, 20),
    }


def test_bioscan5m_is_ward_on_umap_with_seed_0() -> None:
    """K from the species, 50 dimensions, the encoders with CLIP and without tuning."""
    cells = grid("bioscan5m").cells
    joined = {f"{image}+{dna}" for image in BIOSCAN5M for dna in DNA}
    assert {cell.encoder.name for cell in cells} == BIOSCAN5M | DNA | joined
    for encoder in {cell.encoder for cell in cells if cell.encoder.parts}:
        assert encoder.name == "+".join(part.name for part in encoder.parts)
        assert encoder.loader["within"] == "folder"
    assert {cell.dataset.name for cell in cells} == {
        "bioscan5m",
        "bioscan5m_barcodes",
    }
    assert {cell.seed for cell in cells} == {0}
    for cell in cells:
        assert cell.reducer.params["n_components"] == 50
        assert cell.reducer.kind == "umap"
        assert cell.clusterer.params["linkage"] == "ward"
        assert (cell.clusterer.k_source, cell.level) == ("labels", None)


def test_a_plan_of_what_is_here_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not here is planned beside it, under keys of its own."""
    monkeypatch.delenv("ZSCWH_DATA", raising=False)
    text = (
        'name = "g"\nscores = ["ami"]\n[[cross]]\ndatasets = ["digits", "mnist"]\n'
        'encoders = "pixels"\nreducers = "none"\nclusterers = "kmeans"\n'
    )
    (tmp_path / "g.toml").write_text(text)
    grids, _ = read_grids([str(tmp_path / "g.toml")])
    made = make_plan(grids, Recorded(), Store(tmp_path / "store"))
    here = {name: source.is_here for name, source in made.sources.items()}
    assert here == {"digits": True, "mnist": False, "mnist_train": False}
    assert made.count(State.RUN) == 2
    assert {cell.n_clusters for cell in made.cells.values()} == {10}


def test_images_are_opened_once_to_count_their_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planning again is quick, also where a format is read whole to open it."""
    text = (
        'name = "g"\nscores = ["ami"]\n[[cross]]\ndatasets = "digits"\n'
        'encoders = "pixels"\nreducers = "none"\nclusterers = "kmeans"\n'
    )
    (tmp_path / "g.toml").write_text(text)
    grids, _ = read_grids([str(tmp_path / "g.toml")])
    looked: list[int] = []

    def side(*_: object) -> int:
        looked.append(1)
        return 8

    monkeypatch.setattr(pixels, "_side", side)
    for _ in range(2):
        digests = Digests(tmp_path / "store")
        made = make_plan(grids, Recorded(), Store(tmp_path), digests=digests)
        assert {one.dim for one in made.embeddings.values()} == {3 * 8**2}
    assert len(looked) == 1
