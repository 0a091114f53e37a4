// The virtual experiment: inject a birth-dating agent now, and read the counts later as a laboratory reports them.

import { el, number } from "./dom.js";

const AGENTS = [
  { agent: "BrdU", doses: ["50 mg/kg", "100 mg/kg", "150 mg/kg", "200 mg/kg", "300 mg/kg"], usual: "150 mg/kg" },
  { agent: "EdU", doses: ["25 mg/kg", "50 mg/kg", "100 mg/kg"], usual: "50 mg/kg" },
];

export class Experiment {
  /** @param {object} act inject(agent, dose) */
  constructor(node, act) {
    this.agent = el("select", { "aria-label": "Agent", onchange: () => this.#doses() }, AGENTS.map(({ agent }) => el("option", { value: agent, text: agent })));
    this.dose = el("select", { "aria-label": "Dose" });
    this.button = el("button", { type: "button", class: "quiet", text: "Inject now", id: "inject",
      onclick: () => act.inject(this.agent.value, this.dose.value) });
    this.log = el("ol", { class: "injections" });
    this.counts = el("div", { class: "counts", "aria-live": "polite" });
    node.replaceChildren(el("p", { class: "hint", text: "Label the cells that copy their DNA now; count them days later, as a laboratory would." }),
      el("p", { class: "pair" }, this.agent, this.dose, this.button), this.log, this.counts);
    this.#doses();
  }

  #doses() {
    const { doses, usual } = AGENTS.find(({ agent }) => agent === this.agent.value);
    this.dose.replaceChildren(...doses.map((dose) => el("option", { value: dose, text: dose })));
    this.dose.value = usual;
  }

  /** Show what was injected and what would be counted today. */
  show(report, arms) {
    const { injections, counts, sampling } = report;
    this.log.replaceChildren(...injections.map(({ day, agent, dose, arm, labelled_then: n }) =>
      el("li", { text: `day ${number(day)}: ${agent}, ${dose}; ${number(n)} cells labelled${arms > 1 ? ` (${"AB"[arm]})` : ""}` })));
    this.counts.replaceChildren(this.#table(counts, arms), el("p", { class: "hint", text: sampling }));
  }

  #table(counts, arms) {
    const rows = new Map();
    for (const count of counts) {
      rows.set(count.name, { ...rows.get(count.name), [count.arm]: count });
    }
    const head = ["Cells", ...(arms > 1 ? ["A", "B"] : ["count"])].map((text) => el("th", { scope: "col", text }));
    const cell = (count) => el("td", { class: "n" }, count ? number(count.estimate ?? count.count, 4) : "–",
      count && Number.isFinite(count.coefficient_of_error) ? el("small", { text: ` ± ${Math.round(100 * count.coefficient_of_error)} %` }) : null);
    return el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, Array.from(rows, ([name, by]) =>
      el("tr", {}, el("th", { scope: "row", text: name }), Array.from({ length: arms }, (_, k) => cell(by[k]))))));
  }
}
