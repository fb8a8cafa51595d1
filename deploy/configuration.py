"""Reading the settings: from where each value comes, what is wrong with it, and the list for people.

Environment variables win over the file named by YANGGUANG_CONFIG (TOML with the field names as keys, or lines
``NAME=value`` as in the environment), which wins over the defaults.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError

from deploy.refusals import SettingsWrong
from deploy.settings import FILE_VARIABLE, PREFIX, Settings

OTHER_VARIABLES: Final = {
    FILE_VARIABLE: "配置文件路径（.toml，或每行 NAME=value 的文件）",
    f"{PREFIX}POSTGRES_BIN": "改用系统自带 PostgreSQL 的程序目录（仅用于内置数据库）",
    f"{PREFIX}SHARED_DATA": "测试用样本清单所在目录",
}
"""Variables of ours that are not settings: they are read before, or outside, the settings."""

_REASONS: Final = {
    "bool_parsing": "应为 true 或 false",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "int_type": "应为整数",
    "string_type": "应为文字",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "只能是 {expected} 之一",
    "string_pattern_mismatch": "格式应为 {pattern}",
    "value_error": "{error}",
}
"""Why a value is wrong, in Chinese, by pydantic's error type; another type keeps pydantic's own words."""


@dataclass(frozen=True)
class Configuration:
    """The settings and, for each that was given, from where."""

    settings: Settings
    origins: Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """One setting as people see it."""

    variable: str
    title: str
    value: str
    origin: str


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{name.upper()}"


def load() -> Configuration:
    """Read and check all settings. Raises ``SettingsWrong`` with every mistake: where, value (secrets masked), reason."""
    given = _given()
    mistakes = [_unknown(name, origin) for name, (_, origin) in given.items() if name not in Settings.model_fields]
    settings: Settings | None = None
    try:
        settings = Settings()
    except ValidationError as error:
        mistakes += [
            _mistake(str(found["loc"][0]) if found["loc"] else "", found["type"], found["msg"], found.get("ctx"), given)
            for found in error.errors()
            if found["type"] != "extra_forbidden"
        ]
    if mistakes or settings is None:
        raise SettingsWrong("\n".join(mistakes), "请改正后重新启动；python -m deploy check-config 列出全部设置。")
    return Configuration(settings, {name: origin for name, (_, origin) in given.items()})


def rows(configuration: Configuration) -> Iterator[Row]:
    """List every setting with its value, secrets masked, and where it comes from."""
    for name, field in Settings.model_fields.items():
        value = getattr(configuration.settings, name)
        yield Row(variable(name), field.title or name, shown(name, value), configuration.origins.get(name, "默认值"))


def shown(name: str, value: Any) -> str:
    """Return a value for people: nothing of a secret but the host of an address, never its password."""
    if value is None or value in ("", ()):
        return "（未设置）"
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if name.endswith("_url") and isinstance(text, str):
        return re.sub(r"(?<=://)([^:@/]*):[^@/]*@", r"\1:***@", text)
    if _is_secret(name):
        return "***"
    if isinstance(text, tuple):
        return ", ".join(text)
    return {True: "true", False: "false"}.get(text, str(text)) if isinstance(text, bool) else str(text)


def _is_secret(name: str) -> bool:
    field = Settings.model_fields.get(name)
    return field is None or "SecretStr" in str(field.annotation)


def _given() -> dict[str, tuple[Any, str]]:
    """Return what is given, by the setting's name, with its place. The environment wins over the file."""
    names = {variable(name).upper(): name for name in Settings.model_fields}
    found: dict[str, tuple[Any, str]] = {}
    file = os.environ.get(FILE_VARIABLE)
    if file:
        for key, value in _read(Path(file)).items():
            name = names.get(key.upper(), key if key in Settings.model_fields else f"?{key}")
            found[name] = (value, f"文件 {file} 的 {key}")
    for key, value in os.environ.items():
        if key.upper() in names and value:
            found[names[key.upper()]] = (value, f"环境变量 {key}")
        elif key.upper().startswith(PREFIX) and key.upper() not in OTHER_VARIABLES and value:
            found[f"?{key}"] = (value, f"环境变量 {key}")
    return found


def _read(file: Path) -> Mapping[str, Any]:
    """Read the settings file. Raises ``SettingsWrong`` when it is missing or malformed."""
    try:
        if file.suffix == ".toml":
            return tomllib.loads(file.read_text(encoding="utf-8"))
        with file.open(encoding="utf-8") as stream:
            return dotenv_values(stream=stream)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsWrong(
            f"环境变量 {FILE_VARIABLE}：无法读取配置文件 {file}：{reason}。", "请检查文件路径、权限和格式。"
        ) from error


def _unknown(name: str, origin: str) -> str:
    """Say that there is no such setting, and which one may have been meant."""
    known = [*map(variable, Settings.model_fields), *Settings.model_fields, *OTHER_VARIABLES]
    near = difflib.get_close_matches(name.removeprefix("?"), known, n=1)
    return f"{origin}：没有这个设置" + (f"，是否应为 {near[0]}？" if near else "。")


def _mistake(
    name: str, kind: str, message: str, context: Mapping[str, Any] | None, given: Mapping[str, tuple[Any, str]]
) -> str:
    """Say where a wrong value stands, what it is and why it is wrong."""
    field = name if name in Settings.model_fields else {variable(n): n for n in Settings.model_fields}.get(name, "")
    reason = _REASONS[kind].format(**(context or {})) if kind in _REASONS else message
    if not field:
        return f"设置有误：{reason}。"
    value, origin = given.get(field, ("", f"设置 {variable(field)}"))
    return f"{origin} 的值“{shown(field, value)}”有误：{reason}。"
