"""``import`` and ``export`` on the command line: a readable account, reports, exit codes, one sentence for a refusal."""

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.commands import main
from deploy.commands.lists import ROWS_LEFT_OUT
from tests.resolvers.batch_lists import CODE, csv_file, line

NEW_CITY = ("--government", CODE, "--create-government", "云川市人民政府", "--create-bodies", "--profile", "demo-city")


@pytest.fixture(autouse=True)
def installation(owner_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at this test's database."""
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("YANGGUANG_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("YANGGUANG_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "160")


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, [str(one) for one in arguments])


def listed(folder: Path, rows: Sequence[dict[str, str]]) -> Path:
    """Write a list."""
    return csv_file(folder, rows).path


def test_a_list_is_imported_confirmed_and_exported(tmp_path: Path) -> None:
    """From a file to the library and back to files, with report, checksum and manifest."""
    path = listed(tmp_path, [line("甲"), line("乙")])
    report, out = tmp_path / "report.csv", tmp_path / "out.jsonl"
    done = run("import", path, *NEW_CITY, "--valid-from", "2026-01-01", "--confirm", "--report", report)
    assert done.exit_code == 0, done.output
    for words in ("新增", "读取的行全部有处理结果", "云川市测试局", "已确认入库：批次 1，2 个版本", "权力库第 1 版"):
        assert words in done.output
    assert len(list(csv.reader(io.StringIO(report.read_text("utf-8-sig"))))) == 1 + 3
    made = run("export", "--format", "jsonl", "--out", out)
    assert made.exit_code == 0, made.output
    assert [json.loads(one)["name"] for one in out.read_text("utf-8").splitlines()] == ["甲", "乙"]
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    assert digest in made.output
    assert (tmp_path / "out.jsonl.sha256").read_text() == f"{digest}  out.jsonl\n"
    early = run("export", "--format", "csv", "--out", tmp_path / "early.csv", "--as-of", "2025-12-31")
    assert "已导出 0 项" in early.output
    again = run("import", path, "--profile", "demo-city", "--valid-from", "2026-01-01")
    assert again.exit_code == 0, again.output
    assert "一致" in again.output


def test_rows_that_stay_out_are_told_by_the_exit_code(tmp_path: Path) -> None:
    """The batch waits for review; scripts see that somebody has to look."""
    done = run("import", listed(tmp_path, [line("甲"), line("行政复议")]), *NEW_CITY)
    assert done.exit_code == ROWS_LEFT_OUT, done.output
    assert "不予收录" in done.output
    assert "/desk/imports/1" in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--government", "110000"), "110000"),
        ((), "--government"),
        (("--government", CODE, "--create-government", "某市", "--body", "X9"), "X9"),
        (("--government", "00", "--create-government", "某市"), "区划代码"),
        (("--profile", "nowhere"), "nowhere"),
        (("--government", CODE, "--create-government", "某市", "--as", "nobody"), "nobody"),
    ],
)
def test_a_refusal_is_a_sentence_and_an_exit_code(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """What is wrong by its value, and what to do; no traceback."""
    done = run("import", listed(tmp_path, [line("甲")]), *arguments)
    assert done.exit_code == 1, done.output
    assert words in done.output
    assert "Traceback" not in done.output
    assert isinstance(done.exception, SystemExit)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """Nothing is imported of the good file beside it either."""
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"PK\x03\x04 nothing")
    done = run("import", listed(tmp_path, [line("甲")]), bad, *NEW_CITY)
    assert done.exit_code == 1
    assert "bad.xlsx" in done.output


@pytest.mark.parametrize("command", ["import", "export"])
def test_help_says_what_every_option_does(command: str) -> None:
    """In Chinese, as operators read it."""
    shown = run(command, "--help")
    assert shown.exit_code == 0
    options = [text.strip() for text in shown.output.splitlines() if text.strip().startswith("--")]
    assert len(options) >= 7
