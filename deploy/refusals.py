"""Why a start is refused: one clear Chinese sentence, what to do about it, and an exit code.

Every refusal of this layer is one of these classes; the command line prints it and leaves with its code.
"""

from pathlib import Path
from typing import ClassVar


class StartRefused(Exception):
    """The start cannot go on. ``str(error)`` is the sentence; ``advice`` says what to do; both are Chinese."""

    exit_code: ClassVar[int] = 1

    def __init__(self, sentence: str, advice: str) -> None:
        """Keep the sentence (what is wrong, and where) and the advice (what to do)."""
        super().__init__(sentence)
        self.advice = advice


class SettingsWrong(StartRefused):
    """A setting is missing, unknown or has a wrong value."""

    exit_code = 2


class PortBusy(StartRefused):
    """Another program listens on the address."""

    exit_code = 3

    def __init__(self, host: str, port: int) -> None:
        """Name the address that is taken."""
        super().__init__(
            f"端口 {port} 已被其他程序占用（地址 {host}）。",
            "请停止占用该端口的程序，或设置 YANGGUANG_PORT 换一个端口后重新启动。",
        )


class DiskFull(StartRefused):
    """Too little space is left in the state folder's file system."""

    exit_code = 4

    def __init__(self, folder: Path, free_bytes: int, needed_bytes: int) -> None:
        """Say how much is left and how much is needed, in MB."""
        super().__init__(
            f"磁盘空间不足：{folder} 所在磁盘仅剩 {free_bytes // 1_000_000} MB，至少需要 {needed_bytes // 1_000_000} MB。",
            "请清理磁盘，或设置 YANGGUANG_STATE_DIR 指向空间充足的目录后重新启动。",
        )


class StateBroken(StartRefused):
    """The state folder cannot be used: not a folder, not writable, foreign, of another version."""

    exit_code = 5


class SecondCopy(StartRefused):
    """Another process holds the lock of this state folder."""

    exit_code = 6

    def __init__(self, folder: Path, holder: str) -> None:
        """Name the folder and what the lock says of its holder."""
        super().__init__(
            f"阳光系统已在运行：数据目录 {folder} 正被另一个进程使用（{holder}）。",
            "请直接使用已启动的系统；若要再开一份，请用 YANGGUANG_STATE_DIR 和 YANGGUANG_PORT 指定另外的目录和端口。",
        )


class ServiceFailed(StartRefused):
    """PostgreSQL or Valkey did not start, cannot be reached, or is too old."""

    exit_code = 7


class MigrationFailed(StartRefused):
    """The database schema could not be brought to this release's version."""

    exit_code = 8
