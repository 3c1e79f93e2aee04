"""Imports go downwards only, the heavy ones come late, and files stay small."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lr_widget

ROOT = Path(lr_widget.__file__).parent
ALL = sorted(ROOT.rglob("*.py"))
FILES = [path for path in ALL if path.parent.name != "testing"]  # that stands beside the rooms

# From the top down; a file imports from lower rooms or from its own.
ROOMS = [
    {"__init__"},
    {"find"},
    {"arguments"},
    {"widget"},
    {"handed"},
    {"tried"},
    {"trials"},
    {"page"},
    {"compared"},
    {"explained", "trial_feed"},
    {"trial_request"},
    {"interrupts", "assets", "reruns"},
    {"still", "plotted", "traits"},
    {"figure", "stream"},
    {"loops.adapt"},
    {"loops.hints", "loops.recall"},
    {"loops.fastai"},
    {"loops.fastai_training"},
    {"loops.pytorch", "loops.step", "loops.groups", "loops.updates"},
    {"loops", "loops.protocol"},
    {"range_test", "training"},
    {"snapshot", "losses"},
    {"memory"},
    {"states", "randomness", "modes"},
    {"trials_record"},
    {"verdict"},
    {"trial"},
    {"outcome", "explain"},
    {"repeats", "history"},
    {"suggest"},
    {"cautions"},
    {"situation"},
    {"rule", "public_rules", "turned"},
    {"reading"},
    {"sweep", "schedule", "smoothing", "divergence"},
    {"pick"},
    {"checks", "sentences", "host", "json_files", "frames", "busy", "errors"},
]
LEVEL = {name: level for level, room in enumerate(ROOMS) for name in room}
NUMPY_ONLY = {name for name in LEVEL if LEVEL[name] >= LEVEL["outcome"]} - {"host"} | {"stream"}
LATE = {"frames": {"pandas"}}  # imported where it is needed, and not before
HEAVY = ("torch", "fastai", "matplotlib", "plotly", "pandas")


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def imports(path, *, at_import=False):
    """Full names of what a file imports: all of it, or only what runs when it is imported."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes = list(tree.body) if at_import else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            ours = [name for name in submodules if name.removeprefix("lr_widget.") in LEVEL]
            yield from ours or [node.module]


def ours(path):
    names = (name for name in imports(path) if name.split(".")[0] == "lr_widget")
    return {name.removeprefix("lr_widget.") for name in names}


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_go_downwards_only(path):
    level = LEVEL[module_name(path)]
    upwards = {name for name in ours(path) if LEVEL[name] < level}
    assert not upwards


def test_no_two_files_import_each_other():
    graph = {module_name(path): ours(path) for path in FILES}
    for name, targets in graph.items():
        assert not {target for target in targets if name in graph[target]}, name


def test_nothing_needs_what_is_for_tests_only():
    assert len(ALL) > len(FILES)
    for path in FILES:
        assert not any("testing" in name for name in ours(path)), path.name


def test_every_file_has_its_room_and_every_room_its_file():
    assert {module_name(path) for path in FILES} == set(LEVEL)


@pytest.mark.parametrize(
    "path", [path for path in FILES if module_name(path) in NUMPY_ONLY], ids=module_name
)
def test_the_lower_rooms_need_numpy_only(path):
    roots = {name.split(".")[0] for name in imports(path)}
    known = {"numpy", "lr_widget"} | LATE.get(module_name(path), set())
    assert roots - known <= sys.stdlib_module_names


@pytest.mark.parametrize(
    "path", [path for path in FILES if LEVEL[module_name(path)] <= LEVEL["stream"]], ids=module_name
)
def test_the_upper_rooms_import_torch_late(path):
    roots = {name.split(".")[0] for name in imports(path, at_import=True)}
    assert not roots & set(HEAVY)


def test_what_is_needed_late_is_imported_late():
    for name, late in LATE.items():
        (path,) = (path for path in FILES if module_name(path) == name)
        assert not late & {each.split(".")[0] for each in imports(path, at_import=True)}


def test_only_its_own_loop_knows_fastai():
    knowing = {
        module_name(path)
        for path in FILES
        if any(name.split(".")[0] == "fastai" for name in imports(path))
    }
    assert knowing == {"loops.fastai", "loops.fastai_training"}


def test_loops_know_nothing_of_widgets():
    widgets = {"ipywidgets", "anywidget", "traitlets", "IPython"}
    for path in FILES:
        if module_name(path).startswith("loops"):
            assert not {name.split(".")[0] for name in imports(path)} & widgets


def test_the_public_names_are_those_of_the_contract():
    names = ["LRPicker", "Suggestion", "Sweep", "Trial", "Trials", "lr_find", "suggest"]
    assert lr_widget.__all__ == names
    assert all(hasattr(lr_widget, name) for name in lr_widget.__all__)


@pytest.mark.parametrize("path", ALL, ids=module_name)
def test_a_file_can_be_read_in_one_go(path):
    assert len(path.read_text("utf-8").splitlines()) <= 300


LIGHT = {
    "the import": "",
    "a picker over a sweep": "LRPicker(sweep).get_state()",
    "an empty picker": "LRPicker().get_state()",
    "several sweeps": "LRPicker([sweep, sweep]).max_lr",
    "a saved sweep": "LRPicker(Sweep.load(path))",
    "a suggestion": "assert suggest(sweep).lr",
}


@pytest.mark.parametrize("what", LIGHT)
def test_what_needs_no_model_loads_no_torch(what, tmp_path):
    path = tmp_path / "a.json"
    lr_widget.Sweep([10.0 ** (i / 10 - 7) for i in range(80)], range(80, 0, -1)).save(path)
    code = (
        "import sys\nfrom lr_widget import LRPicker, Sweep, suggest\npath = sys.argv[1]\n"
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
