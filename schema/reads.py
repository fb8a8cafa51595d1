"""How a field of the root is read: as a page, as one row, or as all rows of a listing that its arguments make.

The same function makes the listing for the ordinary resolver and for the compiled read, so the two cannot drift.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Reads:
    """A root field's listing.

    ``listing`` takes the context, for a page also the ``PageRequest``, and the resolver's other arguments by name;
    it returns a ``Listing``. For ``node`` it takes the id only and returns the type's name and its listing.
    """

    what: Literal["page", "one", "all", "node"]
    listing: Callable[..., Any]
