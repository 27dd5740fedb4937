// The form on the left: what the seller typed or pasted -> a listing.

import { $, example, h, hasData, roughWidth, t, ask, Problem } from "./base.js";

const DRAFT = "biaoti.draft";
const TEXTS = ["title", "category", "brand", "attributes", "article_number", "price", "stage", "shipping", "promotions", "keep_terms", "avoid_terms", "traffic_terms", "max_edits"];
const LISTS = ["promotions", "keep_terms", "avoid_terms"];
// Names in a pasted block that are fields of their own here.
const FIELDS = { 标题: "title", 宝贝标题: "title", 商品标题: "title", 类目: "category", 宝贝类目: "category", 所属类目: "category" };
const NONE = /^(无|没有|none)$/i;

/** Return [{name, values}], and the lines that are no `name:value`. */
export function readPairs(text) {
  const pairs = new Map(), bad = [];
  for (const piece of text.split(/[\n;;]+/)) {
    const line = piece.trim();
    if (!line) continue;
    const found = line.match(/^([^::\t]+?)\s*[::\t]\s*(.*)$/);
    if (!found || !found[2].trim()) { if (!found) bad.push(line); continue; }
    const values = pairs.get(found[1]) ?? [];
    pairs.set(found[1], [...values, found[2].trim()]);
  }
  return { pairs, bad };
}

const list = (text) => text.split(/[、,,;;|\n]+/).map((word) => word.trim()).filter(Boolean);

/** Return the listing as the service takes it; null when there is nothing to start from. */
export function readForm() {
  const listing = {};
  const put = (key, value) => { if (value) listing[key] = value; };
  put("title", $("title").value.trim().replace(/\s*\n\s*/g, " "));
  for (const key of ["category", "brand", "article_number", "shipping"]) put(key, $(key).value.trim());
  const { pairs } = readPairs($("attributes").value);
  if (pairs.size) listing.attributes = Object.fromEntries([...pairs].map(([name, values]) => [name, values.length > 1 ? values : values[0]]));
  const price = $("price").value.replace(/[¥¥元,\s]/g, "");
  if (price) listing.price = Number.isFinite(Number(price)) ? Number(price) : price;
  listing.stage = $("stage").value;
  for (const key of LISTS) {
    const text = $(key).value.trim();
    if (text) listing[key] = NONE.test(text) ? [] : list(text);
  }
  const traffic = readPairs($("traffic_terms").value).pairs;
  if (traffic.size) listing.traffic_terms = Object.fromEntries([...traffic].map(([word, [count]]) => [word, Number(count) || 0]));
  return listing.title || listing.category ? listing : null;
}

/** Fill the form with a listing object. */
export function fill(listing) {
  const joined = (value) => (Array.isArray(value) ? (value.length ? value.join("、") : "无") : value ?? "");
  for (const key of TEXTS) if (key !== "attributes" && key !== "traffic_terms") $(key).value = joined(listing[key] ?? { stage: "growth" }[key]);
  const lines = Object.entries(listing.attributes ?? {}).flatMap(([name, value]) => [value].flat().map((item) => `${name}:${item}`));
  $("attributes").value = lines.join("\n");
  $("traffic_terms").value = Object.entries(listing.traffic_terms ?? {}).map(([word, count]) => `${word}:${count}`).join(";");
  changed();
}

/** Take a whole block apart: a JSON listing, or lines some of which belong into other fields. */
function paste(event) {
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (text.trim().startsWith("{")) {
    try { fill(JSON.parse(text)); event.preventDefault(); return; } catch { return; }
  }
  if (event.target.id !== "title" || !/\n/.test(text.trim()) || readPairs(text).pairs.size < 2) return;
  event.preventDefault();
  $("attributes").value = [$("attributes").value.trim(), text.trim()].filter(Boolean).join("\n");
  sortOut();
  changed();
}

/** Move what has a field of its own out of the attribute block. */
function sortOut() {
  const moved = [];
  const { pairs } = readPairs($("attributes").value);
  const kept = [];
  for (const [name, values] of pairs) {
    const field = FIELDS[name];
    if (field && (!$(field).value || field === "title")) { $(field).value = values[0]; moved.push(t(field)); }
    else kept.push(...values.map((value) => `${name}:${value}`));
    if (name === "品牌" && !$("brand").value) { $("brand").value = values[0]; moved.push(t("brand")); }
  }
  if (!moved.length) return "";
  $("attributes").value = kept.join("\n");
  return t("pasteMoved", { keys: [...new Set(moved)].join("、") });
}

function tell(note = "") {
  const { pairs, bad } = readPairs($("attributes").value);
  const parts = [pairs.size ? t("attributesRead", { n: pairs.size }) : t("attributesNone")];
  if (bad.length) parts.push(t("attributesBad", { n: bad.length, lines: bad.slice(0, 3).join(" / ") }));
  $("attributes-read").textContent = [note, ...parts].filter(Boolean).join(" · ");
  const title = $("title").value.trim();
  $("title-width").textContent = title ? t("bytes", { n: roughWidth(title), limit: 60 }) : "";
}

function changed(note) {
  tell(note);
  const draft = Object.fromEntries(TEXTS.map((key) => [key, $(key).value]));
  localStorage.setItem(DRAFT, JSON.stringify({ ...draft, reports: kept, report: $("report").value }));
}

/** Add `name:value` to the attributes. */
export function addAttribute(name, value) {
  const text = $("attributes").value.trimEnd();
  $("attributes").value = `${text}${text ? "\n" : ""}${name}:${value}`;
  changed();
}

// ---- reports -----------------------------------------------------------------------------------

let kept = []; // {id, name, n}: known to the service; files stay here for when it forgot one
const files = new Map();

function showReports(chosen) {
  const options = [
    hasData ? ["", t("data.served")] : ["", t("data.none")],
    ...kept.map(({ id, name, n }) => [id, t("data.kept", { name, n })]),
  ];
  $("report").replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
  $("report").value = chosen ?? "";
}

export const reportChosen = () => $("report").value;

/** Send a report, and choose it. */
export async function upload(file) {
  const state = $("report-state");
  state.textContent = t("uploading", { name: file.name });
  $("rejects").hidden = true;
  try {
    const query = { name: file.name, store: "false" };
    const answer = await ask("/v1/reports", { body: new Blob([file]), type: "application/octet-stream", query });
    files.set(answer.report, file);
    kept = [{ id: answer.report, name: file.name, n: answer.kept }, ...kept.filter(({ id }) => id !== answer.report)].slice(0, 8);
    showReports(answer.report);
    state.textContent = t("uploaded", { ...answer, name: file.name, rejected: answer.rejected.length });
    $("rejects").hidden = !answer.rejected.length;
    $("rejects").querySelector("ul").replaceChildren(...answer.rejected.slice(0, 100).map((row) => h("li", {}, t("rejectedRow", row))));
    changed();
    return answer.report;
  } catch (error) {
    state.textContent = error instanceof Problem ? error.message : t("error.network");
    throw error;
  }
}

/** Send the chosen report again after the service forgot it; tell whether that was possible. */
export async function uploadAgain() {
  const file = files.get($("report").value);
  if (file) { await upload(file); return true; }
  kept = kept.filter(({ id }) => id !== $("report").value);
  showReports("");
  changed();
  return false;
}

// ---- start -------------------------------------------------------------------------------------

export function startForm() {
  let draft = {};
  try { draft = JSON.parse(localStorage.getItem(DRAFT)) ?? {}; } catch { /* an old draft is no loss */ }
  for (const key of TEXTS) if (draft[key] !== undefined) $(key).value = draft[key];
  kept = draft.reports ?? [];
  showReports(draft.report);
  tell();
  $("form").addEventListener("input", (event) => { event.target.removeAttribute("aria-invalid"); changed(); });
  $("form").addEventListener("paste", paste);
  $("attributes").addEventListener("change", () => changed(sortOut()));
  for (const id of ["example", "example-2"]) $(id).addEventListener("click", () => { fill(example); $("write").focus(); });
  $("clear").addEventListener("click", () => { fill({}); $("title").focus(); });
  $("report").addEventListener("change", () => changed());
  $("file").addEventListener("change", () => { if ($("file").files[0]) upload($("file").files[0]).catch(() => {}); $("file").value = ""; });
  const drop = $("drop");
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files[0]) upload(event.dataTransfer.files[0]).catch(() => {});
  });
}
