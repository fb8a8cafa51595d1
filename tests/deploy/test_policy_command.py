"""A policy is drafted from this copy's keys, signed by root keys one after the other, and holds at their threshold."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.commands import main
from tests.portal.test_verifier import load
from tests.proofs import witness_key

pytestmark = pytest.mark.clause("R9", "S1")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("YANGGUANG_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, ["policy", *words], catch_exceptions=False)


def test_a_policy_is_worth_something_from_the_threshold_on(run: Callable[..., Result], tmp_path: Path) -> None:
    drafting = ["draft", "--serial", "3", "--until", "2099-12-31", "--out", "policy.txt"]
    for name in ("province", "archive"):
        drafting += ["--witness", name, witness_key(name).text]
    drafted = run(*drafting, "--address", "province", "https://province.example")
    assert drafted.exit_code == 0, drafted.output
    text = (tmp_path / "policy.txt").read_text(encoding="utf-8")
    assert "group outside 2 province archive" in text
    assert run(*drafting).exit_code == 1, "nothing is written over"
    assert run("sign", "policy.txt", "--key", "a.pem", "--name", "root-a").exit_code == 1
    roots = ["threshold 2"]
    for name in ("a", "b"):
        signed = run("sign", "policy.txt", "--key", f"{name}.pem", "--name", f"root-{name}", "--make")
        roots.append(signed.output.splitlines()[-1])
        (tmp_path / "roots.txt").write_text("\n".join(roots) + "\n", encoding="utf-8")
        assert run("check", "policy.txt", "--roots", "roots.txt").exit_code == (1 if name == "a" else 0)
    verifier = load()
    _, told = verifier.trusted("policy.txt", "roots.txt", "2026-11-29")
    assert "2 把根密钥" in told
    (tmp_path / "policy.txt").write_text(
        (tmp_path / "policy.txt").read_text(encoding="utf-8").replace("outside 2", "outside 1"), encoding="utf-8"
    )
    assert run("check", "policy.txt", "--roots", "roots.txt").exit_code == 1
    (tmp_path / "head.txt").write_text("no head", encoding="utf-8")
    assert run("check", "policy.txt", "--roots", "roots.txt", "--checkpoint", "head.txt").exit_code == 1
