"""Governments, bodies, units and posts: who can hold a power and who carries out a step (003-7, 003-13, 004-10)."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import SQLModel

from domain.tables.base import identity_column, one_of, reference_column, text_column, texts_column, validity_column

BODY_KINDS = ("statutory", "authorised", "entrusted")
LEVELS = ("state", "province", "prefecture", "county", "township")


class Government(SQLModel, table=True):
    """A government of a level; its GB/T 2260 code is valid for a time, since codes are abolished and reassigned."""

    __tablename__ = "government"
    __table_args__ = (
        one_of("level", LEVELS),
        CheckConstraint("division_code ~ '^[0-9]{6}$'", name="division_code"),
        ExcludeConstraint(("division_code", "="), ("valid", "&&"), using="gist", name="ex_government_division_code"),
    )
    id: int | None = identity_column()
    division_code: str = text_column()
    name: str = text_column()
    short_name: str = text_column(default="")
    level: str = text_column()
    parent_id: int | None = reference_column("government.id", nullable=True)
    valid: Any = validity_column()


class Body(SQLModel, table=True):
    """A body that exercises powers: organ, authorised organisation or entrusted organisation."""

    __tablename__ = "body"
    __table_args__ = (
        UniqueConstraint("code"),
        one_of("kind", BODY_KINDS),
        CheckConstraint("number ~ '^[0-9]{3}$'", name="number"),
        Index("uq_body_number", "government_id", "number", unique=True),
        Index("ix_body_name_key", "name_key", "id"),
    )
    id: int | None = identity_column()
    government_id: int = reference_column("government.id")
    parent_id: int | None = reference_column("body.id", nullable=True)
    code: str = text_column()
    number: str = text_column()
    usc_code: str = text_column(default="")
    name: str = text_column()
    name_key: str = text_column()
    short_name: str = text_column(default="")
    aliases: list[str] = texts_column()
    kind: str = text_column()
    offices: list[str] = texts_column()
    duties: list[str] = texts_column()
    place: str = text_column(default="")
    contact_phone: str = text_column(default="")
    supervision_phone: str = text_column(default="")
    valid: Any = validity_column()


class Unit(SQLModel, table=True):
    """A unit 内设机构 of a body."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("body_id", "name"),)
    id: int | None = identity_column()
    body_id: int = reference_column("body.id", index=False)
    name: str = text_column()
    contact_phone: str = text_column(default="")
    place: str = text_column(default="")
    valid: Any = validity_column()


class Post(SQLModel, table=True):
    """A post 岗位 in a unit; rights hang on the post, never on the person."""

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("unit_id", "name"),)
    id: int | None = identity_column()
    unit_id: int = reference_column("unit.id", index=False)
    name: str = text_column()
    duty: str = text_column(default="")
    roles: list[str] = texts_column()
    valid: Any = validity_column()
