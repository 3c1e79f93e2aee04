"""The fingerprint of a tensor sees every bit of it, and where the bit stands."""

import pytest

torch = pytest.importorskip("torch")

from lr_widget.snapshot import fingerprint as module  # noqa: E402
from lr_widget.snapshot.fingerprint import (  # noqa: E402
    DTYPES,
    by_lanes,
    can_be_fingerprinted,
    fingerprint,
)


@pytest.fixture(autouse=True)
def few_lanes(monkeypatch):
    """So that a small tensor has many rows."""
    monkeypatch.setattr(module, "LANES", 4)
    torch.manual_seed(0)


@pytest.fixture(params=[fingerprint, by_lanes], ids=["as on a CPU", "as on a GPU"])
def number(request):
    """The number of a tensor, in each of the two ways."""

    def of(tensor):
        assert can_be_fingerprinted(tensor)
        return request.param(tensor).item()

    return of


@pytest.mark.parametrize("dtype", sorted(DTYPES, key=str), ids=str)
def test_every_single_bit_of_every_dtype_counts(number, dtype):
    bits = torch.randint(0, 2 if dtype is torch.bool else 256, (11 * 8,), dtype=torch.uint8)
    tensor = bits.view(dtype)
    before = number(tensor)
    for place in range(len(bits)):
        for bit in range(1 if dtype is torch.bool else 8):
            bits[place] ^= 1 << bit
            assert number(tensor) != before
            bits[place] ^= 1 << bit
    assert number(tensor) == before


def negated(tensor):
    return -tensor


def two_signs_flipped(tensor):
    tensor[3] *= -1
    tensor[3 + 65] *= -1
    return tensor


def two_signs_flipped_in_the_last_row(tensor):
    tensor[[-2, -4]] *= -1
    return tensor


def neighbours_swapped(tensor):
    tensor[[8, 9]] = tensor[[9, 8]]
    return tensor


def rows_swapped(tensor):
    tensor[:64], tensor[64:128] = tensor[64:128].clone(), tensor[:64].clone()
    return tensor


def moved_by_one(tensor):
    return tensor.roll(1)


def up_here_down_there(tensor):
    bits = tensor.view(torch.int64)
    bits[3] += 1
    bits[4] -= 1
    return tensor


def turned_round(tensor):
    return tensor.flip(0)


def zeros_of_the_other_sign(tensor):
    return torch.where(tensor > 0, 0.0, tensor).where(tensor <= 0, torch.tensor(-0.0))


CHANGES = [
    negated,
    two_signs_flipped,
    two_signs_flipped_in_the_last_row,
    neighbours_swapped,
    rows_swapped,
    moved_by_one,
    up_here_down_there,
    turned_round,
    torch.zeros_like,
    zeros_of_the_other_sign,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_changes_that_a_sum_would_not_see_are_seen(number, dtype, change):
    tensor = torch.randn(256).to(dtype)
    before = number(tensor)
    assert number(change(tensor.clone()).to(dtype)) != before
    assert number(tensor.clone()) == before


def test_two_flipped_signs_cancel_only_in_one_lane_with_no_stirring_in_between():
    columns = 8  # four lanes of two
    tensor = torch.randn(columns * 20)
    before, group = by_lanes(tensor), columns * module.ROWS
    for i in range(0, len(tensor), 3):
        for j in range(i):
            tensor[[i, j]] *= -1
            same = i % columns == j % columns and i // group == j // group
            assert (by_lanes(tensor) == before) == same
            tensor[[i, j]] *= -1


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_a_block_of_a_matrix_that_changes_its_sign_is_seen(number, dtype, monkeypatch):
    monkeypatch.undo()  # rows of the usual length
    matrix = torch.randn(4096, 512).to(dtype)
    before = number(matrix)
    for rows in (1, 2, 64, 128, 512, 1024, 2048, 4096):
        matrix[:rows] *= -1
        assert number(matrix) != before
        matrix[:rows] *= -1
    matrix[:, ::2] *= -1
    assert number(matrix) != before


def test_constant_tensors_of_one_size_differ_by_their_value(number):
    assert len({number(torch.full((300,), float(n))) for n in range(500)}) == 500


def test_nan_is_a_pattern_of_bits(number):
    nans = torch.full((64,), float("nan"))
    before = number(nans)
    nans.view(torch.int32)[5] ^= 1  # another NaN
    assert nans.isnan().all()
    assert number(nans) != before


@pytest.mark.parametrize("start", range(9))
@pytest.mark.parametrize("length", [1, 5, 7, 8, 9, 200])
def test_a_part_of_a_storage_counts_whole_and_nothing_around_it(number, start, length):
    storage = torch.randint(0, 256, (start + length + 9,), dtype=torch.uint8)
    part = storage[start : start + length]
    before = number(part)
    storage[:start] ^= 1
    storage[start + length :] ^= 1
    assert number(part) == before
    for place in range(length):
        part[place] ^= 128
        assert number(part) != before
        part[place] ^= 128
    assert number(part) == before


@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (7, 11), (2, 3, 5, 7)])
def test_any_shape_has_one(number, shape):
    tensor = torch.randn(shape)
    assert number(tensor) == number(tensor.clone())


def test_a_transpose_is_read_as_it_lies_in_memory(number):
    images = torch.randn(3, 4, 5, 6).to(memory_format=torch.channels_last)
    for tensor in (torch.randn(7, 11).t(), images, images[:, :1].permute(1, 0, 2, 3).contiguous()):
        before = number(tensor)
        tensor[(1,) * tensor.dim() if tensor.size(0) > 1 else (0,) * tensor.dim()] += 1
        assert number(tensor) != before


def test_the_number_of_threads_does_not_matter(number):
    tensor = torch.randn(100_000)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    with_two = number(tensor)
    torch.set_num_threads(1)
    with_one = number(tensor)
    torch.set_num_threads(threads)
    assert with_one == with_two


def test_a_default_device_and_dtype_of_the_users_do_not_matter(number):
    tensor = torch.randn(100)
    before = number(tensor)
    with torch.device("meta"):
        assert number(tensor) == before


class Own(torch.Tensor):
    pass


UNREADABLE = {
    "gaps": lambda: torch.zeros(4, 4)[:, ::2],
    "columns": lambda: torch.zeros(4, 4)[:, :2],
    "expanded": lambda: torch.zeros(1).expand(4),
    "meta": lambda: torch.zeros(4, device="meta"),
    "complex": lambda: torch.zeros(4, dtype=torch.complex64),
    "negative": lambda: torch.zeros(4, dtype=torch.complex64).conj().imag,
    "sparse": lambda: torch.eye(4).to_sparse(),
    "quantised": lambda: torch.quantize_per_tensor(torch.zeros(4), 0.1, 0, torch.qint8),
    "a class of its own": lambda: torch.zeros(4).as_subclass(Own),
}


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")  # newer torch discourages it
@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_in_order_says_so(kind):
    assert not can_be_fingerprinted(UNREADABLE[kind]())
