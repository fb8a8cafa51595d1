"""A city that hears its citizens: a body, another one, the bureau that supervises, and whoever works on complaints there."""

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.access import Role
from domain.actors import Actor
from domain.complaints import Filing, Identity
from domain.tables.bodies import Government
from resolvers import complaints
from resolvers.calendar import seed_calendar
from resolvers.complaints import Deed, Done, Filed
from resolvers.complaints_sealing import IdentityKeys, new_code, public_of
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.throttles import Client
from tests import factories, running

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""09:00 in the morning; seven working days later is Wednesday, 11 March."""

SOMEBODY = Identity("司马测试", "11010519491231002X", "13900001234", "", "云川市长安街九号")
PEOPLE = {
    "officer": ("B001", (Role.COMPLAINT_OFFICER,)),
    "head": ("B001", (Role.BODY_HEAD,)),
    "clerk": ("B001", ()),
    "editor": ("B001", (Role.BODY_EDITOR,)),
    "other_officer": ("B002", (Role.COMPLAINT_OFFICER,)),
    "other_head": ("B002", (Role.BODY_HEAD,)),
    "inspector": ("B009", (Role.COMPLAINT_OFFICER, Role.SUPERVISION_BUREAU)),
    "second_inspector": ("B009", (Role.COMPLAINT_OFFICER, Role.SUPERVISION_BUREAU)),
    "director": ("B009", (Role.BODY_HEAD, Role.SUPERVISION_BUREAU)),
    "second_director": ("B009", (Role.BODY_HEAD, Role.SUPERVISION_BUREAU)),
}
_keys = itertools.count(1)
CLIENT = Client("203.0.113.9")


def key() -> str:
    """Return a key as a form makes one."""
    return f"a key of a test, long enough {next(_keys):06}"


@dataclass
class City:
    """The city at work: its context, people by name, opening codes; time goes on by ``later``."""

    ctx: Context
    government: Government
    people: dict[str, Actor] = field(default_factory=dict)
    handling: str = ""
    supervision: str = ""

    def at(self, who: str = "") -> Context:
        """Return the context of one of the people; of the system without a name, of a visitor for ``visitor``."""
        if who == "visitor":
            return self.ctx.acting_as(Actor())
        return self.ctx.acting_as(self.people[who]) if who else self.ctx

    def later(self, **span: int) -> None:
        """Let time go on."""
        self.ctx = self.ctx.at(self.ctx.now + timedelta(**span))

    async def file(self, kind: str = "complaint", **changes: Any) -> Filed:
        """File something on the portal; ``named`` gives a name, ``key`` the form's key."""
        form_key = changes.pop("key", None) or key()
        client = changes.pop("client", CLIENT)
        sent, code = changes.pop("sent", ()), changes.pop("contact_code", "")
        named = changes.pop("named", False)
        given: dict[str, Any] = {"capacity": "anonymous", "about": "body", "body": "B001", "text": "窗口没有人。"}
        given |= {"capacity": "real_name", "identity": SOMEBODY} if named else {}
        filed = await complaints.file(
            self.at("visitor"), Filing(kind=kind, **(given | changes)), form_key, client, sent, code
        )
        self.later(minutes=1)
        return filed

    async def act(self, of: Filed, who: str, verb: str, text: str = "", **more: Any) -> Done:
        """Do something with a complaint."""
        done = await complaints.act(self.at(who), of.complaint_id, Deed(verb, more.pop("key", key()), text, **more))
        self.later(minutes=1)
        return done

    async def answered(self, of: Filed, officer: str = "officer", head: str = "head", result: str = "solved") -> None:
        """Go through a complaint as far as its answer."""
        await self.act(of, officer, "route")
        await self.act(of, officer, "accept")
        await self.act(of, officer, "find", "已向窗口核实。", result=result)
        await self.act(of, head, "decide", "同意经办人意见。", result=result)
        await self.act(of, officer, "reply", "已经安排专人值守。")


async def city(database: Database, now: datetime = MONDAY, **changes: Any) -> City:
    """Set the city up."""
    handling, supervision = new_code(), new_code()
    keys = IdentityKeys(public_of("handling", handling), public_of("supervision", supervision))
    ctx = factories.context(database, now=now, profile=factories.profile("demo-city"), **changes)
    ctx = replace(ctx, identity_keys=keys)
    async with unit_of_work(ctx, unrecorded="a calendar that is there already") as uow:
        await seed_calendar(uow)
    government = await factories.government(ctx)
    made = City(ctx, government, handling=handling, supervision=supervision)
    offices = {"B001": (), "B002": (), "B009": ("supervision_bureau", "service_office")}
    for code, held in offices.items():
        body = await factories.body(ctx, government, code=code, number=code[1:], name=f"云川市{code}局", offices=held)
        holders = {who: (f"{who}岗", roles) for who, (where, roles) in PEOPLE.items() if where == code}
        made.people |= await running.people(ctx, body, holders)
    return made
