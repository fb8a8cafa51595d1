"""The state folder: what is wrong with it is said in one sentence; a second copy is noticed."""

import json
import os
import shutil
import socket
import stat
from pathlib import Path

import pytest

from deploy import state as module
from deploy.refusals import DiskFull, SecondCopy, StateBroken
from deploy.state import SOCKET_PATH_BYTES, StateFolder, StateLock


def test_a_new_folder_is_private_and_marked(tmp_path: Path) -> None:
    state = StateFolder.open(tmp_path / "deep" / "state")
    assert stat.S_IMODE(state.path.stat().st_mode) == 0o700
    assert json.loads((state.path / "layout.json").read_text()) == {"layout": module.LAYOUT}


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    first = StateFolder.open(tmp_path / "s").secret_key()
    assert StateFolder.open(tmp_path / "s").secret_key() == first


def test_the_secret_is_long_random_and_private(tmp_path: Path) -> None:
    one, two = StateFolder.open(tmp_path / "a"), StateFolder.open(tmp_path / "b")
    assert len(one.secret_key()) >= 43
    assert one.secret_key() != two.secret_key()
    assert stat.S_IMODE((one.path / "secret-key").stat().st_mode) == 0o600


def test_a_first_filling_that_was_cut_off_is_remembered(tmp_path: Path) -> None:
    state = StateFolder.open(tmp_path / "s")
    with pytest.raises(KeyboardInterrupt), state.half_done():
        raise KeyboardInterrupt
    assert StateFolder.open(tmp_path / "s").was_left_half_done()
    with state.half_done():
        assert state.was_left_half_done()
    assert not state.was_left_half_done()


def a_file(path: Path) -> None:
    path.write_text("")


def a_foreign_folder(path: Path) -> None:
    path.mkdir()
    (path / "thesis.docx").write_text("")


def another_layout(path: Path) -> None:
    path.mkdir()
    (path / "layout.json").write_text('{"layout": 99}')


def a_broken_mark(path: Path) -> None:
    path.mkdir()
    (path / "layout.json").write_text("{")


def a_lost_mark(path: Path) -> None:
    path.mkdir()
    (path / "postgres").mkdir()


def a_dead_link(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (a_file, "不是目录"),
        (a_foreign_folder, "thesis.docx"),
        (another_layout, "目录版本 99"),
        (a_broken_mark, "已损坏"),
        (a_lost_mark, "缺少版本文件"),
        (a_dead_link, "失效的符号链接"),
    ],
)
def test_a_broken_folder_is_refused_in_one_sentence(tmp_path: Path, spoil, sentence: str) -> None:
    spoil(tmp_path / "s")
    with pytest.raises(StateBroken, match=sentence) as refused:
        StateFolder.open(tmp_path / "s")
    assert str(tmp_path) in str(refused.value)
    assert str(refused.value).count("。") == 1
    assert refused.value.advice


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateBroken, match="无法使用"):
        StateFolder.open(tmp_path / "file" / "s")


def test_an_unwritable_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        path = Path("/proc/yangguang")  # where even root may not write
    else:
        path = tmp_path / "closed" / "s"
        path.parent.mkdir(mode=0o500)
    with pytest.raises(StateBroken, match="无法使用"):
        StateFolder.open(path)


def test_a_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10**9, 10**9, 5_000_000))
    with pytest.raises(DiskFull, match="仅剩 5 MB，至少需要 200 MB"):
        StateFolder.open(tmp_path / "s")


def test_a_second_copy_is_refused_and_told_who_runs(tmp_path: Path) -> None:
    state = StateFolder.open(tmp_path / "s")
    first = StateLock(state)
    first.describe("进程号 4711")
    with pytest.raises(SecondCopy, match="4711"):
        StateLock(state)
    first.release()
    StateLock(state).release()


@pytest.mark.parametrize("name", ["s", "d" * 90 + "/s", "带 空格/s", "a,b/s", "深" * 60 + "/s"])
def test_sockets_have_paths_that_every_client_can_use(tmp_path: Path, name: str) -> None:
    sockets = StateFolder.open(tmp_path / name).sockets()
    path = sockets / ".s.PGSQL.5432"
    assert len(os.fsencode(path)) <= SOCKET_PATH_BYTES
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    path.unlink()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = StateFolder.open(tmp_path / ("d" * 90))
    folder = state.sockets()
    folder.chmod(0o777)
    with pytest.raises(StateBroken, match="临时目录"):
        state.sockets()
    shutil.rmtree(folder)
