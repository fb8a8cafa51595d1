"""``import`` and ``export``: published lists into batches and the library, and the library as files."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy import configuration
from deploy.clocks import clock_of
from deploy.commanding import commanded
from domain.identifiers import IdentifierError, division_level
from resolvers import acting, batches, exports
from resolvers.batches import BatchView, Proposal, SourceFile
from resolvers.batches_reading import FATE_TITLES
from resolvers.context import Context, unit_of_work
from resolvers.errors import InvalidInput
from resolvers.exports import FORMATS, ExportFormat
from resolvers.organisation import NewGovernment, add_government
from resolvers.power_views import AsOf, PowerFilter

T = TypeVar("T")
ROWS_LEFT_OUT: Final = 10
"""Exit code when everything was done, but rows are left that did not enter or would not."""

# A long import holds one statement for as long as it copies; the limit of a web request does not apply here.
STATEMENT_MS: Final = 3_600_000
FATES_SHOWN: Final = ("new", "changed", "identical", "attention", "refused", "continuation", "passed_over")
FATE_HELP: Final = {
    "new": "将新增的事项",
    "changed": "与库中不同，将形成新版本",
    "identical": "与库中一致，不需要处理",
    "attention": "需要人工核对后决定是否采用",
    "refused": "不符合规定，不予收录（报告中列明条款）",
    "continuation": "上一事项的续行",
    "passed_over": "标题、表头、空行、说明等",
}


@click.command(
    "import",
    help="导入权责清单（xls、xlsx、csv、json），形成待审核批次；--confirm 时随即确认入库。"
    f"退出码：0 完成；1 被拒绝；{ROWS_LEFT_OUT} 完成，但有待核对或不予收录的行。",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--government", metavar="区划代码", help="清单所属政府的 6 位行政区划代码；库中只有一级政府时可省略。")
@click.option(
    "--create-government", default="", metavar="名称", help="库中没有 --government 所指的政府时，以此名称登记。"
)
@click.option("--body", default="", metavar="机构代码", help="全部行归入这一机构，不看“行使主体”栏。")
@click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), metavar="日期", help="清单的生效日期，默认今天。")
@click.option("--profile", default="", metavar="名称", help="地方规则包，默认取系统设置。")
@click.option(
    "--mapping",
    "mappings",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="文件",
    help="补充识别表头和取值的 TOML 文件（写法见 domain/lists/headers.toml），可重复。",
)
@click.option("--title", default="", metavar="标题", help="批次标题，默认取文件名。")
@click.option("--reason", default="", metavar="理由", help="入库理由，写入每个版本。")
@click.option(
    "--level-policy",
    type=click.Choice(["keep", "attention"]),
    default="keep",
    show_default=True,
    help="与本级政府层级不同的行：keep 保留原层级；attention 转人工核对。",
)
@click.option("--create-bodies", is_flag=True, help="同意在确认时新增清单中出现、库中没有的机构。")
@click.option("--confirm", is_flag=True, help="随即确认入库；待核对和不予收录的行不入库。")
@click.option("--as", "login", default="", metavar="登录名", help="以这一账号的名义操作，其岗位须有相应权限。")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), metavar="文件", help="完整报告（CSV）。")
def import_command(**given: Any) -> None:
    """Propose a batch, print its account, confirm it if asked."""
    left = commanded(lambda ctx: _import(ctx, **given), profile=given["profile"], statement_ms=STATEMENT_MS)
    sys.exit(ROWS_LEFT_OUT if left else 0)


@click.command("export", help="导出权力库：xlsx 和 csv 为公示表样式，json 和 jsonl 为结构化数据；附校验值和说明文件。")
@click.option("--format", "form", type=click.Choice(FORMATS), required=True, help="格式。")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="文件", help="输出文件。"
)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="日期", help="这一天的状态，默认今天。")
@click.option("--government", default="", metavar="区划代码", help="只导出这一级政府的事项。")
@click.option("--body", default="", metavar="机构代码", help="只导出这一机构的事项。")
@click.option("--category", multiple=True, metavar="类别", help="只导出这一类别（代码，可重复）。")
@click.option("--status", multiple=True, metavar="状态", help="只导出这一状态（代码，可重复）。")
def export_command(**given: Any) -> None:
    """Write an export with its checksum and manifest."""
    commanded(lambda ctx: _export(ctx, **given), statement_ms=STATEMENT_MS)


async def _import(ctx: Context, files: tuple[Path, ...], **given: Any) -> bool:
    """Import files; returns whether rows are left that did not enter."""
    confirm, report = given["confirm"], given["report"]
    if given["create_government"] and given["government"]:
        await _enter_government(ctx, given["government"], given["create_government"])
    acting_as = await acting.actor_by_login(ctx, given["login"]) if given["login"] else ctx.actor
    ctx = ctx.acting_as(acting_as)
    proposal = Proposal(
        government=given["government"] or await _only_government(ctx),
        valid_from=given["valid_from"].date() if given["valid_from"] else ctx.today,
        body=given["body"],
        profile=ctx.profile.id,
        level_policy=_policy(given["level_policy"]),
        create_bodies=given["create_bodies"],
        title=given["title"],
        reason=given["reason"],
        mappings=(*map(Path, configuration.load().settings.list_mappings), *given["mappings"]),
    )
    console = Console()
    with _progress(console) as shown:
        number = await batches.propose(ctx, proposal, [SourceFile(path.name, path) for path in files], shown)
    view = await batches.batch(ctx, number)
    _print_account(console, view)
    if report is not None:
        with report.open("wb") as file:
            async for piece in batches.report(ctx, number):
                file.write(piece)
        console.print(f"完整报告：{report}")
    if confirm:
        with _progress(console) as shown:
            done = await batches.confirm(ctx.at(clock_of(configuration.load().settings).now()), number, shown)
        console.print(
            f"已确认入库：批次 {number}，{done.versions} 个版本，新增机构 {done.bodies} 个，"
            f"未入库 {done.left_out} 行；权力库第 {done.revision} 版。"
        )
    else:
        console.print(f"批次 {number} 待审核：请在 /desk/imports/{number} 核对并确认，或加 --confirm 重新导入。")
    return bool(view.counts.get("attention", 0) + view.counts.get("refused", 0))


def _policy(text: str) -> Literal["keep", "attention"]:
    return "attention" if text == "attention" else "keep"


async def _enter_government(ctx: Context, code: str, name: str) -> None:
    """Enter a government that the library does not have, with the level that its division code says."""
    if await ctx.db.reads.fetchval("SELECT 1 FROM government WHERE division_code = $1", code):
        return
    try:
        level = division_level(code)
    except IdentifierError as error:
        raise InvalidInput(f"区划代码“{code}”有误：{error.reason}。", "请填写 6 位行政区划代码。") from error
    async with unit_of_work(ctx) as uow:
        short = name.removesuffix("人民政府")
        await add_government(uow, NewGovernment(division_code=code, name=name, short_name=short, level=level))


async def _only_government(ctx: Context) -> str:
    codes = [row["division_code"] for row in await ctx.db.reads.fetch("SELECT division_code FROM government LIMIT 20")]
    if len(codes) != 1:
        known = f"库中有：{'、'.join(sorted(codes))}。" if codes else "库中还没有登记任何政府。"
        raise InvalidInput("请用 --government 指明清单所属政府的区划代码。", known)
    return str(codes[0])


def _print_account(console: Console, view: BatchView) -> None:
    """Print what became of every row, what was remarked, and which bodies are unknown."""
    console.print(f"批次 {view.id}：{view.title}（{view.government}，{view.valid_from} 起生效）", markup=False)
    table = Table()
    for title, justify in (("处理结果", "left"), ("行数", "right"), ("说明", "left")):
        table.add_column(title, justify=justify)  # type: ignore[arg-type]
    for fate in FATES_SHOWN:
        if view.counts.get(fate):
            table.add_row(FATE_TITLES[fate], f"{view.counts[fate]:,}", FATE_HELP[fate])
    table.add_section()
    table.add_row("合计", f"{view.rows:,}", "读取的行全部有处理结果")
    console.print(table)
    for note in view.notes:
        place = f"{note.file} {note.sheet}".strip()
        console.print(f"· {place}：{note.message}" if place else f"· {note.message}", markup=False)
    for body in view.new_bodies:
        consent = "确认时新增" if view.options.get("create_bodies") else "未同意新增（--create-bodies）"
        console.print(f"· 库中没有的机构：{body.name}（编号 {body.number}，{body.rows} 行）——{consent}", markup=False)


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Show one bar for each step of a long work."""
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as bars:
        tasks: dict[str, Any] = {}

        def shown(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total or None)
            bars.update(tasks[step], completed=done, total=total or None)

        yield shown


async def _export(ctx: Context, form: ExportFormat, out: Path, as_of: datetime | None, **given: Any) -> None:
    """Write one export file."""
    day: date | None = as_of.date() if as_of else None
    where = PowerFilter(
        government=given["government"], body=given["body"], category=given["category"], status=given["status"]
    )
    console = Console()
    with _progress(console) as shown:
        made = await exports.save(ctx, out, where, AsOf(valid_on=day), form, lambda done: shown("导出", done, 0))
    console.print(f"已导出 {made.items:,} 项，{made.size:,} 字节：{out}", markup=False)
    console.print(f"SHA-256：{made.sha256}（另存为 {out.name}.sha256 和 {out.name}.manifest.json）", markup=False)
