"""The protocol of the web server, with a bound for what comes before and after a request's body.

The server's parser takes addresses, header fields and trailers of any size; sixty megabytes of small fields filled a
gigabyte. Bodies need no bound here: they are read no faster than the endpoint asks, and each endpoint has its limit.
"""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from deploy.whole import EXTENSION, Whole

HEAD_BYTES: Final = 64 * 1024
"""Most bytes that may come without a head being complete or a part of a body among them, give or take one read."""

FIELDS: Final = 200
"""Most header fields of a request."""


class HeadTooLarge(ValueError):
    """A request with too many header fields; the server answers 400 and closes the connection."""


class BoundedHttp(HttpToolsProtocol):
    """HTTP/1.1 as the server speaks it; a head without end ends the connection.

    What is counted is silence: bytes after which nothing could be handed on. So nothing is added for each field.
    """

    _silent = 0
    _heard = False

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        self._heard = False
        super().data_received(data)
        self._silent = 0 if self._heard else self._silent + len(data)
        if self._silent > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Request head too large.")

    def on_headers_complete(self) -> None:
        """Hand the request on."""
        self._heard = True
        if len(self.headers) > FIELDS:
            raise HeadTooLarge
        super().on_headers_complete()
        # The request's task has not begun yet, so that it finds the extension in its scope.
        self.scope["extensions"] = {EXTENSION: Whole(self.cycle)}  # type: ignore[dict-item]  # ASGI: any extension

    def on_body(self, body: bytes) -> None:
        """Hand a part of the body on."""
        self._heard = True
        super().on_body(body)
