"""Catalogues and reports of any size, made up: the same seed gives the same bytes.

The words are a trade's ordinary ones, the listings, shops and figures are invented. Listings are
drawn attribute by attribute, keywords as one to four of the words that such listings share, with
figures that fall by rank (Zipf), so that few keywords hold most of the demand.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BRANDS = ("云岫集", "禾木间", "半山晴", "青屿", "拾光里", "松果屋")
HEADER = ("宝贝ID", "宝贝标题", "类目", "品牌", "货号", "属性", "店铺")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What one kind of listing is called, and the values its attributes take."""

    category: str
    products: tuple[str, ...]
    tail: tuple[str, ...]
    attributes: dict[str, tuple[str, ...]]


DRESS = Trade(
    category="女装/女士精品>连衣裙",
    products=("连衣裙", "长裙", "裙子"),
    tail=("气质", "显瘦", "百搭", "爆款", "高级感", "减龄", "洋气", "遮肉"),
    attributes={
        "年份季节": ("2026年夏季", "2026年春季"),
        "风格": ("法式", "复古", "通勤", "甜美", "中国风", "度假", "名媛", "休闲"),
        "图案": ("碎花", "纯色", "波点", "格子", "条纹"),
        "领型": ("方领", "圆领", "V领", "立领", "娃娃领", "一字领"),
        "袖型": ("泡泡袖", "飞飞袖", "灯笼袖", "喇叭袖", "常规袖"),
        "袖长": ("短袖", "长袖", "无袖", "七分袖"),
        "裙长": ("中长裙", "长裙", "短裙"),
        "裙型": ("A字裙", "百褶裙", "鱼尾裙", "大摆型"),
        "腰型": ("高腰", "收腰", "松紧腰", "中腰"),
        "面料": ("雪纺", "棉麻", "蕾丝", "真丝", "牛仔布", "针织"),
        "流行元素": ("蝴蝶结", "荷叶边", "系带", "纽扣", "刺绣", "镂空"),
        "适用年龄": ("18-24周岁", "25-29周岁", "30-34周岁"),
        "颜色分类": ("杏色", "黑色", "白色", "粉色", "绿色", "蓝色"),
    },
)
SHOES = Trade(
    category="女鞋>单鞋",
    products=("单鞋", "皮鞋", "鞋子"),
    tail=("舒适", "百搭", "透气", "新款", "软底", "显高"),
    attributes={
        "上市年份季节": ("2026年春季", "2026年秋季"),
        "风格": ("英伦", "复古", "休闲", "通勤", "甜美"),
        "鞋头款式": ("尖头", "圆头", "方头"),
        "鞋跟款式": ("粗跟", "平跟", "细跟", "坡跟"),
        "跟高": ("低跟", "中跟", "高跟"),
        "鞋面材质": ("头层牛皮", "羊皮", "绒面", "漆皮"),
        "闭合方式": ("套脚", "系带", "魔术贴"),
        "流行元素": ("蝴蝶结", "珍珠", "编织", "金属装饰"),
        "颜色分类": ("黑色", "米色", "棕色", "白色"),
    },
)
BAGS = Trade(
    category="箱包皮具>女士包袋",
    products=("单肩包", "斜挎包", "托特包", "手提包"),
    tail=("大容量", "百搭", "质感", "小众", "轻便", "通勤"),
    attributes={
        "风格": ("休闲", "复古", "通勤", "甜美", "欧美"),
        "材质": ("牛皮", "帆布", "尼龙", "羊皮"),
        "大小": ("大", "中", "小"),
        "图案": ("纯色", "格子", "字母"),
        "闭合方式": ("拉链", "磁扣", "抽带"),
        "流行要素": ("链条", "流苏", "铆钉", "刺绣"),
        "提拎部件类型": ("软把", "硬把", "装卸式提把"),
        "颜色分类": ("黑色", "棕色", "米色", "绿色"),
    },
)
TRADES = (DRESS, SHOES, BAGS)


def listings(
    count: int, *, seed: int = 1, shops: int = 20, trades: tuple[Trade, ...] = TRADES
) -> Iterator[tuple[str, ...]]:
    """Yield `count` rows under `HEADER`."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    for number in range(count):
        trade = draw.choice(trades)
        brand = BRANDS[number % shops % len(BRANDS)]
        held = {name: draw.choice(values) for name, values in trade.attributes.items()}
        known = dict(sorted(draw.sample(sorted(held.items()), k=len(held) - draw.randint(0, 2))))
        used = [value for value in draw.sample(sorted(held.values()), k=3) if "周岁" not in value]
        words = [brand, *used, draw.choice(trade.products), *draw.sample(trade.tail, k=3)]
        yield (
            str(630_000_000_000 + number),
            "".join(words)[:30],
            trade.category,
            brand,
            f"MU{number:06}",
            ";".join(f"{name}:{value}" for name, value in known.items()),
            f"{brand}店{number % shops:02}",
        )


def similar_shop(count: int, *, seed: int = 3) -> Iterator[tuple[str, ...]]:
    """Yield `count` rows of one shop that sells one kind of dress under `HEADER`.

    Every listing holds most of the shop's core values (two of each attribute) and now and then
    another one: far more true words than 60 bytes hold, and nearly the same for all.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret
    core = {name: draw.sample(values, k=2) for name, values in DRESS.attributes.items()}
    for number in range(count):
        held = {
            name: _similar(draw, core[name], values) for name, values in DRESS.attributes.items()
        }
        words = [BRANDS[0], draw.choice(held["风格"]), draw.choice(held["图案"]), "连衣裙"]
        yield (
            str(640_000_000_000 + number),
            "".join([*words, *draw.sample(DRESS.tail, k=3)]),
            DRESS.category,
            BRANDS[0],
            f"SI{number:06}",
            ";".join(f"{name}:{value}" for name, found in held.items() for value in found),
            f"{BRANDS[0]}店",
        )


def _similar(draw: random.Random, core: list[str], values: tuple[str, ...]) -> list[str]:
    """Return the core values, one of them at times exchanged for another."""
    if draw.random() < 0.25:
        return sorted({draw.choice(core), draw.choice(values)})
    return sorted(core)


def keywords(
    count: int, *, seed: int = 2, trades: tuple[Trade, ...] = TRADES
) -> list[tuple[str, int, str, str, int]]:
    """Return `count` distinct keywords: 搜索词, 搜索人气, 点击率, 支付转化率, 在线商品数."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    found = dict.fromkeys(product for trade in trades for product in trade.products)
    while len(found) < count:
        trade = draw.choice(trades)
        words = [value for values in trade.attributes.values() for value in values] + [*trade.tail]
        chosen = draw.sample(words, k=draw.choice((1, 1, 2, 2, 3)))
        found[
            "".join(word for word in chosen if "周岁" not in word) + draw.choice(trade.products)
        ] = None
    rows = []
    for rank, keyword in enumerate(list(found)[:count], start=1):
        demand = max(5, round(200_000 / rank**0.8 * draw.uniform(0.7, 1.3)))
        rates = (f"{draw.uniform(0.5, 3):.2f}%", f"{draw.uniform(0.5, 6):.2f}%")
        rows.append((keyword, demand, *rates, draw.randint(100, 500_000)))
    return rows


def write_catalogue(path: Path, rows: Iterator[tuple[str, ...]]) -> Path:
    """Write `rows` under `HEADER` as CSV and return `path`."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows(rows)
    return path


def write_report(path: Path, rows: list[tuple[str, int, str, str, int]]) -> Path:
    """Write keywords as a report that `biaoti` reads and return `path`."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("搜索词", "搜索人气", "点击率", "支付转化率", "在线商品数"))
        writer.writerows(rows)
    return path
