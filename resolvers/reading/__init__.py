"""Reads: declared, guarded, keyset-paged, one statement for each list."""

from resolvers.reading.declarations import Column, Entity, Filter, Order, Registry, Relation, WrongDeclaration
from resolvers.reading.fetching import Row, fetch_by_keys, fetch_children, fetch_page
from resolvers.reading.paging import Page, PageRequest, Total
from resolvers.reading.statements import Read

__all__ = [
    "Column",
    "Entity",
    "Filter",
    "Order",
    "Page",
    "PageRequest",
    "Read",
    "Registry",
    "Relation",
    "Row",
    "Total",
    "WrongDeclaration",
    "fetch_by_keys",
    "fetch_children",
    "fetch_page",
]
