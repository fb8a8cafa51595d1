"""What a client asks and what it gets; the answer of a compiled read stays the bytes that the database made."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLError

COMPILED: Final = "compiled"
ORDINARY: Final = "ordinary"
MOST_EXACT: Final = 2**53 - 1
"""A figure beyond this would not survive a client's JSON parser."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client sent: the document, which operation of it, and the variables."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] | None = None


class Answer:
    """What it gets. ``refused`` means that nothing ran, so that the answer has no ``data`` at all.

    ``encoded`` are the bytes of the data where a compiled read made them. ``way`` says who answered: ``compiled``,
    ``fallback: …`` with the reason, or ``ordinary`` where compiling is off or nothing ran.
    """

    __slots__ = ("_data", "cost", "encoded", "errors", "maximum", "refused", "way", "wrong_method")

    def __init__(  # noqa: PLR0913 - the parts of an answer
        self,
        data: Mapping[str, Any] | None,
        errors: tuple[GraphQLError, ...] = (),
        cost: int | None = None,
        maximum: int = 0,
        *,
        refused: bool = False,
        wrong_method: bool = False,
        encoded: bytes | None = None,
        way: str = ORDINARY,
    ) -> None:
        self._data, self.errors = data, errors
        self.cost, self.maximum = cost, maximum
        self.refused, self.wrong_method = refused, wrong_method
        self.encoded, self.way = encoded, way

    @property
    def data(self) -> Mapping[str, Any] | None:
        """The data; those of a compiled read are decoded when first asked for."""
        if self._data is None and self.encoded is not None:
            self._data = json.loads(self.encoded)
        return self._data

    def body(self) -> dict[str, Any]:
        """Return the answer in the form of the GraphQL specification."""
        body: dict[str, Any] = {}
        if self.errors:
            body["errors"] = [error.formatted for error in self.errors]
        if not self.refused:
            body["data"] = self.data
        if self.cost is not None:
            body["extensions"] = {"cost": {"requested": min(self.cost, MOST_EXACT), "maximum": self.maximum}}
        return body

    def encoded_body(self) -> bytes:
        """Return the body as UTF-8 JSON; the data of a compiled read go through untouched."""
        if self.encoded is None or self.errors:
            return encode(self.body())
        cost = min(self.cost or 0, MOST_EXACT)
        return b'{"data":%b,"extensions":{"cost":{"requested":%d,"maximum":%d}}}' % (self.encoded, cost, self.maximum)


def encode(body: Mapping[str, Any]) -> bytes:
    """Encode an answer as UTF-8 JSON, Chinese unescaped; a lone surrogate would be replaced, never crash."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
