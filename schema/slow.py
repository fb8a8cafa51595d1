"""The log of slow operations: which document, how long, how dear; never its variables, never who asked."""

import hashlib
import re
from typing import Final

import structlog

from schema.answers import Answer, Asked

NAME_LENGTH: Final = 100
_NAMED: Final = re.compile(r"\b(?:query|mutation|subscription)\s+([_A-Za-z][_0-9A-Za-z]*)")

log = structlog.get_logger("graphql")


def document_hash(text: str) -> str:
    """Return the name of a document in logs: SHA-256 of its text, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def note_slow(asked: Asked, answer: Answer | None, seconds: float, request_id: str) -> None:
    """Log an operation that took long; it has no answer if its client went away or it failed."""
    log.warning(
        "graphql.slow",
        document=document_hash(asked.query),
        operation=_name(asked),
        ms=round(seconds * 1000, 1),
        cost=answer.cost if answer else None,
        way=answer.way if answer else "cancelled",
        request_id=request_id,
    )


def _name(asked: Asked) -> str:
    """Return the operation's name: the one asked for, else the first in the document (a rough look, for people)."""
    found = None if asked.operation_name else _NAMED.search(asked.query)
    return ((asked.operation_name or "") if found is None else found[1])[:NAME_LENGTH]
