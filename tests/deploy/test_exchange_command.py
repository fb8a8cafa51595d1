"""``exchange`` adds, lists with the delay, and ends; the token is shown once."""

import re

import pytest
from click.testing import CliRunner, Result

from deploy.commands import main

pytestmark = pytest.mark.clause("X1")


@pytest.fixture(autouse=True)
def _settings(owner_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("YANGGUANG_SECRET_KEY", "x" * 40)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["exchange", *words])


def test_platforms_are_added_listed_and_ended() -> None:
    assert "没有登记上级平台" in run("list").output
    added = run("add", "示范省平台")
    assert added.exit_code == 0, added.output
    assert re.search(r"访问令牌：ygup_[A-Za-z0-9_-]{43}\n", added.output)
    again = run("add", "示范省平台")
    assert again.exit_code == 1
    assert "已经有名为“示范省平台”的上级平台" in again.output
    listed = run("list").output
    assert "示范省平台　按时　已接收 0 条，尚未接收 0 条　最久的一条已等待 0 小时 0 分　还没有联系过" in listed
    assert "ygup_" not in listed
    assert run("end", "示范省平台").exit_code == 0
    assert "已停用（" in run("list").output
    assert run("end", "示范省平台").exit_code == 1
