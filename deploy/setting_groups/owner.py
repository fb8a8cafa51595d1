"""Whose system it is, and what it is filled with."""

from pydantic import BaseModel, Field

from deploy.setting_types import Words


class OwnerSettings(BaseModel):
    """Whose system it is, and what it is filled with."""

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
    demo_cases: int = Field(
        default=100,
        ge=0,
        le=100_000,
        title="演示办件数量",
        description="How many matters of the year before the demonstration city is filled with at the first start; the engine runs each of them, so 3000 take some minutes.",
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
