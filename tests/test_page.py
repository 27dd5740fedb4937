"""The page as a seller uses it, in a real browser."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from biaoti.api.keys import Scope, create_key
from serving import EXAMPLES, Served, needed, served

pytestmark = pytest.mark.slow
BLOCK = """标题:云岫集法式碎花连衣裙女2026新款夏季气质显瘦百搭ins爆款裙
类目:女装/女士精品>连衣裙
品牌:云岫集
年份季节:2026年夏季
风格:法式
图案:碎花
领型:方领;袖型:泡泡袖
面料:雪纺
一行没有冒号的字"""
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = needed("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("page"), "--workers", "2") as found:
        yield found


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type] # a size
    found.set_default_timeout(20_000)
    found.grant_permissions(["clipboard-read", "clipboard-write"])
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext, service: Served) -> Iterator[Page]:
    """Give the page; whatever its console complains of fails the test."""
    found = context.new_page()
    complaints: list[str] = []
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.on("console", lambda m: complaints.append(m.text) if is_ours(m) else None)
    found.goto(service.url)
    yield found
    assert not complaints


def is_ours(message: ConsoleMessage) -> bool:
    """Tell whether a message is a complaint about the page, and not of an answer that refused."""
    return message.type == "error" and "status of 4" not in message.text


def paste(page: Page, selector: str, text: str) -> None:
    """Paste `text` as a person would: through the clipboard."""
    page.focus(selector)
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+V")


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the whole page where BIAOTI_SHOTS says."""
    if folder := os.environ.get("BIAOTI_SHOTS"):
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def write(page: Page) -> None:
    """Fill in the example listing and its report, and ask for the title."""
    page.click("#example")
    page.set_input_files("#file", EXAMPLES / "dress_sycm.csv")
    expect(page.locator("#report-state")).to_contain_text("320")
    page.click("#write")
    expect(page.locator("#curve svg")).to_be_visible()
    expect(page.locator("#answer")).to_be_visible()
    settle(page)


def settle(page: Page) -> None:
    """Wait until the check of the title shown is in, so that nothing is drawn anew later."""
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")


def test_a_seller_pastes_suggests_clicks_the_curve_edits_and_copies(page: Page) -> None:
    expect(page.locator("#empty")).to_be_visible()
    shoot(page, "empty")
    paste(page, "#title", BLOCK)
    expect(page.locator("#title")).to_have_value(BLOCK.splitlines()[0].removeprefix("标题:"))
    expect(page.locator("#category")).to_have_value("女装/女士精品>连衣裙")
    expect(page.locator("#brand")).to_have_value("云岫集")
    page.locator("#attributes").blur()
    page.set_input_files("#file", EXAMPLES / "dress_sycm.csv")
    expect(page.locator("#report-state")).to_contain_text("320")
    page.keyboard.press("Control+Enter")
    editor, points = page.locator("#editor"), page.locator("#curve .point")
    expect(points.first).to_be_visible()
    settle(page)
    assert points.count() >= 3
    best = editor.input_value()
    expect(page.locator("#proof")).to_have_text("已证明最优")
    expect(page.locator("#meter-text")).to_contain_text("/ 60 字节")
    assert page.locator("#paint span[class^=slot-]").count() > 5
    expect(page.locator("#violations")).to_have_text("没有发现违规")
    expect(page.locator("#changes")).to_contain_text("加")
    expect(page.locator("#account dt")).to_have_text(["空余", "最值的落选词", "再多几个字节"])
    shoot(page, "written")

    points.nth(1).click()
    expect(points.nth(1)).to_have_attribute("aria-pressed", "true")
    assert editor.input_value() != best
    expect(page.locator("#changes")).to_be_hidden()
    expect(page.locator("#robustness")).to_be_hidden()
    expect(page.locator("#value small")).to_contain_text("+")
    expect(page.locator("#proof")).to_contain_text("最优的")

    editor.press("End")
    editor.type("全网最低价")
    wrong = page.locator("#violations li", has_text="全网最低价")
    expect(wrong).to_be_visible()
    settle(page)
    expect(page.locator("#paint .wrong").last).to_contain_text("最低价")
    assert "".join(page.locator("#paint .wrong").all_inner_texts()) == "全网最低价"
    expect(page.locator("#violations-count")).to_have_class("badge bad")
    expect(page.locator(".meter")).to_have_class("meter over")
    shoot(page, "edited")
    wrong.locator("button").click()
    assert page.evaluate("getSelection().toString()") == "全网最低价"
    page.keyboard.press("Delete")
    expect(page.locator("#violations")).to_have_text("没有发现违规")

    page.click("#restore")
    expect(editor).to_have_value(best)
    page.click("#copy")
    expect(page.locator("#said")).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == best


@pytest.mark.parametrize(
    "more", ["", "\n流行元素:荷叶边\n袖型:泡泡袖\n工艺:压褶\n腰型:高腰\n风格:复古"]
)
def test_the_account_tells_what_the_answer_tells(page: Page, more: str) -> None:
    page.click("#example")
    page.fill("#attributes", page.locator("#attributes").input_value() + more)
    if not more:
        page.set_input_files("#file", EXAMPLES / "dress_sycm.csv")
        expect(page.locator("#report-state")).to_contain_text("320")
    with page.expect_response("**/v1/suggest*") as told:
        page.click("#write")
    best, robustness = (told.value.json()[key] for key in ("best", "robustness"))
    account = page.locator("#account")
    left_out = best["ledger"]["left_out"]
    if left_out is None:
        expect(account).to_contain_text("没有还能加分的词了")
    else:
        expect(account.locator(".chip")).to_have_text(left_out["text"])
        expect(account).to_contain_text(f"还差 {left_out['lacks']} 字节")
    gains = {one["bytes"]: one["gain"] for one in best["ledger"]["byte_values"]}
    for number, gain in gains.items() if any(gains.values()) else ():
        expect(account).to_contain_text(f"多 {number} 字节 {'+' if gain else '0'}")
    if not any(gains.values()):
        expect(account).to_contain_text(f"再多 {max(gains)} 个字节也不会增值")
    settle(page)
    expect(account.locator("dd").first).to_have_text(f"{best['ledger']['room']} 字节")
    assert page.locator("#changes ins").all_inner_texts() == best["edits"]["added"]
    assert page.locator("#changes del").all_inner_texts() == best["edits"]["removed"]
    shown = page.locator("#robustness")
    expect(shown).to_contain_text("稳定" if robustness["stable"] else "有的词会变")
    assert shown.locator("li").count() == len(robustness["flips"])
    shoot(page, f"account-{len(more)}")
    page.locator("#choices button").nth(1).click()
    expect(shown).to_be_hidden()


def test_words_that_only_moved_are_neither_new_nor_gone(page: Page) -> None:
    write(page)
    page.evaluate(
        """async () => {
          const panels = await import("/static/panels.js");
          const moved = ["夏季", "碎花"];
          panels.showCompare("夏季连衣裙碎花", "碎花连衣裙夏季女", { moved, width: {} });
          panels.showChanges({ added: ["女"], removed: [], moved }, true);
          panels.showRobustness({ stable: false, flips: [
            { when: "coarse", added: ["女"], removed: ["夏季"] }] });
        }"""
    )
    assert "碎花" in "".join(page.locator("#before mark, #after mark").all_inner_texts())
    assert page.locator("#before del").all_inner_texts() == []
    assert page.locator("#changes mark").all_inner_texts() == ["夏季", "碎花"]
    expect(page.locator("#robustness li")).to_have_text("复合词只按整词算时: 女夏季")
    shoot(page, "moved")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_rules_speak_english_where_the_page_does(
    browser: Browser, service: Served, size: str
) -> None:
    view = {"desk": DESK, "phone": PHONE}[size]
    context = browser.new_context(viewport=view, locale="en-GB")  # type: ignore[arg-type] # a size
    page = context.new_page()
    page.goto(service.url)
    expect(page.locator("#write")).to_have_text("Write the title")
    write(page)
    page.locator("#editor").press("End")
    page.locator("#editor").type("全网最低价小米同款5折")
    found = page.locator("#violations li", has_text="Superlative")
    expect(found).to_contain_text("advertising law bans it")
    expect(found.locator("summary")).to_have_text("In the rule's own Chinese words")
    expect(found.locator("details p").first).to_be_hidden()
    found.locator("summary").click()
    expect(found.locator("details[lang=zh-CN] p").first).to_contain_text("绝对化用语")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    shoot(page, f"english-{size}")
    context.close()


def test_answering_a_question_adds_the_attribute_and_writes_anew(page: Page) -> None:
    write(page)
    before = page.locator("#value").inner_text()
    question = page.locator("#questions button").first
    told = question.inner_text()
    question.click()
    expect(page.locator("#value")).not_to_have_text(before)
    word = told.split("“")[1].split("”")[0]
    assert page.locator("#attributes").input_value().endswith(f":{word}")


def test_keywords_and_ledger_are_reached_by_keyboard_alone(page: Page) -> None:
    write(page)
    page.focus("#tab-covered")
    expect(page.locator("#panel tbody tr").first).to_be_visible()
    for name, text in (("missed", None), ("excluded", "没有依据"), ("ledger", "报表")):
        page.keyboard.press("ArrowRight")
        expect(page.locator(f"#tab-{name}")).to_be_focused()
        expect(page.locator(f"#tab-{name}")).to_have_attribute("aria-selected", "true")
        if text:
            expect(page.locator("#panel")).to_contain_text(text)
    page.locator("#curve .point").nth(0).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#editor")).to_have_value(page.locator("#title").input_value())


def test_a_draft_outlives_the_tab_and_the_language(page: Page, service: Served) -> None:
    write(page)
    title = page.locator("#title").input_value()
    page.click("#language")
    expect(page.locator("#write")).to_have_text("Write the title")
    expect(page.locator("#title")).to_have_value(title)
    expect(page.locator("#report")).to_contain_text("dress_sycm.csv (320 keywords)")
    page.click("#write")
    expect(page.locator("#proof")).to_have_text("proved optimal")
    shoot(page, "english")
    page.goto(f"{service.url}/docs?lang=en")
    expect(page.locator("h2", has_text="/v1/suggest").first).to_be_visible()
    shoot(page, "docs")


def test_a_report_the_service_forgot_is_sent_again(page: Page) -> None:
    write(page)
    page.evaluate("document.getElementById('report').selectedOptions[0].value = '0'.repeat(32)")
    page.click("#write")
    expect(page.locator("#problem")).to_contain_text("重新上传")


def test_a_listing_that_is_refused_shows_where(page: Page) -> None:
    page.click("#write")
    expect(page.locator("#problem")).to_contain_text("标题或类目")
    page.fill("#title", "连衣裙")
    page.click("#more summary")
    page.fill("#price", "二百")
    page.click("#write")
    expect(page.locator("#problem")).to_contain_text("price")
    expect(page.locator("#price")).to_have_attribute("aria-invalid", "true")
    shoot(page, "refused")
    page.fill("#price", "¥200")
    page.click("#write")
    expect(page.locator("#warnings")).to_contain_text("没有关键词数据")
    expect(page.locator("#problem")).to_be_hidden()


def test_a_pasted_json_listing_fills_the_form(page: Page) -> None:
    listing = json.loads((EXAMPLES / "dress.json").read_text("utf-8"))
    paste(page, "#attributes", json.dumps(listing, ensure_ascii=False))
    expect(page.locator("#title")).to_have_value(listing["title"])
    expect(page.locator("#attributes")).to_have_value(
        "\n".join(
            f"{name}:{value}"
            for name, values in listing["attributes"].items()
            for value in ([values] if isinstance(values, str) else values)
        )
    )


def test_markup_in_a_title_stays_text(page: Page) -> None:
    page.fill("#title", "<img src=x onerror=alert(1)>连衣裙")
    page.fill("#category", "女装>连衣裙")
    page.click("#write")
    expect(page.locator("#before")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("main img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_without_scrolling_sideways(
    browser: Browser, service: Served, scheme: str
) -> None:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", color_scheme=scheme)  # type: ignore[arg-type] # a size
    page = context.new_page()
    page.goto(service.url)
    write(page)
    expect(page.locator("#violations")).to_have_text("没有发现违规")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    shoot(page, f"phone-{scheme}")
    context.close()


def test_a_service_with_keys_asks_for_one(browser: Browser, tmp_path: Path) -> None:
    _, token = create_key(tmp_path / "keys.json", "seller", (Scope.READ,), "2026-06-01")
    with served(tmp_path, BIAOTI_LOGIN="always") as found:
        context = browser.new_context(locale="zh-CN")
        page = context.new_page()
        page.goto(found.url)
        page.click("#example")
        page.click("#write")
        expect(page.locator("#key-dialog")).to_be_visible()
        page.fill("#key", token)
        page.keyboard.press("Enter")
        expect(page.locator("#proof")).to_have_text("已证明最优")
        context.close()
