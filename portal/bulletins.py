"""Quarterly bulletins 季度通报 (003-6, N2): the circulars on how powers are run, with charts, data, editions and a feed."""

from starlette.routing import BaseRoute

from portal import editions

ROUTES: list[BaseRoute] = editions.routes_of("bulletin")
