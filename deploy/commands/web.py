"""``web``: the web process that ``serve`` starts."""

import socket

import click

from deploy import configuration, logs
from deploy.web import serve_web


@click.command("web", help="网页进程（由 serve 启动，一般不单独使用）。", hidden=True)
@click.option("--socket", "numbers", type=int, multiple=True, required=True, help="父进程已绑定的监听套接字编号。")
def web_command(numbers: tuple[int, ...]) -> None:
    """Serve pages on sockets that the parent has bound."""
    settings = configuration.load().settings
    logs.configure(settings)
    serve_web(settings, [socket.socket(fileno=number) for number in numbers])
