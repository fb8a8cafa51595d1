"""Notices by mail: one message a letter over SMTP, with the letter's key as its Message-ID.

Whoever gets the same letter twice, after a crash between sending and noting, gets it under the same Message-ID, and mail
programs show it once.
"""

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from typing import Literal

import aiosmtplib

from resolvers.gateways import Message, moment_of

SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Mailer:
    """An SMTP server; ``site`` is put before the addresses of notices, ``name`` is who sends."""

    host: str
    port: int
    sender: str
    site: str
    name: str
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)

    async def send(self, message: Message) -> None:
        """Send one notice. Raises what the server or the connection raises; it is then tried again."""
        await aiosmtplib.send(
            self.written(message),
            hostname=self.host,
            port=self.port,
            use_tls=self.security == "tls",
            start_tls=self.security == "starttls",
            username=self.user or None,
            password=self.password or None,
            timeout=SECONDS,
        )

    def written(self, message: Message) -> EmailMessage:
        """Return the mail: its texts are data, never headers, whatever they hold."""
        mail = EmailMessage()
        user, _, domain = self.sender.partition("@")
        mail["From"] = Address(" ".join(self.name.split()), user, domain)
        mail["To"] = Address(addr_spec=message.to)
        mail["Subject"] = " ".join(message.title.split())
        mail["Date"] = format_datetime(moment_of(message))
        mail["Message-ID"] = f"<{sha256(f'{self.site} {message.key}'.encode()).hexdigest()[:40]}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        link = f"\n\n{self.site}{message.address}" if message.address else ""
        mail.set_content(f"{message.body}{link}\n")
        return mail
