"""Every kind of matter of the demo city has its page, and every act a form in every step of every procedure."""

from collections.abc import Sequence

from sqlmodel import select

from deploy.demo.cases import DemoCase
from domain.access import Role
from domain.tables.bodies import Body
from portal.matters_fields import Answers, Bench
from portal.matters_table import FORMS, data_of, groups_of
from resolvers import matters, postings
from resolvers.context import Context, unit_of_work
from resolvers.postings import Term
from resolvers.reading import PageRequest
from tests import desks
from tests.desks import Visitor, check_markup, soup


async def watcher(ctx: Context) -> str:
    """Return a session of the supervision bureau of the demo city."""
    async with unit_of_work(ctx, unrecorded="nothing is changed") as uow:
        body = (await uow.session.exec(select(Body).order_by(Body.id).limit(1))).one()  # type: ignore[arg-type]
    made = await desks.person(ctx, "watcher")
    post = await desks.post(ctx, body, "监察岗", Role.SUPERVISION_BUREAU)
    await postings.grant(ctx, made.account_id, post, Term(ctx.today))
    return await desks.session_of(ctx, made)


async def every_matter_has_its_page_and_its_forms(ctx: Context, made: Sequence[DemoCase], database_url: str) -> None:
    """Look at every matter of the city: a form for every act in every step, and a page for whoever watches."""
    numbers = {one.number for one in made}
    forms = 0
    for number in sorted(numbers):
        view = await matters.matter(ctx, number)
        for visit in (*view.matter.open_visits, *view.matter.visits[:1]):
            for kind in FORMS:
                bench = Bench(view, kind, visit, (), ctx.now)
                names = [control.name for group in groups_of(bench) for control in group.controls]
                assert len(names) == len(set(names)), (number, kind)
                assert data_of(Answers({}), bench)["kind"] == kind
                forms += 1
    assert forms > len(numbers)
    token = await watcher(ctx)
    async with desks.running(desks.settings(database_url)) as app:
        visitor, shown = Visitor(app).carry(token), 0
        for row in (await matters.list_matters(ctx, page=PageRequest(first=100))).rows:
            answer = await visitor.get(f"/desk/matters/{row.id}")
            assert answer.status_code in (200, 404), row.number
            if answer.status_code == 200:  # a county's matters are not the city's to watch
                check_markup(answer)
                assert soup(answer).select(".visits li"), row.number
                shown += 1
        assert shown > len(made) // 4
