"""A number that tells whether the bits of a large tensor have changed, without a copy of them.

On a CPU it is XXH3, which reads memory as fast as there is memory to read. On a GPU, which no such
library reaches, it is made of torch's own integers:

The bits are taken as integers of 32 bits, a row of them at a time. Each column has a lane, which
starts at 0; at each row it is multiplied by an odd number, and the integer of this row is added.
That is one pass, nearly as fast as reading. After some rows the lanes are stirred: multiplied as
integers of 64 bits, with the upper half of each folded into its lower one. At the end they are
stirred into one number. All of it is exact arithmetic of integers, hence the same in every run and
with any number of threads, and NaN is a pattern of bits like all others.

Both are for accidents, not against somebody who wants to deceive them. On a GPU a change of one
integer is always seen, others but for about one in 2**32, also of order. On a GPU one kind of
change is missed: an even number of flips of only the top bit (of a float32, the sign), in pairs
within one lane with no stirring between. `ROWS` is odd so that flipping all signs is seen; `LANES`
matches no usual row length so that flipping a block is.
"""

from __future__ import annotations

import torch
import xxhash

# Where the integers of 64 bits are known to work as they must: not so on every kind of device.
DEVICES = frozenset({"cpu", "cuda"})
DTYPES = frozenset(
    {torch.float64, torch.float32, torch.float16, torch.bfloat16}
    | {torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool}
    | {torch.float8_e4m3fn, torch.float8_e5m2}
)
WORD = 8  # bytes
# In words, since a GPU wants few large pieces of work; 16 fewer than a power of two, which keeps
# rows at whole lines of its cache.
LANES = 2**20 - 16
ROWS = 7  # from one stirring to the next
_ODD, _ODD_32 = 0x1E3779B97F4A7C15, 0x1E3779B1  # their bits have no pattern; both positive
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
    return _on_cpu(tensor) if tensor.device.type == "cpu" else by_lanes(tensor)


def _on_cpu(tensor: torch.Tensor) -> torch.Tensor:
    number = xxhash.xxh3_64_intdigest(_bits(tensor).numpy())
    return torch.tensor(number - 2**63, dtype=torch.int64, device="cpu")


def by_lanes(tensor: torch.Tensor) -> torch.Tensor:
    """Return such a number by torch alone, on whatever device the tensor is."""
    words, ends = _words(tensor)
    n_lanes = max(2, min(LANES, len(words)))
    lanes = torch.zeros(n_lanes, dtype=torch.int64, device=tensor.device)
    scratch = torch.empty_like(lanes)
    halves = lanes.view(torch.int32)
    for number, row in enumerate((*words.split(n_lanes), ends), start=1):
        bits = row.view(torch.int32)
        part = halves[: len(bits)]
        torch.add(bits, part, alpha=_ODD_32, out=part)
        if number % ROWS == 0:
            _stir(lanes, scratch, _ODD)
    weights = torch.arange(n_lanes, dtype=torch.int64, device=tensor.device)
    weights.mul_(_ODD).bitwise_or_(1)  # odd: no lane's change can be lost in its product
    for _ in range(2):  # once is not enough for what came in with the last row
        _stir(lanes, scratch, weights)
    return lanes.mul_(weights).sum()


def _stir(lanes: torch.Tensor, scratch: torch.Tensor, by: int | torch.Tensor) -> None:
    lanes.mul_(by)
    torch.bitwise_right_shift(lanes, _HALF, out=scratch)
    lanes.bitwise_xor_(scratch)


def _words(tensor: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the bits as int64: those that lie at whole words, and two with the rest of them.

    A view of a larger storage may begin and end within a word.
    """
    bits = _bits(tensor)
    head = min(-bits.storage_offset() % WORD, len(bits))
    tail = (len(bits) - head) % WORD
    ends = torch.zeros(2 * WORD, dtype=torch.uint8, device=tensor.device)
    ends[:head] = bits[:head]
    ends[WORD : WORD + tail] = bits[len(bits) - tail :]
    whole = bits[head : len(bits) - tail]
    # an empty one would stand where no word begins
    return (whole if len(whole) else ends[:0]).view(torch.int64), ends.view(torch.int64)


def _bits(tensor: torch.Tensor) -> torch.Tensor:
    """Return the bytes of a tensor, in the order in which they lie in memory."""
    return _in_memory_order(tensor).detach().view(-1).view(torch.uint8)


def _in_memory_order(tensor: torch.Tensor) -> torch.Tensor:
    """Return a view whose dimensions go from far to near in memory: a transpose's, turned back."""
    strides = tensor.stride()
    return tensor.permute(sorted(range(tensor.dim()), key=lambda d: -strides[d]))
