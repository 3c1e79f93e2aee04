"""One wire format, and messages spaced by time, each point exactly once."""

import struct

import numpy as np
import pytest

from lr_widget.widget import wire
from lr_widget.widget.wire import PointStream, encode_losses, encode_points

LRS = np.array([1e-7, 0.1 + 0.2, 1.7976931348623157e308, 5e-324, 1.0])
LOSSES = np.array([2.5, np.nan, np.inf, -np.inf, -0.0])


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(wire, "monotonic", clock)
    return clock


@pytest.fixture
def sent():
    return []


@pytest.fixture
def points(sent):
    return PointStream(
        lambda content, buffers: sent.append((content, buffers)), {"type": "points", "run": "run 1"}
    )


def test_points_are_little_endian_doubles_in_turn():
    data = encode_points(LRS, LOSSES)
    assert len(data) == 16 * len(LRS)
    numbers = struct.unpack(f"<{2 * len(LRS)}d", data)
    assert struct.pack("<5d", *numbers[::2]) == LRS.astype("<f8").tobytes()
    assert struct.pack("<5d", *numbers[1::2]) == LOSSES.astype("<f8").tobytes()


def test_no_points_are_no_bytes():
    assert encode_points(np.empty(0), np.empty(0)) == b""


def test_a_message_names_run_and_start(points, sent, clock):
    points.offer(LRS[:2], LOSSES[:2])
    assert sent == [
        ({"type": "points", "run": "run 1", "start": 0}, [encode_points(LRS[:2], LOSSES[:2])])
    ]


def test_points_are_gathered_until_the_time_has_passed(points, sent, clock):
    points.offer(LRS[:1], LOSSES[:1])
    for n in (2, 3, 4):
        clock.now += 0.01
        points.offer(LRS[:n], LOSSES[:n])
    assert len(sent) == 1
    clock.now += wire.FLUSH_SECONDS
    points.offer(LRS, LOSSES)
    assert sent[1] == (
        {"type": "points", "run": "run 1", "start": 1},
        [encode_points(LRS[1:], LOSSES[1:]), encode_losses(LOSSES[:1])],
    )


def test_slow_points_are_sent_one_by_one(points, sent, clock):
    for n in range(1, 6):
        points.offer(LRS[:n], LOSSES[:n])
        clock.now += 1.0
    assert [content["start"] for content, _ in sent] == [0, 1, 2, 3, 4]
    assert b"".join(buffers[0] for _, buffers in sent) == encode_points(LRS, LOSSES)


def test_what_was_sent_is_not_sent_again(points, sent, clock):
    points.flush(LRS, LOSSES)
    clock.now += 1.0
    points.offer(LRS, LOSSES)
    points.flush(LRS[:2], LOSSES[:2])
    assert len(sent) == 1


def messages_until_whole(sent, missed):
    """How many messages a page that has missed the first ones gets until it has all losses."""
    for count, (content, buffers) in enumerate(sent[missed:], 1):
        if len(buffers) == 2:
            assert buffers[1] == encode_losses(np.arange(content["start"], dtype=float))
            return count
    return None


def test_whatever_a_page_has_missed_it_has_all_losses_within_twenty_messages(points, sent):
    losses = np.arange(9000.0)
    for n in range(10, 9001, 10):
        points.flush(losses[:n], losses[:n])
    assert len(sent) == 900
    waits = [messages_until_whole(sent, missed) for missed in range(1, 880)]
    assert max(waits) == wire.REPEAT_MESSAGES
    assert waits[0] == 1
    assert messages_until_whole(sent, 0) == 2, "the first message has nothing to repeat"


def test_a_slow_sweep_repeats_its_first_losses_with_every_message(points, sent):
    losses = np.arange(17.0)
    for n in range(1, 18):
        points.flush(losses[:n], losses[:n])
    assert [len(buffers) for _, buffers in sent] == [1] + [2] * 16


def test_repeating_a_thousand_losses_costs_some_forty_bytes_a_point(points, sent):
    losses = np.ones(1000)
    for n in range(1, 1001):
        if n % 3 == 0 or n == 1000:  # 50 a second
            points.flush(losses[:n], losses[:n])
    repeated = sum(len(buffers[1]) for _, buffers in sent if len(buffers) == 2)
    assert 20 < repeated / 1000 < 45


def test_a_loss_beyond_float32_is_repeated_as_an_infinite_one():
    assert (
        encode_losses(np.array([1e300, -1e300, np.nan]))
        == np.array([np.inf, -np.inf, np.nan], "<f4").tobytes()
    )
