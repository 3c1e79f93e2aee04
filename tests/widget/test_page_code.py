"""One script beside several pages: written where it is wanted, and nothing else is overwritten."""

import json
import re
from base64 import b64decode

import pytest

from lr_widget import LRPicker
from lr_widget.widget import assets
from tests.support.curves import losses, sweep

NAME = "lr_widget.js"


@pytest.fixture
def picker():
    return LRPicker(sweep(losses("usual"), label="a"))


def test_pages_of_a_few_kb_share_one_script(picker, tmp_path):
    for name in ("a.html", "b.html"):
        picker.save_html(tmp_path / name, shared=NAME)
        assert (tmp_path / name).stat().st_size < 20_000
        text = (tmp_path / name).read_text("utf-8")
        assert text.count(f'<script src="{NAME}"></script>') == 1
        assert not re.search(r"(?:src|href)=\"?https?:", text)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "b.html", NAME]


def test_the_script_has_the_code_and_says_of_which_version(picker, tmp_path):
    picker.save_html(tmp_path / "a.html", shared=NAME)
    text = (tmp_path / NAME).read_text("ascii")
    head, _, rest = text.partition("\n")
    assert re.fullmatch(rf"/\* lr_widget \S+ {assets.bundle_hash()} \*/", head)
    held = json.loads(rest.removeprefix("globalThis.lr_widget = ").rstrip().removesuffix(";"))
    assert b64decode(held["bundle"]) == assets.bundle()
    assert b64decode(held["practice"]) == assets.practice()


def test_it_is_written_once_and_again_where_it_is_of_another_version(picker, tmp_path):
    script = tmp_path / NAME
    picker.save_html(tmp_path / "a.html", shared=NAME)
    whole, before = script.read_bytes(), script.stat()
    picker.save_html(tmp_path / "b.html", shared=NAME)
    after = script.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    for other in (
        b"/* lr_widget 0.0.1 0123456789abcdef */\nglobalThis.lr_widget = {};\n",
        whole[:99],
    ):
        script.write_bytes(other)
        picker.save_html(tmp_path / "a.html", shared=NAME)
        assert script.read_bytes() == whole


BAD = [
    ("../lr_widget.js", ValueError),
    ("sub/lr_widget.js", ValueError),
    ("sub\\lr_widget.js", ValueError),
    ("/lr_widget.js", ValueError),
    ("C:lr_widget.js", ValueError),
    ("https://example.org/lr_widget.js", ValueError),
    ("lr_widget.html", ValueError),
    ("lr_widget", ValueError),
    ("", ValueError),
    (".js", ValueError),
    ("..js", ValueError),
    ("a\n.js", ValueError),
    ("a\0.js", ValueError),
    (5, TypeError),
    (True, TypeError),
    (b"lr_widget.js", TypeError),
]


@pytest.mark.parametrize(("name", "kind"), BAD, ids=repr)
def test_a_name_that_is_no_plain_one_is_refused_and_nothing_is_written(
    picker, tmp_path, name, kind
):
    with pytest.raises(kind, match="shared must be") as caught:
        picker.save_html(tmp_path / "a.html", shared=name)
    assert repr(name) in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"alert(1)", b"/* mine */", b"\xff\xfe"])
def test_a_file_of_somebody_else_stays(picker, tmp_path, content):
    (tmp_path / "app.js").write_bytes(content)
    with pytest.raises(ValueError, match=r"got 'app\.js', which is another file"):
        picker.save_html(tmp_path / "a.html", shared="app.js")
    assert (tmp_path / "app.js").read_bytes() == content
    assert not (tmp_path / "a.html").exists()


def test_page_and_script_are_two_files(picker, tmp_path):
    with pytest.raises(ValueError, match="shared must be another file than the page"):
        picker.save_html(tmp_path / NAME, shared=NAME)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_that_name_is_an_error_of_the_system(picker, tmp_path):
    (tmp_path / NAME).mkdir()
    with pytest.raises(OSError, match=NAME):
        picker.save_html(tmp_path / "a.html", shared=NAME)
    assert not (tmp_path / "a.html").exists()


def test_a_page_that_cannot_be_written_leaves_no_script(picker, tmp_path):
    with pytest.raises(FileNotFoundError):
        picker.save_html(tmp_path / "nowhere" / "a.html", shared=NAME)
    (tmp_path / "page").mkdir()
    with pytest.raises(IsADirectoryError):
        picker.save_html(tmp_path / "page", shared=NAME)
    assert [path.name for path in tmp_path.iterdir()] == ["page"]


@pytest.mark.parametrize("name", ["a b&c.js", "a#b.js", "a%20b.js", "ä'.js"])
def test_a_strange_name_is_found_from_the_page(picker, tmp_path, name):
    from html import unescape
    from urllib.parse import unquote

    picker.save_html(tmp_path / "a.html", shared=name)
    (named,) = re.findall(r'<script src="([^"]*)">', (tmp_path / "a.html").read_text("utf-8"))
    assert unquote(unescape(named)) == name
    assert (tmp_path / name).exists()
