"""``serve``, and the two processes it starts."""

import socket

import click
from redis.exceptions import RedisError

from deploy import configuration, logs
from deploy.children import serve_web
from deploy.demo_city import load_demo_city
from deploy.refusals import ServiceFailed
from deploy.serving import serve
from workers.main import run_worker


@click.command("serve", help="启动整个系统：内置数据库（未指定地址时）、升级、演示城市、网页和后台任务。")
def serve_command() -> None:
    """Run the whole system in the foreground."""
    settings = configuration.load().settings
    logs.configure(settings)
    serve(settings, load_demo_city=load_demo_city)


@click.command("web", help="网页进程（由 serve 启动，一般不单独使用）。", hidden=True)
@click.option("--socket", "numbers", type=int, multiple=True, required=True, help="父进程已绑定的监听套接字编号。")
def web_command(numbers: tuple[int, ...]) -> None:
    """Serve pages on sockets that the parent has bound."""
    settings = configuration.load().settings
    logs.configure(settings)
    serve_web(settings, [socket.socket(fileno=number) for number in numbers])


@click.command("worker", help="后台任务进程。单独运行时需要设置 DATABASE_URL 和 REDIS_URL。")
def worker_command() -> None:
    """Run the worker until SIGTERM."""
    settings = configuration.load().settings
    logs.configure(settings)
    if settings.database_url is None or settings.redis_url is None:
        raise click.UsageError("单独运行后台任务需要设置 DATABASE_URL 和 REDIS_URL；一般请用 python -m deploy serve。")
    try:
        run_worker(
            database_url=settings.database_url.get_secret_value(),
            redis_url=settings.redis_url.get_secret_value(),
            profile=settings.profile_name,
            stop_seconds=settings.stop_seconds,
        )
    except (RedisError, OSError) as error:
        raise ServiceFailed(
            f"后台任务失去与 Redis 的连接：{error}。", "无需处理：主进程会自动重新启动后台任务。"
        ) from error
