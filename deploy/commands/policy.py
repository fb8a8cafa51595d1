"""``policy``: draft the log's policy, sign it off line with a root key, and check that enough root keys did.

Only ``draft`` looks at this copy's own keys; ``sign`` and ``check`` need nothing but the files they are given, so that
root keys can stay on machines that are on no network.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Final

import click

from deploy import log_keys
from deploy.configuration import load
from domain.proof.notes import Key, Note, NoteBroken, signed
from domain.proof.policies import Policy, Roots, judge, text_of
from resolvers.context import LOCAL
from resolvers.signing import VERIFY, Ed25519Signer, KeyFileBroken

GROUP: Final = "outside"
FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("policy", help="信任策略：起草、离线签名、核对（哪些密钥和见证者算数，由根密钥达到门限签名）。")
def policy_command() -> None:
    """Hold the three together."""


@policy_command.command("draft", help="起草策略：本系统的日志密钥和凭证密钥，加上给出的见证者；写到文件，尚未签名。")
@click.option("--serial", type=click.IntRange(1), required=True, help="序号，每次新策略加一。")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="有效到哪一天。")
@click.option("--witness", "witnesses", nargs=2, multiple=True, metavar="名称 公钥", help="见证者，可多个。")
@click.option("--address", "addresses", nargs=2, multiple=True, metavar="名称 网址", help="向见证者请求会签的网址。")
@click.option("--needed", type=click.IntRange(1), help="至少几个见证者会签；不给则为过半数。")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="写到哪个文件。")
def draft_command(
    serial: int,
    until: datetime | None,
    witnesses: tuple[tuple[str, str], ...],
    addresses: tuple[tuple[str, str], ...],
    needed: int | None,
    out: Path,
) -> None:
    """Write a policy that is not signed yet; never over a file that is there."""
    settings, asked = load().settings, dict(addresses)
    lines = [f"serial {serial}", *([f"until {until:%Y-%m-%d}"] if until else [])]
    lines += [f"log {log_keys.log_key(settings).text}", f"receipts {log_keys.receipt_key(settings).text}"]
    lines += [f"witness {name} {key} {asked.get(name, '')}".rstrip() for name, key in witnesses]
    if witnesses:
        names = " ".join(name for name, _ in witnesses)
        lines.append(f"group {GROUP} {needed or len(witnesses) // 2 + 1} {names}")
    lines.append(f"quorum {GROUP if witnesses else 'none'}")
    text = "".join(f"{line}\n" for line in lines)
    _policy(text)
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise click.ClickException(f"文件 {out} 已经存在，不覆盖。请换一个文件名。") from error
    click.echo(f"已起草 {out}：请逐行核对，再用 policy sign 由各根密钥签名。")


@policy_command.command("sign", help="用一把根密钥给策略签名（加在文件末尾）；应在不联网的机器上运行。")
@click.argument("file", type=FILE)
@click.option("--key", "key_file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="根密钥文件。")
@click.option("--name", required=True, help="根密钥的名称，例如 root-1.example.gov.cn。")
@click.option("--make", is_flag=True, help="没有密钥文件时新造一把。")
def sign_command(file: Path, key_file: Path, name: str, *, make: bool) -> None:
    """Put a root key's signature under a policy, beside those of the others."""
    whole = file.read_text(encoding="utf-8")
    _policy(whole)
    if not make and not key_file.exists():
        raise click.ClickException(f"没有密钥文件 {key_file}。新造一把请加 --make。")
    try:
        signer = Ed25519Signer.kept_in(key_file)
        key = signer.key(name)
        fresh = signed(text_of(whole), Key.parse(key.text), signer.sign)
    except (KeyFileBroken, NoteBroken, OSError) as error:
        raise click.ClickException(f"无法用 {key_file} 签名：{error}。请核对密钥文件和名称。") from error
    note = fresh if text_of(whole) == whole else Note.parse(whole).with_signatures(*fresh.signatures)
    file.write_text(note.whole, encoding="utf-8", newline="\n")
    click.echo(f"已签名。根密钥文件 roots.txt 中这把密钥的一行是：\nroot {key.text}")


@policy_command.command("check", help="核对策略：写法正确，根密钥签名达到门限，没有过期；给出日志头的，也核对它。")
@click.argument("file", type=FILE)
@click.option("--roots", "roots_file", type=FILE, required=True, help="根密钥文件：threshold N 和若干行 root 公钥。")
@click.option("--checkpoint", type=FILE, help="日志头文件（网址 /log/checkpoint 的内容）。")
def check_command(file: Path, roots_file: Path, checkpoint: Path | None) -> None:
    """Say what a policy is worth; exit code 1 if it is worth nothing."""
    whole = file.read_text(encoding="utf-8")
    found = _policy(whole)
    try:
        signers = Roots.parse(roots_file.read_text(encoding="utf-8")).approve(whole, VERIFY)
    except NoteBroken as error:
        raise click.ClickException(f"根密钥签名不成立：{error}。") from error
    if found.until is not None and found.until < _today():
        raise click.ClickException(f"策略已于 {found.until} 过期。请起草序号更大的新策略并签名。")
    click.echo(f"策略序号 {found.serial}，由 {'、'.join(key.name for key in signers)} 签名。")
    if checkpoint is None:
        return
    try:
        seen = judge(Note.parse(checkpoint.read_text(encoding="utf-8")), found, VERIFY)
    except NoteBroken as error:
        raise click.ClickException(f"日志头不成立：{error}。") from error
    if not seen.quorate:
        raise click.ClickException(f"日志头（{seen.head.size} 条）的见证不足：{'、'.join(seen.witnesses) or '无'}。")
    click.echo(f"日志头共 {seen.head.size} 条，见证：{'、'.join(seen.witnesses) or '策略不要求'}。")


def _today() -> date:
    return datetime.now(LOCAL).date()


def _policy(text: str) -> Policy:
    try:
        return Policy.parse(text)
    except NoteBroken as error:
        raise click.ClickException(f"策略写法不正确：{error}。") from error
