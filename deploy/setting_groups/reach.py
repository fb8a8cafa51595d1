"""How the system is reached."""

from pydantic import BaseModel, Field

from deploy.setting_types import HostAddress, Networks, SiteAddress, Words


class ReachSettings(BaseModel):
    """How the system is reached."""

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
