"""``reseal``: seal the fields of parties anew after the secret or the suite has changed."""

import asyncio
from datetime import UTC, datetime

import click

from deploy import configuration
from deploy.keyrings import keyring_of
from deploy.services import available
from deploy.settings import Settings
from domain.actors import SYSTEM
from domain.profiles import load_profiles
from resolvers.context import Context
from resolvers.database import Database
from resolvers.parties_sealing import reseal


@click.command(
    "reseal",
    help="更换签名密钥或字段加密算法后，用现在的密钥重新加密当事人信息。期间可以照常使用，可以随时中断后再次运行。",
)
def reseal_command() -> None:
    """Seal what an earlier key sealed with the present one, in small transactions."""
    with available(configuration.load().settings) as services:
        count = asyncio.run(_reseal(services.settings))
    click.echo(f"已重新加密：{count} 条当事人信息。")


async def _reseal(settings: Settings) -> int:
    if settings.database_url is None:
        raise click.ClickException("没有可用的数据库。")
    database = await Database.connect(settings.database_url.get_secret_value(), pool_size=1)
    try:
        profile = load_profiles()[settings.profile_name]
        count = 0
        while done := await reseal(Context(database, datetime.now(UTC), profile, SYSTEM, keys=keyring_of(settings))):
            count += done
        return count
    finally:
        await database.close()
