"""The command line: help on every command, fresh documents, refusals with their exit codes."""

import pytest
from click import Context
from click.testing import CliRunner

from deploy.commands import COMMANDS, main
from deploy.commands.reference import FOLDER, documents
from deploy.refusals import StartRefused

AVAILABLE = main.list_commands(Context(main))


@pytest.mark.house
@pytest.mark.parametrize("name", list(documents()))
def test_the_documents_are_fresh(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == documents()[name], "run make docs"


@pytest.mark.parametrize("name", ["", *AVAILABLE])
def test_every_command_has_help(name: str) -> None:
    answer = CliRunner().invoke(main, [name, "--help"] if name else ["--help"])
    assert answer.exit_code == 0
    assert len(answer.output) > 80


def test_every_command_is_there() -> None:
    wanted = {"serve", "worker", "migrate", "import", "export", "check-config", "create-admin", "demo-reset"}
    assert wanted <= set(AVAILABLE)


def test_no_command_stands_in_the_table_without_its_file() -> None:
    assert set(COMMANDS) == set(AVAILABLE)


def test_a_wrong_setting_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANGGUANG_PORT", "x")
    answer = CliRunner().invoke(main, ["check-config"])
    assert answer.exit_code == 2
    assert "YANGGUANG_PORT" in answer.output


def test_the_settings_are_listed_as_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANGGUANG_PORT", "8123")
    answer = CliRunner().invoke(main, ["check-config"])
    assert answer.exit_code == 0
    assert "8123" in answer.output
    assert "环境变量" in answer.output


def test_exit_codes_tell_refusals_apart() -> None:
    codes = [kind.exit_code for kind in StartRefused.__subclasses__()]
    assert 0 not in codes
    assert 1 not in codes
