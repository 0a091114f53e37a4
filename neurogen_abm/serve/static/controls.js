// What a person may change: presets first, the rest behind a fold. Each control says whether it holds now or from the next reset.

import { byId, el, fill, settled, write } from "./dom.js";
import { Latest } from "./latest.js";
import { Week, blocksOf, doseText, weekStrip } from "./week.js";

const APPLIES = { now: "now", reset: "at reset" };
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const PATCHES = [["whole", "whole gyrus"], ["300 um", "patch of 0.3 × 0.3 mm"], ["600 um", "patch of 0.6 × 0.6 mm"], ["1000 um", "patch of 1 × 1 mm"]];

export class Controls {
  /**
   * @param {object} act set(arm, changes, when), reset(), preview(changes), arm(k)
   */
  constructor(node, about, act) {
    this.node = node;
    this.about = about;
    this.act = act;
    this.arm = 0;
    this.applies = Object.fromEntries(about.controls.map(({ key, applies }) => [key, applies]));
    this.why = Object.fromEntries(about.controls.map(({ key, why }) => [key, why]));
    this.#build();
    this.#buildWeek();
  }

  #badge(key) {
    const when = this.applies[key] ?? "reset";
    return el("span", { class: `badge ${when}`, title: this.why[key] ?? "", text: APPLIES[when] });
  }

  #field(key, label, ...inputs) {
    return el("fieldset", { class: "control", "data-key": key }, el("legend", {}, label, " ", this.#badge(key)), inputs);
  }

  #set(changes) {
    const now = Object.keys(changes).every((key) => this.applies[key] === "now");
    this.act.set(this.arm, changes, now ? "now" : "reset");
  }

  #build() {
    this.arms = el("div", { class: "arm-tabs", role: "group", "aria-label": "Which life to change", hidden: true }, [0, 1].map((k) =>
      el("button", { type: "button", "data-arm": String(k), "aria-pressed": String(k === 0), text: `Life ${"AB"[k]}`, onclick: () => this.choose(k) })));
    this.presets = el("select", { "aria-label": "Exercise", onchange: () => this.#preset() });
    this.dose = el("p", { class: "dose" });
    this.weekButton = el("button", { type: "button", class: "quiet", text: "Paint a week of your own…", onclick: () => this.openWeek() });
    this.pathway = el("select", { "aria-label": "Pathway", onchange: () => this.#set({ pathway: this.pathway.value }) });
    this.pathwayStatus = el("p", { class: "hint" });
    this.knockOuts = el("div", { class: "checks" });
    this.ageValue = el("input", { type: "number", min: "0", step: "any", "aria-label": "Age at the start", inputmode: "decimal" });
    this.ageUnit = el("select", { "aria-label": "Unit of the age" }, ["d", "wk", "mo"].map((u) => el("option", { value: u, text: UNITS[u] })));
    for (const input of [this.ageValue, this.ageUnit]) input.addEventListener("change", () => this.#age());
    this.pending = el("div", { class: "pending", hidden: true, role: "status" });
    this.node.replaceChildren(this.arms, this.pending,
      this.#field("activity", "Exercise", this.presets, this.dose, this.weekButton),
      this.#field("pathway", "Pathway", this.pathway, this.pathwayStatus),
      this.#field("knock_outs", "Knock-outs", this.knockOuts),
      this.#field("age", "Age at the start", el("span", { class: "pair" }, this.ageValue, this.ageUnit)),
      el("details", { class: "advanced" }, el("summary", { text: "Advanced" }), this.#advanced()));
  }

  #advanced() {
    this.sex = el("select", { "aria-label": "Sex", onchange: () => this.#set({ sex: this.sex.value }) },
      ["female", "male"].map((v) => el("option", { value: v, text: v })));
    this.tissue = el("select", { "aria-label": "Tissue", onchange: () => this.#tissue() }, PATCHES.map(([value, text]) => el("option", { value, text })));
    this.feedback = el("div", { class: "checks" });
    this.feedbackText = el("p", { class: "hint" });
    this.duration = el("input", { type: "number", min: "1", step: "1", "aria-label": "Length of the run in days", inputmode: "numeric",
      onchange: () => this.duration.value > 0 && this.#set({ duration: `${this.duration.value} d` }) });
    this.path = el("input", { type: "text", placeholder: "lineage.clearance.time", "aria-label": "Path of a parameter", spellcheck: "false", autocapitalize: "off" });
    this.value = el("input", { type: "text", placeholder: "1.3 h", "aria-label": "Its value with unit", spellcheck: "false" });
    const form = el("form", { class: "override", onsubmit: (event) => {
      event.preventDefault();
      if (this.path.value.trim() && this.value.value.trim()) this.#set({ [this.path.value.trim()]: this.value.value.trim() });
    } }, this.path, el("span", { class: "pair" }, this.value, el("button", { type: "submit", class: "quiet", text: "Set" })));
    this.changed = el("ul", { class: "changed" });
    this.forget = el("button", { type: "button", class: "quiet", text: "Undo all changes and reset", onclick: () => this.act.forget() });
    return [this.#field("tissue", "Tissue", this.tissue), this.#field("sex", "Sex", this.sex),
      this.#field("feedback", "Feedback on the drive to run", this.feedback, this.feedbackText),
      this.#field("duration", "Length of the run", el("span", { class: "pair" }, this.duration, el("span", { text: "days" }))),
      this.#field("parameters", "Any parameter of the catalogue", form), this.changed, this.forget];
  }

  /** Show the settings of the session. */
  show(description) {
    this.description = description;
    const two = description.arms.length > 1;
    this.arms.hidden = !two;
    if (this.arm >= description.arms.length) this.arm = 0;
    for (const button of this.arms.children) button.setAttribute("aria-pressed", String(Number(button.dataset.arm) === this.arm));
    const { settings, changes, pending } = description.arms[this.arm];
    const wanted = { ...settings, ...changes, ...pending };
    const species = this.about.species[settings.species] ?? { pathways: [], knock_outs: [] };
    this.#showExercise({ ...changes, ...pending }, settings.species);
    this.#showPathway(species, wanted.pathway);
    this.#showKnockOuts(species, wanted.pathway, wanted.knock_outs ?? []);
    const [, value, unit] = /^([\d.]+)\s*(\w+)$/.exec(wanted.age ?? "") ?? [];
    const weeks = unit === "d" && Number(value) % 7 === 0;
    if (value && UNITS[unit]) {
      fill(this.ageValue, weeks ? String(value / 7) : value);
      this.ageUnit.value = weeks ? "wk" : unit;
    }
    this.sex.value = wanted.sex;
    this.#showFeedback(species.arms ?? [], wanted.feedback);
    const days = /^([\d.]+)\s*d$/.exec(wanted.duration ?? "");
    fill(this.duration, days ? days[1] : String(description.arms[this.arm].duration_d ?? ""));
    this.tissue.value = typeof wanted.tissue === "object" && wanted.tissue ? wanted.tissue.septotemporal : "whole";
    this.#showPending(pending ?? {});
    this.changed.replaceChildren(...Object.entries({ ...changes, ...pending }).filter(([key]) => key.includes("."))
      .map(([key, v]) => el("li", {}, el("code", { text: key }), ` = ${typeof v === "object" ? JSON.stringify(v) : v}`)));
    this.forget.disabled = Object.keys({ ...changes, ...pending }).length === 0;
  }

  /** An arm in a few words: its exercise, and what else was changed. */
  nameOf({ changes = {} }) {
    const preset = this.about.presets.find(({ changes: offered }) => same(offered.activity, changes.activity));
    const exercise = changes.activity === undefined ? "as in the scenario" : preset?.label ?? "a week painted by hand";
    const rest = Object.keys(changes).filter((key) => key !== "activity").map((key) => key.replaceAll("_", " "));
    return rest.length ? `${exercise}; other ${rest.join(", ")}` : exercise;
  }

  choose(arm) {
    this.arm = arm;
    this.show(this.description);
    this.act.arm(arm);
  }

  #showExercise(changes, species) {
    const chosen = this.about.presets.find((preset) => same(preset.changes.activity, changes.activity));
    const own = changes.activity !== undefined && !chosen;
    const fits = this.about.presets.filter(({ species: only }) => !only || only.includes(species));
    const options = [["", "as in the scenario"], ...fits.map(({ key, label }) => [key, label])];
    if (own) options.push(["own", "a week of your own"]);
    this.presets.replaceChildren(...options.map(([value, text]) => el("option", { value, text })));
    this.presets.value = own ? "own" : chosen?.key ?? "";
    this.presets.options[0].disabled = changes.activity !== undefined; // only a reset brings the recording back
  }

  #showPathway({ pathways }, chosen) {
    this.pathway.replaceChildren(...pathways.map(({ name, label }) => el("option", { value: name, text: label })));
    this.pathway.value = chosen;
    write(this.pathwayStatus, pathways.find(({ name }) => name === chosen)?.status ?? "");
  }

  #showKnockOuts({ knock_outs: known }, pathway, chosen) {
    const offered = known.filter(({ pathways, value }) => !pathways || pathways.includes(pathway) || chosen.some((entry) => covers(entry, value)));
    // All boxes as they stand: a change of another may still be on its way.
    const change = () => {
      const on = boxes.filter(({ box }) => box.checked);
      const kept = chosen.filter((entry) => !offered.some(({ value }) => covers(entry, value)) || on.some(({ value }) => covers(entry, value)));
      this.#set({ knock_outs: [...kept, ...on.map(({ value }) => value).filter((value) => !kept.some((entry) => covers(entry, value)))] });
    };
    const boxes = offered.map(({ label, value }) => ({ label, value,
      box: el("input", { type: "checkbox", checked: chosen.some((entry) => covers(entry, value)), onchange: change }) }));
    this.knockOuts.replaceChildren(...boxes.map(({ label, box }) => el("label", { class: "check" }, box, label)));
  }

  /** The arms of the feedback: `true` in a scenario stands for the usual ones, a list for those that it names. */
  #showFeedback(arms, wanted) {
    const acting = arms.filter(({ name, usual }) => (wanted === true ? usual : Array.isArray(wanted) && wanted.includes(name)));
    const change = () => {
      const chosen = arms.filter((_, k) => boxes[k].checked);
      this.#set({ feedback: chosen.length ? chosen.map(({ name }) => name) : false });
    };
    const boxes = arms.map((arm) => el("input", { type: "checkbox", checked: acting.includes(arm), onchange: change }));
    this.feedback.replaceChildren(...arms.map((arm, k) =>
      el("label", { class: "check", title: `Grade ${arm.grade}. Shown or not: ${arm.stands}.` }, boxes[k], `${arm.says} (strength ${arm.strength}, grade ${arm.grade})`)));
    write(this.feedbackText, acting.length ? `Hypotheses that act: ${acting.map(({ label }) => label).join(", ")}. Only running in a wheel follows the drive.`
      : "No arm acts: the animal runs what the scenario asks for.");
  }

  #showPending(pending) {
    const keys = Object.keys(pending);
    this.pending.hidden = keys.length === 0;
    this.pending.replaceChildren(el("span", { text: `Waits for a reset: ${keys.map((key) => key.replaceAll("_", " ")).join(", ")}.` }),
      el("button", { type: "button", class: "primary small", text: "Reset now", onclick: () => this.act.reset() }));
  }

  /** Say the dose of the settings of the arm. */
  showDose(dose) {
    weekStrip(this.dose, dose);
  }

  #preset() {
    const preset = this.about.presets.find(({ key }) => key === this.presets.value);
    if (preset) this.#set(preset.changes);
  }

  #age() {
    if (Number(this.ageValue.value) >= 0 && this.ageValue.value !== "") this.#set({ age: `${this.ageValue.value} ${this.ageUnit.value}` });
  }

  #tissue() {
    const side = this.tissue.value;
    this.#set({ tissue: side === "whole" ? "whole" : { septotemporal: side, transverse: side } });
  }

  #buildWeek() {
    const dialog = byId("week");
    this.weekDose = byId("week-dose");
    const asked = new Latest();
    const ask = settled(async (hours) => {
      const blocks = blocksOf(hours);
      const fresh = asked.ask();
      try {
        const { dose } = await this.act.preview({ activity: blocks });
        if (fresh()) write(this.weekDose, blocks.length ? `The dose: ${doseText(dose)}.` : "No exercise yet: paint some hours.");
      } catch (error) {
        if (fresh()) write(this.weekDose, error.message);
      }
    }, 250);
    this.week = new Week(byId("week-body"), ask);
    const use = (when) => {
      this.act.set(this.arm, { activity: blocksOf(this.week.hours) }, when);
      dialog.close();
    };
    byId("week-now").addEventListener("click", () => use("now"));
    byId("week-reset").addEventListener("click", () => {
      use("reset");
      this.act.reset();
    });
    this.openWeek = () => {
      write(this.weekDose, "No exercise yet: paint some hours.");
      dialog.showModal();
      ask(this.week.hours);
    };
  }
}

const UNITS = { d: "days", wk: "weeks", mo: "months" };

/** Whether a knock-out of the settings is the one that is offered; settings may spell out defaults. */
function covers(entry, value) {
  return Object.entries(value).every(([key, wanted]) => same(entry[key], wanted)) &&
    Object.entries(entry).every(([key, has]) => has === null || has === undefined || key in value);
}
