"""Ours side by side with other ways: the others keep their promises, the judges count right."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from biaoti.brief import Options, prepare
from biaoti.engine import Engine
from biaoti.listings import load_aliases, read_listing
from biaoti.optimize import worth
from biaoti.records import Listing
from biaoti.reports import load_headers, read_uploads
from biaoti.text import width

ROOT = Path(__file__).parents[1]
EXAMPLES = ("dress", "phone_case", "shampoo")
MODULES = (
    *("charts", "checkers", "cuts", "intervals", "judge", "rivals", "samples", "tables"),
    *("titles", "__main__"),
)
SVG = "{http://www.w3.org/2000/svg}"


def parsed(drawing: str) -> ET.Element:
    """Return the tree of a drawing that we made; ParseError where it is not well-formed."""
    return ET.fromstring(drawing)  # noqa: S314 - our own


@pytest.fixture(scope="module")
def sides() -> Iterator[SimpleNamespace]:
    """Return the modules of the comparison by name, the way to them closed again afterwards."""
    before = list(sys.path)
    sys.path.insert(0, str(ROOT / "benchmarks"))
    yield SimpleNamespace(
        **{name.strip("_"): importlib.import_module(f"sides.{name}") for name in MODULES}
    )
    sys.path[:] = before


@pytest.fixture(scope="module")
def tasks(sides: SimpleNamespace, engine: Engine) -> dict[str, SimpleNamespace]:
    """Return the examples, each ready to be titled under its own report."""
    aliases = load_aliases(ROOT / "lexicon" / "listing_aliases.tsv")
    headers = load_headers(ROOT / "lexicon" / "report_headers.tsv")
    found = {}
    for name in EXAMPLES:
        listing = read_listing(json.loads((ROOT / f"examples/{name}.json").read_text()), aliases)
        file = ROOT / "examples" / f"{name}_sycm.csv"
        rows = read_uploads([(file.name, file.read_bytes())], headers).rows
        report = sides.rivals.make_report(engine, rows)
        brief = prepare(engine, listing, report.market, Options(), "2026-06-15")
        found[name] = sides.rivals.Task(engine=engine, brief=brief, report=report)
    return found


# ---- ways to a title ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_way_makes_a_title_that_fits(
    sides: SimpleNamespace, tasks: dict[str, SimpleNamespace], name: str
) -> None:
    for way, make in sides.rivals.WAYS.items():
        title = make(tasks[name])
        assert 10 < width(title) <= 60, (way, title)


@pytest.mark.parametrize("name", EXAMPLES)
def test_titles_that_promise_new_words_repeat_none(
    sides: SimpleNamespace, tasks: dict[str, SimpleNamespace], name: str
) -> None:
    task = tasks[name]
    for way in (sides.rivals.stacked_true, sides.rivals.greedy_by_searches, sides.rivals.template):
        words = task.engine.read_words(way(task))
        assert len(set(words)) == len(words) > 5, words


def test_keywords_stacked_as_typed_repeat_the_product(
    sides: SimpleNamespace, tasks: dict[str, SimpleNamespace]
) -> None:
    titles = [sides.rivals.stacked(task) for task in tasks.values()]
    assert all(sides.judge.repeats(title) > 0 for title in titles), titles


def test_stacked_keywords_say_what_nobody_vouches_for_and_the_true_ones_do_not(
    sides: SimpleNamespace, tasks: dict[str, SimpleNamespace]
) -> None:
    said = [sides.titles.unvouched(task, sides.rivals.stacked(task)) for task in tasks.values()]
    true = [sides.titles.unvouched(t, sides.rivals.stacked_true(t)) for t in tasks.values()]
    assert sum(said) > 0
    assert true == [0, 0, 0]


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("way", ["value per byte", "searches per byte"])
def test_a_greedy_title_is_worth_something_and_never_more_than_ours(
    sides: SimpleNamespace, tasks: dict[str, SimpleNamespace], name: str, way: str
) -> None:
    task, ways = tasks[name], sides.rivals.WAYS
    ours, greedy = ways["ours"](task), ways[f"greedy by {way}"](task)
    best = worth(task.engine, task.brief, ours)
    assert 0.1 * best < worth(task.engine, task.brief, greedy) <= best


def test_a_title_of_two_changes_adds_at_most_two_words(
    sides: SimpleNamespace, tasks: dict[str, SimpleNamespace]
) -> None:
    task = tasks["phone_case"]
    title = sides.rivals.ours_in_two_changes(task)
    words = task.engine.segmenter.sequence
    added = set(words(title)) - set(words(task.brief.listing.title))
    assert title != task.brief.listing.title
    assert len(added) <= 2


# ---- the judges --------------------------------------------------------------------------------


def test_a_query_is_caught_when_all_its_words_stand_in_the_title(sides: SimpleNamespace) -> None:
    queries = sides.judge.Queries(
        ["碎花连衣裙", "裙子", "连衣裙 女", "蓝牙耳机", "碎花 长裤", "的"]
    )
    assert queries.caught("法式碎花连衣裙女夏") == 2
    assert queries.caught("法式碎花裙子") == 1
    assert queries.caught("") == 0
    single = sides.judge.Queries(["女"])
    assert (single.caught("皮鞋 女"), single.caught("女士皮鞋")) == (1, 0)


def test_a_title_is_unusable_when_too_wide_empty_or_not_the_listings(
    sides: SimpleNamespace,
) -> None:
    listing = Listing(title="碎花连衣裙", attributes={"风格": ("法式",)})
    assert sides.judge.is_usable("法式碎花连衣裙新款", listing)
    assert not sides.judge.is_usable("真丝碎花连衣裙", listing)
    assert not sides.judge.is_usable("", listing)
    assert not sides.judge.is_usable("碎花连衣裙" * 7, listing)


def test_repeats_count_what_stands_once_too_often(sides: SimpleNamespace) -> None:
    assert sides.judge.repeats("耳机 蓝牙 耳机 耳机") == 2
    assert sides.judge.repeats("蓝牙 耳机") == 0


def test_a_word_list_of_whole_words_leaves_parts_of_words_alone(
    sides: SimpleNamespace, engine: Engine
) -> None:
    tried = sides.checkers.checkers(engine, {"superlative": ["最"], "promo-unbacked": ["特价"]})
    part, whole = Listing(title="最后的绘本"), Listing(title="最 绘本特价")
    assert tried["word list"](part) == {"superlative"}
    assert tried["word list, whole words"](part) == set()
    assert tried["word list"](whole) == {"superlative", "promo-unbacked"}
    assert tried["word list, whole words"](whole) == {"superlative", "promo-unbacked"}
    assert tried["word list"](Listing(title="绘本")) == set()


def test_border_of_words_are_those_of_stock_jieba(sides: SimpleNamespace) -> None:
    assert sides.checkers.borders("蓝牙耳机") == {0, 2, 4}


def test_precision_recall_and_clean_titles_are_counted_by_case(sides: SimpleNamespace) -> None:
    case = sides.checkers.Case
    cases = [
        case(listing=Listing(title="a"), expected=frozenset({"x", "y"})),
        case(listing=Listing(title="b"), expected=frozenset(), tolerated=frozenset({"z"})),
        case(listing=Listing(title="c"), expected=frozenset()),
    ]
    said = {"a": frozenset({"x", "v"}), "b": frozenset({"z"}), "c": frozenset({"x"})}
    tried = {"hand": lambda listing: said[listing.title]}
    found = sides.checkers.verdicts(cases, tried, {"x": ["w"]})[0]
    assert (found.precision.mean, found.recall.mean) == (1 / 3, 0.5)
    assert (found.recall_in_reach.mean, found.clean_flagged.mean) == (1.0, 0.5)


def test_a_label_is_whole_between_borders_and_exact_as_one_word(sides: SimpleNamespace) -> None:
    # Words [0,2) [2,4) [4,7), a mark at 7, and [8,9); labels: exact, two words, cut, up to a mark.
    row = sides.cuts.Labelled(title="不看内容只看位置。完", spans=((0, 2), (0, 4), (3, 6), (4, 8)))
    assert sides.cuts.counted(row, [(0, 2), (2, 4), (4, 7), (8, 9)]) == (4, 3, 1, 3)


def test_a_cutter_finds_a_label_by_what_its_words_stand_for(
    sides: SimpleNamespace, engine: Engine
) -> None:
    row = sides.cuts.Labelled(title="法式碎花连衣裙", spans=((6, 7), (2, 4)))
    tried = {name: c for name, c in sides.cuts.cutters(engine).items() if "HMM" not in name}
    found = {c.cutter: c for c in sides.cuts.cuttings({"hand": [row]}, tried)}
    assert found["ours"].found["hand"].mean == 1.0
    assert found["stock jieba"].found["hand"].mean == 0.5
    assert found["stock jieba"].speed.mean == 1.0


def test_the_interval_of_a_constant_is_a_point_and_of_a_spread_is_none(
    sides: SimpleNamespace,
) -> None:
    numpy = importlib.import_module("numpy")
    ones = numpy.ones(50)
    point = sides.intervals.share(ones, ones)
    spread = sides.intervals.share(numpy.arange(50.0), ones)
    assert (point.low, point.mean, point.high) == (1.0, 1.0, 1.0)
    assert 15 < spread.low < spread.mean == 24.5 < spread.high < 34


# ---- what is written ---------------------------------------------------------------------------


def test_a_small_run_on_the_simulated_market_is_judged_against_the_sellers_and_drawn(
    sides: SimpleNamespace, engine: Engine
) -> None:
    sample = sides.samples.simulated_sample(engine, 2, 3)
    found = {one.way: one for one in sides.titles.standings(engine, sample)}
    assert found["ours"].figures["value"].mean == 1.0
    assert found["the seller's own"].over_sellers.mean == 1.0
    assert found["stacked"].figures["value"].mean < 1.0
    assert (
        found["stacked"].figures["caught"].mean < found["stacked"].figures["caught unchecked"].mean
    )
    table = sides.tables.titles_table(list(found.values()))
    assert len(table.splitlines()) == len(sides.rivals.WAYS) + 2
    assert len({line.count("|") for line in table.splitlines()}) == 1
    tree = parsed(sides.charts.titles_chart(list(found.values()), "commit 1a2b"))
    assert {"ours", "slot template", "Value", "commit 1a2b"} <= {text.text for text in tree.iter()}


def test_the_table_is_replaced_between_its_marks_and_nothing_else(
    sides: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    copy = tmp_path / "README.md"
    copy.write_text(readme, encoding="utf-8")
    monkeypatch.setattr(sides.main, "README", copy)
    monkeypatch.setattr(sides.main, "BENCHMARKS", tmp_path)
    part = sides.main.Part(name="titles", text="a new table", drawing="<svg/>")
    sides.main.write([part], "Commit 1a2b", None)
    begin, end = sides.main.BEGIN, sides.main.END
    before, _, rest = readme.partition(begin)
    _, _, after = rest.partition(end)
    assert before
    assert after
    expected = f"{before}{begin}\nCommit 1a2b\n\na new table\n{end}{after}"
    assert copy.read_text(encoding="utf-8") == expected
    assert (tmp_path / "sides_titles.svg").read_text(encoding="utf-8") == "<svg/>"


def test_a_folder_named_takes_table_and_drawings(sides: SimpleNamespace, tmp_path: Path) -> None:
    part = sides.main.Part(name="cuts", text="no labels")
    sides.main.write([part], "Commit 1a2b", tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["sides.md"]
    assert (tmp_path / "new" / "sides.md").read_text("utf-8") == "Commit 1a2b\n\nno labels\n"


def test_a_drawing_is_well_formed_holds_its_commit_and_stays_in_its_panels(
    sides: SimpleNamespace,
) -> None:
    figure, charts = sides.intervals.Range, sides.charts
    rows = ["ours", "a < b & c"]
    bars = [figure(mean=0.5, low=0.25, high=2.0), figure(mean=0.0, low=0.0, high=0.0)]
    panels = [charts.Panel(title=f"P{n} <&>", unit="bytes", figures=bars) for n in range(4)]
    tree = parsed(charts.drawing("A title", "commit 1a2b", rows, panels))
    texts = [item.text for item in tree.iter(f"{SVG}text")]
    assert {"A title", "commit 1a2b", "a < b & c", "P3 <&>", "bytes", "0.50"} <= set(texts)
    assert {item.tag.removeprefix(SVG) for item in tree.iter()} == {
        *("svg", "title", "style", "rect", "text", "line")
    }
    wide, high = float(tree.attrib["width"]), float(tree.attrib["height"])
    for line in tree.iter(f"{SVG}line"):
        assert 0 < float(line.attrib["x1"]) <= float(line.attrib["x2"]) < wide - charts.FIGURE
    assert max(float(item.attrib["y"]) for item in tree.iter(f"{SVG}text")) < high


def test_a_drawing_of_nothing_but_zeros_can_be_drawn(sides: SimpleNamespace) -> None:
    zero = sides.intervals.Range(mean=0.0, low=0.0, high=0.0)
    panel = sides.charts.Panel(title="P", unit="u", figures=[zero])
    tree = parsed(sides.charts.drawing("T", "commit 1a2b", ["one"], [panel]))
    assert [item.attrib["width"] for item in tree.iter(f"{SVG}rect")][1:] == ["0.0"]


def test_columns_that_others_win_are_named(sides: SimpleNamespace) -> None:
    figure, names = sides.intervals.Range, sides.titles.FIGURES
    none = {name: figure(mean=0.0, low=0.0, high=0.0) for name in names}
    one = {**none, "caught": figure(mean=1.0, low=1.0, high=1.0)}
    ours = sides.titles.Standing(way="ours", figures=none, over_sellers=None)
    better = sides.titles.Standing(way="theirs", figures=one, over_sellers=None)
    assert "no column" in sides.tables.beaten([ours])
    assert "caught (theirs)" in sides.tables.beaten([ours, better])


def test_ways_that_catch_as_much_as_the_sellers_are_named(sides: SimpleNamespace) -> None:
    figure, standing = sides.intervals.Range, sides.titles.Standing
    found = [
        standing(
            way=way, figures={}, over_sellers=figure(mean=mean, low=mean - 0.1, high=mean + 0.1)
        )
        for way, mean in (
            ("less", 0.8),
            ("as much", 0.95),
            ("the seller's own", 1.0),
            ("more", 1.2),
        )
    ]
    assert sides.tables.alike(found).endswith("shown for: as much.")
    assert sides.tables.alike(found[:1]).endswith("shown for: none.")
