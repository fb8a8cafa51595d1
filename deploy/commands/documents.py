"""``documents``: register documents of the interface from files, list them, withdraw one."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import click

from deploy import configuration
from deploy.commanding import commanded
from domain.document_files import PREFIX, DocumentFileError, GivenDocument, read_documents
from resolvers.context import LOCAL
from resolvers.documents import Outcome, list_documents, refused, register, withdraw
from schema.limits import Limits
from schema.registered_checking import examiner

T = TypeVar("T")
STATES: Final = {"registered": "已登记", "known": "早已登记", "refused": "不能登记"}


@click.group(
    "documents",
    help="登记查询文档（persisted documents）：登记后可用编号经 GET 查询，应答可由浏览器和代理缓存。",
)
def documents_command() -> None:
    """Hold the three together."""


@documents_command.command(
    "add",
    help="登记文件中的查询文档：.graphql 文件（一个文件一个文档）、relay-compiler 的持久化文件（JSON）、"
    "Apollo 的 persisted-query manifest（JSON）。每个文档都经过解析、校验和成本计算；有不能登记的，以 1 退出，其余照常登记。",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add_command(*, files: tuple[Path, ...]) -> None:
    """Register, and tell of each document what became of it."""
    given, problems = _read(files)
    settings = configuration.load().settings
    examine = examiner(Limits(introspection=settings.introspection))
    outcomes = commanded(lambda ctx: register(ctx, given, examine), settings=settings) if given else ()
    for outcome in outcomes:
        click.echo(_told(outcome))
    for problem in problems:
        click.echo(problem, err=True)
    bad = len(refused(outcomes)) + len(problems)
    done = sum(one.state == "registered" for one in outcomes)
    click.echo(f"共 {len(outcomes)} 个文档，新登记 {done} 个，不能登记 {bad} 个。")
    sys.exit(1 if bad else 0)


@documents_command.command("list", help="列出已登记的查询文档：编号、操作名称、成本、登记时间和登记者。")
def list_command() -> None:
    """List all, the withdrawn ones too."""
    for row in commanded(list_documents):
        names = "、".join(row.operations) or "（未命名）"
        also = "".join(f" {alias}" for alias in row.aliases)
        state = f" 已撤回 {_local(row.withdrawn_at)}" if row.withdrawn_at else ""
        registered = f"{_local(row.registered_at)} {row.registered_by}".strip()
        click.echo(f"{PREFIX}{row.sha256}{also} {names} 成本{row.cost} {registered}{state}")


@documents_command.command("withdraw", help="撤回一个查询文档，以后不再执行；撤回后不能再次登记。")
@click.argument("identifier", metavar="编号")
def withdraw_command(*, identifier: str) -> None:
    """Withdraw a document by hash or alias."""
    sha256 = commanded(lambda ctx: withdraw(ctx, identifier))
    click.echo(f"已撤回：{PREFIX}{sha256}")


def _read(files: Sequence[Path]) -> tuple[list[GivenDocument], list[str]]:
    """Return the documents of all files, and a line for each file that cannot be read."""
    given: list[GivenDocument] = []
    problems = []
    for file in files:
        try:
            given += read_documents(file.name, file.read_bytes())
        except DocumentFileError as error:
            problems.append(f"{file}：{error}")
    return given, problems


def _told(outcome: Outcome) -> str:
    place = outcome.source if outcome.name == outcome.source else f"{outcome.source} {outcome.name}"
    if outcome.state == "refused":
        return f"{place}：{STATES['refused']}：{outcome.reason}"
    names = f"（{'、'.join(outcome.operations)}）" if outcome.operations else ""
    return f"{place}：{STATES[outcome.state]} {PREFIX}{outcome.sha256}{names} 成本{outcome.cost}"


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"
