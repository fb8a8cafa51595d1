"""What the site says of itself: statement, accessibility, and the guide to its interface."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal import known
from portal.identity import absolute
from portal.publishing import published
from portal.rendering import render
from resolvers.overview import Overview


@dataclass(frozen=True, slots=True)
class AboutPage:
    """The site's statement: what is published, by whom, on what rules, and how current it is."""

    overview: Overview
    regulation: str
    profile: str


@dataclass(frozen=True, slots=True)
class AccessibilityPage:
    """What is done so that everybody can use the site."""


@dataclass(frozen=True, slots=True)
class ApiPage:
    """The guide to the interface; the examples themselves are the site's and are tested where they come from."""

    endpoint: str


@published
async def about(request: Request) -> Response:
    """Show the site's statement."""
    ctx = request.state.context
    page = AboutPage(await known.overview(request), ctx.profile.regulation.title, ctx.profile.name)
    return render(request, "statements/about.html", page)


@published
async def accessibility(request: Request) -> Response:
    """Show the accessibility statement."""
    return render(request, "statements/accessibility.html", AccessibilityPage())


@published
async def api(request: Request) -> Response:
    """Show how to use the interface, with examples."""
    return render(request, "statements/api.html", ApiPage(absolute(request, "/graphql")))


ROUTES: list[BaseRoute] = [
    Route("/about", about, name="about"),
    Route("/accessibility", accessibility, name="accessibility"),
    Route("/api", api, name="api"),
]
