"""The GraphQL interface, and how much of it and of uploads is given to whom."""

from typing import Literal

from pydantic import BaseModel, Field


class InterfaceSettings(BaseModel):
    """The GraphQL interface, and how much of it and of uploads is given to whom."""

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
    rate_official_per_minute: int = Field(
        default=1_200,
        ge=1,
        title="人员接口限速（次/分钟）",
        description="Interface requests a minute by one official who is signed in.",
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
