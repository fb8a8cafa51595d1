"""The portal's routes: every module of this package may offer a list ``ROUTES``; a new page is a new module."""

import importlib
import pkgutil
from collections.abc import Iterator

from starlette.routing import BaseRoute

import portal


def _modules() -> Iterator[str]:
    for module in sorted(pkgutil.iter_modules(portal.__path__), key=lambda found: found.name):
        yield f"{portal.__name__}.{module.name}"


def routes() -> list[BaseRoute]:
    """Return the routes of all pages, static files included."""
    found: list[BaseRoute] = []
    for name in _modules():
        found += getattr(importlib.import_module(name), "ROUTES", [])
    return found
