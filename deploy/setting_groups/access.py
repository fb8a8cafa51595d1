"""Secrets, and how officials sign in."""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from deploy.setting_types import SigningSecret, SiteAddress


class AccessSettings(BaseModel):
    """Secrets, and how officials sign in."""

    secret_key: SigningSecret | None = Field(
        default=None,
        title="签名密钥",
        description="Secret that signs forms and one-time links, at least 32 characters. Needed with DATABASE_URL; with the embedded database it is made at first start and kept in the data folder (0600).",
    )
    earlier_secret_key: SigningSecret | None = Field(
        default=None,
        title="上一个签名密钥",
        description="The secret that was in use before. Whatever is sealed under it (parties, documents, ratings, drafts, second factors) still opens, until `python -m deploy reseal` has sealed it anew; sessions end, and look-up codes of matters and device marks handed out under it no longer fit.",
    )
    field_suite: Literal["aes-256-gcm", "sm4-gcm"] = Field(
        default="aes-256-gcm",
        title="字段加密算法",
        description="What seals data of parties, documents, ratings and drafts: `aes-256-gcm`, or `sm4-gcm` with SM3 for the blind index (GB/T 39786). After a change run `python -m deploy reseal`.",
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
