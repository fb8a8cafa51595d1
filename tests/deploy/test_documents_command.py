"""``documents`` registers from files, lists and withdraws; the exit code tells a pipeline that something was refused."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.commands import main

TEXT = "query Items { powerItems { nodes { name } } }"
MD5 = hashlib.md5(TEXT.encode()).hexdigest()


@pytest.fixture(autouse=True)
def _settings(owner_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("YANGGUANG_SECRET_KEY", "x" * 40)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["documents", *words])


def test_files_are_registered_listed_and_withdrawn(tmp_path: Path) -> None:
    plain, relay, broken = tmp_path / "items.graphql", tmp_path / "persisted.json", tmp_path / "broken.json"
    plain.write_text(TEXT, "utf-8")
    relay.write_text(json.dumps({MD5: TEXT, "wrong": "{ nothing }"}), "utf-8")
    broken.write_text("{", "utf-8")
    added = run("add", str(plain))
    assert added.exit_code == 0, added.output
    assert f"items.graphql：已登记 sha256:{hashlib.sha256(TEXT.encode()).hexdigest()}（Items）" in added.output
    more = run("add", str(relay), str(broken))
    assert more.exit_code == 1
    assert f"persisted.json {MD5}：早已登记" in more.output
    assert "persisted.json wrong：不能登记：" in more.output
    assert "broken.json：不是有效的 JSON" in more.output
    assert "不能登记 2 个" in more.output
    listed = run("list")
    assert listed.output.count("\n") == 1
    assert MD5 in listed.output
    withdrawn = run("withdraw", MD5)
    assert withdrawn.exit_code == 0, withdrawn.output
    assert "已撤回" in run("list").output
    assert run("withdraw", MD5).exit_code == 1
