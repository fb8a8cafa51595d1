"""Every setting of the system: one typed class. Nothing else reads the environment.

A setting comes from an environment variable, else from the file named by YANGGUANG_CONFIG, else from its default here.
``title`` is what operators read (Chinese); ``description`` says what the setting does; units are in the names.
Reading, messages and the list of settings are in ``deploy.configuration``.
"""

import os
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from deploy.setting_types import (
    HostAddress,
    Networks,
    PostgresAddress,
    RedisAddress,
    SigningSecret,
    SiteAddress,
    Words,
)

PREFIX: Final = "YANGGUANG_"
FILE_VARIABLE: Final = f"{PREFIX}CONFIG"
"""The variable that names a settings file."""


class Settings(BaseSettings):
    """What can be set. Built by ``deploy.configuration.load``; frozen, so that a process has one opinion."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, populate_by_name=True
    )

    # Where data lie
    state_dir: Path = Field(
        default=Path(".state"),
        title="数据目录",
        description="Folder of everything this copy keeps: embedded databases, uploaded files, secrets, logs. Mode 0700.",
    )
    database_url: PostgresAddress | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        title="PostgreSQL 地址",
        description="PostgreSQL 15 or newer for web and worker. Not set: the embedded PostgreSQL is started. A secret: it may hold a password.",
    )
    owner_database_url: PostgresAddress | None = Field(
        default=None,
        title="PostgreSQL 属主地址",
        description="The same database as the owner of its tables, used by migrations only, so that web and worker can work with less. Not set: DATABASE_URL migrates too.",
    )
    redis_url: RedisAddress | None = Field(
        default=None,
        validation_alias="REDIS_URL",
        title="Redis / Valkey 地址",
        description="Redis 7 or newer, or Valkey. Not set: the embedded Valkey is started. A secret: it may hold a password.",
    )

    files_bucket: str = Field(
        default="",
        title="文件存储桶",
        description="S3 bucket for the contents of files (materials, documents). Not set: the folder `files` of the data folder.",
    )
    files_endpoint: SiteAddress = Field(
        default="",
        title="文件存储服务地址",
        description="Address of the S3 service, such as https://s3.example.gov.cn. Not set: that of the region at AWS.",
    )
    files_region: str = Field(default="us-east-1", title="文件存储区域", description="Region of the S3 bucket.")
    files_key_id: str = Field(default="", title="文件存储访问标识", description="Access key id for the S3 bucket.")
    files_secret: SecretStr | None = Field(
        default=None, title="文件存储访问密钥", description="Secret access key for the S3 bucket."
    )

    # How it is reached
    host: HostAddress = Field(
        default="localhost",
        title="监听地址",
        description="Address to listen on: `localhost` (both loopback addresses, IPv4 and IPv6), `*` (every address of both), or one address.",
    )
    port: int = Field(default=8000, ge=1, le=65535, title="监听端口", description="TCP port of the web server.")
    base_url: SiteAddress = Field(
        default="",
        title="对外网址",
        description="Address under which people reach the site, such as https://power.example.gov.cn, for permanent links, feeds and OIDC. Not set: http://localhost with the port.",
    )
    allowed_hosts: Words = Field(
        default=(),
        title="允许的主机名",
        description="Host names that requests may carry, between commas. Not set: the host of base_url, the address listened on and the loopback names; any when `host` is `*` and base_url is not set.",
    )
    trusted_proxies: Networks = Field(
        default=(),
        title="可信反向代理",
        description="Addresses or networks (CIDR), between commas, whose X-Forwarded-* headers are believed. Not set: nobody's.",
    )

    # Whose system it is
    profile: str = Field(
        default="",
        pattern=r"^[a-z0-9-]*$",
        title="地方规则包",
        description="Name of the profile in domain/profiles that gives categories, limits and code schemes of the place. Not set: xuzhou-2016, and demo-city in the demo city.",
    )
    site_name: str = Field(default="阳光权力公开平台", title="网站名称", description="Name of the public site.")
    site_government: str = Field(
        default="",
        title="主办单位",
        description="Government whose site this is. Not set: in words that fit any; in the demo city the invented one.",
    )
    site_office: str = Field(
        default="",
        title="承办单位",
        description="Office that keeps the list and the site. Not set: in words that fit any; in the demo city the invented one.",
    )
    site_phone: str = Field(default="", title="联系电话", description="Phone number for questions about the site.")
    site_mail: str = Field(default="", title="联系邮箱", description="Mail address for questions about the site.")
    demo: bool | None = Field(
        default=None,
        title="演示城市",
        description="Load the invented demo city into an empty embedded library and say so on every page. Not set: yes when the database is embedded. Never done to a database given by DATABASE_URL.",
    )
    embedded: bool = Field(
        default=False,
        title="内置数据库（由主进程设置）",
        description="Set by `serve` for the processes it starts: DATABASE_URL is the embedded database. Not to be set by hand.",
    )

    list_mappings: Words = Field(
        default=(),
        title="清单表头对照",
        description="TOML files, between commas, that extend how headers and values of published lists are recognised, in the form of domain/lists/headers.toml.",
    )

    # Secrets and access
    secret_key: SigningSecret | None = Field(
        default=None,
        title="签名密钥",
        description="Secret that signs forms and one-time links, at least 32 characters. Needed with DATABASE_URL; with the embedded database it is made at first start and kept in the data folder (0600).",
    )
    earlier_secret_key: SigningSecret | None = Field(
        default=None,
        title="上一个签名密钥",
        description="The secret that was in use before. Data of parties and second factors sealed under it still open, until `python -m deploy reseal` has sealed parties anew; sessions end, and look-up codes of matters and device marks handed out under it no longer fit.",
    )
    field_suite: Literal["aes-256-gcm", "sm4-gcm"] = Field(
        default="aes-256-gcm",
        title="字段加密算法",
        description="What seals data of parties: `aes-256-gcm`, or `sm4-gcm` with SM3 for the blind index (GB/T 39786). After a change run `python -m deploy reseal`.",
    )
    second_factor_required: bool | None = Field(
        default=None,
        title="强制双因素登录",
        description="Whether officials must sign in with a second factor (TOTP). Not set: yes, except in the demo city.",
    )
    session_idle_minutes: int = Field(
        default=30, ge=1, le=1440, title="会话闲置时限（分钟）", description="Idle time after which a session ends."
    )
    session_lifetime_hours: int = Field(
        default=12,
        ge=1,
        le=168,
        title="会话最长时限（小时）",
        description="Time after which a session ends in any case.",
    )
    password_rules: Literal["asvs", "mlps3"] = Field(
        default="asvs",
        title="口令规则",
        description="Rules for passwords of local accounts: `asvs` (OWASP ASVS 5.0: length, no common words, no forced change) or `mlps3` (GB/T 22239: kinds of characters and a change after password_days). The two contradict each other.",
    )
    password_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        title="口令有效期（天）",
        description="Days after which a password must be changed; only under the rules `mlps3`.",
    )
    sign_in_attempts: int = Field(
        default=5,
        ge=1,
        le=100,
        title="登录尝试次数",
        description="Wrong passwords or codes from one place at one account before that place must wait.",
    )
    sign_in_window_minutes: int = Field(
        default=15,
        ge=1,
        le=1440,
        title="登录等待时间（分钟）",
        description="How long attempts are counted, and how long a place must wait after too many.",
    )
    oidc_issuer: SiteAddress = Field(
        default="",
        title="OIDC 发行方",
        description="Issuer address of an OpenID Connect provider. Not set: local accounts only.",
    )
    oidc_client_id: str = Field(default="", title="OIDC 客户端编号", description="Client identifier at the provider.")
    oidc_client_secret: SecretStr | None = Field(
        default=None, title="OIDC 客户端密钥", description="Client secret at the provider."
    )
    oidc_name: str = Field(
        default="统一身份认证", title="OIDC 显示名称", description="What the sign-in button of the provider says."
    )
    oidc_trust_factor: bool = Field(
        default=False,
        title="认可 OIDC 双因素",
        description="Whether a second factor that the provider vouches for in the claim `amr` (`mfa`, or a password together with `otp`, `hwk`, `swk`, `sc`, `fpt` or `face`) counts instead of our own. Off: officials who come by the provider show our second factor as well.",
    )

    # Interface
    introspection: bool = Field(
        default=True,
        title="GraphQL 自省",
        description="Whether the GraphQL interface describes itself to everybody. Off: to nobody; the published SDL file says the same.",
    )
    graphiql: bool = Field(
        default=True, title="GraphQL 试验页", description="Whether the GraphiQL page for developers is served."
    )
    graphql_documents: Literal["any", "registered"] = Field(
        default="any",
        title="匿名访问可执行的查询",
        description="Which documents the interface runs for callers without an account: `any`, or only `registered` ones (`python -m deploy documents`). Officials and holders of tokens may always send their own; the GraphiQL page then works for them only.",
    )
    cache_seconds: int = Field(
        default=0,
        ge=0,
        le=86_400,
        title="代理缓存时间（秒）",
        description="How long browsers and proxies may answer a registered document by themselves. 0: they ask each time (304 while nothing has changed), so that nothing published is ever seen late.",
    )
    compiled_reads: bool = Field(
        default=True,
        title="编译查询",
        description="Whether queries are compiled into one statement where that is possible. Off: every query runs field by field, with the same answers, several times slower.",
    )
    rate_anonymous_per_minute: int = Field(
        default=120,
        ge=1,
        title="匿名接口限速（次/分钟）",
        description="Interface requests a minute from one address without a token.",
    )
    rate_token_per_minute: int = Field(
        default=600, ge=1, title="令牌接口限速（次/分钟）", description="Interface requests a minute with one token."
    )
    rate_sign_in_per_minute: int = Field(
        default=10, ge=1, title="登录限速（次/分钟）", description="Sign-in attempts a minute from one address."
    )
    upload_limit_bytes: int = Field(
        default=50_000_000,
        ge=1_000,
        title="上传上限（字节）",
        description="Largest file that may be uploaded, in bytes.",
    )

    # Running
    web_processes: int = Field(
        default=1, ge=1, le=64, title="网页进程数", description="Web processes that share the port."
    )
    kept_answers_bytes: int = Field(
        default=64_000_000,
        ge=0,
        title="现成答复占用的内存（字节，每进程）",
        description="Memory each process spends on public pages and answers to registered documents that are ready for whoever asks next. 0 keeps none.",
    )
    fragments_bytes: int = Field(
        default=33_554_432,
        ge=0,
        title="条目片段占用的内存（字节，每进程）",
        description="Memory each process spends on what compiled reads wrote of library entries, by entry and version; the database is asked at every request which versions hold. 0 keeps none.",
    )
    database_pool_size: int = Field(
        default=8,
        ge=1,
        le=200,
        title="数据库连接数（每进程）",
        description="Connections each process keeps to PostgreSQL, for reads; commands may use as many again, and two more watch for changes of what is public.",
    )
    statement_timeout_ms: int = Field(
        default=15_000,
        ge=100,
        title="单条查询时限（毫秒）",
        description="Longest time one statement may take, in milliseconds.",
    )
    slow_operation_ms: int = Field(
        default=500,
        ge=0,
        title="慢操作记录门槛（毫秒）",
        description="Interface operations that take this long or longer are logged as `graphql.slow` (hash of the document, name, cost, time, never variables), and their requests as well. 0: every one.",
    )
    stop_seconds: int = Field(
        default=10,
        ge=1,
        le=300,
        title="停止等待（秒）",
        description="How long running requests and jobs may take to finish at a stop.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", title="日志级别", description="Least grave entry that is logged."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto",
        title="日志格式",
        description="JSON lines or coloured text; `auto`: text on a terminal, else JSON.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        title="指标令牌",
        description="Bearer token with which /metrics answers from elsewhere. Not set: it answers on loopback only.",
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
        if self.owner_database_url is not None and self.database_url is None:
            raise ValueError(f"设置 {PREFIX}OWNER_DATABASE_URL 时必须同时设置 DATABASE_URL")
        if self.files_bucket and not (self.files_key_id and self.files_secret):
            raise ValueError(f"设置 {PREFIX}FILES_BUCKET 时必须同时设置 {PREFIX}FILES_KEY_ID 和 {PREFIX}FILES_SECRET")
        oidc = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(oidc) and not all(oidc):
            raise ValueError(f"{PREFIX}OIDC_ISSUER、{PREFIX}OIDC_CLIENT_ID、{PREFIX}OIDC_CLIENT_SECRET 必须同时设置")
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
