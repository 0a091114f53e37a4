// The family of a cell as a tree over time, small in its card or in full height, and the key of its colours.

import { byId, el, number, svg, write } from "./dom.js";

const ROW = 11;
const TALL = 18;
const LEFT = 10;
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // without those that are taken for others

/** A cell's id as people can read and say it: four letters, or the number of a cell of the beginning. The whole id stays in the tooltip. */
export function shortId(id) {
  const whole = BigInt(id);
  if (whole < 1_000_000n) return `#${whole}`;
  return `#${Array.from({ length: 4 }, (_, k) => LETTERS[Number((whole >> BigInt(5 * (3 - k))) & 31n)]).join("")}`;
}

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

/** The states in a tree, and what people call them: what its colours mean. */
function statesOf(tree, found = new Map()) {
  found.set(tree.state, tree.label);
  for (const child of tree.children ?? []) statesOf(child, found);
  return found;
}

/** The family tree: time to the right, one line per cell, in the colour of the state it has or ended in. */
function familyTree(tree, colours, chosen, today, width, tall = ROW) {
  const { placed, rows } = rowsOf(tree);
  const start = firstDay(placed, today);
  const height = rows * tall + 26;
  const x = (day) => LEFT + ((Math.max(start, Math.min(day, today)) - start) / Math.max(0.01, today - start)) * (width - 2 * LEFT);
  const y = (row) => 8 + row * tall;
  const parts = [];
  for (const { cell, row, kids } of placed) {
    const end = cell.end_day ?? today;
    const title = svg("title", { text: `${cell.label} ${shortId(cell.id)}, born day ${number(cell.birth_day)}, ${cell.cause}` });
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

/** What the colours of a tree mean. */
function keyOf(tree, colours) {
  const lines = Array.from(statesOf(tree), ([state, label]) =>
    el("span", { class: "tree-key" }, el("span", { class: "swatch", "aria-hidden": "true", style: { background: colours.get(state) } }), label));
  return el("p", { class: "tree-keys" }, lines, el("span", { class: "tree-key" }, el("span", { "aria-hidden": "true", text: "×" }), "died"));
}

/** The family in a card, with a way to see it in full height. */
export function familyCard(cell, colours, today, width) {
  if (!cell.tree) return [];
  const open = el("button", { type: "button", class: "small", id: "whole-family", text: "Whole tree…", onclick: () => openFamily(cell, colours, today) });
  return [el("h3", {}, "Family ", open), el("div", { class: "tree-scroll", tabindex: "0", role: "region", "aria-label": "Family tree" },
    familyTree(cell.tree, colours, cell.id, Math.max(today, 0.1), width)), keyOf(cell.tree, colours),
  cell.tree_truncated ? el("p", { class: "hint", text: "The clone is larger; its first cells are drawn." }) : ""];
}

/** The family in full height. */
function openFamily(cell, colours, today) {
  const dialog = byId("family");
  dialog.showModal();
  write(byId("family-title"), `Family of cell ${shortId(cell.id)}`);
  const width = Math.max(280, byId("family-tree").clientWidth - 4);
  byId("family-tree").replaceChildren(familyTree(cell.tree, colours, cell.id, Math.max(today, 0.1), width, TALL));
  byId("family-key").replaceChildren(keyOf(cell.tree, colours));
  const line = byId("family-tree").querySelector(".chosen");
  if (line) byId("family-tree").scrollTop = Number(line.getAttribute("y1")) - byId("family-tree").clientHeight / 2;
}
