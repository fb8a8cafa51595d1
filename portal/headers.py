"""Security headers for every response of the whole application, in one place.

Nothing may be loaded from another host, nothing inline is run or applied, no page may be framed. An endpoint that
needs another policy (the GraphQL tool) sets the header itself; it is then left alone.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: dict[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Feeds, downloads and the API may be read by other sites' pages and tools.
SHARED_PATHS = ("/downloads/", "/open-data/", "/changes.atom", "/graphql", "/sitemap", "/robots.txt")


def header_lines(path: str, *, https: bool) -> list[tuple[bytes, bytes]]:
    """Return the headers that every answer at an address carries, as ASGI wants them; ``https`` adds HSTS."""
    fields = dict(HEADERS)
    if https:
        fields["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if path.startswith(SHARED_PATHS):
        fields["Cross-Origin-Resource-Policy"] = "cross-origin"
    return [(name.lower().encode(), value.encode()) for name, value in fields.items()]


class SecurityHeaders:
    """ASGI middleware that adds the headers; ``https`` also adds HSTS."""

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self.app = app
        self._own, self._shared = header_lines("", https=https), header_lines(SHARED_PATHS[0], https=https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on and complete the response's headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = self._shared if scope["path"].startswith(SHARED_PATHS) else self._own

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                there = {name.lower() for name, _ in headers}
                message["headers"] = [*headers, *(line for line in wanted if line[0] not in there)]
            await send(message)

        await self.app(scope, receive, completed)
