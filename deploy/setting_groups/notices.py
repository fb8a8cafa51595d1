"""Ways out of the system for notices: mail, SMS and webhook. What is not set is not used; the desk tells everything."""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr


class NoticeSettings(BaseModel):
    """Ways out of the system for notices."""

    smtp_host: str = Field(
        default="",
        title="邮件服务器",
        description="Host of the SMTP server that takes notices to officials, and codes that prove the mailbox of whoever gives a real name. Not set: nothing goes out by mail.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, title="邮件服务器端口", description="Port of the SMTP server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        title="邮件加密方式",
        description="How the connection to the SMTP server is secured; `none` is for a server on this very machine.",
    )
    smtp_user: str = Field(default="", title="邮件账号", description="Login at the SMTP server, if it wants one.")
    smtp_password: SecretStr | None = Field(
        default=None, title="邮件口令", description="Password at the SMTP server, if it wants one."
    )
    smtp_from: str = Field(
        default="", title="发件人地址", description="Address that notices come from; needed with smtp_host."
    )
    sms_url: str = Field(
        default="",
        title="短信网关地址",
        description="Address (https) of a gateway that takes `{key, to, text}` as JSON, signed, and sends it as SMS: notices, and codes that prove a telephone. Not set: no SMS.",
    )
    sms_secret: SecretStr | None = Field(
        default=None, title="短信网关密钥", description="Secret that signs what the SMS gateway gets (HMAC-SHA256)."
    )
    webhook_url: str = Field(
        default="",
        title="通知推送地址",
        description="Address (https) that gets every notice as JSON, signed, such as the city's work platform. Not set: none.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None, title="通知推送密钥", description="Secret that signs what the webhook gets (HMAC-SHA256)."
    )
    gateways_private: bool = Field(
        default=False,
        title="允许内网网关",
        description="Whether SMS gateway and webhook may be at private or loopback addresses, and be reached by http.",
    )
