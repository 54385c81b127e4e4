"""What works say of themselves: needs, costs, what is impossible, how they conclude."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.devices import DEVICES
from zsc_wh.datasets import decoding_bytes
from zsc_wh.declare import read_grids
from zsc_wh.encoders import LOADERS, Part, Transform, embedding_cost
from zsc_wh.engine.plan import Plan, make_plan
from zsc_wh.engine.recorded import Recorded
from zsc_wh.errors import ConfigError
from zsc_wh.libraries import FOOTPRINTS
from zsc_wh.metrics import internal_peak_bytes
from zsc_wh.records import Outcome, Status
from zsc_wh.scores import INTERNAL
from zsc_wh.store import Store
from zsc_wh.work import (
    KINDS,
    Cell,
    Concatenation,
    Embedding,
    ExternalScores,
    InternalScores,
    Linkage,
    Neighbours,
    Probing,
    Reduction,
    Session,
    Sizes,
)
from zsc_wh.work.requests import Item, Request
from zsc_wh.work.score_task import ScoreTask

NO_STORE = Store(Path("no such folder"))
GRID = """
name = "works"
scores = ["ami", "silhouette", "silhouette_original", "silhouette_umap"]
[dataset.train]
loader = { kind = "digits" }
subset = { n = 60, seed = 2 }
[dataset.some]
loader = { kind = "digits" }
subset = { n = 40, seed = 1 }
train = "train"
[[cross]]
datasets = ["some"]
encoders = ["pixels"]
reducers = ["none", "pca-0.85"]
clusterers = ["kmeans", "hdbscan", "ac-known", "ac-unknown"]
"""

TOGETHER = """
name = "together"
scores = ["ami"]
[dataset.some]
loader = { kind = "digits" }
[encoder.small]
loader = { kind = "pixels" }
image_size = 4
[encoder.both]
loader = { kind = "concat", encoders = ["small", "pixels"] }
[[cross]]
datasets = ["some"]
encoders = ["both"]
reducers = ["none"]
clusterers = ["kmeans"]
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return the plan of a grid that nothing is recorded of."""
    folder = tmp_path_factory.mktemp("plan")
    (folder / "works.toml").write_text(GRID, encoding="utf-8")
    grids, _ = read_grids([str(folder / "works.toml")])
    return make_plan(grids, Recorded(), Store(folder / "store"))


@pytest.fixture
def session(plan: Plan, tmp_path: Path) -> Session:
    """Return the state of an ingest in which nothing was done."""
    return Session(Store(tmp_path / "store"), plan.levels, {}, {})


def judged(plan: Plan) -> Embedding:
    """Return the embedding of the dataset that is clustered."""
    found = plan.graph.of(Embedding)
    (one,) = (each for each in found if each.source.dataset.name == "some")
    return one


def test_a_plan_holds_every_kind_of_work(plan: Plan) -> None:
    """Each stands in the graph once, under an id of its own."""
    counts = {kind: len(plan.graph.of(kind)) for kind in KINDS}
    assert counts == {
        Embedding: 2,  # the train set is embedded for the probe
        Concatenation: 0,  # those are in `test_concat`
        Neighbours: 0,  # those are in `test_neighbours`
        Reduction: 1,  # 40 samples are too few for 50 dimensions of UMAP
        Linkage: 4,  # the two clusterers scale otherwise
        Cell: 8,
        ExternalScores: 8,
        InternalScores: 3,  # pixels, PCA, and the UMAP space that cannot be
        Probing: 1,
    }
    assert len({work.id for work in plan.graph}) == len(plan.graph) == 27


def test_works_need_what_they_read(plan: Plan) -> None:
    """An embedding for `none`, a reduction else, or its tree; both ends of a probe."""
    embedding = next(
        one for one in plan.graph.of(Embedding) if one.title.endswith("/ some")
    )
    (reduction,) = plan.graph.of(Reduction)
    assert reduction.needs() == (embedding,)
    for cell in plan.graph.of(Cell):
        is_whole = cell.reduction.reducer.name == "none"
        array = embedding if is_whole else reduction
        if cell.clusterer.kind == "agglomerative":
            (tree,) = cell.needs()
            assert isinstance(tree, Linkage)
            assert tree.needs() == (array,)
        else:
            assert cell.needs() == (array,)
    (probing,) = plan.graph.of(Probing)
    assert {work.source.dataset.name for work in probing.needs()} == {"some", "train"}
    for scores in plan.graph.of(ExternalScores):
        assert scores.needs() == (scores.due.cell,)


def test_scores_of_an_array_come_after_its_cells(plan: Plan) -> None:
    """They judge what there is when all of them have ended."""
    for scores in plan.graph.of(InternalScores):
        cells = {due.cell.id for due in scores.due}
        assert plan.graph.waits_for(scores.id) >= cells
        is_of_all = scores.space.stage == "embed" or scores.impossible
        assert len(cells) == (8 if is_of_all else 4)


def test_a_space_that_cannot_be_makes_its_scores_impossible(
    plan: Plan, session: Session
) -> None:
    """They are undefined for its reason, for the cells that were clustered."""
    (scores,) = (one for one in plan.graph.of(InternalScores) if one.impossible)
    assert scores.impossible is not None
    assert scores.impossible.startswith("reduce pixels / some / umap-50 (seed 0): ")
    done, failed = (due.cell for due in scores.due[:2])
    session.keep(done.key, "its run", [0, 1, None, 1])
    assert failed.key not in session.assignments
    outcome = Outcome(Status.SKIPPED, scores.impossible, not_applicable=True)
    rows = scores.conclude(outcome, session)["score"]
    assert [(row["run_key"], row["value"], row["reason"]) for row in rows] == [
        ("its run", None, scores.impossible)
    ]
    assert scores.conclude(Outcome(Status.FAILED, "x"), session) == {}


def test_scores_are_idle_when_every_clustering_failed(
    plan: Plan, session: Session
) -> None:
    """One assignment is enough to work; it goes to the worker, and no other."""
    scores = plan.graph.of(InternalScores)[0]
    assert scores.is_idle(session)
    cell = scores.due[-1].cell
    session.keep(cell.key, "its run", range(40))
    assert not scores.is_idle(session)
    (item,) = scores.task(session).items
    assert item.run_key == "its run"
    np.testing.assert_array_equal(item.labels, np.arange(40))


def test_a_cell_keeps_its_assignment(plan: Plan, session: Session) -> None:
    """Without the samples that could not be read, for the scores that follow."""
    cell = plan.graph.of(Cell)[0]
    assert session.n_clusters(cell.key) is None
    found = {"run_key": "its run", "labels": [2, None, 0, -1]}
    outcome = Outcome(Status.DONE, rows={"run": [{}], "assignment": [found]})
    assert cell.conclude(outcome, session) == {}
    run_key, labels = session.assignments[cell.key]
    assert (run_key, labels.tolist()) == ("its run", [2, 0, -1])
    assert session.n_clusters(cell.key) == 3


@pytest.mark.parametrize(
    ("status", "has_row"),
    [
        (Status.FAILED, True),
        (Status.SKIPPED, True),
        (Status.TIMEOUT, True),
        (Status.BLOCKED, False),
    ],
)
def test_a_cell_without_an_assignment_has_a_run_that_says_why(
    status: Status, *, has_row: bool, plan: Plan, session: Session
) -> None:
    """Unless it was blocked: what the user has to mend is tried again unasked."""
    cell = plan.graph.of(Cell)[0]
    outcome = Outcome(status, "no luck", over_limit_bytes=7)
    rows = cell.conclude(outcome, session).get("run", [])
    assert [
        (row["cell_key"], row["status"], row["reason"], row["over_limit_bytes"])
        for row in rows
    ] == ([(cell.key, status, "no luck", 7)] if has_row else [])
    assert session.assignments == {}


def test_what_the_warehouse_knows_of_unreadable_samples_counts(plan: Plan) -> None:
    """Also when the array of the embedding is gone from the store."""
    embedding = plan.graph.of(Embedding)[0]
    session = Session(NO_STORE, plan.levels, {embedding.key: (3,)}, {})
    assert session.left_out(embedding.key) == (3,)
    assert session.left_out("of another") == ()


def test_an_embedding_shares_the_cores_and_has_the_gpu(plan: Plan) -> None:
    """Pixels need no GPU whatever the device is; other works take one core."""
    sizes = Sizes(NO_STORE, cores=8, device="cuda")
    for work in plan.graph:
        if work.impossible is None:
            cost = work.cost(sizes)
            is_wide = isinstance(work, Embedding)
            assert cost.alone == (frozenset({"cores"}) if is_wide else frozenset())
            assert cost.seconds > 0
            assert cost.peak_bytes > cost.own_bytes > 0
            assert cost.kind.startswith(f"{work.stage} ")
    assert all(
        not work.cost(Sizes(NO_STORE)).alone for work in plan.graph.of(Embedding)
    )


@pytest.mark.parametrize("device", ["cuda:1", "cpu", "mps"])
@pytest.mark.parametrize("worth_s", [0.0, 1e9])
def test_long_silhouettes_go_to_the_gpu(
    plan: Plan,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    device: str,
    worth_s: float,
) -> None:
    """Only what takes long, and only to one that has float64; the task as its cost."""
    monkeypatch.setattr("zsc_wh.work.sizes.WORTH_S", worth_s)
    scores = next(one for one in plan.graph.of(InternalScores) if not one.impossible)
    session.kernel_device = device
    is_on_gpu = device == "cuda:1" and not worth_s
    cost = scores.cost(Sizes(NO_STORE, device=device))
    assert cost.gpu == is_on_gpu
    assert (cost.warm_up_s == FOOTPRINTS["torch"].seconds) == is_on_gpu
    assert scores.task(session).device == (device if is_on_gpu else None)


def test_a_gpu_that_is_not_here_is_told(plan: Plan) -> None:
    """Before any work, also where only scores are due."""
    with pytest.raises(ConfigError, match="there is no device 'cuda:99' here"):
        InternalScores.check(plan.graph.of(InternalScores), device="cuda:99")
    InternalScores.check(plan.graph.of(InternalScores), device="auto")
    InternalScores.check([], device="cuda:99")


@pytest.mark.parametrize("device", DEVICES)
def test_a_task_of_scores_computes_on_its_device(tmp_path: Path, device: str) -> None:
    """The rows are those of the processor, within 1e-9."""
    rng = np.random.default_rng(0)
    store = Store(tmp_path)
    X = rng.normal(size=(90, 5)).astype(np.float32)
    store.put("x", X, lambda _sha256: {})
    labels = rng.integers(-1, 4, 90).astype(np.int32)
    requests = tuple(
        Request(metric, "reduced", subset, "")
        for metric in INTERNAL
        for subset in ("all", "clustered")
    )
    task = ScoreTask("x", (Item("run", labels, requests),), (), ())
    ours, theirs = (
        [row["value"] for row in each.run(store, lambda _d, _n: None).rows["score"]]
        for each in (task, replace(task, device=device))
    )
    assert len(ours) == len(requests)
    assert theirs == pytest.approx(ours, rel=1e-9)
    assert theirs != ours  # the order of sums tells that it was torch


def test_the_memory_of_scores_is_that_of_their_numerics(plan: Plan) -> None:
    """It grows with the clusters: those found, those asked for, and the classes."""
    scores = next(one for one in plan.graph.of(InternalScores) if not one.impossible)
    classes = [level.n_classes for level in scores.source.listing.levels]
    found = dict.fromkeys((due.cell.key for due in scores.due), 30)
    sizes = Sizes(NO_STORE, clusters=found.get)
    n, d = sizes.n(scores.space), sizes.guessed_dim(scores.space)
    expected = internal_peak_bytes(n, d, [30] * len(scores.due) + classes)
    own_bytes = scores.cost(sizes).own_bytes
    assert 0 < own_bytes - expected - 4 * n * d < 2**22
    assert own_bytes > scores.cost(Sizes(NO_STORE)).own_bytes


def test_the_memory_of_an_embedding_holds_its_largest_image(plan: Plan) -> None:
    """Decoded, beside the batches; a network adds its weights and activations."""
    (embedding,) = (
        one for one in plan.graph.of(Embedding) if one.title.endswith("/ some")
    )
    n, d = len(embedding.source.listing), embedding.dim
    assert d is not None
    pixels = Part(LOADERS["pixels"], n, d, embedding.transform)
    network = replace(pixels, spec=LOADERS["timm"])
    small, _ = embedding_cost([pixels], 0)
    large, _ = embedding_cost([pixels], 2**22)
    assert large - small == decoding_bytes(2**22) - decoding_bytes(0) > 0
    assert embedding_cost([network], 0)[0] > small + 2**20
    own = embedding_cost([pixels], max(embedding.source.listing.sizes, default=0))[0]
    assert embedding.cost(Sizes(NO_STORE)).own_bytes >= own


def test_embeddings_that_are_made_together_decode_once(plan: Plan) -> None:
    """Several networks are held beside one decoder; other ways of preparing add up."""
    embedding, _ = plan.graph.of(Embedding)
    network = Part(LOADERS["timm"], 1000, 100, Transform(64))
    other = replace(network, transform=Transform(64, interpolation="bicubic"))
    (one, one_s), (two, two_s) = (embedding_cost([network] * i, 0) for i in (1, 2))
    assert 64 * 2**20 < two - one < one
    assert one_s < two_s < 2 * one_s
    assert embedding_cost([network, other], 0)[0] - two >= 3 * 128 * 3 * 4 * 64**2
    sizes = Sizes(NO_STORE)
    joint = Embedding.joint_cost([embedding, embedding], sizes)
    assert joint.peak_bytes > embedding.cost(sizes).peak_bytes
    assert joint.disk_bytes == 2 * embedding.cost(sizes).disk_bytes


def test_embeddings_of_the_same_images_are_of_one_group(plan: Plan) -> None:
    """Those of another dataset are not; nor are features that are stored."""
    some, train = plan.graph.of(Embedding)
    assert some.group is not None
    assert some.group == replace(some, key="other").group != train.group
    assert replace(some, features_sha256="f" * 64).group is None


def test_an_embedding_on_a_gpu_leaves_the_cores_to_others(plan: Plan) -> None:
    """One on the processor has them all; pixels have no use for a GPU."""
    pixels, _ = plan.graph.of(Embedding)
    loader = {"kind": "random", "name": "resnet18", "seed": 0, "options": {}}
    network = replace(pixels, encoder=replace(pixels.encoder, loader=loader))
    on_gpu, on_cpu = (Sizes(NO_STORE, cores=4, device=each) for each in ("cuda", "cpu"))
    assert network.cost(on_gpu).alone == {"gpu"}
    assert network.cost(on_gpu).cores == 1
    assert network.cost(on_cpu).alone == {"cores"}
    assert pixels.cost(on_gpu).alone == {"cores"}
    assert Embedding.joint_cost([pixels, network], on_gpu).alone == {"gpu"}


def test_what_is_put_together_reads_no_images(tmp_path: Path) -> None:
    """It shares no pass over them with the embeddings that it is made of."""
    (tmp_path / "works.toml").write_text(TOGETHER, encoding="utf-8")
    grids, _ = read_grids([str(tmp_path / "works.toml")])
    plan = make_plan(grids, Recorded(), Store(tmp_path / "store"))
    (joined,) = plan.graph.of(Concatenation)
    assert joined.reads_images
    assert joined.group is None
    assert all(part.group is not None for part in joined.parts)


def test_sizes_are_those_of_what_is_stored(plan: Plan, tmp_path: Path) -> None:
    """Before that, those that are declared, or a guess."""
    (reduction,) = plan.graph.of(Reduction)
    store = Store(tmp_path / "store")
    sizes, growing = Sizes(store), Sizes(store, grows=True)
    for each in (sizes, growing):
        assert each.n(reduction) == 40
        assert each.dim(reduction) is None
        assert 1 <= each.guessed_dim(reduction) < 40
    store.put(reduction.key, np.zeros((39, 7)), lambda _sha: {})
    assert (growing.n(reduction), growing.dim(reduction)) == (39, 7)
    assert sizes.dim(reduction) is None  # it looks once
    assert growing.bytes(reduction) == 4 * 39 * 7
    assert growing.bytes(replace(reduction, dtype="float64")) == 8 * 39 * 7
    tree = plan.graph.of(Linkage)[0]
    assert sizes.bytes(tree) == sizes.n(tree) * 3 * np.dtype(np.float64).itemsize
