"""What the keyword-misuse checker says of titles, and what it never does."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biaoti.errors import DataFileError
from biaoti.records import (
    CheckResult,
    Conflict,
    Inspection,
    Listing,
    Severity,
    Sibling,
    Slot,
    TaggedTerm,
    Term,
)
from biaoti.rules import (
    DUPLICATE,
    LOOK_BEYOND_WORDS,
    RULES,
    apply_fixes,
    find_violations,
    load_rulebook,
    rule_id,
)
from biaoti.rules.book import Rulebook
from biaoti.rules.evidence import is_current, numbers
from biaoti.rules.scan import comparable, read_scan
from biaoti.similarity import build_is_near, build_trim

ROOT = Path(__file__).parent.parent
CASES = [
    json.loads(line)
    for line in (ROOT / "tests/cases/rules.jsonl").read_text(encoding="utf-8").splitlines()
]
TODAY = "2026-11-22"
TUPLES = (
    *("authorised_brands", "promotions", "services", "activities", "certificates"),
    "endorsements",
)
# The cases judge the rules, not the brand list: these few brands stay as they are here.
BRANDS = """
sk-ii;sk2;;;
阿迪达斯;adidas;;;
爱马仕;hermes;;;
安踏;anta;;;
波司登;bosideng;;;
戴森;dyson;;;
迪奥;dior;;;
迪士尼;disney;;;
丰田;toyota;;;
古驰;gucci;;;
华为;huawei;;;
回力;warrior;鞋;1;
可口可乐;coca-cola;;;
兰蔻;lancome;;;
乐高;lego;;;
李宁;li-ning;;;
劳力士;rolex;;;
路易威登;lv;;;
耐克;nike;;;
苹果;iphone;手机|数码|电脑;1;苹果绿
奇瑞;chery;;;
乔丹;jordan;;;
三星;samsung;手机|数码|家电;1;
森马;semir;;;
美特斯邦威;;;;
施华洛世奇;swarovski;;;
双汇;;;;
松下;panasonic;;;
苏泊尔;supor;;;
特步;xtep;;;模特步
完美日记;;;;
香奈儿;chanel;;;
小米;xiaomi;手机|数码|家电;1;黄小米
雅诗兰黛;esteelauder;;;
永久;;自行车;1;
优衣库;uniqlo;;;
"""


def make_listing(data: Mapping[str, Any]) -> Listing:
    values: dict[str, Any] = {
        name: tuple(value) if name in TUPLES else value for name, value in data.items()
    }
    for name in ("attributes", "sku_options"):
        if name in values:
            values[name] = {
                key: tuple(value) if isinstance(value, list) else (value,)
                for key, value in values[name].items()
            }
    if "siblings" in values:
        values["siblings"] = tuple(Sibling(**sibling) for sibling in values["siblings"])
    return Listing(**values)


def inspect(listing: Listing, conflicts: tuple[Conflict, ...] = ()) -> Inspection:
    title = listing.title or ""
    return Inspection(title=title, listing=listing, terms=(), conflicts=conflicts, today=TODAY)


def conflicts_of(case: Mapping[str, Any]) -> tuple[Conflict, ...]:
    title = case["input"]["title"]
    return tuple(
        Conflict(
            start=title.index(item["text"]),
            end=title.index(item["text"]) + len(item["text"]),
            attribute=item["attribute"],
            claim=item["text"],
            fact=item["fact"],
        )
        for item in case.get("conflicts", ())
    )


@pytest.fixture(scope="session")
def lexicon_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lexicon")
    for path in (ROOT / "lexicon").glob("*.tsv"):
        shutil.copy(path, folder)
    rows = sorted("\t".join([*line.split(";"), "test"]) for line in BRANDS.split())
    header = "brand\tlatin\tcategory\trisky\treadings\tsource"
    (folder / "brands.tsv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def book(lexicon_dir: Path) -> Rulebook:
    return load_rulebook(lexicon_dir)


def check(book: Rulebook, data: Mapping[str, Any], *conflicts: Conflict) -> CheckResult:
    is_near = build_is_near(build_trim(book.variants))
    return find_violations(inspect(make_listing(data), conflicts), book, is_near)


def loud(result: CheckResult) -> set[str]:
    return {v.rule for v in result.violations if v.severity is not Severity.HINT}


# ---- the cases ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_a_case_is_judged_as_labelled(book: Rulebook, case: Mapping[str, Any]) -> None:
    result = check(book, case["input"], *conflicts_of(case))
    assert loud(result) == set(case["expected"])
    for rule, wanted in case["spans"].items():
        texts = [v.text for v in result.violations if v.rule == rule]
        assert wanted == "*" or any(wanted in text or text in wanted for text in texts)
    needed = {(needed.rule, needed.key) for needed in result.needs_evidence}
    assert set(case.get("expected_needs", {}).items()) <= needed


def test_half_of_the_cases_are_clean() -> None:
    clean = [case for case in CASES if not case["expected"]]
    assert len(CASES) >= 340
    assert len(clean) * 2 >= len(CASES) - 10


def test_every_rule_has_a_violating_and_a_tempting_clean_case(book: Rulebook) -> None:
    assert {rule for case in CASES for rule in case["expected"]} == set(book.rules)
    assert {case["tempts"] for case in CASES if "tempts" in case} == set(book.rules)


def test_the_examples_of_every_rule_are_true(book: Rulebook) -> None:
    for name, rule in book.rules.items():
        violating = rule.violating.listing
        assert name in loud(check(book, violating)), violating
        assert name not in loud(check(book, rule.clean.listing)), rule.clean.listing


def test_the_rules_of_the_data_and_of_the_code_are_the_same(book: Rulebook) -> None:
    assert {rule_id(function) for function in RULES} | {DUPLICATE} == set(book.rules)
    assert len(book.rules) == 34


def test_a_pattern_never_matches_without_a_character_it_needs(book: Rulebook) -> None:
    texts = [comparable(case["input"]["title"]) for case in CASES]
    for pattern in book.patterns:
        matched = [match.group() for text in texts if (match := pattern.shape.search(text))]
        assert all(pattern.needs & set(text) for text in matched if pattern.needs), pattern.word


# ---- what holds for any input ------------------------------------------------------------------


PIECES = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from([case["input"]["title"] for case in CASES]), max_size=3).map("".join),
)
WORDS = st.one_of(st.none(), st.lists(PIECES, max_size=2).map(tuple))
MAPPINGS = st.one_of(
    st.none(), st.dictionaries(PIECES, st.lists(PIECES, max_size=2).map(tuple), max_size=3)
)
LISTINGS = st.builds(
    Listing,
    title=PIECES,
    category=st.one_of(st.none(), PIECES, st.sampled_from(["女装/毛衣", "宠物/狗粮", "食品>茶"])),
    brand=st.one_of(st.none(), PIECES),
    attributes=MAPPINGS,
    sku_options=MAPPINGS,
    authorised_brands=WORDS,
    promotions=WORDS,
    services=WORDS,
    activities=WORDS,
    certificates=WORDS,
    endorsements=WORDS,
    shipping=st.one_of(st.none(), PIECES),
    shop_level=st.one_of(st.none(), PIECES),
    shop_type=st.one_of(st.none(), PIECES),
    article_number=st.one_of(st.none(), PIECES),
    siblings=st.one_of(
        st.none(), st.lists(st.builds(Sibling, title=PIECES), max_size=2).map(tuple)
    ),
)


def many(examples: int) -> settings:
    return settings(derandomize=True, deadline=None, max_examples=examples)


def test_no_rule_raises_and_spans_lie_in_the_title(book: Rulebook) -> None:
    @many(300)
    @given(listing=LISTINGS)
    def holds(listing: Listing) -> None:
        result = find_violations(inspect(listing), book)
        title = listing.title or ""
        spans = [(found.start, found.end, found.text) for found in result.violations]
        spans += [(found.start, found.end, found.text) for found in result.needs_evidence]
        for start, end, text in spans:
            assert 0 <= start <= end <= len(title)
            assert text == title[start:end]

    holds()


def test_the_order_of_attributes_does_not_matter(book: Rulebook) -> None:
    def turned(mapping: Mapping[str, tuple[str, ...]] | None) -> dict[str, tuple[str, ...]] | None:
        return None if mapping is None else dict(reversed(list(mapping.items())))

    @many(100)
    @given(listing=LISTINGS)
    def holds(listing: Listing) -> None:
        other = replace(
            listing, attributes=turned(listing.attributes), sku_options=turned(listing.sku_options)
        )
        here, there = (find_violations(inspect(item), book) for item in (listing, other))
        assert [(v.rule, v.start, v.end) for v in here.violations] == [
            (v.rule, v.start, v.end) for v in there.violations
        ]
        assert here.needs_evidence == there.needs_evidence

    holds()


def test_fixing_only_deletes(book: Rulebook) -> None:
    @many(200)
    @given(listing=LISTINGS)
    def holds(listing: Listing) -> None:
        title = listing.title or ""
        found = find_violations(inspect(listing), book)
        fixed, edits = apply_fixes(title, found.violations, book)
        rest = iter(title)
        assert all(character == " " or character in rest for character in fixed)
        assert all(edit.text == title[edit.start : edit.end] for edit in edits)

    holds()


# ---- tagged titles -----------------------------------------------------------------------------


def tagged(text: str) -> tuple[TaggedTerm, ...]:
    """Return the terms of `模/product 特步/brand …`; a word without a slot is a feature."""
    terms: list[TaggedTerm] = []
    start = 0
    for part in text.split():
        word, _, slot = part.partition("/")
        end = start + len(word)
        terms.append(TaggedTerm(word, Term(word), start, end, Slot(slot or "feature"), 0.9))
        start = end
    return tuple(terms)


@pytest.mark.parametrize(
    ("text", "data", "expected"),
    [
        ("面包/product 邮票/product 贴纸/product", {"shipping": "买家承担"}, set()),
        ("现代/style 发簪/product", {}, set()),
        ("模特/product 步 高跟鞋/product", {"category": "鞋/高跟鞋"}, set()),
        ("原装 苹果数据线/product", {"category": "手机配件/数据线"}, {"brand-unauthorized"}),
        ("苹果/product 手机", {"category": "手机/手机"}, set()),
        ("苹果/brand 耳机/product", {"category": "数码/耳机"}, {"brand-unauthorized"}),
        ("小米/product 耳机/product", {"category": None}, set()),
        ("儿童书包/product 儿童双肩包/product 儿童背包/product", {}, {"repeat-keyword"}),
        ("光波炉/product 微波炉/product 电波炉/product", {}, set()),
        ("好看/generic 爆款/generic 春季/season", {}, {"missing-element"}),
        ("好看/generic 某某/product", {}, set()),
        (
            "洗衣液/product 家庭装/spec 连衣裙/product",
            {"category": "洗护/洗衣液"},
            {"offtopic-word"},
        ),
        ("T恤/product 苹果/brand 女", {"category": "女装/T恤"}, set()),
    ],
)
def test_tags_settle_what_the_letters_leave_open(
    book: Rulebook, text: str, data: Mapping[str, Any], expected: set[str]
) -> None:
    terms = tagged(text)
    title = "".join(term.text for term in terms)
    context = {"brand": "", "authorised_brands": [], **data}
    listing = make_listing({"title": title, **context})
    inspection = replace(inspect(listing), terms=terms)
    assert loud(find_violations(inspection, book)) == expected


# ---- conventions -------------------------------------------------------------------------------


def test_an_absent_key_is_unknown_and_an_empty_one_is_none(book: Rulebook) -> None:
    unknown = check(book, {"title": "聚划算抽纸"})
    assert "platform-mark" not in loud(unknown)
    assert [(n.rule, n.key) for n in unknown.needs_evidence] == [("platform-mark", "activities")]
    assert "platform-mark" in loud(check(book, {"title": "聚划算抽纸", "activities": []}))


def test_a_promotion_outside_its_dates_backs_nothing(book: Rulebook) -> None:
    for dates, expected in (("2026-11-01~2026-11-30", False), ("2026-06-01~2026-06-20", True)):
        data = {"title": "满199减100枕头", "promotions": [f"满199减100 {dates}"]}
        assert ("promo-unbacked" in loud(check(book, data))) is expected


def test_advice_is_a_hint(book: Rulebook) -> None:
    result = check(book, {"title": "首选极致连衣裙"})
    assert loud(result) == set()
    assert {v.text for v in result.violations if v.rule == "superlative"} == {"首选", "极致"}


# Marks of the research behind the rules: codes of sources, their lines and notes, doubts.
RESEARCH = re.compile(r"[LS]\d|笔记|注\d|原文|照录|未核实|→|^法\d")


def test_what_a_rule_costs_and_rests_on_is_written_for_the_seller(book: Rulebook) -> None:
    for rule in book.rules.values():
        assert not RESEARCH.search(rule.penalty), rule.rule_id
        assert not RESEARCH.search(rule.source), rule.rule_id
        assert "《" in rule.source or "平台规则" in rule.source, rule.rule_id


@pytest.mark.parametrize(
    ("rule", "article", "penalty"),
    [
        ("superlative", "《广告法》第九条第(三)项", "第五十七条:二十万元以上一百万元以下"),
        ("medical-claim", "《广告法》第十七条", "第五十八条:广告费用一至三倍"),
        ("origin-false", "《广告法》第八条、第二十八条", "第五十五条"),
        ("brand-compare", "《广告法》第十三条", "第五十九条:十万元以下"),
        ("honor-unbacked", "《商标法》第十四条", "第五十三条,十万元"),
    ],
)
def test_a_rule_of_law_names_its_article(
    book: Rulebook, rule: str, article: str, penalty: str
) -> None:
    assert article in book.rules[rule].source
    assert penalty in book.rules[rule].penalty


def test_names_survive_fixing(book: Rulebook) -> None:
    title = "全网最低价 戴森吹风机🔥包邮"
    data = {"title": title, "brand": "", "authorised_brands": [], "shipping": "买家承担"}
    fixed, edits = apply_fixes(title, check(book, data).violations, book)
    assert fixed == "戴森吹风机"
    assert [edit.rule for edit in edits] == ["superlative", "special-char", "promo-unbacked"]


@pytest.mark.parametrize(
    ("text", "today", "expected"),
    [
        ("双11", TODAY, True),
        ("618 2026.6.1-2026.6.20", "2026-06-20", True),
        ("618 6月1日至6月20日", "2026-06-21", False),
        ("年货节 12月26日~1月10日", "2026-12-28", True),
        ("年货节 12月26日~1月10日", "2027-01-03", True),
        ("年货节 12月26日~1月10日", "2027-01-11", False),
        ("年货节 12月26日~1月10日", "2026-12-25", False),
        ("年货节 2026年12月26日~1月10日", "2026-12-28", True),
        ("年货节 12月26日~2027年1月10日", "2027-01-10", True),
        ("年货节 2026-12-26~2026-01-10", "2026-12-28", False),
        ("有机认证 有效期至2025-01-01", TODAY, False),
        ("专利 2020-01-01", TODAY, True),
        ("促销 2026-12-01起", TODAY, False),
        ("活动 2026-13-45~2026-99-99", TODAY, True),
    ],
)
def test_dates_decide_what_is_in_force(text: str, today: str, expected: bool) -> None:  # noqa: FBT001
    assert is_current(text, today) is expected


def test_chinese_numerals_are_numbers() -> None:
    assert numbers("七天 十五天 二十 一百二十 两件 10.5") == (7, 15, 20, 120, 2, 10.5)
    assert numbers("十五万 一百零五万 一万五千 百万 千零一十") == (
        *(150_000, 1_050_000, 15_000, 1_000_000, 1_010),
    )


@pytest.mark.parametrize(
    ("title", "rule", "texts"),
    [
        ("模特步T恤女模特步", "brand-unauthorized", []),
        ("模特步T恤女特步模特步", "brand-unauthorized", ["特步"]),
        ("模特特步", "brand-unauthorized", ["特步"]),
        ("加微绒卫衣加微绒裤", "contact-info", []),
        ("加微绒卫衣加微", "contact-info", ["加微"]),
    ],
)
def test_a_word_that_only_looks_guilty_may_stand_twice(
    book: Rulebook, title: str, rule: str, texts: list[str]
) -> None:
    found = check(book, {"title": title, "category": "女装", "authorised_brands": []}).violations
    assert [violation.text for violation in found if violation.rule == rule] == texts


# ---- the seller's own words and bad files ------------------------------------------------------


def test_a_seller_adds_words_and_silences_advice(lexicon_dir: Path, tmp_path: Path) -> None:
    header = "rule\tword\tneeds\tkind\texcept\tonly\tunless\tbacked_by\tsource\n"
    (tmp_path / "rule_words.tsv").write_text(
        header + "superlative\t宇宙好物\t\tbest\t\t\t\t\tseller\n", encoding="utf-8"
    )
    (tmp_path / "rule_silence.tsv").write_text(
        "rule\tword\tsource\nspecial-char\t*\tseller\nsuperlative\t全网最低价\tseller\n"
        "superlative\t首选\tseller\n",
        encoding="utf-8",
    )
    book = load_rulebook(lexicon_dir, tmp_path)
    result = check(book, {"title": "首选宇宙好物★全网最低价杯子"})
    texts = {v.text for v in result.violations if v.rule != "title-length"}
    assert texts == {"宇宙好物", "全网最低价"}


def test_every_fault_of_a_file_is_told_at_once(lexicon_dir: Path, tmp_path: Path) -> None:
    header = "rule\tword\tneeds\tkind\texcept\tonly\tunless\tbacked_by\tsource\n"
    (tmp_path / "rule_words.tsv").write_text(
        header
        + "no-rule\tA B\t\tkind\t\tno-class\t\t\tseller\n"
        + "superlative\t/(/\t\tkind\t\t\t\t\tseller\n"
        + "superlative\t最\t\tkind\t别的\t\t\t\tseller\n",
        encoding="utf-8",
    )
    (tmp_path / "rule_silence.tsv").write_text(
        "rule\tword\tsource\nsuperlative\t*\tseller\n", encoding="utf-8"
    )
    with pytest.raises(DataFileError) as caught:
        load_rulebook(lexicon_dir, tmp_path)
    columns = {(fault.file, fault.line, fault.column) for fault in caught.value.faults}
    assert columns == {
        ("rule_words.tsv", 2, "rule"),
        ("rule_words.tsv", 2, "only"),
        ("rule_words.tsv", 2, "word"),
        ("rule_words.tsv", 3, "word"),
        ("rule_words.tsv", 4, "except"),
        ("rule_silence.tsv", 2, "word"),
    }


def test_a_kept_rulebook_is_the_same(lexicon_dir: Path, tmp_path: Path) -> None:
    first = load_rulebook(lexicon_dir, cache=tmp_path)
    second = load_rulebook(lexicon_dir, cache=tmp_path)
    data = {"title": "全网最低价香奈儿风外套包邮", "brand": "", "shipping": "买家承担"}
    assert check(first, data) == check(second, data) == check(load_rulebook(lexicon_dir), data)


def test_every_table_is_checked(lexicon_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lexicon"
    shutil.copytree(lexicon_dir, folder)
    for name, row in (
        ("celebrities.tsv", "张三\tmaybe\ttest"),
        ("rule_products.tsv", "home\tdaily\tverb\t杯\ttest"),
        ("rule_cues.tsv", "no-cue\t词\ttest"),
    ):
        header = (folder / name).read_text(encoding="utf-8").split("\n")[0]
        (folder / name).write_text(f"{header}\n{row}\n", encoding="utf-8")
    rules = (folder / "rules.tsv").read_text(encoding="utf-8")
    bad = rules.replace("\tblock\tspan\t", "\turgent\tsome\t", 1).replace("\t{}", "\t{", 1)
    (folder / "rules.tsv").write_text(bad, encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        load_rulebook(folder)
    places = {(fault.file, fault.column) for fault in caught.value.faults}
    assert {("celebrities.tsv", "risky"), ("rule_products.tsv", "kind")} <= places
    assert {("rule_cues.tsv", "cue"), ("rules.tsv", "severity"), ("rules.tsv", "scope")} <= places
    assert any(file == "rules.tsv" and column.endswith("_context") for file, column in places)


def test_a_rule_skipped_for_want_of_its_words_would_have_said_nothing(book: Rulebook) -> None:
    for case in CASES:
        scan = read_scan(inspect(make_listing(case["input"]), conflicts_of(case)), book)
        for function in RULES:
            if function not in LOOK_BEYOND_WORDS and rule_id(function) not in scan.hits:
                assert not list(function(scan, book)), (case["label"], rule_id(function))
