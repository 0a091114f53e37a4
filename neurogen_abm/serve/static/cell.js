// One cell in detail: what it is, what may happen to it and by which sources, and its family as a tree over time.

import { el, number } from "./dom.js";
import { familyCard, shortId } from "./family.js";
import { scene, stateColours } from "./scene.js";

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
    this.node.replaceChildren(el("p", { class: "cell-title" }, el("strong", { title: cell.id, text: `Cell ${shortId(cell.id)}` }),
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
      ? el("button", { type: "button", class: "link", title: cell.mother, text: shortId(cell.mother), onclick: () => this.act.go(cell.mother) }) : "none: a founder";
    const place = `${(cell.u_um / 1000).toFixed(2)} mm along, ${(cell.v_um / 1000).toFixed(2)} mm across`;
    const rows = [["Cell", el("span", { title: cell.id, text: shortId(cell.id) })], ["Age", ageText(cell.age_d)], ["Mother", mother], ["Divisions", String(cell.divisions ?? "–")],
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
    return familyCard(cell, this.colours, today, Math.max(220, this.node.clientWidth - 8));
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
