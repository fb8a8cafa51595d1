"""SQLModel tables: shape and constraints only. One file a noun; importing this package registers them all."""

from domain.tables import (
    accounts,
    batches,
    bodies,
    calendar,
    certificates,
    documents,
    files,
    laws,
    log,
    matters,
    papers,
    parties,
    powers,
    publicity,
    record,
    search,
)

__all__ = [
    "accounts",
    "batches",
    "bodies",
    "calendar",
    "certificates",
    "documents",
    "files",
    "laws",
    "log",
    "matters",
    "papers",
    "parties",
    "powers",
    "publicity",
    "record",
    "search",
]
