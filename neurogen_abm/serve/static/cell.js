// One cell in detail: what it is, what may happen to it and by which sources, and its family as a tree over time.

import { el, number, svg } from "./dom.js";
import { scene, stateColours } from "./scene.js";

const ROW = 11;
const LEFT = 10;

/** Cells of a tree in rows: [{cell, row, depth}], children between which their mother stands. */
function rowsOf(tree) {
  const placed = [];
  let next = 0;
  const put = (cell, depth) => {
    const kids = (cell.children ?? []).map((child) => put(child, depth + 1));
    const row = kids.length ? (kids[0].row + kids[kids.length - 1].row) / 2 : next++;
    const place = { cell, row, depth, kids };
    placed.push(place);
    return place;
  };
  put(tree, 0);
  return { placed, rows: Math.max(1, next) };
}

/** First day to draw: shortly before the first division, or else the birth of the founder. */
function firstDay(placed, today) {
  const births = placed.filter(({ depth }) => depth > 0).map(({ cell }) => cell.birth_day);
  const first = births.length ? Math.min(...births) : Math.max(placed[placed.length - 1].cell.birth_day, today - 10);
  return first - 0.08 * Math.max(1, today - first);
}

/** The family tree: time to the right, one line per cell, in the colour of the state it has or ended in. */
function familyTree(tree, colours, chosen, today, width) {
  const { placed, rows } = rowsOf(tree);
  const start = firstDay(placed, today);
  const height = rows * ROW + 26;
  const x = (day) => LEFT + ((Math.max(start, Math.min(day, today)) - start) / Math.max(0.01, today - start)) * (width - 2 * LEFT);
  const y = (row) => 8 + row * ROW;
  const parts = [];
  for (const { cell, row, kids } of placed) {
    const end = cell.end_day ?? today;
    const title = svg("title", { text: `${cell.label} ${cell.id}, born day ${number(cell.birth_day)}, ${cell.cause}` });
    for (const kid of kids) {
      const at = x(kid.cell.birth_day);
      parts.push(svg("line", { x1: at, x2: at, y1: y(row), y2: y(kid.row), stroke: "#9aa5ae", "stroke-width": 1 }));
    }
    const line = { x1: x(cell.birth_day), x2: Math.max(x(end), x(cell.birth_day) + 1), y1: y(row), y2: y(row) };
    if (cell.id === chosen) parts.push(svg("line", { ...line, class: "chosen", stroke: "#1f2933", "stroke-width": 7, "stroke-linecap": "round" }));
    parts.push(svg("line", { ...line, stroke: colours.get(cell.state), "stroke-width": 3.4, "stroke-linecap": "round" }, title));
    if (cell.cause === "apoptosis") {
      const [cx, cy] = [x(end), y(row)];
      parts.push(svg("path", { d: `M${cx - 3} ${cy - 3}l6 6m0 -6l-6 6`, stroke: "#1f2933", "stroke-width": 1.4 }));
    }
  }
  const axis = height - 14;
  parts.push(svg("line", { x1: LEFT, x2: width - LEFT, y1: axis, y2: axis, stroke: "#9aa5ae" }),
    svg("text", { x: LEFT, y: height - 2, class: "tree-text", text: `day ${number(start)}` }),
    svg("text", { x: width - LEFT, y: height - 2, class: "tree-text", "text-anchor": "end", text: `day ${number(today)}` }));
  const alive = placed.filter(({ cell }) => cell.end_day === null || cell.end_day === undefined).length;
  const label = `Family tree of ${placed.length} cells, of which ${alive} live`;
  return svg("svg", { class: "tree", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label }, parts);
}

export class CellPanel {
  /** @param {object} act follow(on), close(), go(id) */
  constructor(node, act) {
    this.node = node;
    this.colours = new Map(scene.states.map(({ name, code }) => [name, stateColours("state", "paper")[code]]));
    this.act = act;
    this.empty();
  }

  empty(text = "Click a cell on the map: what it is, what may happen to it, and its family.") {
    this.cell = null;
    this.node.replaceChildren(el("p", { class: "hint", text }));
  }

  /** Show what the server says about a cell of an arm. */
  show(cell, { arm, arms, today, followed }) {
    this.cell = cell;
    if (cell.gone) return this.#gone(cell, arm, arms, today);
    const follow = el("button", { type: "button", class: "quiet", "aria-pressed": String(followed), id: "follow",
      text: followed ? "Following" : "Follow", onclick: () => this.act.follow(!followed) });
    const close = el("button", { type: "button", class: "quiet", text: "Deselect", onclick: () => this.act.close() });
    const swatch = el("span", { class: "swatch", "aria-hidden": "true", style: { background: this.colours.get(cell.state) } });
    this.node.replaceChildren(
      el("p", { class: "cell-title" }, swatch, el("strong", { text: cell.label }),
        arms > 1 ? el("span", { class: "unit", text: ` in ${"AB"[arm]}` }) : null),
      this.#facts(cell), el("p", { class: "actions" }, follow, close), ...this.#words(cell), ...this.#family(cell, today));
    this.#centre();
    return undefined;
  }

  #gone(cell, arm, arms, today) {
    this.node.replaceChildren(el("p", { class: "cell-title" }, el("strong", { text: `Cell ${cell.id}` }),
      arms > 1 ? el("span", { class: "unit", text: ` in ${"AB"[arm]}` }) : null),
    el("p", { class: "notice", text: cell.fate ?? "This cell is gone." }),
    el("p", { class: "actions" }, el("button", { type: "button", class: "quiet", text: "Deselect", onclick: () => this.act.close() })),
    ...this.#family(cell, today));
    this.#centre();
  }

  /** Scroll the tree to the chosen cell. */
  #centre() {
    const box = this.node.querySelector(".tree-scroll");
    const line = box?.querySelector(".chosen");
    if (line) box.scrollTop = Number(line.getAttribute("y1")) - box.clientHeight / 2;
  }

  #facts(cell) {
    const mother = cell.mother && cell.mother !== "0"
      ? el("button", { type: "button", class: "link", text: cell.mother, onclick: () => this.act.go(cell.mother) }) : "none: a founder";
    const place = `${(cell.u_um / 1000).toFixed(2)} mm along, ${(cell.v_um / 1000).toFixed(2)} mm across`;
    const rows = [["Cell", cell.id], ["Age", ageText(cell.age_d)], ["Mother", mother], ["Divisions", String(cell.divisions ?? "–")],
      ["Place", `${place}; ${cell.zone ?? `layer ${cell.layer}`}`],
      ["BDNF here", `${number(cell.bdnf_pg_ml)} pg/mL; ${number(cell.bdnf_rest_pg_ml)} at rest`]];
    return el("dl", { class: "facts" }, rows.map(([name, value]) => [el("dt", { text: name }), el("dd", {}, value)]));
  }

  #words(cell) {
    const hazards = (cell.hazards ?? []).map(({ event, per_day: rate }) =>
      el("li", {}, `${event}: `, el("b", { text: `${number(rate)} per day` }), ` (about ${chance(rate)} within one day)`));
    const words = (cell.words ?? []).map((text) => el("li", { text }));
    const sources = (cell.sources ?? []).map((text) => el("li", { text }));
    return [hazards.length ? [el("h3", { text: "What may happen" }), el("ul", { class: "hazards" }, hazards)] : null,
      words.length ? el("details", { open: !hazards.length }, el("summary", { text: "Why, in words" }), el("ul", {}, words)) : null,
      sources.length ? el("details", {}, el("summary", { text: `Parameters and sources (${sources.length})` }), el("ul", { class: "sources" }, sources)) : null]
      .flat().filter(Boolean);
  }

  #family(cell, today) {
    if (!cell.tree) return [];
    const width = Math.max(220, this.node.clientWidth - 8);
    return [el("h3", { text: "Family" }), el("div", { class: "tree-scroll", tabindex: "0", role: "region", "aria-label": "Family tree" },
      familyTree(cell.tree, this.colours, cell.id, Math.max(today, 0.1), width)),
    cell.tree_truncated ? el("p", { class: "hint", text: "The clone is larger; its first cells are drawn." }) : ""];
  }
}

function ageText(days) {
  if (!Number.isFinite(days)) return "–";
  return days < 2 ? `${number(24 * days, 2)} h` : `${number(days)} days`;
}

/** Chance of an event within one day at a rate per day, as a percentage. */
function chance(rate) {
  return `${number(100 * (1 - Math.exp(-rate)), 2)} %`;
}
