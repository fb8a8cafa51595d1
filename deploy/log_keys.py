"""Where the log's name, keys and policy are kept on this machine. Keys are files; a device would be another ``Signer``."""

import os
import secrets
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from deploy.refusals import ServiceFailed
from deploy.settings import Settings
from domain.proof.notes import COSIGNATURE, Key, NoteBroken
from domain.proof.policies import Policy
from resolvers.former_logs import formers
from resolvers.issuing import Issuer
from resolvers.log_folder import LogFolder
from resolvers.signing import Ed25519Signer, KeyFileBroken

LOG_FOLDER: Final = "log"
WITNESS_FOLDER: Final = "witness"
LOCAL_WITNESS: Final = "local-demonstration"
POLICY: Final = "policy.txt"
_ORIGIN: Final = "origin"


def folder(settings: Settings) -> LogFolder:
    """Return the folder of the log's files."""
    return LogFolder(settings.state_dir.absolute() / LOG_FOLDER)


def origin(settings: Settings) -> str:
    """Return the log's name: the one that is set, else one made once and kept, which no other log ever had."""
    if settings.log_origin:
        return settings.log_origin
    place = folder(settings).path / _ORIGIN
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = place.with_name(f".{_ORIGIN}.{os.getpid()}")
        half.write_text(f"{urlsplit(settings.site).netloc}/log/{secrets.token_hex(4)}", encoding="utf-8")
        try:
            os.link(half, place)
        except FileExistsError:
            pass
        finally:
            half.unlink()
    return place.read_text(encoding="utf-8").strip()


def _signer(settings: Settings, name: str) -> Ed25519Signer:
    return _kept(settings.state_dir.absolute() / "keys" / f"{name}.pem")


def _kept(place: Path) -> Ed25519Signer:
    try:
        return Ed25519Signer.kept_in(place)
    except (KeyFileBroken, OSError) as error:
        raise ServiceFailed(
            f"签名密钥 {place} 无法使用：{error}。", "请从备份恢复该密钥文件；不要另造新的。"
        ) from error


def log_signer(settings: Settings) -> Ed25519Signer:
    """Return the key that signs heads. Raises ``ServiceFailed``."""
    return _signer(settings, "log")


def log_key(settings: Settings) -> Key:
    """Return the public key of the log under its name."""
    return log_signer(settings).key(origin(settings))


def receipt_signer(settings: Settings) -> Ed25519Signer:
    """Return the key with which the web tier signs receipts. Raises ``ServiceFailed``.

    A file that is named is never made here: two machines would each make their own, and one of them would sign for nobody.
    """
    place = settings.receipts_key_file
    if place is None:
        return _signer(settings, "receipts")
    if not place.exists():
        raise ServiceFailed(
            f"凭证密钥文件 {place} 不存在。", "请把各台机器共用的那一份密钥文件放到这里；不要另造新的。"
        )
    return _kept(place)


def receipt_key(settings: Settings) -> Key:
    """Return the public key of receipts under its name."""
    return receipt_signer(settings).key(f"{origin(settings)}/receipts")


def issuer(settings: Settings) -> Issuer:
    """Return who gives receipts for this log. Raises ``ServiceFailed``, also for a key that a given policy does not list."""
    if settings.log_policy is not None and receipt_key(settings) not in _given(settings.log_policy).receipts:
        raise ServiceFailed(
            f"信任策略文件 {settings.log_policy} 没有列出这台机器的凭证密钥，它出具的凭证无人承认。",
            "多台机器请用 YANGGUANG_RECEIPTS_KEY_FILE 共用一份密钥，或者把"
            f"“receipts {receipt_key(settings).text}”加入策略并重新签名。",
        )
    before = formers(folder(settings))
    return Issuer(origin(settings), receipt_key(settings), receipt_signer(settings), folder(settings), before)


def witnesses_itself(settings: Settings) -> bool:
    """Say whether a witness of this very machine is counted: in the demonstration only, where no policy is given."""
    return settings.demo_mode and settings.log_policy is None


def witness_key(state: Path, name: str = LOCAL_WITNESS) -> Key:
    """Return the public key of a witness whose folder is on this machine."""
    return Ed25519Signer.kept_in(state / "witness.pem").key(name, COSIGNATURE)


def policy(settings: Settings) -> Policy:
    """Return the policy in force; without a file that is set, one of this copy's own keys is written down.

    Raises ``ServiceFailed`` when the file that is set cannot be used.
    """
    place = settings.log_policy
    if place is None:
        text = _own_policy(settings)
        folder(settings).write(POLICY, text.encode())
        return Policy.parse(text)
    found, content = _given(place), place.read_bytes()
    if log_key(settings) not in found.logs or receipt_key(settings) not in found.receipts:
        raise ServiceFailed(
            f"信任策略文件 {place} 没有列出本系统的日志密钥和凭证密钥。",
            f"请加入“log {log_key(settings).text}”和“receipts {receipt_key(settings).text}”并重新签名。",
        )
    folder(settings).write(POLICY, content)
    return found


def _given(place: Path) -> Policy:
    """Return the policy in a file that is set. Raises ``ServiceFailed``."""
    try:
        return Policy.parse(place.read_text("utf-8"))
    except (OSError, NoteBroken, UnicodeDecodeError) as error:
        raise ServiceFailed(f"信任策略文件 {place} 无法使用：{error}。", "请改正 YANGGUANG_LOG_POLICY。") from error


def _own_policy(settings: Settings) -> str:
    lines = [
        "# 本机自行生成的信任策略，仅供试用：没有根密钥签名，也没有外部见证。",
        "# A policy of this copy's own making, for trials: neither signed by root keys nor witnessed from outside.",
        f"log {log_key(settings).text}",
        f"receipts {receipt_key(settings).text}",
    ]
    for before in formers(folder(settings)):
        lines += [f"log {key.text}" for key in before.logs] + [f"receipts {key.text}" for key in before.receipts]
    quorum = "none"
    if witnesses_itself(settings):
        key = witness_key(settings.state_dir.absolute() / WITNESS_FOLDER)
        lines.append(f"witness {LOCAL_WITNESS} {key.text}")
        quorum = LOCAL_WITNESS
    return "".join(f"{line}\n" for line in (*lines, f"quorum {quorum}"))
