"""The protocol of the web server, with a bound for what comes before and after a request's body.

The server's parser takes addresses, header fields and trailers of any size; sixty megabytes of small fields filled a
gigabyte. Bodies need no bound here: they are read no faster than the endpoint asks, and each endpoint has its limit.
"""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES: Final = 64 * 1024
"""Most bytes that the header fields of a request may take together, each with what keeping it costs."""

FIELD_BYTES: Final = 32

ADDRESS_BYTES: Final = 65_535
"""Most bytes of an address: the parser's own bound, but held to while the address comes, not at its end."""


class HeadTooLarge(ValueError):
    """A request whose address or header fields have no end; the server answers 400 and closes the connection."""


class BoundedHttp(HttpToolsProtocol):
    """HTTP/1.1 as the server speaks it; a head beyond the bound ends the connection."""

    _address = _fields = _silent = 0
    _heard = False

    def data_received(self, data: bytes) -> None:
        """Take what has come; a field that goes on and on tells nothing, so that is what is counted."""
        self._heard = False
        super().data_received(data)
        self._silent = 0 if self._heard else self._silent + len(data)
        if self._silent > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Request head too large.")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._address = self._fields = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._heard = True
        self._address += len(url)
        if self._address > ADDRESS_BYTES:
            raise HeadTooLarge
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field, or one that follows the body."""
        self._heard = True
        self._fields += len(name) + len(value) + FIELD_BYTES
        if self._fields > HEAD_BYTES:
            raise HeadTooLarge
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request on."""
        self._heard = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._heard = True
        super().on_body(body)
