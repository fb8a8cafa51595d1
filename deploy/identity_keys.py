"""The public keys that names of complainants are sealed to, kept in the state folder; their other halves are with two people."""

import json
from pathlib import Path
from typing import Final, NamedTuple

from deploy.refusals import ServiceFailed
from deploy.settings import Settings
from resolvers.complaints_sealing import IdentityKeys, new_code, public_of

FOLDER: Final = "complaints"
FILE: Final = "identity-keys.json"
KEY_BYTES: Final = 32


def place(state_dir: Path) -> Path:
    """Return the file of the keys."""
    return state_dir.absolute() / FOLDER / FILE


def identity_keys(settings: Settings) -> IdentityKeys | None:
    """Return the keys; None where none were made. Raises ``ServiceFailed`` for a file that holds no keys."""
    file = place(settings.state_dir)
    if not file.exists():
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        keys = IdentityKeys(bytes.fromhex(found["handling"]), bytes.fromhex(found["supervision"]))
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ServiceFailed(f"身份封存公钥文件 {file} 读不懂。", "请从备份恢复，或者移走后重新生成。") from error
    if {len(keys.handling), len(keys.supervision)} != {KEY_BYTES}:
        raise ServiceFailed(f"身份封存公钥文件 {file} 不完整。", "请从备份恢复，或者移走后重新生成。")
    return keys


def keep(state_dir: Path, keys: IdentityKeys) -> Path:
    """Keep the keys; an earlier file stays beside it under the name of its keys, since it tells who opens what."""
    file = place(state_dir)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.exists():
        before = json.loads(file.read_text(encoding="utf-8"))
        file.rename(file.with_name(f"identity-keys.{before.get('name', 'earlier')}.json"))
    text = {"handling": keys.handling.hex(), "supervision": keys.supervision.hex(), "name": keys.name}
    file.write_text(json.dumps(text, indent=1), encoding="utf-8")
    return file


class Codes(NamedTuple):
    """The opening codes of new keys, which nothing keeps, and the file of their public halves."""

    keys: IdentityKeys
    handling: str
    supervision: str
    file: Path


def make(state_dir: Path) -> Codes:
    """Make new keys and keep their public halves; the codes are returned, once."""
    handling, supervision = new_code(), new_code()
    keys = IdentityKeys(public_of("handling", handling), public_of("supervision", supervision))
    return Codes(keys, handling, supervision, keep(state_dir, keys))
