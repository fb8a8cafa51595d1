"""A session speaks only where the request comes from this site: what another site makes a browser send is nobody's act.

A form cannot send `application/json`, and a script of another site is refused by the preflight, whose answer allows no
credentials. This is the second lock, for the day on which one of the two is not there: browsers say where a request comes
from (Sec-Fetch-Site, Origin), and no page can change what they say. Programs send neither and bring no session.
"""

from collections.abc import Mapping
from typing import ClassVar, Final
from urllib.parse import urlsplit

from resolvers.context import Context
from resolvers.errors import Refusal

OWN: Final = (b"same-origin", b"none")


class ForeignSite(Refusal):
    """A request with a session that another site has made."""

    code: ClassVar[str] = "FOREIGN_SITE"
    status: ClassVar[int] = 403

    def __init__(self) -> None:
        super().__init__(
            "请求来自其他网站，未作任何处理。", "登录后的查询和办理只接受本网站页面发出的请求；程序请使用令牌。"
        )


def check_site(given: Mapping[bytes, bytes], ctx: Context) -> None:
    """Refuse a request in an official's name that does not come from our own pages. Raises ``ForeignSite``."""
    if ctx.actor.kind != "official":
        return
    site, origin = given.get(b"sec-fetch-site"), given.get(b"origin")
    # No page can set the first; the second is for browsers that do not know it, and a proxy may have changed the host.
    if site is not None:
        foreign = site not in OWN
    else:
        foreign = origin is not None and _host(origin) != given.get(b"host", b"").lower()
    if foreign:
        raise ForeignSite


def _host(origin: bytes) -> bytes:
    try:
        return urlsplit(origin.lower()).netloc
    except ValueError:  # a bracket without its pair
        return b""
