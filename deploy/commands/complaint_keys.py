"""``complaint-keys``: make the two keys that names of complainants are sealed to, and say which code belongs to which key."""

import click

from deploy import identity_keys
from deploy.configuration import load
from resolvers.complaints_sealing import Holder, fingerprint, public_of
from resolvers.keys import CannotOpen


@click.group("complaint-keys", help="投诉举报人身份的封存密钥：生成、核对。系统只保存公钥，开启码由两人分别保管。")
def complaint_keys_command() -> None:
    """Hold the two together."""


@complaint_keys_command.command("make", help="生成两把密钥，开启码只显示这一次；系统里只留下公钥。")
@click.option("--replace", is_flag=True, help="已有密钥时另生成一把：以后的用新的封存，以前的仍用原来的开启码。")
def make_command(*, replace: bool) -> None:
    """Make the keys and print the codes, once."""
    settings = load().settings
    if identity_keys.identity_keys(settings) is not None and not replace:
        raise click.ClickException("已经有封存密钥。需要更换的，请加 --replace；原来的开启码要继续保管。")
    made = identity_keys.make(settings.state_dir)
    click.echo(f"公钥已保存：{made.file}")
    click.echo(f"办理开启码（{fingerprint(made.keys.handling)}），由投诉举报专办人员保管：\n  {made.handling}")
    click.echo(f"监察开启码（{fingerprint(made.keys.supervision)}），由监察机构人员保管：\n  {made.supervision}")
    click.echo("两个开启码请分别抄写两份、由不同的人保管；遗失后，用它封存的身份无人能够开启。重新启动后生效。")


@complaint_keys_command.command("check", help="核对一个开启码是不是现在这把密钥的；从标准输入读取，不留在命令历史里。")
@click.option("--holder", type=click.Choice(["handling", "supervision"]), required=True, help="谁的开启码。")
@click.password_option("--code", prompt="开启码", confirmation_prompt=False, help="开启码。")
def check_command(holder: Holder, code: str) -> None:
    """Say whether a code opens what is sealed now."""
    keys = identity_keys.identity_keys(load().settings)
    if keys is None:
        raise click.ClickException("还没有封存密钥。请先运行 complaint-keys make。")
    try:
        found = public_of(holder, code)
    except CannotOpen as error:
        raise click.ClickException("这不是开启码。请逐字核对。") from error
    if found != (keys.handling if holder == "handling" else keys.supervision):
        raise click.ClickException(f"是另一把密钥（{fingerprint(found)}）的开启码。")
    click.echo("正确：这是现在这把密钥的开启码。")
