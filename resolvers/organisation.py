"""Governments, bodies, units and posts are entered here; each entry is an event (003-7, 003-13, N5)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.dialects.postgresql import Range
from sqlmodel import select

from domain.identifiers import IdentifierError, division, usc_code
from domain.sort_keys import sort_key
from domain.tables.base import key_of
from domain.tables.bodies import Body, Government, Post, Unit
from resolvers import record
from resolvers.context import Context, UnitOfWork
from resolvers.errors import Conflict, FieldProblem, InvalidInput


@dataclass(frozen=True, slots=True)
class NewGovernment:
    """A government to enter. ``parent_id`` is the government it reports to."""

    division_code: str
    name: str
    level: str
    short_name: str = ""
    parent_id: int | None = None
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class NewBody:
    """A body to enter. ``code`` names it in the whole library, ``number`` within its government's item codes.

    ``parent_id`` is the body that it belongs to or that entrusts it, if any.
    """

    government_id: int
    code: str
    number: str
    name: str
    kind: str = "statutory"
    usc_code: str = ""
    short_name: str = ""
    aliases: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    place: str = ""
    contact_phone: str = ""
    supervision_phone: str = ""
    parent_id: int | None = None
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to enter in a unit; ``roles`` are the rights that hang on it."""

    name: str
    duty: str = ""
    roles: tuple[str, ...] = field(default=())


def _since(day: date | None) -> Range[date]:
    """Return the range of days from a day on; without a day, all days."""
    return Range(day, None)


def _checked(field_name: str, check: Callable[[str], object], text: str) -> None:
    """Check the form of an identifier; raises ``InvalidInput`` that names the field and the reason."""
    try:
        check(text)
    except IdentifierError as error:
        problem = FieldProblem(field_name, "BAD_IDENTIFIER", error.reason)
        raise InvalidInput(f"“{text}”有误：{error.reason}。", "请核对后重新填写。", (problem,)) from error


async def add_government(uow: UnitOfWork, new: NewGovernment) -> Government:
    """Enter a government; raises ``Conflict`` when its code is in force for another one.

    The code must have the form of GB/T 2260, else ``InvalidInput`` is raised.
    """
    _checked("division_code", division, new.division_code)
    fields: dict[str, Any] = {
        "division_code": new.division_code,
        "name": new.name,
        "short_name": new.short_name or new.name,
        "level": new.level,
        "parent_id": new.parent_id,
    }
    same = select(Government).where(Government.division_code == new.division_code)
    if (await uow.session.exec(same)).first():
        raise Conflict(f"行政区划代码 {new.division_code} 已经登记。", "请核对代码，或先终止原代码的有效期。")
    government = Government(**fields, valid=_since(new.valid_from))
    uow.session.add(government)
    await uow.session.flush()
    await record.append(uow, f"government:{government.id}", "government.added", fields)
    return government


async def add_body(uow: UnitOfWork, new: NewBody) -> Body:
    """Enter a body; raises ``Conflict`` when its code or its number in the government is taken.

    A unified social credit code must have a right check character (GB 32100-2015), else ``InvalidInput`` is raised.
    """
    if new.usc_code:
        _checked("usc_code", usc_code, new.usc_code)
    taken = select(Body).where(
        (Body.code == new.code) | ((Body.government_id == new.government_id) & (Body.number == new.number))
    )
    if (other := (await uow.session.exec(taken)).first()) is not None:
        raise Conflict(f"机构代码 {new.code} 或编号 {new.number} 已由“{other.name}”使用。", "请换用其他代码或编号。")
    fields: dict[str, Any] = {
        "government_id": new.government_id,
        "code": new.code,
        "number": new.number,
        "usc_code": new.usc_code,
        "name": new.name,
        "short_name": new.short_name or new.name,
        "aliases": list(new.aliases),
        "kind": new.kind,
        "offices": list(new.offices),
        "duties": list(new.duties),
        "place": new.place,
        "contact_phone": new.contact_phone,
        "supervision_phone": new.supervision_phone,
        "parent_id": new.parent_id,
    }
    body = Body(**fields, name_key=sort_key(new.name), valid=_since(new.valid_from))
    uow.session.add(body)
    await uow.session.flush()
    await record.append(uow, f"body:{new.code}", "body.added", fields, body_code=new.code)
    return body


async def add_unit(uow: UnitOfWork, body: Body, name: str, posts: tuple[NewPost, ...] = ()) -> Unit:
    """Enter a unit of a body together with its posts."""
    unit = Unit(body_id=key_of(body), name=name, valid=_since(None))
    uow.session.add(unit)
    await uow.session.flush()
    for post in posts:
        row = Post(unit_id=key_of(unit), name=post.name, duty=post.duty, roles=list(post.roles), valid=_since(None))
        uow.session.add(row)
    await uow.session.flush()
    told = {"unit": name, "posts": [{"name": post.name, "roles": list(post.roles)} for post in posts]}
    await record.append(uow, f"body:{body.code}", "unit.added", told, body_code=body.code)
    return unit


POSTS = """
SELECT b.code AS body, u.name AS unit, p.name AS post, p.id FROM post p
JOIN unit u ON u.id = p.unit_id JOIN body b ON b.id = u.body_id
"""


async def post_numbers(ctx: Context) -> dict[tuple[str, str, str], int]:
    """Return the number of every post by body code, unit and name: what appointing people to named posts needs."""
    return {(row["body"], row["unit"], row["post"]): row["id"] for row in await ctx.db.reads.fetch(POSTS)}
