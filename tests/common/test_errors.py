"""What comes out with a record attached, and what is left of it."""

import gc
import weakref

import pytest

from lr_widget.common.errors import record_or_raise


class Tensor:
    pass


class Slotted(BaseException):
    """An exception that takes no attribute."""

    def __setattr__(self, name, value):
        raise AttributeError(name)


def fail(refs):
    """Return an error whose traceback holds a tensor, as a training step's does."""
    tensor = Tensor()
    refs.append(weakref.ref(tensor))
    try:
        float("an odd loss")
    except ValueError as error:
        return error


def test_without_an_error_the_record_comes_back():
    record = object()
    assert record_or_raise("trials", record, None) is record


def test_an_error_has_the_record_and_is_forgotten_without_the_garbage_collector():
    refs = []
    gc.disable()
    try:
        with pytest.raises(ValueError, match="an odd loss") as caught:
            record_or_raise("trials", "the record", fail(refs))
        assert caught.value.trials == "the record"
        assert refs[0]() is not None  # as long as somebody has the error
        del caught
        assert refs[0]() is None
    finally:
        gc.enable()


def test_an_error_that_takes_no_attribute_is_raised_all_the_same():
    with pytest.raises(Slotted):
        record_or_raise("trials", "the record", Slotted())
