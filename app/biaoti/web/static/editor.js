// The title one can type into: slots as colours, violations as wavy lines, bytes as a bar.

import { $, h, limit, roughWidth, t } from "./base.js";

let spans = { terms: [], violations: [] };
let painted = "";

/** Show `title`, with the spans that were found in it. Offsets count characters, not UTF-16 units. */
export function paint(title, found = spans) {
  spans = found;
  painted = title;
  const characters = Array.from(title);
  const marks = characters.map(() => ({ slot: "", wrong: null, first: false }));
  found.terms.forEach(({ start, end, slot }) => {
    for (let i = start; i < end && i < marks.length; i += 1) marks[i].slot = slot;
    if (marks[start]) marks[start].first = true;
  });
  found.violations.forEach((violation, index) => {
    if (violation.end - violation.start >= characters.length) return; // of the whole title: the list and the meter tell
    for (let i = violation.start; i < violation.end && i < marks.length; i += 1) {
      const isWorse = marks[i].wrong === null || found.violations[marks[i].wrong].severity === "hint";
      if (isWorse) marks[i].wrong = index;
    }
  });
  const pieces = [];
  characters.forEach((character, i) => {
    const mark = marks[i], last = pieces.at(-1);
    if (last && !mark.first && last.slot === mark.slot && last.wrong === mark.wrong) last.text += character;
    else pieces.push({ ...mark, text: character });
  });
  $("paint").replaceChildren(...pieces.map((piece) => {
    const violation = piece.wrong === null ? null : found.violations[piece.wrong];
    const classes = [piece.slot && `slot-${piece.slot}`, violation && "wrong", violation?.severity === "hint" && "advice"];
    return h("span", { class: classes.filter(Boolean).join(" ") || null, "data-violation": piece.wrong }, piece.text);
  }), "\u200b");
  showLegend(found.terms);
  fit();
}

/** Keep what is known of the unchanged ends of the title while the service looks at the new one. */
export function shift(title) {
  const before = Array.from(painted), now = Array.from(title);
  let head = 0, tail = 0;
  while (head < before.length && head < now.length && before[head] === now[head]) head += 1;
  while (tail < before.length - head && tail < now.length - head && before.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const by = now.length - before.length;
  const moved = (list) => list.flatMap((item) => {
    if (item.end <= head) return [item];
    return item.start >= before.length - tail ? [{ ...item, start: item.start + by, end: item.end + by }] : [];
  });
  paint(title, { terms: moved(spans.terms), violations: moved(spans.violations) });
}

/** Show how wide the title is; `width` is the service's own count when it is known. */
export function showWidth(title, width = roughWidth(title), most = limit) {
  const meter = $("meter-fill").closest(".meter");
  meter.classList.toggle("over", width > most);
  $("meter-fill").style.width = `${Math.min(100, (width / most) * 100)}%`;
  const rest = most - width;
  const told = rest < 0 ? t("bytesOver", { n: -rest }) : rest > 0 ? t("bytesLeft", { n: rest }) : "";
  $("meter-text").textContent = [t("bytes", { n: width, limit: most }), told].filter(Boolean).join(" · ");
}

/** Mark the passage of one violation, or none. */
export function look(index) {
  for (const span of $("paint").children) span.classList.toggle("looked", index !== null && span.dataset.violation === String(index));
}

function showLegend(terms) {
  const slots = [...new Set(terms.map(({ slot }) => slot))];
  $("legend").replaceChildren(...slots.map((slot) => h("li", { class: `slot-${slot}` }, t(`slot.${slot}`))));
}

/** Let the box grow with the title. */
function fit() {
  $("editor-box").style.minHeight = `${$("paint").offsetHeight}px`;
}

export function startEditor(onEdit) {
  const editor = $("editor");
  editor.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.isComposing) event.preventDefault(); });
  editor.addEventListener("input", (event) => {
    if (/[\n\t]/.test(editor.value)) editor.value = editor.value.replace(/[\n\t]+/g, " ");
    shift(editor.value);
    showWidth(editor.value);
    // While a Chinese word is being composed there is no title yet to judge.
    if (!event.isComposing) onEdit(editor.value);
  });
  editor.addEventListener("compositionend", () => onEdit(editor.value));
  addEventListener("resize", fit);
}
