"""Texts of cells: broken lines, numbered points, legal bases, responsibilities, limits; nothing is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lists.bases import join_bases, split_bases
from domain.lists.duties import join_responsibilities, split_persons, split_responsibilities, split_situations
from domain.lists.headers import MappingError, Match, parse_mapping
from domain.lists.limits import limit_text, read_limit
from domain.lists.texts import code_text, compact, mend, squeeze, units
from tests.list_sheets import mapping

pytestmark = pytest.mark.clause("L1")


@pytest.mark.parametrize(
    ("published", "mended"),
    [
        (
            "直接实施责\n任：\n1.执行上级统\n计部门制定的\n标准。\n2.公开",
            "直接实施责任：\n1.执行上级统计部门制定的标准。\n2.公开",
        ),
        ("第一条：甲。\n  第二条：乙。", "第一条：甲。\n第二条：乙。"),
        ("（1983年12 月8 日 由某会通过）", "（1983年12月8日 由某会通过）"),
        ("罚款1\n2.5万元", "罚款12.5万元"),
        ("甲\r\n\r\n乙。\r\n丙", "甲乙。\n丙"),
        ("【法\n律】《甲法》", "【法律】《甲法》"),
        ("ISO\nsystem", "ISO system"),
    ],
)
def test_lines_broken_inside_words_are_joined_and_paragraphs_stay(published: str, mended: str) -> None:
    assert mend(published) == mended


def test_lines_of_a_wide_cell_that_end_early_are_paragraphs() -> None:
    first = "负责市本级行政区域内招标人提交的依法必须进行招标的项目招标投标情况的书面报告" * 2
    assert mend(f"{first}\n负责监督指导各区") == f"{first}\n负责监督指导各区"


@given(st.text(alphabet="甲乙一二1２.。；：、\n 　【】《》（）第条责任\t\u200b", max_size=80))
def test_mending_loses_nothing_but_white_space_and_is_stable(text: str) -> None:
    assert squeeze(mend(text)) == squeeze(text)
    assert mend(mend(text)) == mend(text)


def test_names_codes_and_units_are_one_line() -> None:
    assert compact("对统计\n违法 行\n为的\n处罚") == "对统计违法行为的处罚"
    assert code_text(" ６５０２XK\n01 ") == "6502XK01"
    assert [code_text(word) for word in ("/", "无", "—", "－")] == ["", "", "", ""]
    assert units("某支队\n各区大队") == "某支队、各区大队"
    assert units("政策法\n规科 、\n社会经\n济科") == "政策法规科、社会经济科"


def test_situations_are_a_list_with_the_lead_sentence_first() -> None:
    text = "因不履行职责，有下列情形的，应承担责任：\n1.甲的；\n2.乙，处1.5万元的；\n（1）丙\n10.其他。"
    assert split_situations(text) == (
        "因不履行职责，有下列情形的，应承担责任：",
        "1.甲的；",
        "2.乙，处1.5万元的；\n（1）丙",
        "10.其他。",
    )
    assert split_situations("(一)甲;(二)乙;(三)丙") == ("(一)甲;", "(二)乙;", "(三)丙")
    assert split_situations("/") == ()


@given(
    st.lists(
        st.sampled_from(["1.甲；", "2.乙。", "（一）丙", "有下列情形的：", "①丁", "3、戊1.5", "一、己"]), max_size=8
    )
)
def test_splitting_into_points_loses_nothing(parts: list[str]) -> None:
    for separator in ("\n", "", " "):
        text = separator.join(parts)
        assert squeeze("".join(split_situations(text))) == squeeze(text)


def test_persons_are_told_apart_without_their_numbers() -> None:
    assert split_persons("1.具体承办人；\n2.内设机构负责人；\n3.单位法定代表人或分管领导。") == (
        "具体承办人",
        "内设机构负责人",
        "单位法定代表人或分管领导",
    )
    assert split_persons("一.具体承办人：\n二.内设机构负责人：") == ("具体承办人", "内设机构负责人")
    assert split_persons("承办人、负责人（科长、副科长）、法人") == ("承办人", "负责人（科长、副科长）", "法人")


def test_responsibilities_are_divided_by_unnumbered_headings_first() -> None:
    matters = split_responsibilities("直接实施责任：\n1.受理责任：公示。\n2.监督责任。按照分工\n指导监督责任:\n1.指导")
    assert [(matter.heading, matter.text) for matter in matters] == [
        ("直接实施责任", "1.受理责任：公示。\n2.监督责任。按照分工"),
        ("指导监督责任", "1.指导"),
    ]
    numbered = split_responsibilities("1.受理责任:甲(不予受理)2.审查责任:乙;3.决定责任:丙")
    assert [matter.heading for matter in numbered] == ["1.受理责任", "2.审查责任", "3.决定责任"]


@given(
    st.lists(
        st.sampled_from(["直接实施责任：", "1.甲。", "指导监督责任:", "2、审查责任：乙", "\n", "丙责任", "(三)丁"]),
        max_size=8,
    )
)
def test_splitting_responsibilities_loses_nothing(parts: list[str]) -> None:
    text = "".join(parts)
    joined = join_responsibilities(split_responsibilities(text))
    assert re.sub("[:：]", "", squeeze(joined)) == re.sub("[:：]", "", squeeze(text))


def test_bases_are_split_by_tags_with_title_article_and_number() -> None:
    text = (
        "【法律】《某国甲法》（2003年8月27日通过，主席令第七号公布）第十二条第一款：\n乙。\n"
        "【 行政法规】《丙条例》（国务院令第98号）第三十、三十二条【规范性文件】某厅《关于〈丁〉的通知》（新政发〔2018〕12号）"
    )
    bases = split_bases(text, mapping().tags)
    assert [(b.kind, b.title, b.article, b.document_number) for b in bases] == [
        ("law", "某国甲法", "第十二条第一款", "主席令第七号"),
        ("administrative_regulation", "丙条例", "第三十条", "国务院令第98号"),
        ("normative_document", "关于〈丁〉的通知", "", "新政发〔2018〕12号"),
    ]


def test_text_before_the_first_tag_or_without_tag_is_untagged() -> None:
    bases = split_bases("依据：《甲法》第一条。\n【规章】《乙办法》第二条", mapping().tags)
    assert [basis.kind for basis in bases] == ["untagged", "rule"]
    several = split_bases("1.《甲法》第一条；2.《乙条例》第二条", mapping().tags)
    assert [(basis.kind, basis.title) for basis in several] == [("untagged", "甲法"), ("untagged", "乙条例")]


def test_years_in_brackets_are_no_tags_and_unusual_tags_stay_in_the_text() -> None:
    bases = split_bases("【规范性文件】《甲》（某发【2021】7号）【自治区地方性法规】《乙》", mapping().tags)
    assert [(basis.kind, basis.text) for basis in bases] == [
        ("normative_document", "《甲》（某发【2021】7号）"),
        ("local_regulation", "【自治区地方性法规】《乙》"),
    ]
    assert split_bases("1.【法律】《甲》\n2.【法规】《乙》", mapping().tags)[1].text == "2.《乙》"


BASIS_PART = st.sampled_from(
    [
        "【法律】",
        "【 法规】",
        "【其他】",
        "［规章］",
        "【2021】",
        "《甲法》",
        "第二条",
        "\n",
        "1.",
        "；",
        "：丙",
        "【地方政府规章】",
        "（乙〔2020〕3号）",
    ]
)


@given(st.lists(BASIS_PART, max_size=12))
def test_splitting_bases_loses_nothing_but_tags(parts: list[str]) -> None:
    tags = mapping().tags
    text = "".join(parts)
    bases = split_bases(text, tags)

    def without_tags(value: str) -> str:
        return re.sub(r"[【［](?!2021)[^【】［］]*[】］]", "", squeeze(value))

    assert without_tags("".join(basis.text for basis in bases)) == without_tags(text)


SEGMENT = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["【法律】", "【法规】", "【其他】", "【地方政府规章】", "［规章］"]),
        st.sampled_from(["《甲法》", "1.《乙条例》", "某厅《关于〈丙〉的通知》"]),
        st.sampled_from(["", "（丁〔2020〕3号）", "（国务院令第98号）"]),
        st.sampled_from(["", "第二条", "\n第三条：戊。\n（一）己。", "第三十、三十一条"]),
    ),
)


@given(st.lists(SEGMENT, max_size=5))
def test_joined_bases_are_split_into_the_same_bases(segments: list[str]) -> None:
    bases = split_bases("\n".join(segments), mapping().tags)
    assert len(bases) == len(segments)
    assert split_bases(join_bases(bases), mapping().tags) == bases


@pytest.mark.parametrize(
    ("text", "header", "expected"),
    [
        ("20个工作日", "法定期限", (20, "workday", "")),
        ("５日", "法定期限", (5, "day", "")),
        ("三个月", "法定期限", (3, "month", "")),
        ("自受理之日起二十个工作日内", "法定期限", (20, "workday", "")),
        ("20", "承诺时限（工作日）", (20, "workday", "")),
        ("60", "法定期限（天/日）", (60, "day", "")),
        ("即办", "承诺期限", (0, "immediate", "")),
        ("当场办结", "承诺期限", (0, "immediate", "当场办结")),
        ("20日；经批准可延长10日", "法定期限", (20, "day", "20日；经批准可延长10日")),
    ],
)
def test_limits_are_read_with_unit_and_note(text: str, header: str, expected: tuple[int, str, str]) -> None:
    limit = read_limit(text, header)
    assert limit is not None
    assert (limit.value, limit.unit, limit.note) == expected
    assert read_limit(limit_text(limit), header) == limit


@pytest.mark.parametrize("text", ["/", "", "无", "20", "甲类20个工作日，乙类10个工作日", "按规定", "延长10日"])
def test_what_is_no_single_limit_is_not_made_one(text: str) -> None:
    assert read_limit(text, "法定期限") is None


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("实施层级\n及权限", "level_authority"),
        ("追责对\n象范围", "accountable_persons"),
        ("收费（征收）依据和标准", "fee_note"),
        ("法定期限（天/日）", "statutory_limit"),
        ("实施主体 责任主体", "body_name"),
        ("“三定规定”对应职责", "duties"),
        ("行政处罚事项名称", "name"),
        ("责任事项的依据", "responsibility_bases"),
        ("追责情形及依据", "accountability"),
        ("实施对象", ""),
    ],
)
def test_headers_are_recognised_in_many_spellings(header: str, field: str) -> None:
    assert mapping().match(header) == Match(field)


def test_numbered_headers_carry_their_number_and_strange_ones_nothing() -> None:
    assert mapping().match("责任事项2") == Match("responsibilities", 2)
    assert mapping().match("幸福指数") is None
    assert mapping().match("追责情形（第18列）") is None


def test_the_operator_extends_the_mapping_and_wrong_files_are_named() -> None:
    text = "[fields]\ncode = ['编码']"
    extended = parse_mapping(text, ["[fields]\nname = ['招式']\n[values.category]\n'1' = 'licence'\n"])
    assert extended.match("招式") == Match("name")
    assert extended.values["category"] == {"1": "licence"}
    for wrong, reason in (
        ("[fields]\nnamo = ['x']", "no such field"),
        ("[field]\n", "unknown table"),
        ("[patterns]\nname = ['(']", "not a regular expression"),
        ("= 1", "not a TOML file"),
        ("[values.colour]\n", "only category"),
    ):
        with pytest.raises(MappingError, match=reason):
            parse_mapping(text, [wrong])
