// The cards below the title: findings, questions, words, keywords, what changed.

import { $, h, has, number, percent, rules, signed, t } from "./base.js";
import { look } from "./editor.js";

const TONES = { block: "bad", high: "bad", medium: "warn", low: "warn", hint: "" };

/** Show what the rules say; a finding points at its place in the title. */
export function showViolations({ violations, needs_evidence: needed }, select) {
  const count = violations.filter(({ severity }) => severity !== "hint").length;
  const badge = $("violations-count");
  badge.textContent = count ? t("violationsCount", { n: count }) : "✓";
  badge.className = `badge ${count ? "bad" : "good"}`;
  const whole = Array.from($("editor").value).length;
  const items = violations.map((found, index) => finding(found, found.end - found.start >= whole, index, select));
  if (!count) items.unshift(h("li", { class: "fine" }, t("violationsNone")));
  $("violations").replaceChildren(...items);
  const details = $("evidence-needed");
  details.hidden = !needed.length;
  details.querySelector("summary").textContent = t("evidenceNeeded", { n: needed.length });
  details.querySelector("ul").replaceChildren(...needed.map((item) => h("li", {}, h("div", { class: "what" }, h("q", {}, item.text)), h("p", { class: "hint" }, t("needed", item)))));
}

function finding(found, isWhole, index, select) {
  const place = found.text && !isWhole ? h("button", {
    type: "button", class: found.severity === "hint" ? "advice" : null,
    onclick: () => select(found), onmouseenter: () => look(index), onmouseleave: () => look(null), onfocus: () => look(index), onblur: () => look(null),
  }, found.text) : null;
  const [name, meaning] = rules[found.rule] ?? [found.name, null];
  const own = [h("p", {}, found.message), found.suggestion ? h("p", { class: "hint" }, found.suggestion) : null];
  const told = meaning ? [h("p", {}, meaning), h("details", { lang: "zh-CN" }, h("summary", { lang: "en" }, t("ruleWords")), ...own)] : own;
  return h("li", {},
    h("div", { class: "what" }, h("span", { class: `badge ${TONES[found.severity]}` }, t(`severity.${found.severity}`)), place, h("span", {}, name)),
    ...told);
}

/** Show the questions; pressing one answers it. */
export function showQuestions(questions, onAnswer) {
  const shown = questions.filter(({ value_gain: gain }) => gain > 0).slice(0, 8);
  $("questions").replaceChildren(...(shown.length ? shown.map((question) => h("button", { type: "button", onclick: () => onAnswer(question) },
    h("span", {}, t("question", { term: question.term, attribute: question.attribute || t("attributes") })),
    h("b", {}, signed(question.value_gain)))) : [h("p", { class: "fine" }, t("questionsNone"))]));
}

const evidence = (text) => {
  const [kind, ...rest] = text.split(":");
  return has(`evidence.${kind}`) ? t(`evidence.${kind}`, { name: rest.join(":") }) : text;
};

/** Show what each word of a proposed title costs and brings, and what its bytes are worth. */
export function showAccount({ terms, ledger, value }) {
  showTerms(terms);
  $("account").replaceChildren(...(ledger ? accountOf(ledger, value) : []));
}

function accountOf({ room, left_out: out, byte_values: bytes }, value) {
  const gain = (points) => h("b", {}, `+${number(points)}`, h("small", {}, value ? ` (${signed(points / value)})` : ""));
  const lacks = out && (out.lacks > 0 ? t("leftOut.lacks", { n: out.lacks }) : t("leftOut.fits"));
  return [
    h("dt", {}, t("room")),
    h("dd", {}, t("room.bytes", { n: room })),
    h("dt", {}, t("leftOut")),
    h("dd", {}, ...(out ? [h("span", { class: `chip slot-${out.slot}` }, out.text), " ", gain(out.gain), ` · ${lacks}`] : [t("leftOut.none")])),
    h("dt", {}, t("byteValue")),
    h("dd", {}, ...(bytes.some((one) => one.gain > 0)
      ? bytes.map((one) => h("span", {}, `${t("byteValue.more", { n: one.bytes })} `, one.gain > 0 ? gain(one.gain) : h("b", { class: "nil" }, "0")))
      : [t("byteValue.nothing", { n: Math.max(...bytes.map((one) => one.bytes)) })])),
  ];
}

function showTerms(terms) {
  if (!terms.length) { $("terms").tBodies[0].replaceChildren(h("tr", {}, h("td", { colspan: 5, class: "hint" }, t("outOfTime")))); return; }
  const most = Math.max(1, ...terms.map(({ marginal_value: value }) => value));
  $("terms").tBodies[0].replaceChildren(...terms.map((term) => h("tr", {},
    h("td", {}, h("span", { class: `chip slot-${term.slot}` }, term.text)),
    h("td", {}, t(`slot.${term.slot}`)),
    h("td", {}, evidence(term.evidence)),
    h("td", { class: "number" }, term.width),
    h("td", { class: "number" }, number(term.marginal_value), share(term.marginal_value / most)))));
}

function share(part) {
  const bar = h("svg:svg", { width: 44, height: 6, viewBox: "0 0 44 6", "aria-hidden": "true" });
  bar.append(h("svg:rect", { width: Math.max(0, part * 44), height: 6, rx: 3, fill: "currentColor", opacity: 0.35 }));
  const box = h("span", { class: "bar" }, " ");
  box.append(bar);
  return box;
}

// ---- keywords ----------------------------------------------------------------------------------

/** Return the table of one tab. */
export function keywordTable(name, answer) {
  if (name === "excluded") {
    return table([t("keyword"), t("reason"), t("word"), t("against")], answer.excluded.map((item) => [item.keyword, t(`reason.${item.reason}`), item.term ?? "", item.against ?? ""]));
  }
  const rows = answer.best[name].map((item) => [item.keyword, { number: number(item.value) }, ...(name === "covered" ? [{ number: item.tightness ? percent(item.tightness, 0) : "–" }] : [])]);
  return table([t("keyword"), { number: t("value") }, ...(name === "covered" ? [{ number: t("order") }] : [])], rows);
}

/** Return the ledger of a score: each demand, whether it is covered. */
export function ledgerTable({ ledger }) {
  const covered = ledger.filter(({ is_covered: is }) => is).length;
  const rows = ledger.slice(0, 200).map((line) => ({
    isOff: !line.is_covered,
    cells: [line.keyword, { number: number(line.value) }, line.is_covered ? `✓ ${t("isCovered")}` : t("isMissed"), t(line.is_listed ? "listed" : "expected")],
  }));
  return h("div", {}, h("p", { class: "hint" }, t("ledgerOf", { covered: number(covered), all: number(ledger.length) })),
    table([t("keyword"), { number: t("value") }, t("covered"), t("source")], rows));
}

function table(heads, rows) {
  if (!rows.length) return h("p", { class: "hint" }, t("nothing"));
  const cell = (tag) => (value) => (value?.number !== undefined ? h(tag, { class: "number" }, value.number) : h(tag, {}, value));
  return h("table", {}, h("thead", {}, h("tr", {}, ...heads.map(cell("th")))), h("tbody", {}, ...rows.map((row) => {
    const { isOff = false, cells = row } = row;
    return h("tr", { class: isOff ? "off" : null }, ...cells.map(cell("td")));
  })));
}

// ---- before and after --------------------------------------------------------------------------

/** Show two titles with what went and what came; `moved` are words that only stand elsewhere. */
export function showCompare(before, after, { current, width, moved = [] }) {
  const a = Array.from(before), b = Array.from(after);
  const same = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) for (let j = b.length - 1; j >= 0; j -= 1) same[i][j] = a[i] === b[j] ? same[i + 1][j + 1] + 1 : Math.max(same[i + 1][j], same[i][j + 1]);
  const left = [], right = [];
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { push(left, "span", a[i]); push(right, "span", b[j]); i += 1; j += 1; }
    else if (j < b.length && (i === a.length || same[i][j + 1] > same[i + 1][j])) { push(right, "ins", b[j]); j += 1; }
    else { push(left, "del", a[i]); i += 1; }
  }
  const facts = current ? h("small", {}, `${t("bytes", { n: current.width, limit: width.limit })} · ${t("value")} ${number(current.value)}`) : null;
  for (const piece of [...left, ...right]) if (piece.tag !== "span" && moved.some((word) => piece.text.includes(word))) piece.tag = "mark";
  $("before").replaceChildren(...(before ? left.map(made) : [h("span", { class: "hint" }, t("noBefore"))]), ...(facts ? [facts] : []));
  $("after").replaceChildren(...right.map(made));
}

function push(list, tag, character) {
  if (list.at(-1)?.tag === tag) list.at(-1).text += character;
  else list.push({ tag, text: character });
}

const made = ({ tag, text }) => h(tag, {}, text);

/** Show the words a proposed title adds, drops and moves; nothing for a title of one's own. */
export function showChanges(edits, isBeforeKnown) {
  for (const part of document.getElementsByClassName("of-choice")) part.hidden = !edits || !isBeforeKnown;
  const kinds = [["added", "ins"], ["removed", "del"], ["moved", "mark"]];
  const shown = kinds.flatMap(([kind, tag]) => (edits?.[kind].length ? [h("span", {}, h("small", {}, t(`changes.${kind}`)), ...edits[kind].map((word) => h(tag, {}, word)))] : []));
  $("changes").replaceChildren(...(shown.length ? shown : [h("span", { class: "hint" }, t("changes.none"))]));
}

/** Show whether the words of the best title stay when assumptions change, and which do not. */
export function showRobustness(robustness) {
  for (const part of document.getElementsByClassName("of-best")) part.hidden = !robustness;
  if (!robustness) return;
  const flips = robustness.flips.map(({ when, added, removed }) => h("li", {}, `${t(`robust.${when}`)}: `,
    ...added.map((word) => h("ins", {}, word)), ...removed.map((word) => h("del", {}, word))));
  $("robustness").replaceChildren(...(robustness.stable ? [h("span", { class: "fine" }, t("robust.stable"))] : [h("span", {}, t("robust.flips")), h("ul", {}, ...flips)]));
}
