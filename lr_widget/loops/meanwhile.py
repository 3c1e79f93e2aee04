"""Temporary attribute values, and a quieter log, while a trainer runs for us."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any


class Meanwhile(ExitStack):
    """A block in which attributes have other values."""

    def put(self, thing: Any, name: str, value: Any) -> None:
        """Give an attribute, which need not exist yet, a value until the end of the block."""
        own = vars(thing)
        if name in own or isinstance(getattr(type(thing), name, None), property):
            self.callback(setattr, thing, name, getattr(thing, name))
        else:
            self.callback(own.pop, name, None)
        setattr(thing, name, value)

    def wrap(self, thing: Any, name: str, around: Callable[[Any], Callable[..., Any]]) -> None:
        """Put something around a method until the end of the block.

        Args:
            thing: whose method it is.
            name: of the method.
            around: gets the method, and returns what is to be called in its place.
        """
        own = getattr(thing, name)
        made = around(own)
        made.__wrapped__ = own  # type: ignore[attr-defined]  # by which others find it
        self.put(thing, name, made)


@contextmanager
def only_warnings(log: logging.Logger) -> Iterator[None]:
    """A block in which a logger announces nothing; warnings are heard.

    Args:
        log: the logger.
    """
    level = log.level
    log.setLevel(max(level, logging.WARNING))
    try:
        yield
    finally:
        log.setLevel(level)
