"""Quarterly bulletins 季度通报 (003-6, N2): the circulars on how powers are run, with charts, data, editions and a feed."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal import editions
from portal.publishing import published

KIND: Final = "bulletin"


@published
async def listed(request: Request) -> Response:
    """Show the current editions, the latest first."""
    return await editions.list_page(request, KIND)


@published
async def one(request: Request) -> Response:
    """Show one edition."""
    return await editions.one_page(request, KIND)


async def pdf(request: Request) -> Response:
    """Send the PDF of an edition."""
    return await editions.pdf(request, KIND)


async def data(request: Request) -> Response:
    """Send the figures of an edition as CSV."""
    return await editions.data(request, KIND)


@published
async def feed(request: Request) -> Response:
    """Send the current editions as an Atom feed."""
    return await editions.feed(request, KIND)


ROUTES: list[BaseRoute] = [
    Route("/bulletins", listed, methods=["GET"], name="bulletins"),
    Route("/bulletins.atom", feed, methods=["GET"], name="bulletins_feed"),
    Route("/bulletins/{number:int}", one, methods=["GET"], name="bulletin"),
    Route("/bulletins/{number:int}.pdf", pdf, methods=["GET"], name="bulletin_pdf"),
    Route("/bulletins/{number:int}.csv", data, methods=["GET"], name="bulletin_csv"),
]
