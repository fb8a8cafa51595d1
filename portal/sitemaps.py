"""For machines that read the whole site: sitemaps in parts, robots.txt."""

from collections.abc import AsyncIterator
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from portal.identity import absolute
from portal.publishing import published
from portal.rendering import LOCAL, link
from resolvers.bodies import body_by_code, list_bodies
from resolvers.errors import NotFound
from resolvers.overview import overview
from resolvers.power_views import PowerFilter
from resolvers.powers import list_powers
from resolvers.reading import PageRequest

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
PLACES = (
    "/",
    "/powers",
    "/bodies",
    "/laws",
    "/benchmarks",
    "/changes",
    "/calendar",
    "/downloads",
    "/open-data",
    "/about",
)
FURTHER_PLACES = ("/bulletins", "/reports", "/figures", "/accessibility", "/api")
ROBOTS = """User-agent: *
Disallow: /desk
Disallow: /graphql
Disallow: /graphiql
Disallow: /*?*known=
Disallow: /*?*lang=
Disallow: /*?*mode=
Crawl-delay: 1

Sitemap: {address}
"""
MOST = 50_000
"""Addresses that one sitemap may hold (sitemaps.org)."""


def _entry(address: str, changed: str = "") -> str:
    last = f"<lastmod>{changed}</lastmod>" if changed else ""
    return f"<url><loc>{escape(address)}</loc>{last}</url>\n"


async def _items(request: Request, body: str) -> AsyncIterator[str]:
    after, left = None, MOST
    while left > 0:
        page = await list_powers(request.state.context, PowerFilter(body=body), PageRequest(first=100, after=after))
        for row in page.rows:
            day = row.recorded_at.astimezone(LOCAL).date().isoformat()
            yield _entry(absolute(request, link("powers", row.code)), day)
        left -= len(page.rows)
        after = page.end_cursor
        if not page.has_next:
            return


@published
async def index(request: Request) -> Response:
    """Send the index of sitemaps: one for the site's own pages, and one for the items of each body."""
    names = ["/sitemaps/pages.xml"]
    after, more = None, True
    while more:
        page = await list_bodies(request.state.context, PageRequest(first=100, after=after), order="code")
        names += [link("sitemaps", "bodies", f"{one.code}.xml") for one in page.rows]
        after, more = page.end_cursor, page.has_next
    changed = (await overview(request.state.context)).changed_at
    last = f"<lastmod>{changed.astimezone(LOCAL).date().isoformat()}</lastmod>" if changed else ""
    lines = "".join(f"<sitemap><loc>{escape(absolute(request, name))}</loc>{last}</sitemap>\n" for name in names)
    return Response(f"{HEAD}<sitemapindex {XMLNS}>\n{lines}</sitemapindex>\n", media_type="application/xml")


@published
async def pages(request: Request) -> Response:
    """Send the sitemap of the site's own pages."""
    lines = "".join(_entry(absolute(request, place)) for place in (*PLACES, *FURTHER_PLACES))
    return Response(f"{HEAD}<urlset {XMLNS}>\n{lines}</urlset>\n", media_type="application/xml")


@published
async def of_body(request: Request) -> Response:
    """Send the sitemap of one body and its items."""
    code = request.path_params["code"]
    if not code.isprintable() or await body_by_code(request.state.context, code) is None:
        raise NotFound("内容")
    lines = _entry(absolute(request, link("bodies", code)))
    lines += "".join([line async for line in _items(request, code)])
    return Response(f"{HEAD}<urlset {XMLNS}>\n{lines}</urlset>\n", media_type="application/xml")


async def robots(request: Request) -> Response:
    """Send robots.txt: everything public may be read, working places may not."""
    text = ROBOTS.format(address=absolute(request, "/sitemap.xml"))
    return PlainTextResponse(text, headers={"Cache-Control": "public, max-age=3600"})


async def favicon(_request: Request) -> Response:
    """Lead browsers that guess the icon's old address to the icon."""
    return Response(status_code=308, headers={"Location": "/static/favicon.svg", "Cache-Control": "max-age=86400"})


ROUTES: list[BaseRoute] = [
    Route("/robots.txt", robots, name="robots"),
    Route("/favicon.ico", favicon, name="favicon"),
    Route("/sitemap.xml", index, name="sitemap"),
    Route("/sitemaps/pages.xml", pages, name="sitemap_pages"),
    Route("/sitemaps/bodies/{code:path}.xml", of_body, name="sitemap_body"),
]
