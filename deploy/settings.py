"""Every setting of the system: one typed class. Nothing else reads the environment.

A setting comes from an environment variable, else from the file named by YANGGUANG_CONFIG, else from its default here.
``title`` is what operators read (Chinese); ``description`` says what the setting does; units are in the names.
Reading, messages and the list of settings are in ``deploy.configuration``.
"""

import os
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from deploy.setting_groups.access import AccessSettings
from deploy.setting_groups.data import DataSettings
from deploy.setting_groups.interface import InterfaceSettings
from deploy.setting_groups.materials import MaterialSettings
from deploy.setting_groups.notices import NoticeSettings
from deploy.setting_groups.owner import OwnerSettings
from deploy.setting_groups.reach import ReachSettings
from deploy.setting_groups.running import RunningSettings

PREFIX: Final = "YANGGUANG_"
FILE_VARIABLE: Final = f"{PREFIX}CONFIG"
"""The variable that names a settings file."""


class Settings(
    RunningSettings,
    MaterialSettings,
    NoticeSettings,
    InterfaceSettings,
    AccessSettings,
    OwnerSettings,
    ReachSettings,
    DataSettings,
    BaseSettings,
):
    """What can be set. Built by ``deploy.configuration.load``; frozen, so that a process has one opinion."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, populate_by_name=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment, then the file it names: TOML by its suffix, else lines ``NAME=value``."""
        del dotenv_settings, file_secret_settings
        file = os.environ.get(FILE_VARIABLE)
        if not file:
            return init_settings, env_settings
        if file.endswith(".toml"):
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)
        return init_settings, env_settings, DotEnvSettingsSource(settings_cls, env_file=file)

    @model_validator(mode="after")
    def _together(self) -> Self:
        given = self.database_url is not None and not self.embedded
        if given and self.secret_key is None:
            raise ValueError(f"设置 DATABASE_URL 时必须同时设置 {PREFIX}SECRET_KEY")
        if given and self.demo:
            raise ValueError("演示城市只能装入内置数据库：设置 DATABASE_URL 时不能设置 YANGGUANG_DEMO=true")
        if self.speed > 1 and not self.demo_mode:
            raise ValueError("时间加速只能用于演示城市：记录中的时间必须真实")
        others = ("owner_database_url", "worker_database_url", "operator_database_url")
        for name in others:
            if getattr(self, name) is not None and self.database_url is None:
                raise ValueError(f"设置 {PREFIX}{name.upper()} 时必须同时设置 DATABASE_URL")
        if self.files_bucket and not (self.files_key_id and self.files_secret):
            raise ValueError(f"设置 {PREFIX}FILES_BUCKET 时必须同时设置 {PREFIX}FILES_KEY_ID 和 {PREFIX}FILES_SECRET")
        oidc = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(oidc) and not all(oidc):
            raise ValueError(f"{PREFIX}OIDC_ISSUER、{PREFIX}OIDC_CLIENT_ID、{PREFIX}OIDC_CLIENT_SECRET 必须同时设置")
        return self

    @model_validator(mode="after")
    def _ways_out(self) -> Self:
        if self.smtp_host and not self.smtp_from:
            raise ValueError(f"设置 {PREFIX}SMTP_HOST 时必须同时设置 {PREFIX}SMTP_FROM")
        for name in ("sms", "webhook"):
            if getattr(self, f"{name}_url") and getattr(self, f"{name}_secret") is None:
                raise ValueError(f"设置 {PREFIX}{name.upper()}_URL 时必须同时设置 {PREFIX}{name.upper()}_SECRET")
        return self

    @property
    def demo_mode(self) -> bool:
        """Whether this is the demo city: the embedded database, unless ``demo`` says no."""
        return (self.embedded or self.database_url is None) and self.demo is not False

    @property
    def profile_name(self) -> str:
        """The profile in force: the one named, else the demo city's, else that of Xuzhou's regulation."""
        return self.profile or ("demo-city" if self.demo_mode else "xuzhou-2016")

    @property
    def second_factor(self) -> bool:
        """Whether officials must use a second factor."""
        return not self.demo_mode if self.second_factor_required is None else self.second_factor_required

    @property
    def site(self) -> str:
        """The address people reach the site under, without a closing slash."""
        return self.base_url or f"http://localhost:{self.port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names that requests may carry; an IPv6 address in brackets, as in a Host header."""
        if self.allowed_hosts:
            return self.allowed_hosts
        if self.host == "*" and not self.base_url:
            return ("*",)
        own = (urlsplit(self.site).hostname or "localhost", self.host, "localhost", "127.0.0.1", "::1")
        return tuple(dict.fromkeys(f"[{name}]" if ":" in name else name for name in own if name != "*"))

    @property
    def secret(self) -> str:
        """The signing secret. Raises ``ValueError`` before the state folder has given one."""
        if self.secret_key is None:
            raise ValueError("no signing secret: settings of the embedded mode come from deploy.supervisor")
        return self.secret_key.get_secret_value()
