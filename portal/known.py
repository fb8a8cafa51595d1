"""What many pages show and what changes only with the library: kept in memory, made anew when it has changed."""

from starlette.requests import Request

from portal.publishing import asked_by
from resolvers import overview as glance
from resolvers import powers
from resolvers.bodies import GovernmentRow, list_governments
from resolvers.context import Context
from resolvers.kept_values import kept_value
from resolvers.overview import Overview
from resolvers.power_views import NOW, AsOf, Facets, PowerFilter


def revision_of(request: Request) -> int | None:
    """Return the public revision if it was read for this request; whoever needs it otherwise reads it."""
    asked = asked_by(request)
    return asked.revision if asked else None


async def governments(request: Request) -> tuple[GovernmentRow, ...]:
    """Return the governments of the library, by division code."""
    ctx: Context = request.state.context
    return await kept_value(ctx, "governments", lambda: list_governments(ctx), revision_of(request))


async def overview(request: Request) -> Overview:
    """Return the library at a glance."""
    ctx: Context = request.state.context
    return await kept_value(ctx, "overview", lambda: glance.overview(ctx), revision_of(request))


async def facets(request: Request, where: PowerFilter = PowerFilter(), at: AsOf = NOW) -> Facets:
    """Return how many items there are of each kind."""
    return await powers.facets(request.state.context, where, at, revision_of(request))
