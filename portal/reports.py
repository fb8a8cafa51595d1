"""Yearly reports 年度报告 (003-10, N1): what each body reported on the year before, as it was received."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal import editions
from portal.publishing import published

KIND: Final = "annual_report"


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
    Route("/reports", listed, methods=["GET"], name="reports"),
    Route("/reports.atom", feed, methods=["GET"], name="reports_feed"),
    Route("/reports/{number:int}", one, methods=["GET"], name="report"),
    Route("/reports/{number:int}.pdf", pdf, methods=["GET"], name="report_pdf"),
    Route("/reports/{number:int}.csv", data, methods=["GET"], name="report_csv"),
]
