// The edit curve as inline SVG: each point is a title one can take.

import { h, signed, t } from "./base.js";

const HEIGHT = 190, LEFT = 34, RIGHT = 34, TOP = 34, BOTTOM = 40;

/** Return the points to draw: the curve, and the proposal where it lies beyond. */
export function pointsOf(proposal) {
  const points = proposal.curve.map((point) => ({ ...point, label: String(point.edits) }));
  const last = points.at(-1);
  if (last && last.title !== proposal.best.title && proposal.best.value >= last.value) {
    points.push({ edits: null, title: proposal.best.title, value: proposal.best.value, label: t("curveBest") });
  }
  return points;
}

/** Return the chart, `room` pixels wide; `onChoose` gets the title of the point that is chosen. */
export function chart(proposal, chosen, onChoose, room) {
  const WIDTH = Math.min(560, Math.max(280, room));
  const points = pointsOf(proposal);
  if (!points.length || !proposal.current) return h("p", { class: "hint" }, t("curveNone"));
  const base = proposal.current.value || points[0].value || 1;
  const values = [...points.map(({ value }) => value), base];
  const low = Math.min(...values), high = Math.max(...values), span = high - low || 1;
  const x = (i) => LEFT + (points.length === 1 ? 0 : (i * (WIDTH - LEFT - RIGHT)) / (points.length - 1));
  const y = (value) => TOP + (1 - (value - low) / span) * (HEIGHT - TOP - BOTTOM);
  const taken = points.findIndex(({ title }) => title === chosen);
  const line = points.map(({ value }, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const floor = HEIGHT - BOTTOM + 8;
  return h("svg:svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": t("curve") },
    h("svg:line", { class: "rule", x1: LEFT - 20, x2: WIDTH - RIGHT + 20, y1: y(base), y2: y(base) }),
    h("svg:path", { class: "area", d: `${line}L${x(points.length - 1)} ${floor}L${x(0)} ${floor}Z` }),
    h("svg:path", { class: "line", d: line }),
    ...points.map((point, i) => dot(point, x(i), y(point.value), point.value / base - 1, i === taken, onChoose)),
    ...points.map(({ label }, i) => h("svg:text", { x: x(i), y: HEIGHT - 18, "text-anchor": "middle" }, label)),
    h("svg:text", { x: WIDTH / 2, y: HEIGHT - 1, "text-anchor": "middle" }, t("curveAxis")));
}

function dot(point, x, y, gain, isChosen, onChoose) {
  const told = t("curvePoint", { edits: point.label, gain: signed(gain), title: point.title });
  const choose = () => onChoose(point.title);
  return h("svg:g", {
    class: "point", role: "button", tabindex: 0, "aria-pressed": String(isChosen), "aria-label": told,
    onclick: choose,
    onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); } },
  },
    h("svg:title", {}, told),
    h("svg:circle", { class: "hit", cx: x, cy: y, r: 20 }),
    h("svg:circle", { class: "dot", cx: x, cy: y, r: 6 }),
    h("svg:text", { class: "gain", x, y: y - 13, "text-anchor": "middle" }, signed(gain)));
}
