"""A number that tells whether the bits of a large tensor have changed, without a copy of them.

The bits are taken as 64-bit integers, a row of them at a time. Each column has a lane, which starts
at 0 and is stirred once per row: it is multiplied by an odd number, the integer of this row is
added, and its upper half is folded into its lower one. At the end the lanes are stirred into one
number. All of it is exact arithmetic modulo 2**64, hence the same in every run and with any number
of threads, and NaN is a pattern of bits like all others.

Of all changes, also of order, about one in 2**32 would go unseen. It is the folding that keeps two
flipped signs (a sign is the top bit) from cancelling out: a sum with odd weights would not see
them, nor would products of 32 bits, which are faster but leave the top of a half where it is.
"""

from __future__ import annotations

import torch

# Where the integers of 64 bits are known to work as they must: not so on every kind of device.
DEVICES = frozenset({"cpu", "cuda"})
DTYPES = frozenset(
    {torch.float64, torch.float32, torch.float16, torch.bfloat16}
    | {torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool}
    | {torch.float8_e4m3fn, torch.float8_e5m2}
)
WORD = 8  # bytes
# On a CPU lanes and scratch stay in its cache; a GPU wants few large pieces of work.
LANES = {"cpu": 2**15, "cuda": 2**20}
_ODD = 0x1E3779B97F4A7C15  # its bits have no pattern; positive as an int64
_HALF = 32


def can_be_fingerprinted(tensor: torch.Tensor) -> bool:
    """Tell whether the bits of a tensor can be read in the order in which they lie in memory.

    Not so with gaps between its elements, or where a class of its own says what they mean.
    """
    return (
        type(tensor) is torch.Tensor
        and tensor.layout is torch.strided
        and tensor.device.type in DEVICES
        and tensor.dtype in DTYPES
        and not tensor.is_quantized
        and not tensor.is_neg()
        and _in_memory_order(tensor).is_contiguous()
    )


def fingerprint(tensor: torch.Tensor) -> torch.Tensor:
    """Return a number that depends on every bit of a tensor and on where it stands.

    Nothing waits for a device: the number is read by whoever compares it.

    Args:
        tensor: of any shape; `can_be_fingerprinted` has said that it can be.

    Returns:
        int64, no dimensions, on the tensor's device.
    """
    words, ends = _words(tensor)
    n_lanes = max(2, min(LANES[tensor.device.type], len(words)))
    lanes = torch.zeros(n_lanes, dtype=torch.int64, device=tensor.device)
    scratch = torch.empty_like(lanes)
    for row in (*words.split(n_lanes), ends):
        part = lanes[: len(row)]
        torch.add(row, part, alpha=_ODD, out=part)
        _fold(part, scratch[: len(row)])
    return _stirred_together(lanes, scratch)


def _fold(lanes: torch.Tensor, scratch: torch.Tensor) -> None:
    torch.bitwise_right_shift(lanes, _HALF, out=scratch)
    lanes.bitwise_xor_(scratch)


def _stirred_together(lanes: torch.Tensor, scratch: torch.Tensor) -> torch.Tensor:
    weights = torch.arange(len(lanes), dtype=torch.int64, device=lanes.device)
    weights.mul_(_ODD).bitwise_or_(1)  # odd: no lane's change can be lost in its product
    for _ in range(2):  # once is not enough for what came in with the last row
        lanes.mul_(weights)
        _fold(lanes, scratch)
    return lanes.mul_(weights).sum()


def _words(tensor: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the bits as int64: those that lie at whole words, and two with the rest of them.

    A view of a larger storage may begin and end within a word.
    """
    bits = _in_memory_order(tensor).view(-1).view(torch.uint8)
    head = min(-bits.storage_offset() % WORD, len(bits))
    tail = (len(bits) - head) % WORD
    ends = torch.zeros(2 * WORD, dtype=torch.uint8, device=tensor.device)
    ends[:head] = bits[:head]
    ends[WORD : WORD + tail] = bits[len(bits) - tail :]
    whole = bits[head : len(bits) - tail]
    # an empty one would stand where no word begins
    return (whole if len(whole) else ends[:0]).view(torch.int64), ends.view(torch.int64)


def _in_memory_order(tensor: torch.Tensor) -> torch.Tensor:
    """Return a view whose dimensions go from far to near in memory: a transpose's, turned back."""
    strides = tensor.stride()
    return tensor.permute(sorted(range(tensor.dim()), key=lambda d: -strides[d]))
