"""The lexicon: the real one is without faults, every kind of fault is found.

A seller's folder only adds.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from biaoti.engine import Engine
from biaoti.errors import DataFileError, Fault
from biaoti.lexicon import compile_lexicon, load_lexicon
from biaoti.records import Brand, Entry, Fibre, Lexicon, Policy, Reading, Slot, Term, Unit

REAL = Path(__file__).parents[1] / "lexicon"
TERMS = "term\tcategory\tparts\tcanonical\tsource\n"
BRANDS = "brand\tlatin\tcategory\trisky\treadings\tsource\n"
CLOSED = "attribute\tvalue\tatoms\tsource\n"
ATTRIBUTES = "name\tattribute\tuse\tsource\n"
FIBRES = "term\tfibre\tneeds\tsource\n"
UNITS = "unit\tquantity\tfactor\tsource\n"
DOMAINS = "kind\tword\tdomains\tsource\n"

SMALL = {
    "terms/product.tsv": TERMS
    + "苹果\t水果\t\t\tours\n"
    + "裙\t\t\t\tours\n"
    + "裙子\t\t\t裙\tours\n"
    + "连衣裙\t\t裙\t\tours\n",
    "terms/compatible.tsv": TERMS + "苹果\t手机壳|数码\t\t\tours\n",
    "terms/style.tsv": TERMS + "法式\t\t\t\tours\n",
    "brands.tsv": BRANDS + "小米\txiaomi\t手机|数码\t1\tproduct\tours\n",
    "closed.tsv": CLOSED + "领型\tv领\tv领\tours\n领型\t圆领\t圆领\tours\n",
    "attributes.tsv": ATTRIBUTES + "货源\t\tignore\tours\n领型\t领型\tclaim\tours\n",
    "fibres.tsv": FIBRES + "纯棉\t棉\t100\tours\n",
    "units.tsv": UNITS + "g\tweight\t1\tours\nkg\tweight\t1000\tours\n",
    "domains.tsv": DOMAINS + "attribute\t裤长\tclothes\tours\nproduct\t裙\tclothes\tours\n",
}


def folder(place: Path, files: Mapping[str, str], *, has_policy: bool = True) -> Path:
    """Return a lexicon folder that holds `files`, and the real policy unless told otherwise."""
    (place / "terms").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (place / name).write_text(content, encoding="utf-8")
    if has_policy and "policy.toml" not in files:
        shutil.copy(REAL / "policy.toml", place)
    return place


def faults_of(*folders: Path) -> list[str]:
    """Return every fault of the folders, as printed."""
    with pytest.raises(DataFileError) as caught:
        compile_lexicon(folders)
    assert str(caught.value).split("\n") == [str(fault) for fault in caught.value.faults]
    return [str(fault) for fault in caught.value.faults]


def same(left: Lexicon, right: Lexicon) -> bool:
    """Tell whether two lexicons say the same of every word."""
    return compared(left) == compared(right)


def compared(lexicon: Lexicon) -> tuple[object, ...]:
    """Return all that a lexicon says, ready to compare."""
    return (
        lexicon.version,
        dict(lexicon.entries),
        dict(lexicon.brands),
        lexicon.closed,
        lexicon.attribute_sets,
        lexicon.attribute_uses,
        lexicon.fibres,
        lexicon.units,
        lexicon.product_domains,
        lexicon.attribute_domains,
        lexicon.policy,
    )


# ---- the real one ------------------------------------------------------------------------------


def test_the_real_lexicon_loads_without_a_fault() -> None:
    lexicon = load_lexicon(REAL)
    assert len(lexicon.entries) > 1_000
    filled = {reading.slot for entry in lexicon.entries.values() for reading in entry.readings}
    assert filled | {Slot.ARTICLE_NUMBER} == {*Slot}
    assert lexicon.policy.limit == 60
    assert lexicon.policy.short_limit == 30


def test_every_slot_of_the_policy_is_in_its_order_once(policy: Policy) -> None:
    assert sorted(policy.slot_order) == sorted(Slot)
    assert {*policy.slot_prior} <= {*Slot}


def test_every_entry_is_found_under_its_own_term_and_has_a_reading(engine: Engine) -> None:
    lexicon = engine.lexicon
    assert Term("没有这个词") not in lexicon.entries
    assert all(entry.term == term and entry.readings for term, entry in lexicon.entries.items())
    assert all(brand.name == name for name, brand in lexicon.brands.items())


# ---- what lines mean ---------------------------------------------------------------------------


def test_each_line_becomes_what_it_says(tmp_path: Path) -> None:
    lexicon = load_lexicon(folder(tmp_path, SMALL))
    assert lexicon.entries[Term("连衣裙")] == Entry(
        term=Term("连衣裙"), readings=(Reading(slot=Slot.PRODUCT),), parts=(Term("裙"),)
    )
    assert lexicon.entries[Term("裙子")].canonical == "裙"
    assert lexicon.brands[Term("小米")] == Brand(
        name=Term("小米"),
        also=Term("xiaomi"),
        categories=("手机", "数码"),
        is_risky=True,
        not_in=("product",),
    )
    assert lexicon.brands[Term("xiaomi")].also == "小米"
    assert lexicon.closed == {"领型": {"v领": frozenset({"v领"}), "圆领": frozenset({"圆领"})}}
    assert lexicon.attribute_sets == {"领型": "领型"}
    assert lexicon.attribute_uses == {"领型": "claim", "货源": "ignore"}
    assert lexicon.fibres == {"纯棉": Fibre(fibre="棉", needs="100")}
    assert lexicon.units["kg"] == Unit(quantity="weight", factor=1000)
    assert lexicon.product_domains == {"裙": frozenset({"clothes"})}
    assert lexicon.attribute_domains == {"裤长": frozenset({"clothes"})}


def test_a_reading_for_some_categories_comes_before_one_for_all(tmp_path: Path) -> None:
    files = SMALL | {"terms/material.tsv": TERMS + "苹果\t\t\t\tours\n"}
    readings = load_lexicon(folder(tmp_path, files)).entries[Term("苹果")].readings
    assert readings == (
        Reading(slot=Slot.PRODUCT, categories=("水果",)),
        Reading(slot=Slot.COMPATIBLE, categories=("手机壳", "数码")),
        Reading(slot=Slot.MATERIAL),
    )


# ---- faults ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        pytest.param(
            "terms/style.tsv",
            "term\tsource\n法式\tours\n",
            "style.tsv:1: header: found 'term\\tsource', "
            "expected term category parts canonical source",
            id="wrong columns",
        ),
        pytest.param(
            "terms/style.tsv",
            TERMS + "法式\tours\n",
            "style.tsv:2: row: found '法式\\tours', expected 5 cells",
            id="too few cells",
        ),
        pytest.param(
            "terms/style.tsv",
            TERMS + "法式\t\t\t\t \n",
            "style.tsv:2: source: found ' ', expected the source of this entry",
            id="no source",
        ),
        pytest.param(
            "terms/style.tsv",
            TERMS + "法式\t\t\t\tours\n欧美\t\t\t\tours\n",
            "style.tsv:3: term: found '欧美', expected rows in sorted order",
            id="unsorted",
        ),
        pytest.param(
            "terms/style.tsv",
            TERMS + "法式\t\t\t\tours\n法式\t\t\t\tyours\n",
            "style.tsv:3: term: found '法式', expected no duplicate of the line above",
            id="duplicate",
        ),
        pytest.param(
            "terms/style.tsv",
            TERMS + "INS风\t\t\t\tours\n",
            "style.tsv:2: term: found 'INS风', expected a normalized word ('ins风')",
            id="not normalized",
        ),
        pytest.param(
            "terms/style.tsv",
            TERMS + "\t\t\t\tours\n",
            "style.tsv:2: term: found '', expected a normalized word ('')",
            id="no word",
        ),
        pytest.param(
            "terms/colour.tsv",
            TERMS,
            f"colour.tsv:0: file: found 'colour', expected one of {', '.join(Slot)}",
            id="unknown slot",
        ),
        pytest.param(
            "terms/style.tsv",
            TERMS + "法式\t\t欧式\t\tours\n",
            "style.tsv:2: parts: found '欧式', expected a part of 法式",
            id="a part that is not in the word",
        ),
        pytest.param(
            "terms/style.tsv",
            TERMS + "法式\t\t\t法国风\tours\n",
            "terms:0: canonical: found '法国风', expected a known term (named by 法式)",
            id="an unknown canonical form",
        ),
        pytest.param(
            "terms/style.tsv",
            TERMS + "法式\t\t\t裙子\tours\n",
            "terms:0: canonical: found '裙子', expected a final form (named by 法式)",
            id="a canonical form that is not final",
        ),
        pytest.param(
            "terms/style.tsv",
            TERMS + "连衣裙\t\t连衣\t\tours\n",
            "style.tsv:2: parts: found '连衣', "
            "expected the same parts and canonical form in every file",
            id="two opinions on the parts",
        ),
        pytest.param(
            "brands.tsv",
            BRANDS + "小米\tXiaomi\t\t\t\tours\n",
            "brands.tsv:2: latin: found 'Xiaomi', expected a normalized word ('xiaomi')",
            id="a Latin name not normalized",
        ),
        pytest.param(
            "brands.tsv",
            BRANDS + "小米\t\t\tyes\t\tours\n",
            "brands.tsv:2: risky: found 'yes', expected 1 or nothing",
            id="risky is 1 or nothing",
        ),
        pytest.param(
            "closed.tsv",
            CLOSED + "领型\t圆领\t\tours\n",
            "closed.tsv:2: atoms: found '', expected at least one atom",
            id="a value that stands for nothing",
        ),
        pytest.param(
            "attributes.tsv",
            ATTRIBUTES + "领型\t领型\tprint\tours\n",
            "attributes.tsv:2: use: found 'print', expected one of claim, detail, ignore",
            id="an unknown use",
        ),
        pytest.param(
            "fibres.tsv",
            FIBRES + "纯棉\t棉\t95\tours\n",
            "fibres.tsv:2: needs: found '95', expected one of 100, main, any",
            id="an unknown need",
        ),
        pytest.param(
            "units.tsv",
            UNITS + "g\tweight\tone\tours\n",
            "units.tsv:2: factor: found 'one', expected a number",
            id="a factor that is no number",
        ),
        pytest.param(
            "domains.tsv",
            DOMAINS + "brand\t裙\tclothes\tours\n",
            "domains.tsv:2: kind: found 'brand', expected attribute or product",
            id="an unknown kind",
        ),
        pytest.param(
            "policy.toml",
            "[width]\nlimit = 60\n",
            "policy.toml:0: policy: found \"'short_limit'\", expected the keys of our policy.toml",
            id="a policy without a number",
        ),
        pytest.param(
            "policy.toml",
            "[width\n",
            "policy.toml:0: policy: found",
            id="a policy that is no TOML",
        ),
    ],
)
def test_a_fault_is_reported_with_file_line_column_found_and_expected(
    tmp_path: Path, name: str, content: str, expected: str
) -> None:
    found = faults_of(folder(tmp_path, SMALL | {name: content}))
    assert [fault for fault in found if fault.startswith(expected)], found


def test_all_faults_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    bad = {
        "terms/style.tsv": TERMS + "INS风\t\t\t\tours\n法式\t\t\t\t\n",
        "units.tsv": UNITS + "G\tweight\tone\tours\n",
        "fibres.tsv": "term\n",
        "closed.tsv": CLOSED + "领型\t圆领\t\tours\n",
    }
    found = faults_of(folder(tmp_path, SMALL | bad))
    assert {fault.split(":")[0] for fault in found} == {
        "style.tsv",
        "units.tsv",
        "fibres.tsv",
        "closed.tsv",
    }
    assert len(found) == 5


def test_a_file_that_is_no_utf_8_is_a_fault(tmp_path: Path) -> None:
    place = folder(tmp_path, SMALL)
    (place / "terms" / "style.tsv").write_bytes("法式".encode("gb18030"))
    assert faults_of(place) == [
        "style.tsv:0: file: found 'UnicodeDecodeError', expected a readable UTF-8 file"
    ]


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        pytest.param(["裙\t\t裙\t\tours\n"], {"裙"}, id="a word that is its own part"),
        pytest.param(["甲乙\t\t甲\t\tours\n", "甲\t\t\t甲乙\tours\n"], {"甲"}, id="part and form"),
        pytest.param(["裙\t\t\t裙\tours\n"], {"裙"}, id="a word that is its own synonym"),
    ],
)
def test_parts_and_forms_that_lead_back_to_themselves_are_reported(
    tmp_path: Path, lines: list[str], named: set[str]
) -> None:
    place = folder(tmp_path, {"terms/product.tsv": TERMS + "".join(sorted(lines))})
    found = faults_of(place)
    endless = [fault for fault in found if fault.endswith("that do not lead back")]
    assert endless
    assert any(repr(word) in fault for word in named for fault in endless)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("[width]\nlimit = []\n", id="a list for a number"),
        pytest.param('width = "wide"\n', id="a text for a table"),
    ],
)
def test_a_policy_of_wrong_types_is_a_fault(tmp_path: Path, content: str) -> None:
    assert faults_of(folder(tmp_path, SMALL | {"policy.toml": content}))


def test_a_folder_without_a_policy_is_a_fault(tmp_path: Path) -> None:
    place = folder(tmp_path, SMALL, has_policy=False)
    with pytest.raises(DataFileError):
        load_lexicon(place)


@pytest.mark.parametrize("factor", ["nan", "inf", "0", "-1"])
def test_a_factor_must_be_a_positive_finite_number(tmp_path: Path, factor: str) -> None:
    assert faults_of(
        folder(tmp_path, SMALL | {"units.tsv": UNITS + f"g\tweight\t{factor}\tours\n"})
    )


def test_a_fault_reads_as_file_line_column_found_expected() -> None:
    fault = Fault("terms.tsv", 41, "slot", "colour", "one of audience, product")
    assert str(fault) == "terms.tsv:41: slot: found 'colour', expected one of audience, product"


# ---- a folder of one's own ---------------------------------------------------------------------


def test_an_extra_folder_adds_and_never_removes(tmp_path: Path) -> None:
    ours = folder(tmp_path / "ours", SMALL)
    extra = folder(
        tmp_path / "extra",
        {
            "terms/style.tsv": TERMS + "山系\t\t\t\tshop\n洛可可\t\t\t\tshop\n",
            "terms/design.tsv": TERMS + "裙子\t家居\t\t\tshop\n",
            "brands.tsv": BRANDS + "云岫集\tyunxiuji\t女装\t\t\tshop\n",
            "closed.tsv": CLOSED + "领型\t方领\t方领\tshop\n",
        },
        has_policy=False,
    )
    before, after = load_lexicon(ours), load_lexicon(ours, extra=extra)
    for term, entry in before.entries.items():
        assert {*entry.readings} <= {*after.entries[term].readings}
        assert after.entries[term].parts == entry.parts
        assert after.entries[term].canonical == entry.canonical
    assert {*before.brands.items()} <= {*after.brands.items()}
    assert before.closed["领型"].items() <= after.closed["领型"].items()
    assert {*after.entries} - {*before.entries} == {"洛可可", "山系"}
    assert {*after.brands} - {*before.brands} == {"云岫集", "yunxiuji"}
    assert after.policy == before.policy
    assert after.version != before.version


def test_a_policy_of_ones_own_replaces_ours(tmp_path: Path) -> None:
    ours = folder(tmp_path / "ours", SMALL)
    text = (REAL / "policy.toml").read_text(encoding="utf-8").replace("limit = 60 ", "limit = 80 ")
    extra = folder(tmp_path / "extra", {"policy.toml": text})
    assert load_lexicon(ours).policy.limit == 60
    assert load_lexicon(ours, extra=extra).policy.limit == 80


def test_an_empty_extra_folder_changes_nothing_but_is_allowed(tmp_path: Path) -> None:
    ours = folder(tmp_path / "ours", SMALL)
    extra = folder(tmp_path / "extra", {}, has_policy=False)
    assert same(load_lexicon(ours), load_lexicon(ours, extra=extra))


def test_faults_of_an_extra_folder_are_reported_too(tmp_path: Path) -> None:
    ours = folder(tmp_path / "ours", SMALL)
    extra = folder(
        tmp_path / "extra", {"terms/style.tsv": TERMS + "A\t\t\t\tx\n"}, has_policy=False
    )
    assert faults_of(ours, extra) == [
        "style.tsv:2: term: found 'A', expected a normalized word ('a')"
    ]


# ---- cache and version -------------------------------------------------------------------------


def test_a_cached_lexicon_is_the_same_lexicon(tmp_path: Path) -> None:
    ours, cache = folder(tmp_path / "ours", SMALL), tmp_path / "cache"
    cold = load_lexicon(ours)
    assert same(load_lexicon(ours, cache=cache), cold)
    assert [path.name.split("-")[0] for path in cache.iterdir()] == ["lexicon"]
    assert same(load_lexicon(ours, cache=cache), cold)


def test_a_changed_file_is_seen_through_the_cache(tmp_path: Path) -> None:
    ours, cache = folder(tmp_path / "ours", SMALL), tmp_path / "cache"
    before = load_lexicon(ours, cache=cache)
    folder(ours, {"terms/style.tsv": TERMS + "法式\t\t\t\tours\n通勤\t\t\t\tours\n"})
    after = load_lexicon(ours, cache=cache)
    assert Term("通勤") in after.entries
    assert after.version != before.version


def test_a_bad_lexicon_is_never_cached(tmp_path: Path) -> None:
    ours, cache = folder(tmp_path / "ours", SMALL | {"fibres.tsv": "x\n"}), tmp_path / "cache"
    for _ in range(2):
        with pytest.raises(DataFileError):
            load_lexicon(ours, cache=cache)


def test_the_version_follows_the_content_not_the_place_or_time(tmp_path: Path) -> None:
    first = load_lexicon(folder(tmp_path / "a", SMALL)).version
    assert load_lexicon(folder(tmp_path / "b", SMALL)).version == first
    changed = SMALL | {"units.tsv": UNITS + "g\tweight\t1\tours\n"}
    assert load_lexicon(folder(tmp_path / "c", changed)).version != first
