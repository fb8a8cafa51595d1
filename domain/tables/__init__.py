"""SQLModel tables: shape and constraints only. One file a noun; importing this package registers them all."""

from domain.tables import batches, bodies, calendar, laws, powers, record

__all__ = ["batches", "bodies", "calendar", "laws", "powers", "record"]
