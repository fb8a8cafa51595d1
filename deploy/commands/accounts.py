"""``create-admin``: the first administrators, made by whoever operates the server."""

import asyncio

import click

from deploy import configuration, logs
from deploy.operating import operator
from deploy.services import available
from deploy.settings import Settings
from domain.access import ROLE_NAMES, Role
from resolvers.accounts import NewAccount
from resolvers.errors import Refusal
from resolvers.first_accounts import FIRST_ROLES, Place, create_first


@click.command(
    "create-admin",
    help="建立首批管理员账号：系统管理员（建账号）、安全管理员（授岗位）、审计管理员（查记录）须由三个人担任；"
    "也可以建立机构编制部门的账号。初始口令只显示一次，首次登录时必须修改。",
)
@click.argument("login", metavar="登录名")
@click.option("--name", required=True, metavar="姓名", help="姓名。")
@click.option(
    "--role",
    required=True,
    type=click.Choice([role.value for role in FIRST_ROLES]),
    help="；".join(f"{role.value} {ROLE_NAMES[role]}" for role in FIRST_ROLES) + "。",
)
@click.option("--government", required=True, metavar="区划代码", help="岗位所在政府的 6 位行政区划代码。")
@click.option("--government-name", default="", metavar="名称", help="库中没有这一政府时，以此名称登记。")
@click.option("--body", default="", metavar="机构代码", help="岗位所在机构；省略时登记一个系统管理机构。")
@click.option("--ask-password", is_flag=True, help="由您输入口令，而不是自动生成；此时首次登录不要求修改。")
def create_admin_command(
    *, login: str, name: str, role: str, government: str, government_name: str, body: str, ask_password: bool
) -> None:
    """Make the account and print its first password, once."""
    password = click.prompt("口令", hide_input=True, confirmation_prompt="再输入一次") if ask_password else ""
    settings = configuration.load().settings
    logs.configure(settings)
    place = Place(government, government_name, body)
    with available(settings) as services:
        try:
            made = asyncio.run(_create(services.commanding, login, name, Role(role), place, password))
        except Refusal as refusal:
            lines = [refusal.message, *(f"　{one.message}" for one in refusal.problems), refusal.remedy]
            raise click.ClickException("\n".join(line for line in lines if line)) from refusal
    click.echo(f"已建立账号：{made.login}（{ROLE_NAMES[Role(role)]}）")
    if not password:
        click.echo(f"初始口令：{made.password}")
        click.echo("请现在记下并交给本人：口令不会再次显示，首次登录时必须修改。")


async def _create(settings: Settings, login: str, name: str, role: Role, place: Place, password: str) -> NewAccount:
    async with operator(settings) as ctx:
        return await create_first(ctx, login, name, role, place, password=password)
