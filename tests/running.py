"""A body whose officials run matters: one for each post, items of two categories, and helpers to go through them."""

import io
import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.access import Role
from domain.actors import Actor
from domain.powers import Guide, Material, PowerContent
from domain.tables.bodies import Body, Government
from resolvers import certificates, materials, matters
from resolvers.acting import actor_by_login
from resolvers.calendar import seed_calendar
from resolvers.certificates import NewCertificate
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.materials import ForMatter, ForOpening, Sent, Target
from resolvers.matters import ActDone, Opened, Opening
from resolvers.organisation import NewPost, add_unit, post_numbers
from resolvers.staff import NewOfficial, enter_staff
from tests import factories
from tests.matters import benchmark, sha

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LICENCE, PENALTY = "999900001XK00100", "999900001CF00100"
POSTS = {
    "clerk": "窗口受理岗",
    "reviewer": "材料审查岗",
    "verifier": "业务审核岗",
    "lawyer": "法制审核岗",
    "deputy": "分管负责人岗",
    "head": "主要负责人岗",
    "server": "制证送达岗",
    "inv1": "执法办案岗",
    "inv2": "执法办案岗",
    "judge": "案件审核岗",
    "chair": "听证主持岗",
    "archivist": "执行归档岗",
}
_keys = itertools.count(1)


async def handed_in(ctx: Context, aim: Target, brings: dict[str, Any]) -> dict[str, Any]:
    """Hand in a small text for every material that is brought, and return the same with the digests of these texts."""
    found = []
    for one in brings.get("materials", ()):
        text = io.BytesIO(f"{one['name'].encode().hex()} {one['digest']}".encode())
        sent = Sent(text, f"{one['name']}.txt", "text/plain", one["name"])
        found.append({**one, "digest": (await materials.upload(ctx, aim, sent)).digest})
    return {**brings, "materials": found} if found else brings


@dataclass
class Office:
    """A body at work: its context, its people by name, and the time, which goes on a minute at each act."""

    ctx: Context
    government: Government
    body: Body
    people: dict[str, Actor] = field(default_factory=dict)

    def at(self, who: str = "") -> Context:
        """Return the context of one of the people (or of the system), at the office's time."""
        return self.ctx.acting_as(self.people[who]) if who else self.ctx

    def later(self, **span: int) -> None:
        """Let time go on."""
        self.ctx = self.ctx.at(self.ctx.now + timedelta(**span))

    def id_of(self, who: str) -> str:
        """Return the id by which the engine knows one of the people."""
        return str(self.people[who].account_id)

    async def open(self, item: str = LICENCE, who: str = "clerk", **fields: Any) -> Opened:
        """Register a matter."""
        brings = fields.pop(
            "brings", {"materials": [{"name": "申请表", "digest": sha("a")}]} if item == LICENCE else {}
        )
        given: dict[str, Any] = {"key": f"open{next(_keys)}", "party": "P1"} | fields
        aim = ForOpening(given["key"], given.get("body", self.body.code))
        brings = await handed_in(self.at(who), aim, brings)
        opened = await matters.open_matter(self.at(who), Opening(item=item, brings=brings, **given))
        self.later(minutes=1)
        return opened

    async def act(self, matter: Opened | int, who: str, kind: str, /, **fields: Any) -> ActDone:
        """Do an act."""
        matter_id = matter if isinstance(matter, int) else matter.matter_id
        data = {"kind": kind, "key": f"k{next(_keys)}"} | fields
        data = await handed_in(self.at(who), ForMatter(matter_id), data)
        done = await matters.act(self.at(who), matter_id, data)
        self.later(minutes=1)
        return done


def licence_item(**more: Any) -> PowerContent:
    """Return an item that is applied for."""
    guide = Guide(materials=(Material(name="申请表"), Material(name="照片", required=False)), online=True)
    return factories.power(code=LICENCE, name="测试许可", guide=guide, **more)


def penalty_item(**more: Any) -> PowerContent:
    """Return an item that is a penalty with a benchmark of 500 to 5000 yuan."""
    fields = {"code": PENALTY, "name": "占道处罚", "category": "penalty", "benchmarks": (benchmark(),)}
    return factories.power(**(fields | more))


async def person(ctx: Context, body: Body, login: str, post: str, *roles: Role) -> Actor:
    """Enter an official who holds one post, and return the actor that a session would give."""
    return (await people(ctx, body, {login: (post, roles)}))[login]


async def people(ctx: Context, body: Body, holders: dict[str, tuple[str, tuple[Role, ...]]]) -> dict[str, Actor]:
    """Enter officials with their posts, in a unit named after the first, and return them as sessions would."""
    unit_name = f"{next(iter(holders))}科"
    posts = {post: NewPost(post, roles=tuple(roles)) for post, roles in holders.values()}
    async with unit_of_work(ctx) as uow:
        await add_unit(uow, body, unit_name, tuple(posts.values()))
    numbers = await post_numbers(ctx)
    new = [
        NewOfficial(login, f"人员{login}", numbers[body.code, unit_name, post]) for login, (post, _) in holders.items()
    ]
    await enter_staff(ctx, new, date(2020, 1, 1))
    return {login: await actor_by_login(ctx, login) for login in holders}


async def office(database: Database, now: datetime = MONDAY) -> Office:
    """Set a body up with its people, a calendar and two items."""
    ctx = factories.context(database, now=now, profile=factories.profile("demo-city"))
    async with unit_of_work(ctx, unrecorded="a calendar that is there already") as uow:
        await seed_calendar(uow)
    government = await factories.government(ctx)
    body = await factories.body(ctx, government)
    made = Office(ctx, government, body)
    heads = {"head": (Role.BODY_HEAD,)}
    made.people = await people(ctx, body, {login: (post, heads.get(login, ())) for login, post in POSTS.items()})
    items = [licence_item(), penalty_item()]
    await factories.confirmed(ctx, government, [factories.change(government, one) for one in items])
    for login in ("inv1", "inv2"):
        await certify(made, login)
    return made


async def certify(of: Office, login: str, **more: Any) -> int:
    """Enter an enforcement certificate."""
    fields: dict[str, Any] = {
        "number": f"证{login}",
        "officer": of.people[login].account_id,
        "body": of.body.code,
        "valid_from": date(2020, 1, 1),
        "valid_until": date(2030, 12, 31),
    }
    return await certificates.enter(of.ctx, NewCertificate(**(fields | more)))


def paper(code: str, **more: Any) -> dict[str, Any]:
    """Return a document."""
    return {"code": code, "digest": sha(code)} | more


def agree(text: str = "同意") -> dict[str, str]:
    """Return an opinion that agrees."""
    return {"verdict": "agree", "text": text}
