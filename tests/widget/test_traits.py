"""What kernel and page share: `js/src/source/types.ts` describes it, Python keeps to it."""

import math
import re
from pathlib import Path

import pytest
import torch

from lr_widget import LRPicker, lr_find
from lr_widget.widget.traits import PickerTraits
from tests.support import models

TYPES = Path(__file__).parents[2] / "js" / "src" / "source" / "types.ts"
# What only the loader reads, before there is anything that knows `State`.
LOADER = {"_esm", "_bundle", "_bundle_id", "_bundle_hash", "_bundle_practice"}


def interfaces():
    """Field names and types of every interface, as TypeScript has them."""
    text = re.sub(r"/\*\*.*?\*/|//[^\n]*", "", TYPES.read_text("utf-8"), flags=re.DOTALL)
    found = {}
    for name, body in re.findall(r"export interface (\w+) \{(.*?)\n\}", text, re.DOTALL):
        fields = re.findall(r"(?:readonly )?(\w+)(\??): ([^;]+);", body)
        found[name] = {field: kind.replace("readonly ", "") for field, _, kind in fields}
    return found


INTERFACES = interfaces()
NUMBER = (int, float)


def fits(value, kind):
    """Tell whether a value, as Python sends it, is of a type of the page's."""
    kind = kind.strip()
    if kind.startswith("Partial<"):
        inner = INTERFACES[kind[8:-1]]
        return all(key in inner and fits(each, inner[key]) for key, each in value.items())
    if " | " in kind:
        return any(fits(value, each) for each in kind.strip("()").split(" | "))
    if kind.endswith("[]"):
        inner = kind[:-2].removeprefix("(").removesuffix(")")
        return isinstance(value, (list, tuple)) and all(fits(each, inner) for each in value)
    if kind.startswith('"'):
        return value == kind.strip('"')
    if kind in INTERFACES:
        inner = INTERFACES[kind]
        return set(value) == set(inner) and all(fits(value[key], inner[key]) for key in inner)
    simple = {
        "null": lambda: value is None,
        "boolean": lambda: isinstance(value, bool),
        "number": lambda: isinstance(value, NUMBER) and math.isfinite(value),
        "string": lambda: isinstance(value, str),
        "Bytes": lambda: isinstance(value, (bytes, memoryview)),
        "Interval": lambda: (
            isinstance(value, tuple) and len(value) == 2 and all(fits(x, "number") for x in value)
        ),
        "Num": lambda: fits(value, "number") or value in ("nan", "inf", "-inf"),
        "Status": lambda: value in ("idle", "running", "finished", "stopped", "failed"),
        "ZoneName": lambda: value in ("too_slow", "learning", "edge", "diverging", "flat"),
        "Schedule": lambda: (
            isinstance(value, list) and all(fits(tuple(each), "Interval") for each in value)
        ),
    }
    return simple[kind]()


@pytest.fixture(scope="module")
def states():
    """Synced states of pickers in all that they can show."""
    model, optimizer, loss_fn, loader = models.setup()
    first = lr_find(model, optimizer, loss_fn, loader, show=False, seed=1)
    second = lr_find(model, optimizer, loss_fn, loader, show=False, seed=1)
    second.value = (1e-3, 1e-2)
    second.keep()
    second.keep((1e-4, 1e-3))
    second.try_picks(valid=loader)
    compared = LRPicker([first.sweep, second.sweep])
    with pytest.raises(ZeroDivisionError) as caught:
        lr_find(step=lambda: torch.tensor(1 / 0), optimizer=optimizer, model=model, show=False)
    pickers = [LRPicker(), first, second, compared, caught.value.picker]
    return [picker.get_state() for picker in pickers]


def test_the_page_knows_every_trait_and_no_other():
    own = {
        name for name, trait in PickerTraits.class_own_traits().items() if trait.metadata["sync"]
    }
    assert set(INTERFACES["State"]) == own - LOADER


@pytest.mark.parametrize("name", sorted(INTERFACES["State"]))
def test_what_python_sends_is_of_the_type_that_the_page_expects(states, name):
    kind = INTERFACES["State"][name]
    for state in states:
        assert fits(state[name], kind), (state[name], kind)


def test_a_value_of_another_type_would_be_found():
    assert not fits({"name": "a", "lo": 1e-3}, "Candidate")
    assert not fits([{"name": "a", "lo": 1e-3, "hi": "1"}], "Candidate[]")
    assert not fits({"status": "asleep"}, "Partial<Trials>")
    assert not fits(math.nan, "number | null")
