"""``close-portal`` and ``open-portal``: close the public side for the time being, and open it again (H9; 001-15)."""

import click

from deploy.commanding import commanded
from resolvers import closing


@click.command(
    "close-portal", help="暂时关闭公众端：公众只看到说明理由的通知，工作台和后台任务照常。几秒内生效，并记入记录。"
)
@click.option("--reason", required=True, help="理由，会显示给公众。")
def close_command(reason: str) -> None:
    """Close the public side."""
    done = commanded(lambda ctx: closing.close(ctx, reason))
    click.echo("公众端已关闭，几秒内生效。" if done else "公众端早已关闭，理由不变。")


@click.command("open-portal", help="重新开放公众端。")
@click.option("--reason", required=True, help="为什么可以重新开放，记入记录。")
def open_command(reason: str) -> None:
    """Open the public side again."""
    done = commanded(lambda ctx: closing.reopen(ctx, reason))
    click.echo("公众端已重新开放，几秒内生效。" if done else "公众端本来就开放。")
