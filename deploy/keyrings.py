"""The instance's keyring, as its settings say: the secret, the one before it, and what seals fields of parties."""

from deploy.settings import Settings
from resolvers.keys import Keyring


def keyring_of(settings: Settings) -> Keyring:
    """Return the keyring. Raises ``ValueError`` before the state folder has given a secret."""
    before = settings.earlier_secret_key
    earlier = (before.get_secret_value().encode(),) if before is not None else ()
    return Keyring(settings.secret.encode(), earlier, settings.field_suite)
