"""Whole answers: status, head and body in one write, where the server's own steps would cost more than the answer.

An extension of ASGI, offered in the scope by our HTTP protocol. The server looks at every header field of every answer
again; what is sent here was looked at when the program started, or holds figures and request ids of ours only. The
server's access log is passed by; ours is written elsewhere.
"""

from typing import Final

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from schema.http import joined

EXTENSION: Final = "yangguang.whole"
"""Its name in the extensions of a scope."""


class Whole:
    """Sends the answer of one request. Built by the protocol when the request's head is complete."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def send(self, status: int, head: bytes, body: bytes) -> bool:
        """Send an answer that says its length; False, and nothing sent, where the ordinary way must decide.

        That is so for a connection that is slow, ends with this answer, or has ended, and for HEAD.
        """
        cycle = self._cycle
        ordinary = cycle.response_started or cycle.disconnected or not cycle.keep_alive
        if ordinary or cycle.flow.write_paused or cycle.scope["method"] == "HEAD":
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        lines = (STATUS_LINE[status], joined(cycle.default_headers), head, b"\r\n", body)
        cycle.transport.write(b"".join(lines))
        cycle.message_event.set()
        cycle.on_response()
        return True


def whole_of(scope: Scope) -> Whole | None:
    """Return what sends a request's answer at once, if the server offers it."""
    found = scope.get("extensions")
    whole: Whole | None = found.get(EXTENSION) if found else None
    return whole
