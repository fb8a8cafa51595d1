"""The first administrators of an installation: an account, a post that carries the role, and where that post stands.

Only the command line may do this: afterwards the three administrators do it among themselves, each their part.
"""

from dataclasses import dataclass
from typing import Final

from sqlmodel import col, select

from domain.access import ROLE_NAMES, Role
from domain.identifiers import IdentifierError, division_level
from domain.tables.base import key_of
from domain.tables.bodies import Body, Government, Post, Unit
from resolvers import accounts, postings
from resolvers.accounts import NewAccount
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import InvalidInput, NotFound, NotPermitted
from resolvers.organisation import NewBody, NewGovernment, NewPost, add_body, add_government, add_unit
from resolvers.postings import Term

FIRST_ROLES: Final = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.STAFFING_OFFICE)
BODY_NUMBER: Final = "999"
"""Number of the body that is entered for administrators when none is named; departments are numbered from 001."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the post stands.

    ``government`` is a division code, entered under ``government_name`` if it is not there; ``body`` a body's code,
    without which a body for administrators is entered.
    """

    government: str
    government_name: str = ""
    body: str = ""


async def create_first(
    ctx: Context, login: str, name: str, role: Role, place: Place, *, password: str = ""
) -> NewAccount:
    """Make an account with a post that carries the role; raises refusals of ``accounts`` and ``postings``.

    Everything is looked at before anything is entered. Without ``password`` one is generated, to be changed at
    first sign-in.
    """
    if ctx.actor.kind != "system":
        raise NotPermitted("只有命令行可以建立首批管理员。", "请由系统管理员建立账号，由安全管理员授予岗位。")
    if role not in FIRST_ROLES:
        names = "、".join(one.value for one in FIRST_ROLES)
        raise InvalidInput(f"首批账号的角色只能是：{names}。", "其他岗位请登录后由安全管理员授予。")
    _check_division(place.government)
    await accounts.check_new(ctx, login, name, password)
    post_id = await _post(ctx, role, place)
    made = await accounts.create(ctx, login, name, password=password, must_change=not password)
    await postings.grant(ctx, made.account_id, post_id, Term(ctx.today))
    return made


def _check_division(code: str) -> None:
    try:
        division_level(code)
    except IdentifierError as error:
        raise InvalidInput(f"行政区划代码“{code}”有误：{error.reason}。", "请填写 6 位行政区划代码。") from error


async def _post(ctx: Context, role: Role, place: Place) -> int:
    async with unit_of_work(ctx, unrecorded="nothing is entered where the post is there already") as uow:
        body = await _body(uow, await _government(uow, place), place)
        held = select(Post).join(Unit).where(col(Unit.body_id) == body.id, col(Post.roles) == [role.value])
        found = (await uow.session.exec(held)).first()
        if found is None:
            title = f"{ROLE_NAMES[role]}岗"
            unit = await add_unit(uow, body, title, (NewPost(title, roles=(role,)),))
            found = (await uow.session.exec(select(Post).where(col(Post.unit_id) == key_of(unit)))).one()
        return key_of(found)


async def _government(uow: UnitOfWork, place: Place) -> Government:
    same = select(Government).where(col(Government.division_code) == place.government)
    found = (await uow.session.exec(same)).first()
    if found is not None:
        return found
    if not place.government_name.strip():
        raise InvalidInput(
            f"库中没有行政区划代码为 {place.government} 的政府。", "请核对代码；首次建立时请同时给出政府名称。"
        )
    level = division_level(place.government)
    return await add_government(uow, NewGovernment(place.government, place.government_name.strip(), level))


async def _body(uow: UnitOfWork, government: Government, place: Place) -> Body:
    code = place.body or f"{government.division_code}{BODY_NUMBER}"
    found = (await uow.session.exec(select(Body).where(col(Body.code) == code))).first()
    if found is not None and found.government_id == government.id:
        return found
    if place.body:
        raise NotFound(f"机构 {place.body}")
    name = f"{government.short_name}系统管理机构"
    return await add_body(uow, NewBody(key_of(government), code, BODY_NUMBER, name))
