"""The demo city: read its data files into validated values (pure), and load them into an empty library.

The city, its bodies and its people are invented; item names, laws and articles are facts. Nothing is written to the
library except by confirmed batches: one for the first import and one for every later day on which something changed.
"""

import asyncio
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from deploy import identity_keys
from deploy.demo.cases import DemoCase, load_cases
from deploy.demo.charts import read_charts
from deploy.demo.city import DemoBody, DemoGovernment, DemoPerson, read_bodies, read_governments, read_people
from deploy.demo.complaints import begin_hearing
from deploy.demo.errors import DemoError
from deploy.demo.items import DemoItem, Shared
from deploy.demo.library import read_items
from deploy.demo.loading import DemoAccount, Progress, load_accounts, load_library, load_organisation, no_progress
from deploy.file_stores import file_store
from deploy.identity_keys import Codes
from deploy.keyrings import keyring_of
from deploy.presses import press
from deploy.settings import Settings
from domain.access import ROLE_NAMES, Role
from domain.actors import Actor
from domain.document_files import GivenDocument
from domain.powers import Chart
from domain.profiles import load_profiles
from resolvers.complaints import Filed
from resolvers.context import LOCAL, Context
from resolvers.database import Database
from resolvers.documents import refused, register
from schema import examples
from schema.limits import Limits
from schema.registered_checking import examiner

PROFILE = "demo-city"
SHOWN = 5
"""Open matters that are told with their look-up codes."""


@dataclass(frozen=True, slots=True)
class DemoCity:
    """Everything the data files say."""

    governments: tuple[DemoGovernment, ...]
    bodies: tuple[DemoBody, ...]
    people: tuple[DemoPerson, ...]
    charts: tuple[Chart, ...]
    items: tuple[DemoItem, ...]


def parse_demo(files: dict[str, str]) -> DemoCity:
    """Build the demo city from the texts of its files by name; a wrong file raises DemoError (file, key, reason)."""
    documents = {name: _parsed(name, text) for name, text in sorted(files.items())}
    city = documents["city.toml"]
    governments, bodies = read_governments(city), read_bodies(city)
    charts = read_charts(documents["charts.toml"])
    shared = Shared(
        bodies={body.code: body for body in bodies},
        charts={chart.code: chart for chart in charts},
        laws=documents["laws.toml"],
        defaults=documents["defaults.toml"],
    )
    items = read_items({name: one for name, one in documents.items() if name[:1].isdigit()}, shared)
    return DemoCity(governments, bodies, read_people(city, bodies), charts, items)


def _parsed(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DemoError(name, "(file)", f"not TOML: {error}") from error


def demo_files() -> dict[str, str]:
    """Return the texts of the shipped data files by name (items by the name inside their folder)."""
    folder = resources.files("deploy").joinpath("demo")
    places = (*folder.iterdir(), *folder.joinpath("items").iterdir())
    return {one.name: one.read_text("utf-8") for one in places if one.name.endswith(".toml")}


@cache
def read_demo() -> DemoCity:
    """Read the shipped demo city."""
    return parse_demo(demo_files())


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded: versions in the library, and the accounts with their first passwords."""

    versions: int
    accounts: tuple[DemoAccount, ...]


async def load(ctx: Context, progress: Progress = no_progress) -> Loaded:
    """Load the demo city into an empty library; history is recorded in the past, accounts now (``ctx.now``)."""
    city, ctx = read_demo(), replace(ctx, profile=load_profiles()[PROFILE])
    founding = datetime.combine(min(one.valid_from for one in city.governments), datetime.min.time(), LOCAL)
    await load_organisation(ctx.at(founding), city.governments, city.bodies, progress)
    versions = await load_library(ctx, city.items, city.charts, progress)
    made = await load_accounts(ctx, city.people, city.bodies, progress)
    await register_examples(ctx)
    return Loaded(versions, made)


async def register_examples(ctx: Context) -> None:
    """Register the examples of the interface under their short names, so that each can be asked for by GET at once."""
    given = [GivenDocument(f"{one.name}.graphql", one.title, one.document, one.name) for one in examples.load()]
    if bad := refused(await register(ctx, given, examiner(Limits()))):
        raise DemoError(bad[0].source, bad[0].name, bad[0].reason)


def load_demo_city(settings: Settings, accounts_file: Path, cases: int = 0) -> None:
    """Load the demo city into the embedded library of these settings, with so many matters of the last year.

    Accounts and passwords go into a file (0600), and some matters with the codes by which their parties find them.
    Names of complainants can be sealed from the start: both opening codes stand in that file too, as only here they may.
    """
    with RichProgress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()) as bar:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done)

        codes = None if identity_keys.identity_keys(settings) else identity_keys.make(settings.state_dir)
        loaded, made, filed = asyncio.run(_load_with(settings, cases, show))
    write_accounts(accounts_file, loaded.accounts, made, codes, filed)


async def _load_with(
    settings: Settings, cases: int, progress: Progress
) -> tuple[Loaded, tuple[DemoCase, ...], Sequence[Filed]]:
    if settings.database_url is None:
        raise DemoError("(settings)", "database_url", "there is no database to load into")
    database = await Database.connect(settings.database_url.get_secret_value(), pool_size=2)
    try:
        operator = Actor(kind="system", name="演示数据装入")
        keys = keyring_of(settings)
        profile, files = load_profiles()[PROFILE], file_store(settings)
        ctx = Context(database, datetime.now(UTC), profile, operator, keys=keys, files=files, press=press(settings))
        ctx = replace(ctx, identity_keys=identity_keys.identity_keys(settings))
        loaded, city = await load(ctx, progress), read_demo()
        if not cases:
            return loaded, (), ()
        hearing = await begin_hearing(ctx)
        made = await load_cases(ctx, city.bodies, city.items, cases, progress, hearing=hearing)
        return loaded, made, hearing.filed
    finally:
        await database.close()


def write_accounts(
    path: Path,
    made: Sequence[DemoAccount],
    cases: Sequence[DemoCase] = (),
    codes: Codes | None = None,
    filed: Sequence[Filed] = (),
) -> None:
    """Write a line for each account, for some open matters and complaints, for each opening code; only its owner reads it."""
    lines = [
        f"{one.login:<14} {one.password}  {one.name}（{one.body}·{one.post}）"
        + "、".join(ROLE_NAMES[Role(role)] for role in one.roles)
        for one in made
    ]
    open_now = [one for one in cases if one.phase in ("received", "running")][:SHOWN]
    if open_now:
        lines += ["", "办件编号和当事人查询码：", *(f"{one.number}  {one.code}  {one.title}" for one in open_now)]
    if filed:
        lines += [
            "",
            "咨询投诉举报的查询码：",
            *(f"{one.code}  {one.kind_name}（{one.body_name}）" for one in filed[-SHOWN:]),
        ]
    if codes is not None:
        lines += ["", "投诉举报人身份的开启码（真实系统中由两人分别保管，不存放在服务器上）："]
        lines += [f"办理  {codes.handling}", f"监察  {codes.supervision}"]
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
