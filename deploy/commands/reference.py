"""``reference``: the documents that are made from the code, and the check that they are fresh."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from pydantic import SecretStr

from deploy import configuration
from deploy.commands import COMMANDS, main
from deploy.settings import FILE_VARIABLE, Settings

FOLDER: Final = Path(__file__).parents[1] / "docs"


@click.command("reference", help="由程序生成命令行与设置的参考文档（deploy/docs）。")
@click.option("--check", is_flag=True, help="只检查：文档不是最新时以 1 退出。")
def reference_command(*, check: bool) -> None:
    """Write the documents, or say that they are stale."""
    for name, text in documents().items():
        file = FOLDER / name
        if check and (not file.exists() or file.read_text(encoding="utf-8") != text):
            raise click.ClickException(f"{file.relative_to(Path.cwd())} 不是最新：请运行 make docs。")
        if not check:
            FOLDER.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")


def documents() -> dict[str, str]:
    """Return each document's text by its file name."""
    return {"cli.md": "\n".join(_command_line()), "settings.md": "\n".join(_settings())}


def _command_line() -> Iterator[str]:
    yield "# Command line\n"
    yield "Made by `make docs` from the commands themselves. Help is Chinese, as operators read it.\n"
    yield from _usage(main, "python -m deploy", click.Context(main, info_name="python -m deploy"))
    top = click.Context(main, info_name="python -m deploy")
    for name in COMMANDS:
        command = main.get_command(top, name)
        if command is not None and not command.hidden:
            yield f"## {name}\n"
            context = click.Context(command, info_name=name, parent=top)
            yield from _usage(command, name, context)
            for part, below in sorted(command.commands.items()) if isinstance(command, click.Group) else ():
                yield from _usage(below, part, click.Context(below, info_name=part, parent=context))


def _usage(command: click.Command, name: str, context: click.Context) -> Iterator[str]:
    del name
    context.terminal_width = context.max_content_width = 120
    yield f"```\n{command.get_help(context)}\n```\n"


def _settings() -> Iterator[str]:
    yield "# Settings\n"
    yield (
        "Made by `make docs` from `deploy/settings.py`. Environment variables win over the file named by "
        f"`{FILE_VARIABLE}` (`.toml` with the names in small letters, or lines `NAME=value`), which wins over "
        "the defaults. `python -m deploy check-config` prints what is in force and where it comes from.\n"
    )
    yield "| variable | 含义 | default | what it does |"
    yield "| --- | --- | --- | --- |"
    for name, field in Settings.model_fields.items():
        secret = " (secret)" if "SecretStr" in str(field.annotation) else ""
        yield f"| `{configuration.variable(name)}` | {field.title} | {_default(field.default)}{secret} | {field.description} |"
    yield "\nVariables that are read before, or outside, the settings:\n"
    yield "| variable | 含义 |"
    yield "| --- | --- |"
    for name, meaning in configuration.OTHER_VARIABLES.items():
        yield f"| `{name}` | {meaning} |"
    yield ""


def _default(value: Any) -> str:
    if value is None or value in ("", ()) or isinstance(value, SecretStr):
        return "—"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
