"""What anybody downloads to check receipts and the log without us: the verifiers, their vectors, and the policy."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from portal import assets
from portal.labels import mark
from resolvers.log_folder import LogFolder

POLICY: Final = "policy.txt"
_SHIPPED: Final = (
    ("proof/verify.py", mark("核验工具（一个 Python 文件，不需要安装别的东西）")),
    ("proof/verify.html", mark("核验网页（保存下来断网打开，不需要安装任何东西）")),
    ("proof/vectors.json", mark("测试数据（供自己编写核验工具的人使用）")),
)


@dataclass(frozen=True, slots=True)
class Tool:
    """Something to be downloaded for checking without us, with its digest."""

    address: str
    name: str
    words: str
    digest: str


@lru_cache(maxsize=8)
def _tool(name: str, words: str) -> Tool:
    content = (assets.FOLDER / name).read_bytes()
    return Tool(assets.address(name), name.rpartition("/")[2], words, hashlib.sha256(content).hexdigest())


def tools(folder: LogFolder) -> tuple[Tool, ...]:
    """Return all of them; the policy, too, once there is one."""
    found = tuple(_tool(*one) for one in _SHIPPED)
    policy = folder.read(POLICY)
    if policy is None:
        return found
    words = mark("信任策略（哪些密钥和见证者算数）")
    return (*found, Tool(f"/log/{POLICY}", POLICY, words, hashlib.sha256(policy).hexdigest()))
