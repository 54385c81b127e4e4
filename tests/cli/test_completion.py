"""What a Tab gives, in real shells and beside them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from click.testing import CliRunner

from tests.cli.test_help import HEAVY
from tests.cli.typed import COMMANDS, Shell, missing
from tests.queries.conftest import stored
from tests.queries.made import Made
from zsc_wh.cli import cli
from zsc_wh.cli.completion import HOW_TO, completion
from zsc_wh.reference import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator

AWKWARD = "photos:[1] it's"
"""A name that each shell has to quote; bash breaks a word at its colon."""


def make_warehouse(path: Path, empty: Path) -> None:
    """Store a grid of two declarations, a name of two meanings and two seeds."""
    made = Made()
    made.encoder("pixels", backbone="vit")
    made.encoder("resnet")
    made.reducer("none")
    made.clusterer("kmeans")
    made.dataset("digits", ["a", "b"])
    made.dataset("digits", ["a", "b", "b"], day=1)
    made.dataset(AWKWARD, ["x", "y"])
    cells = [
        made.cell("pixels", name, "none", "kmeans") for name in (AWKWARD, "digits")
    ]
    cells.append(made.cell("resnet", "digits", "none", "kmeans"))
    cells.append(made.cell("resnet", "digits", "none", "kmeans", seed=2))
    for cell in cells[:2]:
        made.run(cell, {"ami": 0.5})
    made.grid("mine", cells[:1])
    made.grid("mine", cells, day=2)
    stored(made, empty, path)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, empty_warehouse_file: Path) -> Path:
    """Return a folder with a warehouse, files of awkward names, and a query."""
    folder = tmp_path_factory.mktemp("home")
    make_warehouse(folder / "zscwh.duckdb", empty_warehouse_file)
    (folder / "my folder").mkdir()
    (folder / "my folder" / "own grid.toml").touch()
    (folder / "a:b[1].toml").touch()
    (folder / "it's $me.toml").touch()
    (folder / "mine").mkdir()
    (folder / "mine" / "own_query.sql").touch()
    return folder


def answered(home: Path, *words: str, **env: str) -> list[list[str]]:
    """Return kind and word of what is offered for the last of these words."""
    code = "from zsc_wh.__main__ import main; import atexit, sys\n"
    code += "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
    asked = {
        "_ZSCWH_COMPLETE": "zsh_complete",
        "COMP_WORDS": "\x1f".join(["zscwh", *words[:-1]]),
        "COMP_CUR": words[-1],
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-c", code + "main()"],
        env={**os.environ, "ZSCWH_WAREHOUSE": "", **asked, **env},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    *said, modules = done.stderr.splitlines()
    assert said == []
    loaded = {name.split(".")[0] for name in modules.split()}
    assert not loaded & ({*HEAVY} - {"duckdb", "numpy"})
    return [line.split("\x1f")[:2] for line in done.stdout.split("\n") if line]


def offered(home: Path, *words: str, **env: str) -> list[str]:
    """Return the words of `answered` that are names, those left open with a star."""
    stars = {"plain": "", "open": "*"}
    found = answered(home, *words, **env)
    return [word + stars[kind] for kind, word in found if kind in stars]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["assi"], ["assignments"]),
        (["ingest", "quick"], ["quickstart"]),
        (["query", "clusterer_r"], ["clusterer_ranks"]),
        (["queries", "clusterer_r"], ["clusterer_ranks"]),
        (["query", "--queries", "mine", "own"], ["own_query"]),
        (["catalog", "enc"], ["encoders"]),
        (["catalog", "encoders", "bioclip_"], ["bioclip_vitb16"]),
        (["catalog", "encoders", "pixels", "@mod"], ["@modern"]),
        (["report", "over"], ["overview"]),
        (["help", "uma"], ["umap"]),
        (["help", "cl"], ["clusterer"]),
        (["help", "stat"], ["status"]),
        (["help", "--schema", "gr"], []),
        (["import", "runs.csv", "--mapping", "st"], ["study"]),
        (["query", "results", "-p", "data"], ["dataset=*"]),
        (
            ["query", "results", "-p", "dataset=d"],
            ["dataset=digits", "dataset=digits@1"],
        ),
        (["query", "results", "-p", "grid="], ["grid=mine", "grid=mine@1"]),
        (["query", "results", "-p", "seed="], ["seed=1", "seed=2"]),
        (["query", "results", "-p", "nope="], []),
        (["catalog", "recipes", "--from-query", "search_w"], ["search_winners"]),
        (
            ["catalog", "recipes", "--from-query", "search_winners", "-p", "rules=b"],
            ["rules=best"],
        ),
        (["query", "nope", "-p", ""], []),
        (["query", "coverage", "-p", "by=d"], ["by=dataset"]),
        (["query", "encoder_ranks", "-p", "with_random=t"], ["with_random=true"]),
        (["query", "encoder_ranks", "-p", "seeds=1,"], ["seeds=1,2"]),
        (["query", "encoder_ranks", "-p", "encoder=pix"], ["encoder=pixels"]),
        (
            ["query", "encoder_ranks", "-p", "encoders=pixels,"],
            ["encoders=pixels,resnet"],
        ),
        (["query", "assignments", "-p", "cell=p"], ["cell=pixels/*"]),
        (["query", "results", "--columns", "ami,enc"], ["ami,encoder"]),
        (["explain", "resnet/"], ["resnet/digits/*"]),
        (
            ["explain", "resnet/digits/none/kmeans"],
            ["resnet/digits/none/kmeans/*"],
        ),
        (
            ["explain", "resnet/digits/none/kmeans/"],
            ["resnet/digits/none/kmeans/1", "resnet/digits/none/kmeans/2"],
        ),
        (["assignments", "r"], []),
        (["assignments", "pixels/d"], ["pixels/digits/*"]),
        (["ingest", "g.toml", "--cell", "res"], ["resnet/*"]),
        (["forget", "--encoder", "p"], ["pixels"]),
        (["forget", "--dataset=dig"], ["--dataset=digits", "--dataset=digits@1"]),
        (["forget", "--cell", "res"], ["resnet/*"]),
        (["forget", "--seed", ""], ["1", "2"]),
        (["forget", "--status", "dege"], ["degenerate"]),
        (["status", "--grid", ""], ["mine", "mine@1"]),
        (["report", "--grid", "m"], ["mine", "mine@1"]),
        (["report", "encoder", "p"], ["pixels"]),
        (["report", "encoder", "pixels", "p"], []),
        (["report", "recommend", "dig"], ["digits", "digits@1"]),
        (["report", "cell", "res"], ["resnet/*"]),
        (["report", "compare", "seed:1", "seed:"], ["seed:1", "seed:2"]),
        (["compare", "gr"], ["grid:*"]),
        (["compare", "encoder:p"], ["encoder:pixels"]),
        (["compare", "grid:"], ["grid:mine", "grid:mine@1"]),
        (["compare", "dig"], ["digits", "digits@1"]),
        (["compare", "a", "b", "--metric", "am"], []),
        (["plan", "quickstart", "--device", "cu"], ["cuda"]),
    ],
)
def test_names_are_completed_and_nothing_heavy_is_loaded(
    home: Path, words: list[str], wanted: list[str]
) -> None:
    """Commands, what is shipped, and what the warehouse knows."""
    assert offered(home, *words) == wanted


def test_all_that_there_is_help_for_is_offered(home: Path) -> None:
    """As `zscwh help` lists it, and the commands; NumPy is not imported for it."""
    names = {topic.name for topic in TOPICS} | {*cli.commands}
    assert {*offered(home, "help", "")} == names
    code = "import sys; from zsc_wh.cli.completing import topics; import click\n"
    code += "from zsc_wh.cli import cli\n"
    code += "context = click.Context(cli)\n"
    code += "assert len(topics(context, cli.params[0], '')) > 40\n"
    code += "assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=home, check=True)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["ingest", "x"], "file"),
        (["plan", "x"], "file"),
        (["report", "x"], "file"),
        (["report", "-o", "x"], "file"),
        (["query", "results", "--output=x"], "file"),
        (["compare", "x"], "file"),
        (["plan", "--catalog", "x"], "file"),
        (["export", "x"], "dir"),
        (["load", "x"], "dir"),
        (["query", "--queries", "x"], "dir"),
    ],
)
def test_files_are_completed_beside_names(
    home: Path, words: list[str], kind: str
) -> None:
    """Where a file or a folder can be given, the shell adds its own."""
    assert [one for one, _ in answered(home, *words)] == [kind]


def test_the_warehouse_is_that_of_the_line_or_of_the_variable(
    home: Path, tmp_path: Path
) -> None:
    """The option comes first; a home is expanded where no shell did it."""
    words = ["query", "results", "-p", "dataset=digits@"]
    path = str(home / "zscwh.duckdb")
    assert offered(tmp_path, "--warehouse", path, *words) == ["dataset=digits@1"]
    assert offered(tmp_path, *words, ZSCWH_WAREHOUSE=path) == ["dataset=digits@1"]
    assert offered(
        tmp_path, *words, ZSCWH_WAREHOUSE="~/zscwh.duckdb", HOME=str(home)
    ) == ["dataset=digits@1"]


@pytest.mark.parametrize("state", ["missing", "empty", "damaged", "foreign", "old"])
def test_a_warehouse_that_cannot_be_read_completes_nothing(
    tmp_path: Path, empty_warehouse_file: Path, state: str
) -> None:
    """No message, no traceback, no file made: the command itself says what is wrong."""
    path = tmp_path / "zscwh.duckdb"
    if state == "empty":
        path.touch()
    elif state == "damaged":
        path.write_bytes(empty_warehouse_file.read_bytes()[:9000])
    elif state in ("foreign", "old"):
        if state == "old":
            path.write_bytes(empty_warehouse_file.read_bytes())
        with duckdb.connect(path) as connection:
            connection.execute("create table if not exists grid (name varchar)")
            connection.execute("drop table if exists schema_migration")
    before = sorted(tmp_path.iterdir())
    for words in (
        ["query", "results", "-p", "grid="],
        ["explain", ""],
        ["forget", "--encoder", ""],
        ["compare", "dataset:"],
    ):
        assert offered(tmp_path, *words) == []
    assert sorted(tmp_path.iterdir()) == before


def test_a_warehouse_that_is_written_completes_nothing(home: Path) -> None:
    """Nobody waits for a Tab, nor reads why."""
    code = (
        "import duckdb, sys; con = duckdb.connect(sys.argv[1]);"
        " print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(home / "zscwh.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        assert offered(home, "query", "results", "-p", "grid=") == []
        writer.communicate()


@pytest.fixture(scope="module", params=COMMANDS)
def shell(
    request: pytest.FixtureRequest,
    home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shell]:
    """Return a shell that completes `zscwh`."""
    name: str = request.param
    if missing(name):
        pytest.skip(f"{name} is not installed")
    with Shell(name, home, tmp_path_factory.mktemp(name)) as started:
        yield started


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("zscwh inge\tquick\t", ["ingest", "quickstart"]),
        ("zscwh help agglo\t", ["help", "agglomerative"]),
        ("zscwh ingest ./my\\ folder/o\t", ["ingest", "./my folder/own grid.toml"]),
        ('zscwh ingest "my folder/o\t', ["ingest", "my folder/own grid.toml"]),
        ("zscwh ingest 'my folder/o\t", ["ingest", "my folder/own grid.toml"]),
        ("zscwh ingest my\to\t", ["ingest", "my folder/own grid.toml"]),
        ("zscwh plan a\t", ["plan", "a:b[1].toml"]),
        ("zscwh plan it\t", ["plan", "it's $me.toml"]),
        ("zscwh report ~/a\t", ["report", "{home}/a:b[1].toml"]),
        ("zscwh report --output=a\t", ["report", "--output=a:b[1].toml"]),
        ("zscwh report -o my\to\t", ["report", "-o", "my folder/own grid.toml"]),
        (
            "zscwh query --queries mi\t own\t",
            ["query", "--queries", "mine/", "own_query"],
        ),
        (
            "zscwh query results -p data\tph\t",
            ["query", "results", "-p", f"dataset={AWKWARD}"],
        ),
        (
            "zscwh query results -p dataset=photos:\t",
            ["query", "results", "-p", f"dataset={AWKWARD}"],
        ),
        (
            'zscwh query results -p "dataset=ph\t',
            ["query", "results", "-p", f"dataset={AWKWARD}"],
        ),
        ("zscwh status --grid=mine@\t", ["status", "--grid=mine@1"]),
        ("zscwh explain pi\td\tn\t\t", ["explain", "pixels/digits/none/kmeans"]),
        ("zscwh compare grid:mine@\t", ["compare", "grid:mine@1"]),
        ("zscwh explain nothing\t", ["explain", "nothing"]),
    ],
)
def test_a_shell_completes(
    shell: Shell, home: Path, typed: str, wanted: list[str]
) -> None:
    """Typed with Tabs, a line gives the program whole words, quoted where needed."""
    found = [word for word in shell.arguments(typed) if word]
    # zsh takes the slash of a folder back where a blank or the end follows
    assert [word.rstrip("/") for word in found] == [
        word.format(home=home).rstrip("/") for word in wanted
    ]


def test_a_shell_without_a_warehouse_shows_no_message(shell: Shell) -> None:
    """A Tab stays silent whatever is wrong."""
    shown = len(shell.seen)
    line = "zscwh --warehouse none.duckdb query results -p dataset=\t"
    assert shell.arguments(line)[-1] == "dataset="
    assert b"Traceback" not in shell.seen[shown:]
    assert b"no warehouse" not in shell.seen[shown:]


@pytest.mark.parametrize("shell_name", HOW_TO)
def test_the_script_says_how_to_use_it(shell_name: str) -> None:
    """The last line is a comment with the line to write."""
    script = CliRunner().invoke(completion, [shell_name]).stdout
    assert script.splitlines()[-1] == f"# {HOW_TO[shell_name]}"
    assert "_ZSCWH_COMPLETE" in script
