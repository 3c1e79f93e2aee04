"""Asks a running kernel for values, beside the page that uses it."""

from __future__ import annotations

import base64
import json
import pickle
import time
from typing import TYPE_CHECKING, Any

import zmq
from jupyter_client.session import Session

from tests.support.pace import patient

if TYPE_CHECKING:
    from pathlib import Path


class KernelProbe:
    """A second client of a kernel. It leaves no trace in the notebook: no output, no number.

    The kernel answers when it is free: while a cell runs, a question waits for its end.
    (jupyter_client's own clients need an event loop, which Playwright already has in this thread.)
    """

    def __init__(self, connection_file: Path) -> None:
        info = json.loads(connection_file.read_text(encoding="utf-8"))
        self._session = Session(key=info["key"].encode(), signature_scheme=info["signature_scheme"])
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.connect(f"{info['transport']}://{info['ip']}:{info['shell_port']}")

    def value(self, expression: str, timeout_s: float = 120.0) -> Any:
        """The value of an expression in the kernel, exact to the last bit (it is pickled)."""
        pickled = f"__import__('pickle').dumps(({expression}))"
        encoded = f"__import__('base64').b64encode({pickled}).decode()"
        answer = self._ask("", {"answer": encoded}, timeout_s)["user_expressions"]["answer"]
        if answer["status"] != "ok":
            raise RuntimeError(f"{expression}: {answer['ename']}: {answer['evalue']}")
        return pickle.loads(base64.b64decode(answer["data"]["text/plain"].strip("'")))

    def execute(self, code: str, timeout_s: float = 120.0) -> None:
        """Runs statements in the kernel, unseen."""
        self._ask(code, {}, timeout_s)

    def close(self) -> None:
        """Lets go of the kernel, which goes on."""
        self._context.destroy(linger=0)

    def _ask(self, code: str, expressions: dict[str, str], timeout_s: float) -> dict[str, Any]:
        request = {
            "code": code,
            "silent": True,
            "store_history": False,
            "user_expressions": expressions,
            "allow_stdin": False,
            "stop_on_error": False,
        }
        sent = self._session.send(self._socket, "execute_request", request)
        deadline = time.monotonic() + patient(timeout_s)
        while self._socket.poll(max(0.0, deadline - time.monotonic()) * 1000):
            _, reply = self._session.recv(self._socket, mode=0)
            if reply["parent_header"].get("msg_id") == sent["header"]["msg_id"]:
                return _checked(reply["content"])
        asked = code or "".join(expressions.values())
        raise TimeoutError(f"the kernel did not answer in {timeout_s} s: {asked}")


def _checked(content: dict[str, Any]) -> dict[str, Any]:
    if content["status"] != "ok":
        raise RuntimeError(f"{content.get('ename')}: {content.get('evalue')}")
    return content
