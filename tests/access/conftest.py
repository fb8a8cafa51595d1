"""One scene for all tests of addresses: two governments, an official for every role, and something of each kind."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from starlette.applications import Starlette

from deploy import identity_keys
from deploy import roles as database_roles
from deploy.embedded import OWNER
from deploy.file_stores import file_store
from domain.access import Role
from domain.actors import Actor, Posting
from domain.complaints import Filing, Identity
from domain.flows import Flow, Step
from domain.opinions import Call
from domain.parties import Party, reference
from domain.powers import Guide, LegalBasis, PowerContent
from domain.results import Result
from domain.tables.bodies import Government
from resolvers import batches, complaints, materials, matters, opinions_desk, papers, parties, supervision, tokens
from resolvers.acting import actor_by_login
from resolvers.addresses import plain_url
from resolvers.batches import Proposal, SourceFile
from resolvers.calendar import seed_calendar
from resolvers.complaints import Deed
from resolvers.complaints_sealing import IdentityKeys, new_code, public_of
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.keys import Keyring
from resolvers.materials import ForMatter, Sent
from resolvers.matters import Opening
from resolvers.open_data_dumps import Dumps
from resolvers.open_data_making import make
from resolvers.papers import PARTY_NAME, PaperOrder
from resolvers.throttles import Client
from tests import clusters, desks, editions, factories, hall
from tests.access import matrix
from tests.alerts import inspected, planted, scored
from tests.clusters import Servers
from tests.desks import Person, Visitor


@dataclass
class Scene:
    """What the addresses of the table are filled with, and who asks."""

    ctx: Context
    app: Starlette
    people: dict[str, Person]
    stranger: Person
    batches: dict[str, int]
    matters: dict[str, int]
    materials: dict[str, str]
    parties: dict[str, UUID]
    papers: dict[str, int]
    results: dict[str, int]
    reports: dict[str, int]
    alerts: dict[str, int]
    complaints: dict[str, int]
    extracts: dict[str, int]
    opinions: dict[str, int]
    attached: dict[str, str]
    scores: dict[str, int]
    dump: str
    inspections: dict[str, int]
    item: str
    law: int
    integrator: str

    async def visitor(self, role: str) -> Visitor:
        """Return a visitor in a role, with a session or a token of its own."""
        visitor = Visitor(self.app)
        if role == "integrator":
            visitor.client.headers["Authorization"] = f"Bearer {self.integrator}"
        elif role != "anonymous":
            visitor.carry(await desks.session_of(self.ctx, self.people[role]))
        return visitor

    def filled(self, fields: dict[str, str]) -> dict[str, str]:
        """Return what to send, with the item of the scene where the table names it."""
        return {name: value.replace("{item}", self.item) for name, value in fields.items()}

    async def address(self, row: matrix.RouteRow, side: str, role: str) -> str:
        """Return an example of an address, about something of the visitor's own or of another's."""
        mine = self.people.get(role, self.stranger)
        whose = mine if side == "own" else self.stranger
        values = {
            "item": self.item,
            "law": str(self.law),
            "account": str(whose.account_id),
            "batch": str(self.batches[side]),
            "matter": str(self.matters[side]),
            "material": self.materials[side],
            "party": str(self.parties[side]),
            "paper": str(self.papers[side]),
            "alert": str(self.alerts[side]),
            "score": str(self.scores[side]),
            "inspection": str(self.inspections[side]),
            "result": str(self.results[side]),
            "published": str(self.results["public"]),
            "complaint": str(self.complaints[side]),
            "extract": str(self.extracts[side]),
            "attached": self.attached[side],
            "asked": str(self.opinions[side]),
            "opinion": str(self.opinions["own"]),
            "report": str(self.reports[side]),
            "bulletin": str(editions.BULLETIN),
            "annual": str(editions.ANNUAL),
            "dump": self.dump,
            "posting": "0",
            "session": "0",
            "token": "00000000-0000-0000-0000-000000000000",
        }
        if "{posting}" in row.at:
            sql = "SELECT id FROM posting WHERE account_id = $1 ORDER BY id LIMIT 1"
            values["posting"] = str(await self.ctx.db.reads.fetchval(sql, whose.account_id))
        if "{session}" in row.at:
            await desks.session_of(self.ctx, whose)
            sql = "SELECT max(id) FROM session WHERE account_id = $1"
            values["session"] = str(await self.ctx.db.reads.fetchval(sql, whose.account_id))
        if "{token}" in row.at:
            values["token"] = str((await tokens.issue(self.ctx, "单位", frozenset({"library:read"}), 1)).token_id)
        address = row.at
        for name, value in values.items():
            address = address.replace(f"{{{name}}}", value)
        return address


async def _governments(ctx: Context) -> tuple[Government, Government]:
    """Enter two governments, and the calendar."""
    async with unit_of_work(ctx) as uow:
        await seed_calendar(uow)
    here = await factories.government(ctx)
    return here, await factories.government(ctx, division_code="990121", name="山川县", level="county")


async def _draft(ctx: Context, of: Government, folder: Path) -> int:
    """Propose a batch of one row for a government."""
    row = {"序号": "1", "事项名称": "测试许可", "权力类型": "行政许可", "行使主体": "云川市测试局"}
    row["实施依据"] = "【法律】《中华人民共和国食品安全法》第三十五条：国家对食品生产经营实行许可制度。"
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(row), lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    path = folder / f"{of.division_code}.csv"
    path.write_text(buffer.getvalue(), "utf-8")
    proposal = Proposal(government=of.division_code, valid_from=date(2026, 1, 1))
    return await batches.propose(ctx, proposal, [SourceFile(path.name, path)])


async def _people(ctx: Context, here: Government, there: Government) -> tuple[dict[str, Person], Person]:
    """Enter an official for every role in one government, and a stranger in the other."""
    body = await factories.body(ctx, here)
    elsewhere = await factories.body(ctx, there, code="B002", name="山川县测试局")
    people = {role.value: await desks.official(ctx, body, role.value, role) for role in Role}
    people["clerk"] = await desks.official(ctx, body, "clerk")
    return people, await desks.official(ctx, elsewhere, "stranger")


async def _entered(ctx: Context, body: str) -> UUID:
    """Enter a party of a body."""
    return await parties.enter(ctx, body, Party("citizen", "passport", "王小明", "E12345678", phone="13900001234"))


async def _opened(ctx: Context, item: str, party: UUID) -> int:
    """Register a matter of an item, for a party."""
    return (await matters.open_matter(ctx, Opening(item=item, key=item, party=reference(party)))).matter_id


async def _handed_in(ctx: Context, matter_id: int) -> str:
    """Hand a file in for a matter."""
    sent = Sent(io.BytesIO("说明".encode()), "说明.txt")
    return str((await materials.upload(ctx, ForMatter(matter_id), sent)).id)


async def _content(ctx: Context, here: Government, there: Government) -> tuple[PowerContent, PowerContent]:
    """Enter an item of each government."""
    basis = LegalBasis(kind="law", title="中华人民共和国食品安全法", article="第三十五条")
    flow = Flow(steps=(Step(key="received", name="受理"), Step(key="decided", name="决定")))
    content = factories.power(bases=(basis,), internal_flow=flow, guide=Guide(online=True))
    await factories.confirmed(ctx, here, [factories.change(here, content)])
    beyond = factories.power(body="B002", body_name="山川县测试局")
    await factories.confirmed(ctx, there, [factories.change(there, beyond)])
    return content, beyond


async def _made(ctx: Context, matter: int) -> int:
    """Make a document in a matter."""
    order = PaperOrder("archive_cover", {PARTY_NAME: "某人", "handlers_text": "某甲"})
    clerk = ctx.acting_as(await actor_by_login(ctx, "clerk"))
    await papers.make(clerk, matter, {"kind": "record", "key": "paper"}, [order])
    return (await papers.papers_of(ctx, matter))[0].id


def _sealing(state: Path) -> IdentityKeys:
    """Make the keys that names are sealed to, and keep them where the application looks for them."""
    made = IdentityKeys(public_of("handling", new_code()), public_of("supervision", new_code()))
    identity_keys.keep(state, made)
    return made


async def _complained(ctx: Context, body: str) -> tuple[int, str]:
    """File a complaint about a body, with a name and a file."""
    filing = Filing(
        "complaint", "undisclosed", "body", "没有人。", body=body, identity=Identity("某人", phone="13900001234")
    )
    sent = complaints.Sent(io.BytesIO("说明".encode()), "说明.txt")
    filed = await complaints.file(ctx, filing, f"a key of a test, long enough {body}", Client("203.0.113.77"), [sent])
    attached = await ctx.db.reads.fetchval("SELECT id FROM complaint_file WHERE complaint_id = $1", filed.complaint_id)
    return filed.complaint_id, str(attached)


async def _asks(ctx: Context, body: str) -> int:
    """Let a body ask the public about something."""
    call = Call("公交调价", "拟调整票价。", ctx.today + timedelta(days=9))
    return await opinions_desk.publish(ctx, body, f"a key of a test {body}", call)


def _officer(body: str, of: Government) -> Posting:
    """Return a post whose holder works on a body's complaints."""
    return Posting(0, 0, body, of.id or 0, frozenset({Role.COMPLAINT_OFFICER.value}), "岗")


async def _asked(ctx: Context, complaint_id: int, by: Person, at: Posting, body: str) -> int:
    """Ask another body to explain something, as whoever works on the complaint."""
    officer = ctx.acting_as(Actor("official", by.account_id, by.login, (at,)))
    for number, deed in enumerate(("route", "accept", "extract")):
        text, to = ("请说明。", body) if deed == "extract" else ("", "")
        await complaints.act(officer, complaint_id, Deed(deed, f"{deed} {number}", text, to=to))
    return int(await ctx.db.reads.fetchval("SELECT max(id) FROM complaint_text WHERE kind = 'extract'"))


async def _extracts(
    ctx: Context,
    filed: dict[str, tuple[int, str]],
    ours: tuple[Person, Government],
    theirs: tuple[Person, Government],
) -> dict[str, int]:
    """Let each side ask the other one to explain something."""
    here, there = _officer("B001", ours[1]), _officer("B002", theirs[1])
    return {
        "own": await _asked(ctx, filed["other"][0], theirs[0], there, "B001"),
        "other": await _asked(ctx, filed["own"][0], ours[0], here, "B002"),
    }


RESULT = """
INSERT INTO result (matter_id, kind, government_id, body_code, item_code, title, state, no, content, drafted_at, todo_on)
SELECT id, 'licence', government_id, body_code, item_code, title, 'draft', 0, $2::jsonb, now(), current_date FROM matter
WHERE id = $1 RETURNING id
"""


async def _results(owner: str, of: dict[str, int], body: str) -> dict[str, int]:
    """Draft a result of each matter, and publish some of nobody's."""
    content = Result(
        decision_number="1号",
        party="",
        party_kind="citizen",
        item_code="1",
        item_name="测试许可",
        result="准予",
        content="准予",
        basis="依据",
        body_name="云川市测试局",
        decided_on=date(2026, 11, 20),
    )
    connection = await asyncpg.connect(plain_url(owner))
    made = {side: await connection.fetchval(RESULT, one, content.model_dump_json()) for side, one in of.items()}
    await connection.close()
    await hall.published_rows(owner, body, "1", "2")
    return made | {"public": 5}


REPORT = """
INSERT INTO report (kind, government_id, body_code, period, state, edition, no, content, due_on, opened_at, changed_at)
SELECT 'annual_report', government_id, code, '2026', 'open', 1, 0, '{"sections": {}, "figures": [], "counted_at": null}',
  '2027-01-05', now(), now() FROM body WHERE code = $1 RETURNING id
"""


async def _reports(owner: str, own: str, other: str) -> dict[str, int]:
    """Open a report of a body of each government, and publish some of nobody's."""
    await editions.editions(owner, own)
    connection = await asyncpg.connect(plain_url(owner))
    made = {side: await connection.fetchval(REPORT, body) for side, body in (("own", own), ("other", other))}
    await connection.close()
    return made


async def _alerts(ctx: Context, owner: str, of: dict[str, int]) -> dict[str, int]:
    """Keep the rules, and raise an alert about each matter."""
    await supervision.keep_shipped(ctx)
    return {side: await planted(owner, matter) for side, matter in of.items()}


@pytest.fixture(scope="module")
async def scene(
    postgres: Servers, postgres_flavour: str, worker_id_or_main: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """Give the scene, on a database of its own, made once for a module."""
    name = f"t_{worker_id_or_main}_access"
    clusters.clone(postgres, postgres_flavour, name, template=clusters.migrated_template(postgres, postgres_flavour))
    owner = postgres.postgres_url(postgres_flavour, name)
    url = owner.replace(f"://{OWNER}@", f"://{database_roles.APPLICATION}@", 1)
    database = await Database.connect(url, pool_size=2)
    keys = Keyring(desks.SECRET.encode())
    given = desks.settings(url, state_dir=desks.with_a_log(tmp_path_factory.mktemp("state")))
    ctx = factories.context(database, now=datetime.now(UTC), keys=keys, profile=factories.profile("demo-city"))
    ctx = replace(ctx, files=file_store(given), identity_keys=_sealing(given.state_dir))
    await editions.put(ctx.files)
    here, there = await _governments(ctx)
    people, stranger = await _people(ctx, here, there)
    items = dict(zip(("own", "other"), await _content(ctx, here, there), strict=True))
    folder = tmp_path_factory.mktemp("lists")
    known = {side: await _entered(ctx, one.body) for side, one in items.items()}
    opened = {side: await _opened(ctx, one.code, known[side]) for side, one in items.items()}
    filed = {side: await _complained(ctx, one.body) for side, one in items.items()}
    made = Scene(
        ctx=ctx,
        app=Starlette(),
        people=people,
        stranger=stranger,
        batches={"own": await _draft(ctx, here, folder), "other": await _draft(ctx, there, folder)},
        matters=opened,
        materials={side: await _handed_in(ctx, matter_id) for side, matter_id in opened.items()},
        parties=known,
        # Of another's matter there is none to be found, whatever its number: resolvers/test_papers.py has the guard.
        papers=dict.fromkeys(("own", "other"), await _made(ctx, opened["own"])),
        results=await _results(owner, opened, "B001"),
        reports=await _reports(owner, "B001", "B002"),
        alerts=await _alerts(ctx, owner, opened),
        complaints={side: number for side, (number, _) in filed.items()},
        attached={side: file for side, (_, file) in filed.items()},
        extracts=await _extracts(ctx, filed, (people["complaint_officer"], here), (stranger, there)),
        opinions={"own": await _asks(ctx, "B001"), "other": await _asks(ctx, "B002")},
        scores={"own": await scored(owner, "B001"), "other": await scored(owner, "B002")},
        dump=(await make(ctx, Dumps(given.state_dir))).name,
        inspections={"own": await inspected(owner, "B001"), "other": await inspected(owner, "B002")},
        item=items["own"].code,
        law=await database.reads.fetchval("SELECT min(id) FROM law"),
        integrator=(await tokens.issue(ctx, "单位", frozenset({"library:read"}), 30)).token,
    )
    async with desks.running(given) as app:
        yield replace(made, app=app)
    await database.close()
    clusters.drop(postgres, postgres_flavour, name)
