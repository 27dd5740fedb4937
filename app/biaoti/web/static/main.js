// The page: one listing at a time, from what is pasted to the title that is copied.

import { $, ask, h, hasLogin, number, percent, Problem, signed, storedKey, storeKey, t } from "./base.js";
import { chart } from "./chart.js";
import { paint, showWidth, startEditor } from "./editor.js";
import { addAttribute, readForm, reportChosen, startForm, uploadAgain } from "./form.js";
import { keywordTable, ledgerTable, showAccount, showChanges, showCompare, showQuestions, showRobustness, showViolations } from "./panels.js";

const CHOICES = 3;
const PAUSE = 220;

let listing = null; // what the proposal was written for
let proposal = null;
let offered = []; // the proposed titles
let checked = null; // the last check of the title shown
let scored = null; // the last score, for the ledger
let tab = "covered";

// ---- writing -----------------------------------------------------------------------------------

async function write() {
  const asked = readForm();
  if (!asked) { showProblem(t("error.listing"), []); $("title").focus(); return; }
  setBusy(true);
  hideProblem();
  try {
    proposal = await ask("/v1/suggest", { body: asked, query: { count: CHOICES, max_edits: $("max_edits").value, report: reportChosen() } });
    listing = asked;
    offered = [proposal.best, ...proposal.alternatives];
    showProposal();
  } catch (error) {
    await failed(error, write);
  } finally {
    setBusy(false);
  }
}

function showProposal() {
  $("empty").hidden = true;
  $("answer").hidden = false;
  $("choices").replaceChildren(...(offered.length > 1 ? offered.map((_, i) => h("button", { type: "button", "data-choice": i, onclick: () => take(offered[i].title) }, t("choice", { n: i + 1 }))) : []));
  $("short").replaceChildren(...(proposal.short_title ? [proposal.short_title, " ", h("button", { type: "button", class: "link", onclick: () => copy(proposal.short_title) }, t("copyShort"))] : ["–"]));
  $("warnings").replaceChildren(...proposal.warnings.map((warning) => h("li", {}, warning)));
  const named = Object.fromEntries(Object.entries(proposal.versions).map(([key, value]) => [key, value ?? t("noData")]));
  $("versions").textContent = t("versions", named);
  showQuestions(proposal.questions, answerQuestion);
  take(proposal.best.title);
  if (matchMedia("(max-width: 860px)").matches) $("result").scrollIntoView();
}

/** Put a title into the editor, and let everything follow it. */
function take(title) {
  $("editor").value = title;
  const known = offered.find((one) => one.title === title);
  if (known) {
    const terms = spansOf(known);
    paint(title, { terms, violations: [] });
    showWidth(title, known.width, known.limit);
  } else {
    paint(title, { terms: [], violations: [] });
    showWidth(title);
  }
  follow(title);
}

/** Return where the words of a proposed title stand in it. */
function spansOf({ title, terms }) {
  let at = 0;
  return terms.flatMap(({ text, slot }) => {
    const found = title.indexOf(text, at);
    if (found < 0) return [];
    at = found + text.length;
    const start = Array.from(title.slice(0, found)).length;
    return [{ start, end: start + Array.from(text).length, slot }];
  });
}

// ---- what follows a title ----------------------------------------------------------------------

let pending = null;
let timer = 0;

function edited(title) {
  clearTimeout(timer);
  setFollowing(true);
  showFigures(title, null);
  timer = setTimeout(() => follow(title), PAUSE);
}

/** Check, tag and score the title shown; only the newest answer counts. */
async function follow(title) {
  pending?.abort();
  const { signal } = (pending = new AbortController());
  setFollowing(true);
  scored = null;
  showFigures(title, null);
  const own = { ...listing, title };
  try {
    const [check, tags, score] = await Promise.all([
      ask("/v1/check", { body: own, signal }),
      ask("/v1/tag", { body: { title, listing: own }, signal }),
      title.trim() ? ask("/v1/score", { body: listing, query: { candidate: title, report: reportChosen() }, signal }) : null,
    ]);
    checked = check;
    scored = score;
    paint(title, { terms: tags.terms, violations: check.violations });
    showWidth(title, check.width, proposal.best.limit);
    showViolations(check, select);
    showFigures(title, score);
    hideProblem();
  } catch (error) {
    if (error.name !== "AbortError") await failed(error, () => follow(title));
  } finally {
    if (pending.signal === signal) setFollowing(false);
  }
}

/** Tell whoever waits for it whether the answer shown is still being completed. */
function setFollowing(isBusy) { $("answer").setAttribute("aria-busy", String(isBusy)); }

function showFigures(title, score) {
  const known = offered.find((one) => one.title === title);
  const current = proposal.current;
  const value = known?.value ?? score?.value;
  const share = known?.coverage ?? score?.coverage;
  $("value").replaceChildren(value === undefined ? "…" : number(value), ...(value !== undefined && current?.value ? [gain(value / current.value - 1)] : []));
  $("coverage").textContent = share === undefined ? "…" : percent(share);
  showProof(known, score);
  $("restore").hidden = title === proposal.best.title;
  for (const button of $("choices").children) button.setAttribute("aria-pressed", String(offered[button.dataset.choice].title === title));
  $("curve").replaceChildren(chart(proposal, title, take, $("curve").clientWidth));
  showCompare(listing.title ?? "", title, { current, width: proposal.best, moved: known?.edits.moved });
  showChanges(known?.edits, Boolean(listing.title));
  showRobustness(known === proposal.best ? proposal.robustness : null);
  showAccount(known ?? proposal.best);
  $("terms-of").textContent = known ? "" : t("ledgerOfChoice", { n: 1 });
  showTab();
}

function gain(share) {
  return h("small", { class: share >= 0 ? "up" : "down" }, t("change", { gain: signed(share) }));
}

function showProof(known, score) {
  const badge = $("proof");
  if (known) {
    badge.textContent = t(`proof.${known.status}`, { gap: percent(known.gap, 2) });
    badge.className = `badge ${known.status === "optimal" ? "good" : ""}`;
    return;
  }
  badge.className = "badge";
  if (score && score.width > score.limit) { badge.textContent = t("proof.edited"); return; }
  badge.textContent = score ? `${t("proof.edited")} · ${t("proof.share", { share: percent(score.best_possible ? score.value / score.best_possible : 0, 0) })}` : t("proof.stale");
}

/** Select the passage of a violation in the editor. */
function select({ start, end }) {
  const characters = Array.from($("editor").value);
  const at = (count) => characters.slice(0, count).join("").length;
  $("editor").focus();
  $("editor").setSelectionRange(at(start), at(end));
}

function answerQuestion({ attribute, term }) {
  addAttribute(attribute || t("attributes"), term);
  write();
}

// ---- keywords ----------------------------------------------------------------------------------

function showTab() {
  if (!proposal) return;
  const title = $("editor").value;
  const known = offered.find((one) => one.title === title) ?? proposal.best;
  const answer = { best: known, excluded: proposal.excluded };
  const counts = { covered: known.covered.length, missed: known.missed.length, excluded: proposal.excluded.length };
  for (const button of $("tabs").children) {
    const isChosen = button.dataset.panel === tab;
    button.setAttribute("aria-selected", String(isChosen));
    button.tabIndex = isChosen ? 0 : -1;
    button.querySelector("small").textContent = counts[button.dataset.panel] ?? "";
  }
  $("panel").setAttribute("aria-labelledby", `tab-${tab}`);
  if (tab !== "ledger") $("panel").replaceChildren(keywordTable(tab, answer));
  else $("panel").replaceChildren(scored ? ledgerTable(scored) : h("p", { class: "hint" }, t("ledgerLoading")));
}

function startTabs() {
  const buttons = [...$("tabs").children];
  const choose = (button) => { tab = button.dataset.panel; showTab(); };
  $("tabs").addEventListener("click", (event) => { const button = event.target.closest("button"); if (button) choose(button); });
  $("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = buttons[(buttons.findIndex((b) => b.dataset.panel === tab) + step + buttons.length) % buttons.length];
    choose(next);
    next.focus();
  });
}

// ---- copying -----------------------------------------------------------------------------------

async function copy(text) {
  let isDone = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    $("editor").focus();
    $("editor").select();
    isDone = document.execCommand("copy");
  }
  $("said").textContent = isDone ? t("copied") : t("copyFailed");
  setTimeout(() => { $("said").textContent = ""; }, 2500);
}

// ---- trouble -----------------------------------------------------------------------------------

function setBusy(isBusy) {
  $("write").disabled = isBusy;
  $("write").textContent = t(isBusy ? "writing" : "write");
  $("result").classList.toggle("busy", isBusy);
  $("result").setAttribute("aria-busy", String(isBusy));
  $("skeleton").hidden = !isBusy || !$("answer").hidden;
  $("empty").hidden = isBusy || !$("answer").hidden;
}

async function failed(error, again) {
  if (!(error instanceof Problem)) throw error;
  if (error.status === 401) {
    if (await askForKey(storedKey() ? t("error.unauthorized") : "")) again();
    return;
  }
  if (error.code === "unknown-report") {
    if (await uploadAgain().catch(() => false)) again();
    else showProblem(t("error.report"), []);
    return;
  }
  const told = { 429: t("error.busy"), 500: t("error.internal", { id: error.requestId }) }[error.status];
  showProblem(told ?? error.message, error.errors, error.status === 422 ? null : again);
}

function showProblem(message, errors, again = null) {
  for (const { pointer } of errors) {
    const field = $(decodeURIComponent(pointer.split("/")[1] ?? ""));
    if (field) field.setAttribute("aria-invalid", "true");
  }
  const lines = message.split("\n");
  $("problem").replaceChildren(
    lines.length > 1 ? h("ul", {}, ...lines.map((line) => h("li", {}, line))) : h("span", {}, message),
    ...(again ? [h("button", { type: "button", class: "quiet", onclick: again }, t("retry"))] : []));
  $("problem").hidden = false;
}

function hideProblem() { $("problem").hidden = true; }

function askForKey(message) {
  const dialog = $("key-dialog");
  if (message) dialog.querySelector("h2").textContent = message;
  $("key").value = storedKey();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      const isGiven = dialog.returnValue === "ok" && $("key").value.trim() !== "";
      if (isGiven) storeKey($("key").value.trim());
      done(isGiven);
    }, { once: true });
  });
}

// ---- start -------------------------------------------------------------------------------------

startForm();
startEditor(edited);
startTabs();
$("form").addEventListener("submit", (event) => { event.preventDefault(); write(); });
addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); write(); } });
$("copy").addEventListener("click", () => copy($("editor").value));
$("restore").addEventListener("click", () => take(proposal.best.title));
$("key-cancel").addEventListener("click", () => $("key-dialog").close("cancel"));
$("key-open").hidden = !hasLogin;
$("key-open").addEventListener("click", () => askForKey(""));
