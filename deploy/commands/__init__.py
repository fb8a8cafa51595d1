"""The command line. A command is a file's click command, named in the table below; it is imported when it is used.

Messages and help are Chinese: operators read them. A refused start is one sentence, its advice, and an exit code.
"""

import gc
import importlib
import importlib.util
import sys
from typing import Any, Final

import click

from deploy.refusals import StartRefused

COMMANDS: Final = {
    "serve": ("deploy.commands.serve", "serve_command"),
    "web": ("deploy.commands.web", "web_command"),
    "worker": ("deploy.commands.worker", "worker_command"),
    "sequencer": ("deploy.commands.log", "sequencer_command"),
    "publisher": ("deploy.commands.log", "publisher_command"),
    "log": ("deploy.commands.log", "log_command"),
    "witness": ("deploy.commands.witness", "witness_command"),
    "audit": ("deploy.commands.audit", "audit_command"),
    "backup": ("deploy.commands.backup", "backup_command"),
    "restore": ("deploy.commands.backup", "restore_command"),
    "drill": ("deploy.commands.backup", "drill_command"),
    "exchange": ("deploy.commands.exchange", "exchange_command"),
    "archive": ("deploy.commands.archive", "archive_command"),
    "close-portal": ("deploy.commands.closing", "close_command"),
    "open-portal": ("deploy.commands.closing", "open_command"),
    "complaint-keys": ("deploy.commands.complaint_keys", "complaint_keys_command"),
    "policy": ("deploy.commands.policy", "policy_command"),
    "migrate": ("deploy.commands.migrate", "migrate_command"),
    "import": ("deploy.commands.lists", "import_command"),
    "export": ("deploy.commands.lists", "export_command"),
    "dump": ("deploy.commands.dump", "dump_command"),
    "create-admin": ("deploy.commands.accounts", "create_admin_command"),
    "calendar": ("deploy.commands.calendar", "calendar_command"),
    "documents": ("deploy.commands.documents", "documents_command"),
    "check-config": ("deploy.commands.config", "check_config_command"),
    "demo-load": ("deploy.commands.demo_load", "demo_load_command"),
    "demo-reset": ("deploy.commands.demo", "demo_reset_command"),
    "reindex": ("deploy.commands.reindex", "reindex_command"),
    "reseal": ("deploy.commands.reseal", "reseal_command"),
    "reference": ("deploy.commands.reference", "reference_command"),
}
"""Command → (module, name of the click command in it)."""


class Lazy(click.Group):
    """A group whose commands are imported when they are asked for: a web process starts faster without the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands whose file is there."""
        del ctx
        return [name for name, (module, _) in COMMANDS.items() if importlib.util.find_spec(module) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, attribute = COMMANDS[cmd_name]
        # What an import makes lives as long as the process: looking through it for garbage again and again takes a
        # quarter of the start, and would go on with every full collection later.
        gc.disable()
        try:
            command: click.Command = getattr(importlib.import_module(module), attribute)
        finally:
            gc.freeze()
            gc.enable()
        return command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, turning a refused start into its sentence and its exit code."""
        try:
            return super().main(*args, **kwargs)
        except StartRefused as refused:
            click.echo(f"错误：{refused}", err=True)
            click.echo(refused.advice, err=True)
            sys.exit(refused.exit_code)


@click.group(cls=Lazy, name="python -m deploy", help="阳光：行政权力公开运行系统的命令行。")
def main() -> None:
    """Hold the commands together."""
