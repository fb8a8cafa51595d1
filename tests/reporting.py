"""A government that reports: a body with cases, the office that receives reports, two people in each."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from domain.access import Role
from domain.actors import Actor
from domain.periods import Period
from domain.tables.bodies import Body
from resolvers import reports
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from tests import factories, running
from tests.running import Office

NEW_YEAR = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)
YEAR, THIRD = Period(2026), Period(2026, 3)
DUE = date(2027, 1, 5)
TEXTS = {
    "running": "全部事项已经上网运行。",
    "supervision": "没有超期。",
    "legal_supervision": "重大处罚决定已经报备。",
    "assessment": "考核合格。",
}


@dataclass
class Scene:
    """An office with its cases, and who receives what it reports."""

    of: Office
    service: Body
    people: dict[str, Actor]

    @property
    def government(self) -> int:
        return self.of.government.id or 0

    def at(self, who: str, now: datetime) -> Context:
        """Return the context of one of the people at a time; without a name that of the system."""
        ctx = self.of.ctx.at(now)
        return ctx.acting_as({**self.of.people, **self.people}[who]) if who else ctx

    async def opened(self, now: datetime = NEW_YEAR) -> int:
        """Open the reports of the year and return that of the body."""
        async with unit_of_work(self.at("", now)) as uow:
            return (await reports.open_annual(uow, self.government, YEAR, DUE))[self.of.body.code]

    async def bulletin(self, now: datetime = NEW_YEAR, period: Period = THIRD) -> int:
        """Compile a bulletin."""
        async with unit_of_work(self.at("", now)) as uow:
            made = await reports.open_bulletin(uow, self.government, self.service.code, period)
        assert made is not None
        return made

    async def handed_in(self, report: int, now: datetime = NEW_YEAR, head: str = "head") -> int:
        """Write a report and hand it in; returns its number."""
        ctx = self.at(head, now)
        done = await reports.recount(ctx, report, (await reports.report(ctx, report)).row.no)
        done = await reports.save(ctx, report, TEXTS, "", done.no)
        return (await reports.submit(ctx, report, done.no)).no


async def scene(database: Database, now: datetime = running.MONDAY) -> Scene:
    """Set the office up, and beside it the service office and the supervision bureau."""
    of = await running.office(database, now)
    service = await factories.body(of.ctx, of.government, code="B009", number="009", name="云川市政务服务管理办公室", offices=("service_office",))  # fmt: skip
    bureau = await factories.body(of.ctx, of.government, code="B008", number="008", name="云川市监察委员会", offices=("supervision_bureau",))  # fmt: skip
    made = await running.people(of.ctx, service, {
        "writer": ("通报编写岗", (Role.SERVICE_OFFICE,)),
        "second": ("通报审核岗", (Role.SERVICE_OFFICE,)),
    })  # fmt: skip
    made |= await running.people(of.ctx, bureau, {"watcher": ("监察岗", (Role.SUPERVISION_BUREAU,))})
    made |= await running.people(of.ctx, service, {"operator": ("系统管理岗", (Role.SYSTEM_ADMIN,))})
    return Scene(of, service, made)


def later(now: datetime, **span: int) -> datetime:
    """Return a later time."""
    return now + timedelta(**span)
