"""``archive``: months of the record that are old enough leave for bundles that verify by themselves, and come back."""

import asyncio
from pathlib import Path
from typing import Final

import click

from deploy import archives as bundles
from deploy import configuration, log_keys, logs
from deploy.archives import BundleBroken
from deploy.operating import operator
from deploy.services import available
from deploy.settings import Settings
from domain.proof.archives import MADE, POLICY, ArchiveBroken, Month
from resolvers import archives
from resolvers.archives import Bundle
from resolvers.archives_files import ids_digest, kept_in, manifest_of, seal, write
from resolvers.context import Context
from resolvers.errors import Refusal
from resolvers.receipts import RecordAltered

FOLDER: Final = click.Path(file_okay=False, path_type=Path)
STATEMENT_MS: Final = 3_600_000


class MonthType(click.ParamType[Month]):
    """A month, written YYYY-MM."""

    name = "YYYY-MM"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Month:
        """Read it, or say how it is written."""
        try:
            return value if isinstance(value, Month) else Month.parse(str(value))
        except ValueError:
            self.fail(f"“{value}”不是月份，请写成 2023-05 的样子。", param, ctx)


@click.command(
    "archive",
    help="归档：把超过联机保存期限的月份各写成一个归档包，核验后登记；加 --remove 再从数据库移出。"
    "--verify 离线核验归档包；--restore 把归档包的记录放回数据库。",
)
@click.option("--before", type=MonthType(), default=None, help="归档这个月以前的各月；不给则按联机保存期限。")
@click.option("--to", type=FOLDER, default=None, help="归档目录：每月一个子目录。移出以前请复制到另外两处。")
@click.option("--remove", is_flag=True, help="归档包再次从磁盘核验通过以后，从数据库移出已办结的记录。")
@click.option("--verify", "verify", type=FOLDER, default=None, help="只核验：归档包，或者装有归档包的目录。")
@click.option("--restore", "restore", type=FOLDER, default=None, help="核验归档包，并把移出的记录放回数据库。")
@click.option(
    "--policy", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="信任策略；默认用本系统的。"
)
@click.option(
    "--roots", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="根密钥，用来核对信任策略。"
)
def archive_command(
    *,
    before: Month | None,
    to: Path | None,
    remove: bool,
    verify: Path | None,
    restore: Path | None,
    policy: Path | None,
    roots: Path | None,
) -> None:
    """Do one of the three."""
    if sum(one is not None for one in (to, verify, restore)) != 1 or (to is None and (remove or before is not None)):
        raise click.UsageError("请给出 --to、--verify、--restore 三者之一；--before 和 --remove 只与 --to 连用。")
    if verify is not None:
        for folder in _bundles_in(verify):
            click.echo(bundles.verified(folder, policy, roots).rstrip())
        return
    settings = configuration.load().settings
    logs.configure(settings)
    own = policy or log_keys.folder(settings).path / POLICY
    with available(settings) as services:
        try:
            if to is not None:
                asyncio.run(_archived(services.commanding, before, to.absolute(), (own, roots), remove=remove))
            elif restore is not None:
                asyncio.run(_restored(services.commanding, _bundles_in(restore), (own, roots)))
        except Refusal as refusal:
            raise click.ClickException(f"{refusal.message}\n{refusal.remedy}") from refusal


def _bundles_in(folder: Path) -> list[Path]:
    """Return the bundle that a folder is, or those that it holds. Raises ``BundleBroken`` if there is none."""
    found = [one.parent for one in sorted([*folder.glob("manifest.json"), *folder.glob("[!.]*/manifest.json")])]
    if not found:
        raise BundleBroken(f"{folder} 里没有归档包。", "请给出归档包目录，或者装有归档包的目录。")
    return found


Trust = tuple[Path, Path | None]


async def _archived(settings: Settings, before: Month | None, to: Path, trust: Trust, *, remove: bool) -> None:
    async with operator(settings, statement_ms=STATEMENT_MS) as ctx:
        limit = archives.keeping_limit(ctx)
        until = before or archives.newest_limit(ctx)
        months = await archives.months(ctx, until)
        click.echo(f"联机保存期限：{limit.value} 年（{limit.clause}）；{until} 以前有记录的月份 {len(months)} 个。")
        for month in months:
            bundle = await _made(ctx, settings, month, to, trust)
            sealed = await _sealed(ctx, settings, to / bundle.name, trust)
            if remove and sealed:
                # What was just written is read again from the disk, whatever was found a moment ago.
                bundles.verified(to / bundle.name, *trust)
                archives.same(bundle, manifest_of(to / bundle.name)[1].hex())
                count, stay = await archives.remove(ctx, bundle, until)
                click.echo(f"{bundle.name}：移出 {count} 条；未办结或须保留的 {stay} 条仍在数据库。")
    if remove and months:
        click.echo("数据库的空间在下次 VACUUM 以后可以再用。归档包请至少存放三处，其中一处离线。")


async def _made(ctx: Context, settings: Settings, month: Month, to: Path, trust: Trust) -> Bundle:
    """Return the bundle of a month, written and registered if there was none."""
    known = await archives.bundle_of(ctx, month)
    folder = to / (known.name if known else f"{month}")
    if known is not None:
        if not folder.exists():
            raise BundleBroken(f"{month} 已经归档，但目录 {to} 里没有归档包 {known.name}。", "请给出归档包所在的目录。")
        bundles.verified(folder, *trust)
        return archives.same(known, manifest_of(folder)[1].hex())
    if folder.exists():
        raise BundleBroken(f"目录 {folder} 已经存在，但没有登记过。", "请移走它，或者换一个归档目录。")
    try:
        manifest, ids = await write(ctx, log_keys.folder(settings), month, folder, bundles.verifier())
    except ArchiveBroken as error:
        raise BundleBroken(f"{month} 还不能归档：{error}。", "请等日志发布以后再试，并先运行 audit --full。") from error
    except RecordAltered as error:
        raise BundleBroken(
            f"{month} 的记录与日志不符，不归档：{error}。", "请运行 audit --full 并报告监察机关。"
        ) from error
    bundles.verified(folder, *trust)
    found, sha256, sm3 = manifest_of(folder)
    bundle = await archives.register(ctx, folder.name, found, (sha256, sm3), ids, ids_digest(ids))
    click.echo(f"{bundle.name}：{manifest.events} 条，清单 SHA-256 {bundle.digest}")
    return bundle


async def _sealed(ctx: Context, settings: Settings, folder: Path, trust: Trust) -> bool:
    """Say whether the making of a bundle is proven beside it; nothing leaves before that.

    Whoever holds a bundle without this cannot see that acts were cut off its end.
    """
    had = (folder / MADE).exists()
    sealed = await seal(ctx, log_keys.folder(settings), folder)
    if not sealed:
        click.echo(f"{folder.name}：登记还没有进入有见证的日志头，先不移出；请稍后再运行一次，补上登记证明 {MADE}。")
    elif not had:
        bundles.verified(folder, *trust)
        click.echo(f"{folder.name}：已附登记证明 {MADE}。")
    return sealed


async def _restored(settings: Settings, folders: list[Path], trust: Trust) -> None:
    async with operator(settings, statement_ms=STATEMENT_MS) as ctx:
        for folder in folders:
            bundles.verified(folder, *trust)
            manifest, sha256, _ = manifest_of(folder)
            bundle = archives.same(await archives.bundle_of(ctx, manifest.month), sha256.hex())
            count = await archives.bring_back(ctx, bundle, kept_in(folder))
            click.echo(f"{bundle.name}：放回 {count} 条，每一条都与公开日志相符。")
