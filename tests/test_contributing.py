"""CONTRIBUTING.md is followed to the letter, in a folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

GUIDE = Path(__file__).parent.parent / "CONTRIBUTING.md"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`([\w/.]+\.(?:py|toml|csv|sql))`")

EXPECTED = {
    "An encoder": ["histograms", "pixels"],
    "A dataset": ["kingdom", "species"],
    "A kind of dataset": ["tones", "tone"],
    "A clusterer": ["birch", "kmeans"],
    "A query": ["histograms", "pixels"],
    "A report section": [],
}
"""Heading of each, and what its commands must have put out."""


def _section(title: str) -> str:
    text = GUIDE.read_text(encoding="utf-8")
    return text.split(f"\n### {title}\n")[1].split("\n### ")[0].split("\n## ")[0]


def _follow(title: str, folder: Path) -> str:
    """Save the files that a section shows, run its commands, return what they said."""
    said = ""
    text = _section(title)
    for fence in _FENCE.finditer(text):
        language, content = fence.groups()
        if language == "bash":
            said += _run(content, folder)
            continue
        # the last file named in the paragraph above is the one that is shown
        above = text[: fence.start()].rstrip().rsplit("\n\n", 1)[-1]
        path = folder / _FILE.findall(above)[-1]
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return said


def _run(commands: str, folder: Path) -> str:
    folders = [folder / "bin", Path(sys.executable).parent, os.environ["PATH"]]
    path = os.pathsep.join(map(str, folders))
    modules = os.pathsep.join([str(folder / "site"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        ["bash", "-euc", commands],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": modules},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


PIP = """#!{python}
# stands in for pip, which would need a network: put the module and its entry points
# into a folder that Python looks into
import pathlib, shutil, tomllib
project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
about = pathlib.Path("site", f"{{project['name']}}-{{project['version']}}.dist-info")
about.mkdir(parents=True)
about.joinpath("METADATA").write_text(
    f"Metadata-Version: 2.1\\nName: {{project['name']}}\\nVersion: 1\\n"
)
with about.joinpath("entry_points.txt").open("w") as file:
    for group, points in project["entry-points"].items():
        print(f"[{{group}}]", *map(" = ".join, points.items()), sep="\\n", file=file)
shutil.copy("noise.py", "site")
"""


def make_pip(folder: Path) -> None:
    """Write a program that installs the package of the guide."""
    path = folder / "bin" / "pip"
    path.parent.mkdir()
    path.write_text(PIP.format(python=sys.executable), encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a stranger who has eight photos."""
    path = tmp_path_factory.mktemp("stranger")
    make_pip(path)
    (path / "photos").mkdir()
    rng = np.random.default_rng(0)
    for number in range(1, 9):
        pixels = rng.integers(0, 255, (24, 24, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(path / "photos" / f"{number}.png")
    return path


@pytest.mark.parametrize("title", EXPECTED)
def test_a_stranger_adds_it_as_the_guide_says(title: str, folder: Path) -> None:
    """The files and commands of the section do what it promises."""
    said = _follow(title, folder)
    assert [word for word in EXPECTED[title] if word not in said] == []


def test_the_section_of_the_report_is_there(folder: Path) -> None:
    """The page holds the stranger's section, and those of the shipped report."""
    page = (folder / "mine.html").read_text(encoding="utf-8")
    assert "Mean AMI of my encoders" in page
    assert "What was run, and what is missing" in page


def test_every_way_to_add_something_is_tried() -> None:
    """No section of the guide is left out of this test."""
    text = GUIDE.read_text(encoding="utf-8")
    own = text.split("\n## Add something of your own\n")[1].split("\n## ")[0]
    assert re.findall(r"^### (.+)$", own, re.MULTILINE) == list(EXPECTED)
