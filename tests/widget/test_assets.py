"""The page's code is read once, shared once, and made anew after `Widget.close_all()`."""

import gzip

import pytest
from ipywidgets import Widget

from lr_widget import LRPicker
from lr_widget.widget import assets


def test_all_pickers_name_the_same_bundle():
    first, second = LRPicker(), LRPicker()
    assert first._bundle_id == second._bundle_id == assets.shared_bundle().model_id
    assert first._bundle_hash == second._bundle_hash == assets.bundle_hash()


def test_the_shared_bundle_holds_the_packed_module():
    held = assets.shared_bundle().get_state()["bundle"]
    assert held == assets.bundle()
    assert gzip.decompress(held)


def test_a_picker_carries_the_loader_but_not_the_bundle():
    state = LRPicker().get_state()
    assert state["_esm"] == assets.loader()
    assert state["_bundle"] == b""


def test_after_close_all_the_next_picker_has_a_bundle_again():
    before = LRPicker()._bundle_id
    Widget.close_all()
    picker = LRPicker()
    assert picker._bundle_id != before
    assert picker._bundle_id == assets.shared_bundle().model_id
    assert assets.shared_bundle().comm is not None


def test_a_missing_file_says_how_to_build_it():
    with pytest.raises(FileNotFoundError, match=r"lr_widget/static/nothing\.js is missing: build"):
        assets._static("nothing.js")
