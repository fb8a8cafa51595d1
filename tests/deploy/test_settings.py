"""Settings: described, without default secrets, and each mistake named with place, value and reason."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.children import environment
from deploy.configuration import load, rows, variable
from deploy.refusals import SettingsWrong
from deploy.settings import FILE_VARIABLE, Settings

SECRET = "0123456789abcdef0123456789abcdef"


def mistakes() -> str:
    with pytest.raises(SettingsWrong) as wrong:
        load()
    assert wrong.value.exit_code == 2
    return str(wrong.value)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_does(name: str) -> None:
    field = Settings.model_fields[name]
    assert field.description
    assert field.description.endswith((".", ":")), "a sentence"
    assert field.title
    assert re.search(r"[\u4e00-\u9fff]", field.title), "a Chinese title for operators"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_no_secret_has_a_default(name: str) -> None:
    field = Settings.model_fields[name]
    if "SecretStr" in str(field.annotation) or re.search(r"secret|password$|token$|_key$", name):
        assert field.default is None


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_number_says_its_unit(name: str) -> None:
    countable = {"port", "smtp_port", "web_processes", "database_pool_size", "sign_in_attempts", "speed", "demo_cases"}
    if Settings.model_fields[name].annotation is int and name not in countable:
        assert re.search(r"_(seconds|minutes|hours|days|ms|bytes|per_minute)$", name)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("YANGGUANG_PORT", "http", "应为整数"),
        ("YANGGUANG_PORT", "70000", "不能大于 65535"),
        ("YANGGUANG_HOST", "example", "应为 localhost"),
        ("YANGGUANG_LOG_LEVEL", "loud", "只能是"),
        ("YANGGUANG_DEMO", "perhaps", "true 或 false"),
        ("YANGGUANG_BASE_URL", "ftp://x", "http:// 或 https://"),
        ("YANGGUANG_TRUSTED_PROXIES", "10.0.0.0/8, nobody", "不是 IP 地址或网段"),
        ("YANGGUANG_PROFILE", "../etc", "格式应为"),
        ("DATABASE_URL", "mysql://h/x", "postgresql://"),
        ("REDIS_URL", "http://h", "redis://"),
    ],
)
def test_a_wrong_value_is_named_with_place_value_and_reason(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    said = mistakes()
    assert f"环境变量 {name} 的值“{value}”有误" in said
    assert reason in said


def test_every_mistake_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANGGUANG_PORT", "x")
    monkeypatch.setenv("YANGGUANG_HOST", "y")
    assert len(mistakes().splitlines()) == 2


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANGGUANG_SECRET_KEY", "too-short-hunter2")
    monkeypatch.setenv("DATABASE_URL", "mysql://someone:hunter2@db/x")
    said = mistakes()
    assert "hunter2" not in said
    assert "someone:***@db" in said
    monkeypatch.setenv("YANGGUANG_SECRET_KEY", SECRET)
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone:hunter2@db/x")
    shown = " ".join(row.value for row in rows(load()))
    assert SECRET not in shown
    assert "hunter2" not in shown


def test_a_misspelt_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANGGUANG_PRT", "1")
    assert "环境变量 YANGGUANG_PRT：没有这个设置，是否应为 YANGGUANG_PORT？" in mistakes()


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [("c.toml", "port = 8123\nallowed_hosts = 'a, b'\n", "port"), ("c.env", "YANGGUANG_PORT=8123\n", "YANGGUANG_PORT")],
)
def test_a_file_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, key: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    found = load()
    assert found.settings.port == 8123
    assert found.origins["port"] == f"文件 {file} 的 {key}"
    monkeypatch.setenv("YANGGUANG_PORT", "8124")
    assert load().settings.port == 8124


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("c.toml", "port = 70000", "的 port 的值“70000”有误"),
        ("c.toml", "prot = 7", "的 prot：没有这个设置，是否应为 port？"),
        ("c.toml", "port = ", "无法读取配置文件"),
        ("c.env", "YANGGUANG_PORT=x", "的 YANGGUANG_PORT 的值“x”有误"),
    ],
)
def test_mistakes_in_a_file_name_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, said: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    found = mistakes()
    assert said in found
    assert str(file) in found


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "none.toml"))
    assert "none.toml" in mistakes()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"DATABASE_URL": "postgresql://h/x"}, "YANGGUANG_SECRET_KEY"),
        ({"DATABASE_URL": "postgresql://h/x", "YANGGUANG_SECRET_KEY": SECRET, "YANGGUANG_DEMO": "true"}, "演示城市"),
        ({"YANGGUANG_OIDC_ISSUER": "https://id.example"}, "必须同时设置"),
        ({"YANGGUANG_OWNER_DATABASE_URL": "postgresql://h/x"}, "DATABASE_URL"),
    ],
)
def test_settings_that_need_each_other(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: str) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert said in mistakes()


def test_the_demo_city_is_for_the_embedded_database_only() -> None:
    embedded = Settings(database_url=SecretStr("postgresql://h/x"), embedded=True)
    given = Settings(database_url=SecretStr("postgresql://h/x"), secret_key=SecretStr(SECRET))
    assert embedded.demo_mode
    assert not embedded.second_factor
    assert not given.demo_mode
    assert given.second_factor


def test_a_child_reads_exactly_its_parent_s_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("port = 8123")
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    monkeypatch.setenv("YANGGUANG_ALLOWED_HOSTS", "a, b")
    monkeypatch.setenv("YANGGUANG_DEMO", "false")
    parent = load().settings.model_copy(update={"secret_key": SecretStr(SECRET), "embedded": True})
    given = environment(parent)
    for name in (FILE_VARIABLE, *map(variable, Settings.model_fields)):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert load().settings == parent


def test_an_ipv6_literal_is_an_allowed_host() -> None:
    assert "[::1]" in Settings().hosts
    assert Settings(host="*").hosts == ("*",)
    assert Settings(host="*", base_url="https://power.example").hosts[0] == "power.example"
