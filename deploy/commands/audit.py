"""``audit``: check the record against its log, and against what others keep of it."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Final

import click

from deploy import auditors, configuration, logs
from deploy.operating import operator
from deploy.refusals import StartRefused
from deploy.services import available
from deploy.settings import Settings
from domain.proof.auditing import KIND_NAMES, Verdict
from resolvers.auditing import NAMED, Report, audit

CODES: Final = {Verdict.SOUND: 0, Verdict.BAD: 1, Verdict.UNCHECKED: 2}
_SHOWN_EVERY: Final = 0.5


@click.command(
    "audit",
    help="核查记录：逐条重算公开日志，核对缺号、顺序、文件、已发布的日志头、外部留存的日志头和凭证。"
    "退出码：0 无异常；1 发现异常；2 有内容无法核查。",
)
@click.option("--full", is_flag=True, help="从第一条起全部核查；不加则从上次核查处继续。")
@click.option("--heads", multiple=True, metavar="文件或网址", help="外部留存的日志头：文件、目录或见证者网址，可多个。")
@click.option(
    "--receipt", "receipts", multiple=True, type=click.Path(path_type=Path), help="当事人持有的凭证文件，可多个。"
)
def audit_command(*, full: bool, heads: tuple[str, ...], receipts: tuple[Path, ...]) -> None:
    """Check, tell what was found, and leave with the verdict's code."""
    settings = configuration.load().settings
    logs.configure(settings)
    try:
        with available(settings) as services:
            report = asyncio.run(_audited(services.commanding, heads, receipts, full=full))
    except StartRefused as refused:
        click.echo(f"无法核查：{refused}", err=True)
        click.echo(refused.advice, err=True)
        sys.exit(CODES[Verdict.UNCHECKED])
    tell(report)
    sys.exit(CODES[report.verdict])


async def _audited(settings: Settings, heads: tuple[str, ...], receipts: tuple[Path, ...], *, full: bool) -> Report:
    auditor = auditors.auditor(settings)
    async with operator(settings, statement_ms=600_000) as ctx:
        if auditor is None:
            return Report("full" if full else "tail", ctx.now, unchecked=("没有信任策略文件，不知道哪些密钥有效",))
        outside = await auditors.outside(settings, heads, receipts)
        return await audit(ctx, auditor, outside, full=full, tell=Progress())


class Progress:
    """Tells on a terminal how far a check is."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, done: int, whole: int) -> None:
        """Tell, twice a second at most."""
        if sys.stderr.isatty() and (done == whole or time.monotonic() - self._last > _SHOWN_EVERY):
            self._last = time.monotonic()
            click.echo(
                f"\r已核查 {done}/{whole}（{done * 100 // whole if whole else 100}%）", err=True, nl=done == whole
            )


def tell(report: Report) -> None:
    """Tell what a check found."""
    for one in report.findings[:NAMED]:
        click.echo(f"异常：{KIND_NAMES[one.kind]} {one.place} {one.detail}".rstrip())
    if len(report.findings) > NAMED:
        click.echo(f"……另有 {len(report.findings) - NAMED} 项异常，见工作台“记录核查”。")
    for unread in report.unchecked[:NAMED]:
        click.echo(f"无法核查：{unread}")
    size, outside, receipts = report.frontier.size, report.outside, report.receipts
    click.echo(f"日志共 {size} 条；对照外部留存的日志头 {outside} 个、凭证 {receipts} 张。")
    if report.archived:
        click.echo(f"其中 {report.archived} 条已移入归档包：位置已核对，内容请用 archive --verify 核验归档包。")
    if not outside:
        click.echo("提示：没有对照外部日志头，掌握密钥者改写整个日志不会被发现。请用 --heads 给出见证者的日志头。")
    words = {Verdict.SOUND: "没有发现异常。", Verdict.BAD: "发现异常。", Verdict.UNCHECKED: "有内容无法核查。"}
    click.echo(f"结论：{words[report.verdict]}")
