"""What a wheel and an sdist hold, and that an sdist becomes a wheel without Node."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILT = (
    "lr_widget/static/loader.js",
    "lr_widget/static/bundle.js.gz",
    "lr_widget/static/practice.js.gz",
)
LICENCES = "lr_widget/static/LICENSES.txt"
RAW_BUDGET_BYTES = 1_348_000  # plotly.js's basic bundle alone is 1,191,749
PRACTICE_BUDGET_BYTES = 12_000  # gzipped; it is sent where somebody practises
LOADER_BUDGET_BYTES = 2_500  # it is sent again with every picker

# The answer to "what do you need to build a wheel?", asked as pip asks it.
REQUIREMENTS = "import hatchling.build as b; print(b.get_requires_for_build_wheel())"


def build(kind: str, source: Path, out: Path, environment: dict[str, str]) -> Path:
    """Builds without an environment of its own: hatchling is in ours, and no network is needed."""
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(out)]
    done = subprocess.run(
        [*command, str(source)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The sdist as it would be uploaded."""
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"), dict(os.environ))


@pytest.fixture(scope="module")
def sdist(archive, tmp_path_factory):
    """The unpacked sdist."""
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(unpacked, filter="data")
        else:
            tar.extractall(unpacked)
    (folder,) = unpacked.iterdir()
    return folder


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """The files of the wheel that is made from the sdist, where there is no program to run."""
    nowhere = tmp_path_factory.mktemp("nowhere")
    environment = {**os.environ, "PATH": str(nowhere)}
    made = build("wheel", sdist, tmp_path_factory.mktemp("wheel"), environment)
    with zipfile.ZipFile(made) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_an_sdist_needs_no_node(sdist, wheel):
    asked = subprocess.run(
        [sys.executable, "-c", REQUIREMENTS], cwd=sdist, capture_output=True, text=True, check=True
    )
    assert asked.stdout.strip() == "[]"
    assert not (sdist / "js/node_modules").exists()


def test_a_changed_source_needs_node(sdist, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    import hatch_build

    assert hatch_build.is_fresh(ROOT), "run: make page"
    assert hatch_build.is_fresh(sdist)
    sources = (
        sdist / "js/src/loader.ts",
        sdist / BUILT[1],
        sdist / "lr_widget/common/sentences.json",
        sdist / "lr_widget/common/look.json",
    )
    for path in sources:
        content = path.read_bytes()
        path.write_bytes(content + b" ")
        assert not hatch_build.is_fresh(sdist), path
        path.write_bytes(content)
    assert hatch_build.is_fresh(sdist)


@pytest.mark.parametrize("name", [*BUILT, LICENCES])
def test_both_hold_the_built_files(sdist, wheel, name):
    expected = (ROOT / name).read_bytes()
    assert expected
    assert wheel[name] == expected
    assert (sdist / name).read_bytes() == expected


def test_both_hold_the_licences_of_what_is_bundled(sdist, wheel):
    own = (ROOT / "LICENSE").read_bytes()
    (name,) = (name for name in wheel if name.endswith(".dist-info/licenses/LICENSE"))
    assert wheel[name] == own
    assert (sdist / "LICENSE").read_bytes() == own
    bundled = wheel[LICENCES].decode()
    assert "Plotly Technologies Inc." in bundled
    assert "MIT License" in bundled
    assert "THE SOFTWARE IS PROVIDED" in bundled


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    in_package = {name for name in wheel if ".dist-info/" not in name}
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "lr_widget").rglob("*")
        if path.is_file()
        and path.name.endswith((".py", ".js", ".json", ".html", ".typed", "cases.json.gz"))
    }
    assert in_package == sources | {*BUILT, LICENCES}
    assert {
        "lr_widget/py.typed",
        "lr_widget/common/sentences.json",
        "lr_widget/common/look.json",
        "lr_widget/widget/page.html",
        "lr_widget/widget/unpacked.js",
        "lr_widget/practice/cases.json.gz",
    } <= in_package


def test_the_sdist_holds_the_sources_and_nothing_installed(archive):
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    wanted = {
        "js/src/loader.ts",
        "js/package-lock.json",
        "hatch_build.py",
        "tests/data/vectors.json",
    }
    assert wanted <= names
    unwanted = {"node_modules", ".venv", "__pycache__", ".git"}
    assert not [name for name in names if unwanted & set(name.split("/"))]


def test_the_page_keeps_its_budget(wheel):
    loader, bundle, practice = (wheel[name] for name in BUILT)
    assert len(loader) < LOADER_BUDGET_BYTES
    assert len(loader) + len(gzip.decompress(bundle)) < RAW_BUDGET_BYTES
    assert len(practice) < PRACTICE_BUDGET_BYTES
