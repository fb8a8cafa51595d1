"""Yearly reports 年度报告 (003-10, N1): what each body reported on the year before, as it was received."""

from starlette.routing import BaseRoute

from portal import editions

ROUTES: list[BaseRoute] = editions.routes_of("annual_report")
