"""``calendar``: show the working-day calendar in use, or load the holiday notice of a year."""

from pathlib import Path

import click

from deploy import calendars, configuration
from deploy.services import Services, available
from domain.notice_files import NoticeFileError, read_notice
from resolvers.errors import Refusal


@click.command(
    "calendar", help="查看工作日日历的各年版本；用 --load 载入放假通知（TOML 文件，格式见 domain/notice_files.py）。"
)
@click.option(
    "--load",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="文件",
    help="载入一年的放假通知，成为该年的新版本；旧版本保留。",
)
def calendar_command(*, file: Path | None) -> None:
    """Show the years, after loading a notice if one is given."""
    settings = configuration.load().settings
    with available(settings) as services:
        if file is not None:
            _load(services, file)
        for year in calendars.current(services.operator_url, settings.profile_name).years.values():
            off = sum(special.kind == "holiday" for special in year.days.values())
            moved = len(year.days) - off
            click.echo(f"{year.year} 第{year.version}版 放假{off}天 调休上班{moved}天 {year.notice}")


def _load(services: Services, file: Path) -> None:
    try:
        notice = read_notice(file.read_text(encoding="utf-8"))
        loaded = calendars.load(services.operator_url, services.settings.profile_name, notice)
    except (NoticeFileError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}：{error}") from error
    except Refusal as refusal:
        lines = [refusal.message, *(f"{one.path.removeprefix('days.')}：{one.message}" for one in refusal.problems)]
        raise click.ClickException("\n".join([*lines, refusal.remedy])) from refusal
    click.echo(f"已载入：{loaded.notice}（{loaded.year}年第{loaded.version}版）。")
