"""``witness``: watches somebody's log and signs its heads; run by another body, on another machine."""

import socket
from pathlib import Path

import click
import uvicorn

from deploy import log_keys, logs
from deploy.configuration import load
from deploy.witness import Witness, create_witness
from domain.proof.notes import Key, NoteBroken
from resolvers.log_folder import LogFolder


@click.command("witness", help="见证进程：核对公开日志只增不改，并为日志头会签。应由其他单位在其他机器上运行。")
@click.option("--log-key", "keys", multiple=True, required=True, help="日志的公钥（信任策略中 log 一行的值），可多个。")
@click.option("--log", "follow", default="", metavar="网址", help="日志网址（以 /log 结尾）：主动跟随，不等对方来请。")
@click.option(
    "--state", type=click.Path(path_type=Path), required=True, help="见证者自己的目录：密钥和已会签的日志头。"
)
@click.option("--name", default=log_keys.LOCAL_WITNESS, help="见证者名称。", show_default=True)
@click.option("--host", default="127.0.0.1", help="监听地址。", show_default=True)
@click.option("--port", default=8010, help="监听端口。", show_default=True)
@click.option("--socket", "number", type=int, default=-1, hidden=True)
def witness_command(
    keys: tuple[str, ...], follow: str, state: Path, name: str, host: str, port: int, number: int
) -> None:
    """Witness logs until SIGTERM."""
    logs.configure(load().settings)
    try:
        known = [Key.parse(one) for one in keys]
    except NoteBroken as error:
        raise click.UsageError(f"--log-key 不是公钥：{error}") from error
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    witness = Witness(LogFolder(state.absolute()), name, known)
    click.echo(f"witness {name} {witness.key.text}")
    config = uvicorn.Config(create_witness(witness, follow), host=host, port=port, log_config=None, access_log=False)
    sockets = [socket.socket(fileno=number)] if number >= 0 else None
    uvicorn.Server(config).run(sockets=sockets)
