"""Where data lie."""

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr

from deploy.setting_types import PostgresAddress, RedisAddress, SiteAddress, Words


class DataSettings(BaseModel):
    """Where data lie."""

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
    worker_database_url: PostgresAddress | None = Field(
        default=None,
        title="PostgreSQL 后台任务账号地址",
        description="The same database as the login of the worker. Not set: the worker uses DATABASE_URL. Logins are made by the server's administrator; their privileges are given at each start (deploy/database_roles.toml).",
    )
    operator_database_url: PostgresAddress | None = Field(
        default=None,
        title="PostgreSQL 命令行账号地址",
        description="The same database as the login of commands, which may do more than the web process. Not set: commands use DATABASE_URL.",
    )
    sequencer_database_url: PostgresAddress | None = Field(
        default=None,
        title="PostgreSQL 日志排序账号地址",
        description="The same database as the login that puts events into the log. Not set: DATABASE_URL.",
    )
    publisher_database_url: PostgresAddress | None = Field(
        default=None,
        title="PostgreSQL 日志发布账号地址",
        description="The same database as the login that publishes the log. Not set: DATABASE_URL.",
    )
    redis_url: RedisAddress | None = Field(
        default=None,
        validation_alias="REDIS_URL",
        title="Redis / Valkey 地址",
        description="Redis 7 or newer, or Valkey. Not set: the embedded Valkey is started. A secret: it may hold a password.",
    )
    log_origin: str = Field(
        default="",
        pattern=r"^[^\s+]*$",
        title="公开日志名称",
        description="Name of the public log, such as power.example.gov.cn/log; it never changes while the log lives. Not set: made once and kept in the data folder.",
    )
    log_policy: Path | None = Field(
        default=None,
        title="信任策略文件",
        description="File that says which witnesses count, where they are asked, and how many must agree (C2SP tlog-policy), signed offline. Not set: one of this copy's own keys, with the demonstration's witness if there is one.",
    )
    receipts_key_file: Path | None = Field(
        default=None,
        title="凭证密钥文件",
        description="File with the key (PEM, Ed25519) that signs receipts. Web processes on several machines are given copies of one file. Not set: `keys/receipts.pem` in the state folder, made at the first start.",
    )
    log_publish_seconds: int = Field(
        default=1,
        ge=1,
        le=3600,
        title="日志发布间隔（秒）",
        description="Least time between two heads of the public log. Longer gathers more acts under one head, so that its time tells less.",
    )
    log_late_seconds: int = Field(
        default=60,
        ge=5,
        title="日志迟延提示（秒）",
        description="How long an act may wait for a witnessed head before every page says that the log is late. Times in which nothing waits do not count.",
    )
    log_stop_hours: int = Field(
        default=4,
        ge=0,
        title="无见证停止决定（小时）",
        description="How long acts may wait for a witnessed head before final decisions are refused; everything else goes on. 0: never. A log that never had a published head stops nobody.",
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
    font_folders: Words = Field(
        default=(),
        title="字体目录",
        description="Folders with further fonts (TTF or OTF) for legal documents, separated by commas: for rare characters of names that the built-in font lacks. Such a character is refused until a font shows it.",
    )
