"""The folders tell the architecture: imports go downwards only, the heavy ones come late."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest
from ipywidgets import DOMWidget

import lr_widget
from lr_widget.widget.shown_sweep import ShownSweep
from lr_widget.widget.traits import PickerTraits

ROOT = Path(lr_widget.__file__).parent
ALL = sorted(ROOT.rglob("*.py"))
FILES = [path for path in ALL if path.parent.name != "testing"]  # that stands beside the folders


class May(NamedTuple):
    """What of others a folder may import: anywhere, or only within functions."""

    anywhere: set[str] = frozenset()
    late: set[str] = frozenset()


# From the top down; a file imports from its own folder and from those below it.
FOLDERS = {
    "": May(late={"torch", "transformers"}),  # __init__, find and so on; only their types
    "widget": May({"anywidget", "numpy", "traitlets"}),
    "trials": May({"numpy"}),
    "loops": May({"fastai", "torch", "transformers"}),
    "engine": May({"numpy", "torch"}),
    "snapshot": May({"numpy", "psutil", "torch", "xxhash"}),
    "hosts": May({"IPython"}, late={"ipykernel", "marimo"}),
    "practice": May({"numpy"}),
    "figures": May({"numpy"}, late={"matplotlib", "plotly"}),
    "explanation": May({"numpy"}),
    "suggestions": May({"numpy"}),
    "curves": May({"numpy"}),
    "records": May({"numpy"}, late={"pandas"}),
    "common": May(),
}
LEVELS = list(FOLDERS)
# Within these, a framework has its own folder: it alone knows that framework.
WITHIN = {"loops": {"transformers"}}
PARTS = [f"{folder}/{part}" for folder, parts in WITHIN.items() for part in sorted(parts)]
HEAVY = (
    *("torch", "fastai", "lightning", "transformers", "accelerate"),
    *("marimo", "matplotlib", "plotly", "pandas"),
)
MOST_LINES = 400


def module_name(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def place_of(path):
    return path.relative_to(ROOT).as_posix()


def folder_of(path):
    """Of `FOLDERS` the one that a file is in, or that its framework's folder is in."""
    return place_of(path).rpartition("/")[0].split("/")[0]


BY_NAME = {module_name(path): path for path in ALL}


def imports(path, *, at_import=False):
    """Full names of the modules a file imports: all, or only when it is imported itself."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes = list(tree.body) if at_import else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in BY_NAME else node.module


def ours(path):
    return {name for name in imports(path) if name.split(".")[0] == "lr_widget"}


def others(path, *, at_import=False):
    roots = {name.split(".")[0] for name in imports(path, at_import=at_import)}
    return roots - {"lr_widget"} - sys.stdlib_module_names


def test_every_folder_has_its_place():
    folders = {place_of(path).rpartition("/")[0] for path in FILES}
    assert folders == {*FOLDERS, *PARTS}


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_go_downwards_only(path):
    level = LEVELS.index(folder_of(path))
    upwards = {name for name in ours(path) if LEVELS.index(folder_of(BY_NAME[name])) < level}
    assert not upwards


def test_no_files_import_each_other_in_a_circle():
    graph = {module_name(path): ours(path) for path in FILES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(FILES)


def test_nothing_needs_what_is_for_tests_only():
    assert len(ALL) > len(FILES)
    for path in FILES:
        assert not any(name.startswith("lr_widget.testing") for name in ours(path)), path.name


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_a_folder_imports_only_what_it_may(path):
    may = FOLDERS[folder_of(path)]
    assert others(path, at_import=True) <= may.anywhere
    assert others(path) <= may.anywhere | may.late


TESTS = sorted(Path(__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_what_tests_share_is_in_support(path):
    shared = ("tests.support", "benchmarks", "tools")
    folders = {"tests", "benchmarks", "tools", *(each.stem for each in TESTS)}
    near = [name for name in imports(path) if name.split(".")[0] in folders]
    assert all(name.startswith(shared) for name in near)


def test_only_its_own_loop_knows_fastai():
    knowing = [path for path in FILES if "fastai" in others(path)]
    assert knowing
    assert all(path.name.startswith("fastai") for path in knowing)


def test_only_its_own_loop_knows_transformers_and_nobody_imports_accelerate():
    knowing = {place_of(path) for path in FILES if "transformers" in others(path)}
    knowing -= {"find.py"}  # for types only
    assert knowing
    assert all(place.startswith("loops/transformers/") for place in knowing)
    assert not [path for path in FILES if "accelerate" in others(path)]


def test_only_its_own_loop_knows_lightning_and_nobody_imports_it_by_name():
    # a trainer is of `lightning` or of `pytorch_lightning`: the one that it is of is loaded already
    names = {"lightning", "lightning_utilities", "pytorch_lightning", "torchmetrics"}
    assert not [path for path in FILES if others(path) & names]
    knowing = [path.name for path in FILES if "pytorch_lightning" in path.read_text("utf-8")]
    assert set(knowing) - {"adapt.py"} == {"lightning.py", "lightning_fit.py"}


def test_only_one_file_knows_marimo():
    knowing = [path.relative_to(ROOT).as_posix() for path in FILES if "marimo" in others(path)]
    assert knowing == ["hosts/marimo.py"]


@pytest.mark.parametrize("folder", [folder for folder in LEVELS if folder] + [*PARTS, "testing"])
def test_a_folder_says_what_belongs_in_it(folder):
    docstring, *code = ast.parse((ROOT / folder / "__init__.py").read_text("utf-8")).body
    assert isinstance(docstring.value.value, str)
    assert folder == "testing" or not code  # so that a file loads no others of its folder


def test_no_module_hides_a_public_name():
    # `lr_widget.suggest` is a function, and would be the module once that is imported
    names = {name.split(".")[-1] for name in BY_NAME}
    assert not names & set(lr_widget.__all__)


def test_nothing_outside_widget_touches_a_private_member_of_the_picker():
    own = [vars(kind) for kind in (lr_widget.LRPicker, ShownSweep)]
    known = {name for names in (*own, vars(lr_widget.LRPicker())) for name in names}
    inherited = set(dir(DOMWidget))
    private = {name for name in known if name.startswith("_") and not name.startswith("__")}
    private = (private | set(PickerTraits.class_own_traits())) - inherited
    private = {name for name in private if name.startswith("_")}
    assert {"_zones", "_points", "_tryout", "_conclude", "_open_up"} <= private
    for path in ALL:
        if folder_of(path) == "widget":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in private:
                owner = node.value.id if isinstance(node.value, ast.Name) else ""
                assert owner in ("self", "cls"), f"{path.name}:{node.lineno} has .{node.attr}"


def test_the_public_names_are_those_of_the_contract():
    records = ["Case", "LRPicker", "Score", "Suggestion", "Sweep", "Trial", "Trials", "Truth"]
    assert lr_widget.__all__ == [*records, "gallery", "lr_find", "suggest", "worksheet"]
    assert all(hasattr(lr_widget, name) for name in lr_widget.__all__)


def test_the_picker_has_one_base_beside_its_traits():
    ours = [kind for kind in lr_widget.LRPicker.__mro__ if kind.__module__.startswith("lr_widget")]
    assert ours == [lr_widget.LRPicker, ShownSweep, PickerTraits]


@pytest.mark.parametrize("path", ALL, ids=module_name)
def test_a_file_can_be_read_in_one_go(path):
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


LIGHT = {
    "the import": "",
    "a picker over a sweep": "LRPicker(sweep).get_state()",
    "an empty picker": "LRPicker().get_state()",
    "several sweeps": "LRPicker([sweep, sweep]).max_lr",
    "a saved sweep": "LRPicker(Sweep.load(path))",
    "a suggestion": "assert suggest(sweep).lr",
    "a case": "assert gallery('collab').score((1e-3, 1e-2)).text",
    "a picker over a case": "LRPicker(gallery('collab').sweep).get_state()",
}


@pytest.mark.parametrize("what", LIGHT)
def test_what_needs_no_model_loads_no_torch(what, tmp_path):
    path = tmp_path / "a.json"
    lr_widget.Sweep([10.0 ** (i / 10 - 7) for i in range(80)], range(80, 0, -1)).save(path)
    code = (
        "import sys\nfrom lr_widget import LRPicker, Sweep, gallery, suggest\npath = sys.argv[1]\n"
        f"sweep = Sweep.load(path)\n{LIGHT[what]}\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT.parent,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")
