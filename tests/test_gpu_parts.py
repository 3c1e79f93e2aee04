"""Each part of `make gpu` runs, and can fail.

Without a GPU a stand-in takes the place of what CUDA would say. What needs CUDA must not pass.
"""

import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from lr_widget.engine import loss_reader  # noqa: E402  needs torch
from lr_widget.snapshot.snapshot import Snapshot  # noqa: E402

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "benchmarks"
NOT_RUN = "needs CUDA: not run"
# the timings collect garbage before each: quick then, however much this process holds
pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("only_new_garbage")]


@pytest.fixture(autouse=True)
def _as_a_script(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)  # as Python does with the folder of a script


def part(name):
    return import_module(f"gpu_parts.{name}")


def stand_in(name):
    return list(part(name).rows(part("row").Setting("cpu")))


@pytest.mark.parametrize("name", ["cuda_tests", "no_wait", "out_of_memory"])
def test_what_needs_cuda_does_not_pass_without(name):
    assert [(row.measured, row.holds) for row in stand_in(name)] == [(NOT_RUN, "")]


@pytest.mark.parametrize("name", ["snapshot", "streaming", "machine"])
def test_a_part_runs_as_a_stand_in(name):
    rows = stand_in(name)
    assert len(rows) > 2
    assert all(row.what and row.measured for row in rows)
    assert [row for row in rows if row.measured == NOT_RUN] or name != "snapshot"


@pytest.mark.parametrize("peers", [True, False])
def test_a_sweep_is_timed_beside_the_peers_that_are_there(peers, monkeypatch):
    pytest.importorskip("fastai")
    pytest.importorskip("torch_lr_finder")
    if not peers:
        for module in ("fastai.learner", "torch_lr_finder"):
            monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed
    rows = {row.what.split(": ")[-1]: row.measured for row in stand_in("sweep")}
    ours = {"bare loop", "lr_widget"}
    if peers:
        assert set(rows) == ours | {"torch-lr-finder", "learn.fit", "learn.lr_find"}
    else:
        assert set(rows) == ours | {"torch-lr-finder", "fastai"}
        assert rows["fastai"] == "fastai.learner is missing: not run"
        assert rows["torch-lr-finder"] == "torch_lr_finder is missing: not run"


def test_a_package_that_lacks_one_of_its_own_is_missing(tmp_path, monkeypatch):
    (tmp_path / "half_there.py").write_text("import nothing_of_this_name")
    monkeypatch.syspath_prepend(tmp_path)
    assert import_module("timing").lacking("half_there") == "nothing_of_this_name"
    assert import_module("timing").lacking("json") == ""


def test_the_state_is_compared_bit_for_bit():
    rows = {row.what: (row.measured, row.holds) for row in stand_in("restore")}
    whole = ("6 of 6 sweeps bit for bit", "yes")
    assert rows["Adam, fused; copy on the device"] == whole
    assert rows["AdamW with amsgrad, foreach; copy on the device"] == whole
    assert rows["Adam, capturable; copy on the device"] == (NOT_RUN, "")
    assert rows["copy in pinned host memory"] == (NOT_RUN, "")


def test_what_does_not_come_back_is_named(monkeypatch):
    monkeypatch.setattr(part("restore"), "OPTIMIZERS", {"Adam": torch.optim.Adam})
    monkeypatch.setattr(Snapshot, "restore", lambda snapshot: None)
    row = stand_in("restore")[0]
    assert row.holds == "WRONG"
    assert "float32, trained: model differ" in row.measured
    assert "float16 with GradScaler, fresh: the next steps differ" in row.measured


@pytest.fixture
def out_of_memory(monkeypatch):
    monkeypatch.setattr(part("out_of_memory"), "WIDTH", 64)
    return part("out_of_memory").case


class Card:
    """Stands for a card: says how many bytes are taken, and runs out when asked to."""

    def __init__(self, copy):
        self._answers, self._copy = [0, 0, 0], copy  # none of them while the copy is there

    def allocated(self):
        return self._answers.pop() if self._answers else self._copy

    def run_out(self):
        raise torch.OutOfMemoryError("on purpose")

    def take(self, leave):
        assert leave > 0

    def give_back(self):
        self._copy = 0


@pytest.mark.parametrize("place", ["on the device", "in pinned host memory"])
def test_out_of_memory_is_judged(place, out_of_memory):
    rows = list(out_of_memory("cpu", place, Card(0 if "host" in place else 10**9)))
    assert [(row.measured.split(",")[0], row.holds) for row in rows] == [
        ("raised", "yes"),
        ("bit for bit", "yes"),
        (f"{place}; then {0 if 'host' in place else 1} GB taken", "yes"),
        ("the next sweep finished", "yes"),
    ]


def test_out_of_memory_that_spoils_something_is_told(monkeypatch, out_of_memory):
    monkeypatch.setattr(Snapshot, "restore", lambda snapshot: None)
    card = Card(0)
    card.give_back = lambda: setattr(card, "_copy", 10**9)
    rows = list(out_of_memory("cpu", "on the device", card))
    assert [row.holds for row in rows] == ["yes", "WRONG", "WRONG", "WRONG"]
    assert rows[1].measured.startswith("model differ")
    assert rows[2].measured == "it was in pinned host memory"
    assert rows[3].measured == "1000.0 MB are still taken"


def test_no_error_is_wrong_too(out_of_memory):
    card = Card(10**9)
    card.run_out = lambda: None
    row = next(out_of_memory("cpu", "on the device", card))
    assert (row.measured, row.holds) == ("nothing was raised", "WRONG")


@pytest.fixture
def sync_debug_mode(monkeypatch):
    """Stands for PyTorch's watch: in its mode "error" nobody may read a tensor by `item`."""
    modes, item = ["default"], torch.Tensor.item

    def watched(tensor):
        asking = sys._getframe(1).f_globals["__name__"]  # optimizers read what is on the host
        if modes[-1] == "error" and asking.startswith(("lr_widget", "gpu_parts")):
            raise RuntimeError("called a synchronizing CUDA operation")
        return item(tensor)

    monkeypatch.setattr(torch.cuda, "set_sync_debug_mode", modes.append)
    monkeypatch.setattr(torch.Tensor, "item", watched)
    return modes


def test_steps_that_wait_for_nothing_pass_the_watch(sync_debug_mode, monkeypatch):
    late = SimpleNamespace(query=lambda: False, synchronize=lambda: None)
    monkeypatch.setattr(loss_reader, "_computed_behind", lambda loss: True)
    monkeypatch.setattr(loss_reader, "_start_copy", lambda loss: loss.clone())
    monkeypatch.setattr(loss_reader, "_mark", lambda device: late)
    pytest.importorskip("fastai")
    rows = list(part("no_wait").watched("cpu"))
    assert [row for row in rows if row.holds != "yes"] == []
    assert {"the watch sees loss.item()", "fastai, Adam"} < {row.what for row in rows}
    assert sync_debug_mode.count("error") == len(rows)
    assert sync_debug_mode[-1] == "default"


def test_a_step_that_waits_is_caught(sync_debug_mode):
    control, row, *_ = part("no_wait").watched("cpu")  # on a CPU the loss is read at once
    assert control.holds == "yes"
    assert row.holds == "WRONG"
    assert row.measured == "called a synchronizing CUDA operation"
    assert sync_debug_mode[-1] == "default"


def test_a_watch_that_sees_nothing_is_told(monkeypatch):
    monkeypatch.setattr(torch.cuda, "set_sync_debug_mode", lambda mode: None)
    row = next(part("no_wait").watched("cpu"))
    assert row.holds == "WRONG"


def test_a_sweep_cut_short_is_no_proof(sync_debug_mode):
    short = SimpleNamespace(sweep=range(7))
    row = part("no_wait").outcome("a sweep", lambda watch: short)
    assert (row.measured, row.holds) == ("7 steps were made instead of 60", "WRONG")


def test_the_files_with_tests_for_cuda_are_found():
    names = {path.name for path in part("cuda_tests").files(ROOT / "tests")}
    assert {"test_no_wait.py", "test_memory.py", "test_loss_reader.py"} <= names
    assert "test_find.py" not in names


def test_tests_that_fail_are_named(tmp_path):
    (tmp_path / "test_some.py").write_text(
        "import pytest\npytestmark = pytest.mark.cuda\ndef test_a(): pass\n"
        "def test_b(): assert False\ndef test_c(): pytest.skip('no GPU')\n"
    )
    broken = tmp_path / "test_broken.py"
    broken.write_text("import nothing_of_this_name")
    row = part("cuda_tests").run([broken, tmp_path / "test_some.py"], "cuda")
    assert row.holds == "WRONG"
    assert "test_broken failed" in row.measured
    assert "test_b failed" in row.measured
    assert "test_a" not in row.measured


@pytest.mark.parametrize(
    ("cases", "measured", "holds"),
    [
        ("<testcase name='a'/><testcase name='b'/>", "2 passed", "yes"),
        (
            "<testcase name='a'/><testcase name='b'><skipped/></testcase>",
            "1 passed, skipped: b",
            "yes",
        ),
        ("<testcase name='b'><skipped/></testcase>", "not one has run", "WRONG"),
        ("", "not one has run", "WRONG"),
    ],
)
def test_tests_that_do_not_run_do_not_pass(cases, measured, holds, tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(f"<testsuites>{cases}</testsuites>")
    row = part("cuda_tests").read(report)
    assert (row.measured, row.holds) == (measured, holds)
