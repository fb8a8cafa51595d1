"""Everything that the interface reads by declaration: what is published, and what runs for those who may see it."""

from typing import Final

from resolvers.reading.declarations import Registry
from resolvers.reading.hall import HALL
from resolvers.reading.matters import MATTERS
from resolvers.reading.published import PUBLISHED

INTERFACE: Final = Registry((*PUBLISHED, *HALL, *MATTERS))
"""The library's entities, those of the hall and those of matters; a wrong declaration stops the program here, at start."""
