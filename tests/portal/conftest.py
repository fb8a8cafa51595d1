"""The published demo city with hostile items beside it, the whole application on it, and addresses of every page.

``published``   the application; its data is made once in a run, and only read
``visits``      asks for addresses and keeps which template and which context answered
``places``      an example address for every kind of page, with the status it answers
``published_site``  the same application on a port of this machine, for browsers
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from deploy import roles
from deploy.demo_city import load
from deploy.embedded import OWNER
from deploy.file_stores import file_store
from domain.flows import Flow, Step
from domain.opinions import Call, Question
from domain.powers import LegalBasis
from resolvers import opinions, opinions_desk
from resolvers.calendar import seed_calendar
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.open_data_dumps import Dumps
from resolvers.open_data_making import make
from resolvers.throttles import Client
from tests import clusters, desks, editions, factories, hall
from tests.clusters import Servers

NAME = "portal_city"
FOOD = "999900118XK00200"
HOSTILE = "990199001XK00100"
HOSTILE_NAME = "<script>alert(1)</script>“引号”&amp; \x0c\x1b🏮👩‍👩‍👧 \u202eRTL " + "长" * 300


async def _fill(url: str, owner: str) -> None:
    """Load the demo city, and items whose texts try to break a page."""
    database = await Database.connect(url, pool_size=2)
    ctx = factories.context(database, now=datetime.now(UTC), profile=factories.profile("demo-city"))
    async with unit_of_work(ctx) as uow:
        await seed_calendar(uow)
    await load(ctx)
    government = await factories.government(ctx, division_code="990199", name="<b>恶意</b>市")
    await factories.body(ctx, government, code="<i>&B/1", name="<img src=x onerror=alert(1)>局")
    basis = LegalBasis(kind="law", title='"><script>alert(2)</script>法', article="第一条", text="</pre>" * 20)
    content = factories.power(
        code=HOSTILE,
        name=HOSTILE_NAME,
        sub_item="😀" * 50,
        body="<i>&B/1",
        body_name="<img src=x onerror=alert(1)>局",
        bases=(basis,),
        external_flow=Flow(steps=(Step(key="first", name="受理\x0b<script>alert(4)</script>"),)),
        remarks="javascript:alert(3)\n\x0b\x1f\ufffe" * 5,
    )
    await factories.confirmed(ctx, government, [factories.change(government, content)])
    body = await database.reads.fetchval("SELECT body_code FROM power_version WHERE code = $1 LIMIT 1", FOOD)
    await hall.published_rows(owner, body, FOOD, HOSTILE)
    others = (
        "SELECT DISTINCT body_code FROM power_version WHERE body_code <> $1 AND body_code !~ '<' ORDER BY 1 LIMIT 1"
    )
    await editions.editions(owner, body, await database.reads.fetchval(others, body))
    await _ask(ctx, body)
    await database.close()


async def _ask(ctx: Context, body: str) -> None:
    """Let a body ask the public twice: one call is open, with everything a form can hold; one is concluded."""
    early, client = ctx.at(ctx.now - timedelta(days=40)), Client("203.0.113.9")
    asked = Call(
        "</h1>票价", "“拟”<b>调整</b>", ctx.today + timedelta(days=9), (Question("<i>涨多少", ("不涨", "一元")),)
    )
    hearing = replace(asked, hearing_at=ctx.now + timedelta(days=20), hearing_place="三楼<br>")
    for number, (at, one) in enumerate(
        ((ctx, hearing), (early, replace(asked, closes_on=ctx.today - timedelta(days=9))))
    ):
        which = await opinions_desk.publish(at, body, f"a key {number}", one)
        await opinions.say(at, which, f"a key of a test, long enough {number}", "<script>不涨", {0: 0}, client)
        (said,) = (await opinions_desk.desk_call(at, which)).comments
        await opinions_desk.answer(at, which, said.id, said.said, "<b>研究过了")
    await opinions_desk.conclude(ctx, which, "采纳</p>一条")


@pytest.fixture(scope="session")
def published_url(postgres: Servers, postgres_flavour: str) -> str:
    """Give the address of the seeded database for the application's role; nobody writes to it."""
    owner = postgres.postgres_url(postgres_flavour, NAME)
    url = owner.replace(f"://{OWNER}@", f"://{roles.APPLICATION}@", 1)

    def make() -> None:
        template = clusters.migrated_template(postgres, postgres_flavour)
        clusters.clone(postgres, postgres_flavour, NAME, template=template)
        clusters.outside_the_loop(lambda: asyncio.run(_fill(url, owner)))

    clusters.once_for_all_workers(postgres, f"{NAME}-{postgres_flavour}", make)
    return url


@pytest.fixture(scope="session")
async def published(published_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Starlette]:
    given = desks.settings(published_url, state_dir=desks.with_a_log(tmp_path_factory.mktemp("state")))
    await editions.put(file_store(given))
    async with desks.running(given) as app:
        await make(factories.context(app.state.database), Dumps(given.state_dir))
        yield app


@dataclass
class Visits:
    """A reader without memory: every request says its language and mode itself."""

    app: Any
    templates: dict[str, type] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note the template of its answer."""

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.debug":
                info = message["info"]
                self.templates[info["template"].name] = type(info["context"]["page"])
                return
            await send(message)

        await self.app({**scope, "extensions": {"http.response.debug": {}}}, receive, noted)

    async def ask(self, address: str, method: str = "GET", **headers: str) -> httpx2.Response:
        """Ask for an address; ``language`` and ``mode`` become cookies, other names become headers."""
        cookies = "; ".join(f"{name}={headers.pop(name)}" for name in ("language", "mode") if name in headers)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookies:
            sent["Cookie"] = cookies
        transport = httpx2.ASGITransport(app=self, raise_app_exceptions=True)
        async with httpx2.AsyncClient(transport=transport, base_url=desks.SITE) as client:
            return await client.request(method, address, headers=sent)


@pytest.fixture(scope="session")
def visits(published: Starlette) -> Visits:
    return Visits(published)


@dataclass(frozen=True)
class Place:
    """An address, what it answers with, and whether it is a page of ours."""

    address: str
    status: int = 200
    is_page: bool = True


def _pages(item: str, penalty: str, body: str, law: int) -> dict[str, str]:
    """Return the addresses of pages that answer 200."""
    return {
        "front": "/",
        "powers": "/powers",
        "search": "/powers?q=许可&category=licence",
        "as-of": "/powers?on=2020-01-01&known=2026-01-01",
        "none-found": "/powers?q=没有这样的事项",
        "item": item,
        "penalty": f"/powers/{penalty}",
        "hostile": f"/powers/{HOSTILE}",
        "item-then": f"{item}?on=2019-06-01",
        "versions": f"{item}/versions",
        "version": f"{item}/versions/1",
        "compare": f"{item}/compare?from=1&to=2",
        "compare-same": f"{item}/compare?from=1&to=1",
        "bodies": "/bodies",
        "bodies-none": "/bodies?q=没有这样的主体",
        "body": f"/bodies/{body}",
        "body-hostile": "/bodies/%3Ci%3E&B%2F1",
        "laws": "/laws?kind=law",
        "laws-none": "/laws?q=没有这样的法律",
        "law": f"/laws/{law}",
        "law-article": f"/laws/{law}?article=没有这一条",
        "benchmarks": "/benchmarks",
        "benchmarks-none": "/benchmarks?q=没有这样的行为",
        "changes": "/changes",
        "changes-of-body": f"/changes?body={body}",
        "downloads": "/downloads",
        "downloads-part": "/downloads?category=licence",
        "open-data": "/open-data",
        "calendar": "/calendar",
        "deadline": "/calendar?start=2026-09-28&limit=20&unit=workday",
        "deadline-long": "/calendar?start=2020-01-01&limit=9999&unit=day",
        "deadline-hours": "/calendar?start=2026-09-28&limit=48&unit=hour&time=10:30",
        "provisional": "/calendar?year=2027&start=2027-01-01&limit=3&unit=month",
        "no-calendar": "/calendar?year=2099",
        "status": "/status",
        "apply": f"/apply/{item.removeprefix('/powers/')}",
        "log": "/log",
        "log-about": "/log/about",
        "receipt": "/receipt",
        "about": "/about",
        "accessibility": "/accessibility",
        "api": "/api",
    }


def _pages_of_the_hall(body: str) -> dict[str, str]:
    """Return the addresses of published results and ratings that answer 200."""
    return {
        "results": "/results?from=2026-01-01",
        "results-of-item": f"/results?kind=licence&body={body}&item={FOOD}",
        "results-none": "/results?q=没有这样的公示",
        "result": "/results/1",
        "result-corrected": "/results/2",
        "result-ended": "/results/22",
        "result-withdrawn": "/results/23",
        "bulletins": "/bulletins?year=2026",
        "bulletins-none": "/bulletins?year=1999",
        "bulletin": "/bulletins/2",
        "bulletin-former": "/bulletins/1",
        "reports": "/reports",
        "report": "/reports/3",
        "figures": "/figures?period=2026-Q3&by=body",
        "figures-none": "/figures?period=2020",
        "complaints": "/complaints",
        "complaint-new": "/complaints/new?kind=report",
        "complaint-follow": "/complaints/follow",
        "complaint-figures": "/complaints/figures",
        "complaint-questions": "/complaints/questions",
        "opinions": "/opinions",
        "opinion": "/opinions/1",
        "opinion-concluded": "/opinions/2",
        "ratings": "/ratings",
        "scores": "/scores",
        "ratings-of-body": f"/ratings?body={body}&month=2026-09",
        "ratings-none": "/ratings?month=2020-01",
        "rating-form": "/ratings/give",
    }


def _files(item: str, body: str) -> list[str]:
    """Return the addresses of what is no page."""
    files = [
        *(
            "/bulletins.atom",
            "/bulletins/2.csv",
            "/bulletins/2.pdf",
            "/reports.atom",
            "/reports/3.csv",
            "/reports/3.pdf",
        ),
        "/figures.csv?by=category",
        "/opinions.atom",
        "/results.atom",
        "/results.csv",
        "/results.json",
        "/ratings.csv",
        "/scores.csv",
        "/log/checkpoint",
        "/log/policy.txt",
        "/log/tile/0/000.p/3",
        "/open-data/changes?first=3",
        "/changes.atom",
        f"/changes.atom?body={body}",
        "/robots.txt",
        "/sitemap.xml",
        "/sitemaps/pages.xml",
    ]
    files += [f"/sitemaps/bodies/{body}.xml", "/downloads/power.schema.json", "/static/site.css"]
    files += [f"{item}/charts/{kind}.svg" for kind in ("external", "internal", "risk")]
    files += [f"{item}/versions/1/charts/external.svg"]
    files += [
        f"/downloads/powers.{form}{suffix}" for form in ("csv", "json", "jsonl", "xlsx") for suffix in ("", ".sha256")
    ]
    return files


@pytest.fixture(scope="session")
async def places(published: Starlette) -> dict[str, Place]:
    reads = published.state.database.reads
    law = await reads.fetchval("SELECT law_id FROM power_basis GROUP BY law_id ORDER BY count(*) DESC LIMIT 1")
    body = await reads.fetchval("SELECT v.body_code FROM power_version v WHERE v.code = $1 LIMIT 1", FOOD)
    penalty = await reads.fetchval(
        "SELECT v.code FROM power_benchmark b JOIN power_version v ON v.id = b.version_id ORDER BY 1 LIMIT 1"
    )
    item = f"/powers/{FOOD}"
    addresses = _pages(item, penalty, body, law) | _pages_of_the_hall(body)
    made = {name: Place(address) for name, address in addresses.items()}
    made |= {
        "missing": Place("/no-such-page", 404),
        "missing-item": Place("/powers/no-such-item", 404),
        "not-then": Place(f"{item}?on=1990-01-01", 404),
        "deadline-wrong": Place("/calendar?start=x&limit=many", 400),
        "wrong-day": Place("/powers?on=yesterday", 400),
    }
    made |= {address: Place(address, is_page=False) for address in _files(item, body)}
    made["exchange"] = Place("/exchange/entries", 403, is_page=False)
    made["favicon"] = Place("/favicon.ico", 308, is_page=False)
    latest = "/open-data/latest/laws.csv"
    made["open-data-latest"] = Place(latest, 303, is_page=False)
    made["open-data-file"] = Place((await Visits(published).ask(latest)).headers["location"], is_page=False)
    return made


@pytest.fixture(scope="session")
async def published_site(published: Starlette) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(published, lifespan="off", access_log=False, log_config=None))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has a flag, no event
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = server.force_exit = True
    await task
