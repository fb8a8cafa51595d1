"""The ways out for notices, as the settings say: a channel that is not set up is not there."""

from deploy.settings import Settings
from resolvers.gateways import Gateways, Send
from resolvers.gateways_http import HttpGateway, as_notice, as_sms
from resolvers.gateways_mail import Mailer


def gateways(settings: Settings) -> Gateways:
    """Return the channels of these settings."""
    return Gateways(mail=_mail(settings), sms=_sms(settings), webhook=_webhook(settings))


def _mail(settings: Settings) -> Send | None:
    if not settings.smtp_host:
        return None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
    return Mailer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_from,
        site=settings.site,
        name=settings.site_name,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=password,
    ).send


def _sms(settings: Settings) -> Send | None:
    if not settings.sms_url or settings.sms_secret is None:
        return None
    secret = settings.sms_secret.get_secret_value()
    return HttpGateway(settings.sms_url, as_sms, secret, settings.gateways_private).send


def _webhook(settings: Settings) -> Send | None:
    if not settings.webhook_url or settings.webhook_secret is None:
        return None
    site, secret = settings.site, settings.webhook_secret.get_secret_value()
    return HttpGateway(
        settings.webhook_url, lambda message: as_notice(message, site), secret, settings.gateways_private
    ).send
