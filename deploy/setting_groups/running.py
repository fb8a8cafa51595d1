"""Processes, memory, time limits and logs."""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from deploy.setting_types import Words


class RunningSettings(BaseModel):
    """Processes, memory, time limits and logs."""

    speed: int = Field(
        default=1,
        ge=1,
        le=100_000,
        title="时间加速倍数",
        description="For trials of the demonstration city only: how many times as fast as the real time its clock runs (1440: a day a minute). Told on every page.",
    )
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
    audit_late_minutes: int = Field(
        default=10,
        ge=1,
        title="记入日志的最长等待（分钟）",
        description="An act that has no place in the public log after so many minutes is a finding of the auditor.",
    )
    audit_heads: Words = Field(
        default=(),
        title="外部日志头",
        description="Where the nightly audit gets heads that others keep: addresses of witnesses, files or folders, separated by commas. Not set: the witnesses of the policy that have an address.",
    )
    audit_site: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        title="核查公开页面的网址",
        description="Where the auditor reads the public pages and the export, to compare them with the library, such as `http://web:8000`. Not set: `serve` uses its own address; a worker that runs alone compares none.",
    )
    close_on_findings: bool = Field(
        default=False,
        title="发现异常时关闭公众端",
        description="Whether something newly found by the auditor closes the public side until `open-portal`; the desk goes on.",
    )
    outbox_days: int = Field(
        default=90,
        ge=1,
        title="已送达通知保留天数",
        description="Rows of the outbox are removed so many days after they were told; what is not told stays.",
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
    draft_days: int = Field(
        default=30,
        ge=1,
        le=365,
        title="草稿保存天数",
        description="Days that what an official or an applicant typed into a form and did not send is kept; each saving counts anew.",
    )
