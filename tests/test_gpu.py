"""`make gpu` runs all of its parts, each by itself, whatever becomes of the others."""

import json
import os
import runpy
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("torch")

from tools import gpu_wheels

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "benchmarks"
NOT_RUN = "needs CUDA: not run"
SHELL = ["/bin/sh", "-c"]


@pytest.fixture(autouse=True)
def _as_a_script(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)  # as Python does with the folder of a script


@pytest.fixture
def gpu():
    return import_module("gpu")


def row_of(what):
    return json.dumps([what, "found", "", "yes"])


@pytest.mark.parametrize(
    ("ending", "fault"),
    [
        ("echo words >&2; kill -SEGV $$", "ended with status -11"),
        ("echo words; exit 3", "ended with status 3: words"),
        ("printf '[\"half a' >> rows; exit 1", "ended with status 1"),
        ("sleep 600", "was stopped after 1 s"),
    ],
)
def test_a_part_that_dies_keeps_its_lines(ending, fault, gpu, tmp_path):
    file = tmp_path / "rows"
    command = [*SHELL, f"cd {tmp_path}; echo '{row_of('first')}' >> rows; {ending}"]
    outcome = gpu.run(command, file, 1, dict(os.environ))
    first, last = outcome.rows
    assert first == ("first", "found", "", "yes")
    assert last.measured.startswith(fault)
    assert last.holds == "failed"
    assert "words" in outcome.output or "words" not in ending


def test_what_a_part_has_started_ends_with_it(gpu, tmp_path):
    fifo = tmp_path / "held"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    gpu.run([*SHELL, f"sleep 600 > {fifo} & wait"], tmp_path / "rows", 1, dict(os.environ))
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""  # only when nobody holds the other end any more
    os.close(reader)


@pytest.fixture
def outcomes(gpu, monkeypatch):
    """Parts that end as the test wants, by name; and which were run, for how long at most."""
    planned, limits = {}, {}

    def run(command, file, limit, environment):
        name = command[3]
        limits[name] = limit
        row = gpu.Row("a line", name, "", "yes")
        return planned.get(name, gpu.Outcome([row]))

    monkeypatch.setattr(gpu, "run", run)
    planned["machine"] = gpu.Outcome([gpu.Row("card", "H1, 80 GiB")])
    return SimpleNamespace(planned=planned, limits=limits)


def test_one_failure_leaves_the_others_running(gpu, outcomes, tmp_path, capsys):
    failed = gpu.Row("the rest", "ended with status -11", "", "failed")
    outcomes.planned["restore"] = gpu.Outcome([failed], "Segmentation fault")
    file = tmp_path / "gpu.md"
    assert gpu.main(["--device", "cuda", "--write", str(file)]) == 1
    assert list(outcomes.limits) == ["machine", *gpu.PARTS]
    written = file.read_text("utf-8")
    assert written == capsys.readouterr().out
    assert written.startswith("# lr_widget on a GPU: H1, 80 GiB\n")
    assert "| restore | the rest | ended with status -11 |  | failed |" in written
    assert "| streaming | a line | streaming |  | yes |" in written
    assert "Segmentation fault" in written


def test_a_wrong_line_is_a_failure_and_a_missed_bound_is_none(gpu, outcomes):
    slow = gpu.Outcome([gpu.Row("a time", "1.5 x", "1.02 x", "no")])
    outcomes.planned["sweep"] = slow
    assert gpu.main(["--device", "cuda"]) == 0
    outcomes.planned["sweep"] = gpu.Outcome([gpu.Row("bits", "differ", "", "WRONG")])
    assert gpu.main(["--device", "cuda"]) == 1


def test_a_stand_in_holds_no_bound_and_measures_no_gpu(gpu, outcomes, capsys):
    outcomes.planned["sweep"] = gpu.Outcome([gpu.Row("a time", "1.01 x", "1.02 x", "yes")])
    assert gpu.main(["--device", "cpu"]) == 0
    printed = capsys.readouterr().out
    assert "| sweep | a time | 1.01 x | 1.02 x |  |" in printed
    assert "On a GPU: not measured." in printed


def test_a_part_runs_alone_after_the_machine_is_known(gpu, outcomes):
    assert gpu.main(["--only", "streaming", "no_wait", "--device", "cuda"]) == 0
    assert list(outcomes.limits) == ["machine", "no_wait", "streaming"]


def test_what_has_no_time_left_is_not_run(gpu, outcomes, monkeypatch, capsys):
    monkeypatch.setattr(gpu, "TOTAL_SECONDS", 0.0)
    gpu.main(["--device", "cuda"])
    assert outcomes.limits == {}
    assert capsys.readouterr().out.count("no time was left: not run") == 1 + len(gpu.PARTS)


def test_all_limits_keep_to_six_minutes(gpu, outcomes):
    gpu.main(["--device", "cuda"])
    assert gpu.TOTAL_SECONDS <= 360
    assert all(0 < limit <= 360 for limit in outcomes.limits.values())
    assert gpu.PARTS.items() >= {(n, t) for n, t in outcomes.limits.items() if n in gpu.PARTS}


@pytest.mark.parametrize("wrong", [["--only", "nothing"], ["--wheels", "nowhere"]])
def test_what_does_not_exist_is_refused(wrong, gpu, outcomes, capsys):
    with pytest.raises(SystemExit):
        gpu.main(wrong)
    assert outcomes.limits == {}
    assert wrong[1] in capsys.readouterr().err


def test_every_part_has_its_file(gpu):
    helpers = {"__init__", "machine", "row", "run", "timed"}
    files = {path.stem for path in (FOLDER / "gpu_parts").glob("*.py")}
    assert files - helpers == set(gpu.PARTS)


def test_a_part_writes_its_lines_for_the_report(gpu, tmp_path, monkeypatch):
    file = tmp_path / "rows"
    monkeypatch.setattr(sys, "argv", ["run", "out_of_memory", "cpu", str(file)])
    runpy.run_module("gpu_parts.run", run_name="__main__")
    assert list(gpu._read(file)) == [("out of memory in a step", NOT_RUN, "", "")]


def test_a_part_finds_the_checkout_and_the_wheels(gpu, tmp_path, monkeypatch):
    root = tmp_path / "root"
    make_wheel(tmp_path, "lr_widget", {"lr_widget/static/loader.js": "page", "lr_widget/a.py": ""})
    make_wheel(tmp_path, "numpy", {"numpy/__init__.py": "raise ImportError('shadowed')"})
    make_wheel(tmp_path, "carried", {"carried.py": "found = 7"})
    monkeypatch.setattr(gpu, "ROOT", root)
    environment = gpu._environment(tmp_path, tmp_path)
    assert [path.name for path in root.rglob("*.*")] == ["loader.js"]
    monkeypatch.undo()
    code = "import gpu_parts.row, carried, numpy, lr_widget; print(carried.found)"
    environment["PYTHONPATH"] += os.pathsep + str(ROOT)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("7\n", "")


def make_wheel(folder, name, files):
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


def test_make_gpu_installs_nothing():
    lines = (ROOT / "Makefile").read_text("utf-8").splitlines()
    (at,) = [i for i, line in enumerate(lines) if line.startswith("gpu:")]
    assert lines[at] == "gpu:"  # whatever it depended on might need a network
    assert "benchmarks/gpu.py" in lines[at + 1]


@pytest.mark.parametrize(("room", "words"), [(2**40, "1 wheels of"), (1, "Too heavy: 1 wheels of")])
def test_the_wheels_are_weighed_with_the_checkout(room, words, tmp_path, monkeypatch):
    make_wheel(tmp_path, "some", {"some.py": ""})
    monkeypatch.setattr(gpu_wheels, "ROOM", room)
    found = gpu_wheels.weigh(tmp_path)
    assert found.startswith(words)
    assert ("the largest is some-1.0" in found) == (room == 1)


def test_wheels_go_into_an_empty_folder(tmp_path, capsys):
    make_wheel(tmp_path, "old", {})
    with pytest.raises(SystemExit):
        gpu_wheels.main([str(tmp_path), "--python", sys.executable])
    assert "folder must be new or empty" in capsys.readouterr().err


def test_a_python_that_is_not_there_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit):
        gpu_wheels.main([str(tmp_path / "new"), "--python", "python2.0"])
    assert "--python must name a Python on this machine, got python2.0" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
