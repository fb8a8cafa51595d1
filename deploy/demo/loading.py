"""Loading the demo city into an empty library, as officials would: bodies first, then confirmed batches, then accounts.

Every day on which something was recorded is a batch of its own, with its own first valid day and its own recorded
time, so that history, differences and "as known then" have something true to show (L8; 003-20, 003-24).
"""

import asyncio
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from deploy.demo.city import DemoBody, DemoGovernment, DemoPerson
from deploy.demo.errors import DemoError
from deploy.demo.items import FIRST_IMPORT, DemoItem, DemoVersion
from deploy.demo.staff import certify
from domain.powers import Chart
from domain.tables.base import key_of
from domain.values import document
from resolvers import accounts, batches, postings
from resolvers.batches import Proposal, SourceFile
from resolvers.batches_values import BatchKind
from resolvers.charts import record_charts
from resolvers.context import Context, unit_of_work
from resolvers.organisation import (
    NewBody,
    NewGovernment,
    NewPost,
    add_body,
    add_government,
    add_unit,
    post_numbers,
)

Progress = Callable[[str, int, int], None]
"""Told while loading goes on: the step's name, how much is done, of how much."""

REVIEW = timedelta(minutes=20)


def no_progress(step: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo city with its first password, which is shown once."""

    login: str
    password: str
    name: str
    body: str
    post: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Occasion:
    """What belongs into one batch: whose library, recorded when, valid from when, of what kind and why."""

    recorded_at: datetime
    government: str
    valid_from: date
    kind: BatchKind
    reason: str


def occasions(items: Sequence[DemoItem]) -> dict[Occasion, list[DemoVersion]]:
    """Sort all versions into batches, in the order in which they were recorded."""
    found: dict[Occasion, list[DemoVersion]] = defaultdict(list)
    for item in items:
        for version in item.versions:
            first = version.reason == FIRST_IMPORT
            kind: BatchKind = "import" if first else "correction" if version.change == "correct" else "adjustment"
            found[Occasion(version.recorded_at, item.government, version.valid_from, kind, version.reason)].append(
                version
            )
    return dict(sorted(found.items(), key=lambda one: (one[0].recorded_at, one[0].government, one[0].valid_from)))


async def load_organisation(
    ctx: Context, governments: Sequence[DemoGovernment], bodies: Sequence[DemoBody], progress: Progress = no_progress
) -> None:
    """Enter governments, bodies, units and posts in one transaction."""
    ids: dict[str, int] = {}
    entered_bodies: dict[str, int] = {}
    async with unit_of_work(ctx) as uow:
        for government in governments:
            entered = await add_government(
                uow,
                NewGovernment(
                    division_code=government.division_code,
                    name=government.name,
                    level=government.level,
                    short_name=government.short_name,
                    parent_id=ids.get(government.parent),
                    valid_from=government.valid_from,
                ),
            )
            ids[government.division_code] = key_of(entered)
        for done, body in enumerate(bodies, 1):
            row = await add_body(uow, _new_body(body, ids, entered_bodies))
            entered_bodies[body.code] = key_of(row)
            for unit in body.units:
                posts = tuple(NewPost(post.name, post.duty, post.roles) for post in unit.posts)
                await add_unit(uow, row, unit.name, posts)
            progress("机构和岗位", done, len(bodies))


def _new_body(body: DemoBody, government_ids: Mapping[str, int], bodies: Mapping[str, int]) -> NewBody:
    return NewBody(
        government_id=government_ids[body.government],
        code=body.code,
        number=body.number,
        name=body.name,
        kind=body.kind,
        usc_code=body.usc_code,
        short_name=body.short_name,
        offices=body.offices,
        duties=body.duties,
        place=body.place,
        contact_phone=body.contact_phone,
        supervision_phone=body.supervision_phone,
        parent_id=bodies.get(body.parent),
    )


async def load_library(
    ctx: Context, items: Sequence[DemoItem], charts: Sequence[Chart], progress: Progress = no_progress
) -> int:
    """Propose and confirm every batch; returns how many versions entered. A row that does not enter is a bug."""
    planned = occasions(items)
    charted: set[str] = set()
    entered = 0
    with tempfile.TemporaryDirectory(prefix="yangguang-demo-") as folder:
        for number, (occasion, versions) in enumerate(planned.items(), 1):
            path = Path(folder) / f"{number}.json"
            path.write_text(json.dumps([document(one.content) for one in versions], ensure_ascii=False), "utf-8")
            batch_id, count = await _confirmed(ctx, occasion, path)
            if count != len(versions):
                raise DemoError(path.name, occasion.reason, f"{len(versions)} versions were proposed, {count} entered")
            entered += count
            if occasion.government not in charted:
                charted.add(occasion.government)
                await _enter_charts(ctx.at(occasion.recorded_at + REVIEW), batch_id, charts)
            progress("权力事项", number, len(planned))
    return entered


async def _confirmed(ctx: Context, occasion: Occasion, path: Path) -> tuple[int, int]:
    """Propose a batch shortly before its recorded time and confirm it then; returns its number and its versions."""
    titles = {"import": "权责清单", "adjustment": "权责清单动态调整", "correction": "权责清单更正"}
    proposal = Proposal(
        government=occasion.government,
        valid_from=occasion.valid_from,
        title=f"{occasion.recorded_at:%Y年%m月%d日}{titles[occasion.kind]}",
        reason=occasion.reason,
        kind=occasion.kind,
    )
    name = f"{occasion.government}-{occasion.recorded_at:%Y%m%d}-{path.stem}.json"
    proposed = ctx.at(occasion.recorded_at - REVIEW)
    batch_id = await batches.propose(proposed, proposal, [SourceFile(name, path)])
    done = await batches.confirm(ctx.at(occasion.recorded_at), batch_id)
    return batch_id, done.versions


async def _enter_charts(ctx: Context, batch_id: int, charts: Sequence[Chart]) -> None:
    """Record the generic charts with a government's first batch."""
    government = (await batches.batch(ctx, batch_id)).government_id
    async with unit_of_work(ctx) as uow:
        await record_charts(uow, batch_id, government, charts)


async def load_accounts(
    ctx: Context, people: Sequence[DemoPerson], bodies: Sequence[DemoBody], progress: Progress = no_progress
) -> tuple[DemoAccount, ...]:
    """Make an account for everybody of the list, with a generated password, give the post, and what it needs to act."""
    posts = await post_numbers(ctx)
    short_names = {body.code: body.short_name for body in bodies}
    new = await asyncio.gather(*(accounts.create(ctx, one.login, one.name, must_change=False) for one in people))
    made = []
    for done, (person, account) in enumerate(zip(people, new, strict=True), 1):
        post = posts[person.body, person.unit, person.post]
        await postings.grant(ctx, account.account_id, post, postings.Term(ctx.today))
        await certify(ctx, f"云执演{done:02}", account.account_id, person.body, person.post)
        made.append(
            DemoAccount(
                account.login, account.password, person.name, short_names[person.body], person.post, person.roles
            )
        )
        progress("演示账号", done, len(people))
    return tuple(made)
