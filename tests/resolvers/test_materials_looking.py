"""What a file is, from its content: every kind that is taken, and hostile ones of every sort that are not."""

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.materials import KINDS, LONGEST_NAME, extension_of, file_name
from domain.materials_judging import MARKS, NotTaken, judge
from resolvers.file_store import PIECE, FileTooLarge
from resolvers.materials_looking import look
from tests.hostile_files import GOOD, PDF, File, bad, ole

pytestmark = pytest.mark.clause("R6", "003-31(3)")
BAD = bad()


async def judged(file: File, allowed: tuple[str, ...] = tuple(KINDS)) -> str:
    _, seen = await look(io.BytesIO(file.content), 100_000_000)
    return judge(seen, file_name(file.name), file.declared, allowed).code


async def test_one_file_of_every_kind_is_taken_by_its_content() -> None:
    assert {code: await judged(file) for code, file in GOOD.items()} == {code: code for code in KINDS}


async def test_a_kind_is_the_same_whatever_is_declared_or_nothing_is() -> None:
    for code, (content, name, _) in GOOD.items():
        for declared in ("", "application/octet-stream"):
            assert await judged(File(content, name, declared)) == code


@pytest.mark.parametrize("what", list(BAD))
async def test_hostile_files_are_refused_each_for_its_reason(what: str) -> None:
    code, file = BAD[what]
    with pytest.raises(NotTaken) as refused:
        await judged(file)
    assert refused.value.code.startswith(code) or (code == "KIND" and refused.value.code in ("ARCHIVE", "UNKNOWN_KIND"))
    assert refused.value.message.endswith("。")
    assert refused.value.remedy.endswith("。")


def test_there_are_enough_of_them() -> None:
    assert len(BAD) >= 60


async def test_a_kind_that_the_operator_leaves_out_is_refused_with_what_may_come() -> None:
    with pytest.raises(NotTaken, match="不接受MP4") as refused:
        await judged(GOOD["mp4"], ("pdf", "png"))
    assert refused.value.remedy == "可以提交：pdf、png。"


async def test_old_documents_that_hold_one_another_are_what_their_name_says() -> None:
    both = ole("WordDocument", "Workbook")
    assert await judged(File(both, "说明.doc")) == "doc"
    assert await judged(File(both, "清单.xls")) == "xls"


@pytest.mark.parametrize("mark", list(MARKS))
async def test_a_mark_is_found_wherever_it_lies(mark: str) -> None:
    for place in (0, PIECE - 3, PIECE - 1, 2 * PIECE):
        _, seen = await look(io.BytesIO(bytes(place) + MARKS[mark] + bytes(9)), 100_000_000)
        assert mark in seen.marks


async def test_a_letter_across_two_pieces_is_still_a_letter_and_half_a_letter_is_none() -> None:
    across = b"a" * (PIECE - 1) + "阳".encode()
    assert (await look(io.BytesIO(across), 100_000_000))[1].text
    assert not (await look(io.BytesIO(across[:-1]), 100_000_000))[1].text


async def test_reading_stops_at_the_limit() -> None:
    file = io.BytesIO(bytes(5 * PIECE))
    with pytest.raises(FileTooLarge):
        await look(file, PIECE)
    assert file.tell() <= 2 * PIECE


@given(st.binary(max_size=300), st.sampled_from(sorted(GOOD)), st.integers(0, 4000))
async def test_nothing_that_is_disturbed_ends_otherwise_than_taken_or_refused(noise: bytes, code: str, at: int) -> None:
    content, name, declared = GOOD[code]
    place = at % (len(content) + 1)
    try:
        kind = await judged(File(content[:place] + noise + content[place + len(noise) :], name, declared))
    except NotTaken:
        return
    assert extension_of(name) in KINDS[kind].extensions


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("申请表.pdf", "申请表.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\张三\\桌面\\身份证.JPG", "身份证.JPG"),
        ("a/b\\c.pdf", "c.pdf"),
        ("表\u202efdp.exe", "表fdp.exe"),
        ("\u2066表\u2069\u200b\ufeff.pdf", "表.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("\0.pdf", "pdf"),
        ("...", "未命名"),
        ("", "未命名"),
        (".htaccess", "htaccess"),
        ("CON.txt", "_CON.txt"),
        ("nul", "_nul"),
        ('a<b>:"|?*%.pdf', "a_b_______.pdf"),
        ("名\u3000称\u2028.pdf", "名 称.pdf"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        ("x" * 500 + ".pdf", "x" * LONGEST_NAME + ".pdf"),
        ("表.pdf ", "表.pdf"),
    ],
)
def test_names_are_made_fit_to_be_shown_and_saved(given_name: str, kept: str) -> None:
    assert file_name(given_name) == kept


@given(st.text(max_size=300))
def test_a_name_never_holds_a_path_nor_anything_invisible_and_stays_as_it_is_made(given_name: str) -> None:
    name = file_name(given_name)
    assert name
    assert len(name) <= LONGEST_NAME + 12
    assert not set(name) & set('/\\<>:"|?*%\0')
    assert not name.startswith(".")
    assert all(unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in name)
    assert file_name(name) == name


async def test_the_same_bytes_are_measured_alike_whatever_they_are_called() -> None:
    first, second = [await look(io.BytesIO(PDF), 100_000) for _ in range(2)]
    assert first[0] == second[0]
    assert first[0].size == len(PDF)
