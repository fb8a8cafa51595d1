"""Fetching by a listing, and the listings of the pages below a row."""

from resolvers.context import Context
from resolvers.power_views import NOW
from resolvers.reading.fetching import Row, fetch_page
from resolvers.reading.interface import INTERFACE
from resolvers.reading.listings import Listing
from resolvers.reading.paging import Page, PageRequest
from resolvers.reading.shows import OfPage
from resolvers.reading.statements import Read


async def fetch_listing(ctx: Context, listing: Listing) -> Page[Row]:
    """Return the page of a listing. Raises ``InvalidInput`` for a wrong cursor or page size."""
    return await fetch_page(ctx, listing.entity, listing.read, listing.page, listing.counted)


def children_listing(shown: OfPage, page: PageRequest) -> Listing:
    """Return the listing of a page below a row: of one parent's rows, in the scope it names or as in force today."""
    entity = INTERFACE[shown.entity]
    return Listing(entity, Read(order=shown.order, scope=shown.scope or (NOW.scope if entity.scopes else "")), page)
