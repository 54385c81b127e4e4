"""What the charts hold: the specifications, not the pixels."""

from __future__ import annotations

from typing import Any

import altair as alt
import pytest

from zsc_wh.report.bars import bars, ranks
from zsc_wh.report.differences import differences
from zsc_wh.report.dumbbells import dumbbells
from zsc_wh.report.families import colour_of, marks
from zsc_wh.report.figure import MANY, REST, Drawing, Panel, Thumb
from zsc_wh.report.gallery import thumbnails
from zsc_wh.report.heatmap import RAMP, heatmap
from zsc_wh.report.kinds import CHARTS
from zsc_wh.report.lines import lines as line_chart
from zsc_wh.report.points import MOST_ENCODERS, SHOWN, projection, scatter
from zsc_wh.report.silhouettes import silhouettes
from zsc_wh.report.stacks import completeness, stacked

Rows = list[dict[str, Any]]


def options(kind: str, **given: Any) -> dict[str, Any]:
    """Return the options of a chart with their defaults."""
    return {name: field.default for name, field in CHARTS[kind].fields.items()} | given


def panels(drawing: Drawing) -> list[Panel]:
    """Return all panels of a drawing."""
    return [panel for group in drawing.groups for panel in group.panels]


def values(panel: Panel, layer: int = 0) -> Rows:
    """Return the data of a panel, or of a layer that has data of its own."""
    spec = panel.spec
    if "data" not in spec:
        spec = spec["layer"][layer]
    data = spec["data"]
    rows: Rows = (
        data["values"] if "values" in data else panel.spec["datasets"][data["name"]]
    )
    return rows


HEAT = {
    "rows": "encoder",
    "columns": "clusterer",
    "many": "dataset",
    "panels": "reducer",
    "value": "value",
    "detail": ["state"],
    "percent": True,
}


def matrix(datasets: int, reducers: int, clusterers: int = 2) -> Rows:
    """Return rows of a full cross of two encoders, one value missing."""
    rows: Rows = [
        {
            "encoder": encoder,
            "dataset": f"d{dataset}",
            "reducer": f"r{reducer}",
            "clusterer": f"c{clusterer}",
            "value": 0.1 * place + 0.01 * dataset,
            "state": "done",
        }
        for place, encoder in enumerate(("worse", "better"))
        for dataset in range(datasets)
        for reducer in range(reducers)
        for clusterer in range(clusterers)
    ]
    rows[0]["value"] = None
    return rows


@pytest.mark.parametrize(
    ("datasets", "reducers", "across", "groups", "titles"),
    [
        (1, 1, "clusterer", [""], [""]),
        (1, 2, "clusterer", [""], ["r0", "r1"]),
        (2, 2, "clusterer", ["d0", "d1"], ["r0", "r1", "r0", "r1"]),
        (7, 1, "dataset", [""], ["c0", "c1"]),
        (7, 2, "dataset", ["r0", "r1"], ["c0", "c1", "c0", "c1"]),
    ],
)
def test_the_heat_map_is_laid_out_by_counts(
    datasets: int, reducers: int, across: str, groups: list[str], titles: list[str]
) -> None:
    """Few datasets make groups; many go across, with a panel per method."""
    drawing = heatmap(matrix(datasets, reducers), options("heatmap", **HEAT))
    assert [group.title for group in drawing.groups] == groups
    assert [panel.title for panel in panels(drawing)] == titles
    layers = panels(drawing)[0].spec["layer"]
    assert layers[0]["encoding"]["x"]["field"] == across


def test_a_recipe_is_no_dimension() -> None:
    """Where each field has one reducer, reducers do not tear the map apart."""
    rows = [row for row in matrix(1, 2) if row["reducer"][1] == row["clusterer"][1]]
    drawing = heatmap(rows, options("heatmap", **HEAT))
    assert [panel.title for panel in panels(drawing)] == [""]


def test_all_panels_of_a_heat_map_share_scale_and_order() -> None:
    """Colours mean the same in all panels; encoders are sorted by their mean."""
    drawing = heatmap(matrix(2, 2), options("heatmap", **HEAT))
    scales = [panel.spec["layer"][0]["encoding"]["color"] for panel in panels(drawing)]
    domains = [scale["scale"]["domain"] for scale in scales]
    assert domains == [[0.0, 0.11]] * 4
    orders = [p.spec["layer"][0]["encoding"]["y"]["sort"] for p in panels(drawing)]
    assert orders == [["better", "worse"]] * 4
    assert drawing.ramp is not None
    assert (drawing.ramp.colours, drawing.ramp.low, drawing.ramp.high) == (
        RAMP,
        "0",
        "11",
    )


def test_missing_values_stay_in_the_heat_map() -> None:
    """A field without score is drawn empty, with its state, and counted."""
    (panel,) = panels(heatmap(matrix(1, 1), options("heatmap", **HEAT)))
    assert [row["value"] for row in values(panel)].count(None) == 1
    assert "3 of 4 values" in panel.alt
    assert "better with c0" in panel.alt


def test_a_count_stands_in_the_field() -> None:
    """Below its value, or alone where the count is why there is none."""
    rows = [row | {"n_points": 2} for row in matrix(1, 1)]
    asked = options("heatmap", **HEAT, n="n_points")
    (panel,) = panels(heatmap(rows, asked))
    assert {row["n_points"] for row in values(panel)} == {2}
    counts = [
        layer
        for layer in panel.spec["layer"]
        if {"calculate": "'n = ' + datum['n_points']", "as": "written"}
        in layer.get("transform", [])
    ]
    filters = [layer["transform"][1]["filter"] for layer in counts]
    assert filters == ["isValid(datum['value'])", "!isValid(datum['value'])"]
    without = panels(heatmap(rows, options("heatmap", **HEAT)))[0]
    assert panel.spec["height"] > without.spec["height"]


@pytest.mark.parametrize("value", [0.0, 0.5, -0.2])
def test_a_heat_map_of_one_value_has_a_scale(value: float) -> None:
    """A constant map still has a scale of some width."""
    row = matrix(1, 1, clusterers=1)[1] | {"value": value}
    drawing = heatmap([row], options("heatmap", **HEAT))
    (panel,) = panels(drawing)
    low, high = panel.spec["layer"][0]["encoding"]["color"]["scale"]["domain"]
    assert low <= value <= high
    assert low < high


LINES = {
    "label": "name",
    "value": "mean",
    "spread": "sd",
    "error": "se",
    "n": "n_blocks",
    "total": "n_blocks_total",
}


def lines(*counts: int) -> Rows:
    """Return a line for each count of blocks."""
    return [
        {
            "name": f"c{place}",
            "mean": 1.0 + place,
            "sd": 0.5,
            "se": 0.1,
            "n_blocks": count,
            "n_blocks_total": 9,
            "scope": "all",
        }
        for place, count in enumerate(counts)
    ]


@pytest.mark.parametrize("draw", [ranks, bars])
def test_equal_counts_are_said_once(draw: Any) -> None:
    """N of N stands over the panel where it is the same for all of its lines."""
    (panel,) = panels(draw(lines(4, 4), options("ranks", **LINES)))
    assert panel.note == "4 of 9 blocks"
    assert [row["line"] for row in values(panel)] == ["c0", "c1"]


@pytest.mark.parametrize("draw", [ranks, bars])
def test_different_counts_stand_with_their_lines(draw: Any) -> None:
    """N of N stands beside each name where lines differ."""
    (panel,) = panels(draw(lines(4, 3), options("ranks", **LINES)))
    assert panel.note == ""
    assert [row["line"] for row in values(panel)] == [
        "c0 (4 of 9 blocks)",
        "c1 (3 of 9 blocks)",
    ]


def test_lines_without_value_are_not_drawn() -> None:
    """A line without a mean is left out of the drawing."""
    rows = lines(4, 0)
    rows[1]["mean"] = None
    (panel,) = panels(ranks(rows, options("ranks", **LINES)))
    assert [row["name"] for row in values(panel)] == ["c0"]


def test_a_panel_that_says_the_same_is_left_out() -> None:
    """The only group of datasets does not repeat what all datasets said."""
    rows = lines(4) + [row | {"scope": "far"} for row in lines(4)]
    drawing = bars(rows, options("bars", **LINES, panel="scope"))
    assert [panel.title for panel in panels(drawing)] == ["all"]


@pytest.mark.parametrize(("draw", "low"), [(ranks, 0.5), (bars, 0.0)])
def test_the_scale_holds_the_spread_and_for_bars_zero(draw: Any, low: float) -> None:
    """Whiskers are never cut, and bars begin at zero."""
    (panel,) = panels(draw(lines(4, 4), options("ranks", **LINES)))
    text = [layer["encoding"]["x"].get("scale") for layer in panel.spec["layer"]]
    domain = next(scale["domain"] for scale in text if scale)
    assert domain[0] < low
    assert domain[0] > low - 0.5
    assert domain[1] > 2.5


@pytest.mark.parametrize("draw", [ranks, bars])
def test_an_interval_goes_before_the_error(draw: Any) -> None:
    """The thick line is the interval, where there is one; the scale holds it."""
    rows = [row | {"low": 0.2, "high": 9.0} for row in lines(4, 4)]
    rows[1] |= {"low": None, "high": None}
    chart = options("ranks", **LINES, low="low", high="high")
    (panel,) = panels(draw(rows, chart))
    (thick,) = [
        layer for layer in panel.spec["layer"] if layer["mark"].get("strokeWidth") == 3
    ]
    assert thick["encoding"]["x"]["field"] == "low"
    assert thick["encoding"]["x2"]["field"] == "high"
    assert thick["transform"][-1] == {"filter": "isValid(datum['low'])"}
    low, high = thick["encoding"]["x"]["scale"]["domain"]
    assert low < 0.2
    assert high > 9.0


RANKS = {
    "label": "name",
    "value": "rank",
    "groups": "groups",
    "difference": "cd",
    "n": "n",
    "panel": "scope",
    "axis": "Mean rank",
}


def ranked(**groups: str | None) -> Rows:
    """Return names with their groups; the last one given is the best."""
    same = {"cd": 1.6, "n": 7, "scope": "s"}
    return [
        {"name": name, "rank": 1.5 * (len(groups) - place), "groups": of, **same}
        for place, (name, of) in enumerate(groups.items())
    ]


def test_bars_join_what_is_not_told_apart() -> None:
    """From the best to the worst of a group; what is alone in one has no bar."""
    rows = ranked(d="c", c="b", b="a b", a="a")
    (panel,) = panels(differences(rows, options("differences", **RANKS)))
    assert panel.note == "critical difference 1.60, 7 blocks"
    assert panel.alt == (
        "Mean rank (s): a 1.50, b 3.00, c 4.50, d 6.00. Not told apart: a, b; b, c."
    )
    (bars_drawn,) = [
        layer for layer in panel.spec["layer"] if layer["mark"].get("strokeWidth") == 5
    ]
    drawn = bars_drawn["data"]["values"]
    assert [(bar["from"], bar["to"]) for bar in drawn] == [(1.5, 3.0), (3.0, 4.5)]


def test_names_hang_on_both_sides() -> None:
    """The better half on the left; the outermost are the highest on either side."""
    rows = ranked(e="a", d="a", c="a", b="a", a="a")
    (panel,) = panels(differences(rows, options("differences", **RANKS)))
    found = {row["name"]: (row["side"], row["level"]) for row in values(panel)}
    assert [found[name][0] for name in "abcde"] == ["left"] * 3 + ["right"] * 2
    assert found["a"][1] < found["b"][1] < found["c"][1]
    assert found["e"][1] < found["d"][1]


def test_without_a_test_there_are_ranks_alone() -> None:
    """And the note says so."""
    rows = [row | {"cd": None} for row in ranked(b=None, a=None)]
    (panel,) = panels(differences(rows, options("differences", **RANKS)))
    assert panel.note == "no test with fewer than two of each"
    assert panel.alt.endswith("Not told apart: none.")


POINTS = {
    "x": "silhouette",
    "y": "ami",
    "colour": ["encoder", "family"],
    "panel": "clusterer",
    "group": "space",
    "group_title": "In $space space",
    "panel_note": "rho $rho",
}


def points(encoders: int) -> Rows:
    """Return a point for each encoder, and one without silhouette."""
    rows: Rows = [
        {
            "silhouette": 0.1 * place,
            "ami": 0.2 * place,
            "encoder": f"e{place}",
            "family": "ssl" if place % 2 else "none",
            "clusterer": "kmeans",
            "space": "umap",
            "rho": 0.5,
        }
        for place in range(encoders)
    ]
    return [*rows, rows[0] | {"silhouette": None}]


@pytest.mark.parametrize(
    ("encoders", "legend"),
    [
        (3, ["e0", "e1", "e2"]),
        (MOST_ENCODERS + 1, ["none", "ssl"]),
        (1, []),
    ],
)
def test_points_are_coloured_by_what_can_be_told_apart(
    encoders: int, legend: list[str]
) -> None:
    """The first column with few enough values colours the points, else none."""
    drawing = scatter(points(encoders), options("scatter", **POINTS))
    assert [swatch.label for swatch in drawing.swatches] == legend


def test_points_need_both_scores() -> None:
    """Incomplete points are not drawn; titles come from the first row."""
    drawing = scatter(points(3), options("scatter", **POINTS))
    (group,) = drawing.groups
    (panel,) = group.panels
    assert group.title == "In umap space"
    assert (panel.title, panel.note) == ("kmeans", "rho 0.500")
    assert len(values(panel)) == 3


STEPS = {"x": "level", "y": "ami", "line": "encoder", "panel": "dataset"}


def steps(encoders: int = 2, levels: tuple[str, ...] = ("order", "class")) -> Rows:
    """Return a value for each encoder, level and of two datasets, one missing."""
    rows: Rows = [
        {"level": level, "encoder": f"e{place}", "dataset": dataset, "ami": place / 10}
        for dataset in ("d0", "d1")
        for level in levels
        for place in range(encoders)
    ]
    rows[0]["ami"] = None
    return rows


def test_lines_keep_the_order_of_their_steps() -> None:
    """Steps come as the rows do, and a point without value is not drawn."""
    first, second = panels(line_chart(steps(), options("lines", **STEPS)))
    assert (first.title, second.title) == ("d0", "d1")
    assert first.spec["encoding"]["x"]["sort"] == ["order", "class"]
    assert len(values(first)) == 3
    assert len(values(second)) == 4


def test_lines_have_one_scale_and_one_colour_in_all_panels() -> None:
    """Panels can be compared: the scale is shared, and so are the colours."""
    drawing = line_chart(steps(), options("lines", **STEPS))
    first, second = (panel.spec["encoding"] for panel in panels(drawing))
    assert first["y"]["scale"] == second["y"]["scale"]
    assert first["color"] == second["color"]
    assert [(swatch.label, swatch.colour) for swatch in drawing.swatches] == [
        ("e0", colour_of("e0", {})),
        ("e1", first["color"]["scale"]["range"][1]),
    ]


def test_lines_beyond_the_palette_are_grey() -> None:
    """With more lines than colours the last ones share the colour of the rest."""
    rows = [row | {"name": row["encoder"]} for row in steps(len(MANY) + 1)]
    drawing = line_chart(rows, options("lines", **STEPS | {"line": "name"}))
    drawn = [swatch.colour for swatch in drawing.swatches]
    assert drawn == [*MANY, REST]


@pytest.mark.parametrize(
    ("levels", "angle"), [(("1", "200"), 0), (("1", "species"), -40)]
)
def test_long_steps_are_written_aslant(levels: tuple[str, ...], angle: int) -> None:
    """Short names of steps stand level, long ones aslant, so that none is cut."""
    panel = panels(line_chart(steps(levels=levels), options("lines", **STEPS)))[0]
    assert panel.spec["encoding"]["x"]["axis"]["labelAngle"] == angle


def test_a_line_of_one_value_has_a_scale() -> None:
    """A constant still has a scale of some width."""
    (panel,) = panels(line_chart(steps(1)[2:], options("lines", **STEPS)))
    low, high = panel.spec["encoding"]["y"]["scale"]["domain"]
    assert low < 0 < high


SAMPLES = {
    "x": "x",
    "y": "y",
    "label": "label",
    "cluster": "cluster",
    "name": "sample_id",
}


def samples(labels: list[str | None], clusters: list[int]) -> Rows:
    """Return samples on a line with these labels and clusters."""
    return [
        {"x": float(place), "y": 0.0, "label": label, "cluster": cluster}
        | {"sample_id": f"s{place}"}
        for place, (label, cluster) in enumerate(zip(labels, clusters, strict=True))
    ]


def colours(panel: Panel) -> dict[str, str]:
    """Return the colour of each name of a panel of a projection."""
    condition = panel.spec["layer"][0]["encoding"]["color"]["condition"]
    scale = condition["scale"]
    return dict(zip(scale["domain"], scale["range"], strict=True))


def test_clusters_take_the_colour_of_their_main_class() -> None:
    """Equal colours mean agreement; a cluster without a free class has its own."""
    rows = samples(list("aaaabbbb"), [0, 0, 0, 2, 1, 1, 1, 2])
    by_class, by_cluster = panels(projection(rows, options("projection", **SAMPLES)))
    assert colours(by_cluster)["0"] == colours(by_class)["a"]
    assert colours(by_cluster)["1"] == colours(by_class)["b"]
    assert colours(by_cluster)["2"] not in colours(by_class).values()


def test_noise_and_missing_labels_are_grey() -> None:
    """Noise and samples without label have no name and the colour of the rest."""
    rows = samples(["a", None, "b"], [0, -1, 1])
    by_class, by_cluster = panels(projection(rows, options("projection", **SAMPLES)))
    assert [row["key"] for row in values(by_class)] == ["a", None, "b"]
    assert [row["key"] for row in values(by_cluster)] == ["0", None, "1"]
    rest = by_cluster.spec["layer"][0]["encoding"]["color"]["value"]
    assert rest == REST
    assert "1 sample of noise" in by_cluster.note


def test_without_labels_there_is_one_panel() -> None:
    """A dataset without labels is drawn by cluster alone."""
    rows = samples([None, None], [0, 1])
    (panel,) = panels(projection(rows, options("projection", **SAMPLES)))
    assert panel.title == "By cluster found"
    assert colours(panel) == {"0": MANY[0], "1": MANY[1]}


def test_only_the_largest_clusters_are_named() -> None:
    """With very many clusters the largest have colours and the rest is grey."""
    clusters = [*range(30), 29]
    rows = samples([None] * 31, clusters)
    (panel,) = panels(projection(rows, options("projection", **SAMPLES)))
    assert len(colours(panel)) == SHOWN
    assert "29" in colours(panel)
    assert f"{SHOWN} largest" in panel.note


@pytest.mark.parametrize(("n", "canvas"), [(10, False), (900, True)])
def test_many_points_are_drawn_as_pixels(n: int, *, canvas: bool) -> None:
    """Thousands of shapes would be slow; they become pixels."""
    rows = samples([None] * n, [0] * n)
    (panel,) = panels(projection(rows, options("projection", **SAMPLES)))
    assert panel.canvas is canvas


NINE = {f"e{place}": "ssl" for place in range(7)} | {"e7": "supervised", "e8": "none"}


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_nine_encoders_are_told_apart() -> None:
    """By shape or hue without their shades; no colour fades on either page."""
    drawn = marks(NINE, NINE)
    seen = {(colour_of(name, NINE), mark.shape) for name, mark in drawn.items()}
    assert len(seen) == 9
    assert len({(mark.colour, mark.dash) for mark in drawn.values()}) == 9
    for family in ("supervised", "ssl", "multimodal", "random", "none", "unknown"):
        for mark in marks("abc", dict.fromkeys("abc", family)).values():
            assert contrast(mark.colour, "#fdfdfc") >= 3
            assert contrast(mark.colour, "#14191c") >= 3


@pytest.mark.parametrize("draw", [ranks, bars])
def test_encoders_have_the_colour_of_their_family(draw: Any) -> None:
    """With the families as legend, and what the page is about unfaded."""
    rows = [row | {"encoder": f"e{6 + place}"} for place, row in enumerate(lines(4, 4))]
    asked = options("ranks", **LINES | {"label": "encoder"})
    drawing = draw(rows, asked | {"families": NINE, "about": {"e7", "x"}})
    (panel,) = panels(drawing)
    assert [row["paint"] for row in values(panel)] == [
        colour_of("e6", NINE),
        colour_of("e7", NINE),
    ]
    assert [row["faded"] for row in values(panel)] == [True, False]
    assert [swatch.label for swatch in drawing.swatches] == [
        "supervised",
        "self-supervised",
    ]


def test_a_dumbbell_needs_both_values() -> None:
    """A name without one of them is left out; the ends differ in colour and shape."""
    (panel,) = panels(DRAWN["dumbbells"])
    assert [row["name"] for row in values(panel)] == ["d"]
    marks = [layer["mark"] for layer in panel.spec["layer"][1:]]
    assert len({mark["color"] for mark in marks}) == 2
    assert len({mark["shape"] for mark in marks}) == 2


SILHOUETTES = {"cluster": "cluster", "place": "place", "value": "silhouette"}


def measured(*clusters: int) -> Rows:
    """Return a row per sample, the silhouettes of each cluster falling."""
    return [
        {"cluster": name, "place": place, "silhouette": 0.5 - 0.2 * place}
        for place, name in enumerate(clusters)
    ]


def test_every_sample_has_its_width_among_the_silhouettes() -> None:
    """Each area ends where the next begins, also that of a single sample."""
    rows = measured(2, 2, 2, 0, -1)
    (panel,) = panels(silhouettes(rows, options("silhouettes", **SILHOUETTES)))
    areas = panel.spec["layer"][0]
    data = values(panel)
    assert [(row["cluster"], row["place"]) for row in data] == [
        *((2, 0), (2, 1), (2, 2), (2, 3), (0, 3), (0, 4), (-1, 4), (-1, 5)),
    ]
    assert data[-1]["paint"] == REST
    assert areas["encoding"]["y"]["scale"]["domain"] == [-0.3, 0.5]
    assert areas["encoding"]["y"]["stack"] is None


@pytest.mark.parametrize("kind", ["projection", "silhouettes"])
def test_a_cluster_can_be_picked(kind: str) -> None:
    """Charts of clusters say which column holds them, and dim what is not picked."""
    for panel in panels(DRAWN[kind]):
        assert panel.spec["usermeta"] == {"pick": "cluster"}
        assert panel.spec["params"] == [{"name": "picked", "value": None}]
        opacity = panel.spec["layer"][0]["encoding"]["opacity"]
        assert "toString(datum['cluster']) === picked" in opacity["condition"]["test"]
        assert opacity["value"] < opacity["condition"]["value"]


def test_images_stand_by_cluster() -> None:
    """With their class and name in words; noise is called so."""
    rows = [
        {"cluster": 4, "n": 9, "sample_id": "a", "label": "cat", "thumbnail": b"x"},
        {"cluster": -1, "n": 1, "sample_id": "b", "label": None}
        | {"thumbnail": b"\x89PNG"},
    ]
    asked = options(
        "thumbnails", cluster="cluster", n="n", name="sample_id", label="label"
    )
    one, noise = thumbnails(rows, asked).strips
    assert (one.title, one.note, one.pick) == ("Cluster 4", "9 samples", "4")
    assert one.thumbs[0] == Thumb("data:image/jpeg;base64,eA==", "cat: a")
    assert (noise.title, noise.thumbs[0].alt) == ("Noise", "b")
    assert noise.thumbs[0].source.startswith("data:image/png;")


def test_costs_are_stacked_in_declared_order() -> None:
    """The largest sum comes first; stages keep their order and colours."""
    rows: Rows = [
        {"name": "small", "s": 1.0, "stage": "score"},
        {"name": "large", "s": 3.0, "stage": "score"},
        {"name": "large", "s": 2.0, "stage": "embed"},
        {"name": "none", "s": None, "stage": "else"},
    ]
    chosen = options(
        "stacked", label="name", value="s", stack="stage", order=["embed", "score"]
    )
    drawing = stacked(rows, chosen)
    (panel,) = panels(drawing)
    assert panel.spec["encoding"]["y"]["sort"] == ["large", "small", "none"]
    assert [row["place"] for row in values(panel)] == [1, 1, 0, 2]
    assert [swatch.label for swatch in drawing.swatches] == ["embed", "score", "else"]


def test_completeness_shows_shares_of_what_was_declared() -> None:
    """Each state is a share of the declared cells; states that never occur are out."""
    row = {"dataset": "d", "grid": "g", "cells": 4, "closed": 1}
    rows = [row | {"done": 1, "failed": 3, "missing": 0}]
    chosen = options(
        "completeness",
        label="dataset",
        panel="grid",
        total="cells",
        closed="closed",
        parts=["done", "failed", "missing"],
    )
    drawing = completeness(rows, chosen)
    (panel,) = panels(drawing)
    assert panel.note == "1 of 4 cells has a result"
    assert {row["part"]: row["share"] for row in values(panel)} == {
        "done": 0.25,
        "failed": 0.75,
    }
    assert [swatch.label for swatch in drawing.swatches] == ["done", "failed"]


DRAWN = {
    "heatmap": heatmap(matrix(2, 2), options("heatmap", **HEAT)),
    "ranks": ranks(lines(4, 3), options("ranks", **LINES)),
    "bars": bars(lines(4, 3), options("bars", **LINES, panel="scope")),
    "differences": differences(
        ranked(c="b", b="a", a="a"), options("differences", **RANKS)
    ),
    "dumbbells": dumbbells(
        [{"name": "d", "a": 0.1, "b": 0.2}, {"name": "e", "a": 0.1, "b": None}],
        options("dumbbells", label="name", a="a", b="b"),
    ),
    "scatter": scatter(points(3), options("scatter", **POINTS)),
    "lines": line_chart(steps(), options("lines", **STEPS)),
    "projection": projection(
        samples(["a", None, "b"], [0, -1, 1]), options("projection", **SAMPLES)
    ),
    "silhouettes": silhouettes(
        measured(0, 0, -1), options("silhouettes", **SILHOUETTES)
    ),
    "stacked": stacked(
        [{"name": "a", "s": 1.0, "stage": "score"}],
        options("stacked", label="name", value="s", stack="stage"),
    ),
    "completeness": completeness(
        [{"name": "d", "grid": "g", "cells": 1, "closed": 1, "done": 1}],
        options(
            "completeness",
            label="name",
            panel="grid",
            total="cells",
            closed="closed",
            parts=["done"],
        ),
    ),
}


@pytest.mark.parametrize("kind", DRAWN)
def test_specifications_are_valid(kind: str) -> None:
    """Every specification is valid Vega-Lite, which the report does not check."""
    for panel in panels(DRAWN[kind]):
        alt.Chart.from_dict(panel.spec)
        assert panel.alt


def test_every_kind_that_is_drawn_is_checked() -> None:
    """The list above covers all kinds but those that are text."""
    assert DRAWN.keys() | {"table", "documents", "thumbnails"} == CHARTS.keys()
