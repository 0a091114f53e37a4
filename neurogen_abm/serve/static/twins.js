// Two lives and what they differ in: the effect in words, and with what to compare.

import { byId, el, write } from "./dom.js";
import { Latest } from "./latest.js";

/** What a life can be compared with, by group: [[title, [{key, label, changes}]]]. */
function choicesOf(about, { scenario, species, settings }) {
  const known = about.species[species] ?? { knock_outs: [], pathways: [] };
  const { twin } = about.scenarios.find(({ name }) => name === scenario) ?? {};
  const presets = about.presets.filter(({ species: only }) => !only || only.includes(species));
  const exercise = presets.map(({ key, label, changes }) => ({ key, label: key === "sedentary" ? "the same animal at rest" : label, changes }));
  exercise.sort((a, b) => (b.key === "sedentary") - (a.key === "sedentary"));
  const outs = known.knock_outs.filter(({ pathways }) => !pathways || pathways.includes(settings.pathway))
    .map(({ label, value }, k) => ({ key: `without_${k}`, label: `without ${label}`, changes: { knock_outs: [value] } }));
  const paths = known.pathways.filter(({ name }) => name !== settings.pathway)
    .map(({ name, label }) => ({ key: `pathway_${name}`, label, changes: { pathway: name } }));
  const rest = exercise.filter(({ key }) => key !== "sedentary");
  return [["Exercise", twin ? exercise : rest], ["Without a signal, from birth", outs], ["Another pathway", paths]].filter(([, found]) => found.length);
}

export class Twins {
  /** @param {object} about @param {object} act compare(changes) begins a second life beside the first, alone() ends it, session() */
  constructor(about, act) {
    this.about = about;
    this.act = act;
    this.asked = new Latest();
    this.choice = byId("with-what");
    byId("compare-now").addEventListener("click", () => this.#take(this.choice.value));
    byId("alone").addEventListener("click", () => this.#close(act.alone));
  }

  /** What a page begins with: an animal that exercises, and its twin at rest. */
  beginning(scenario) {
    const { twin } = this.about.scenarios.find(({ name }) => name === scenario) ?? {};
    return twin ? { scenario, compare: { changes: twin } } : { scenario };
  }

  /** Take what the session is. */
  show({ scenario, arms, lives }) {
    const { settings } = arms[0];
    this.groups = choicesOf(this.about, { scenario, species: settings.species, settings });
    const all = this.groups.flatMap(([, found]) => found);
    this.choices = new Map(all.map((choice) => [choice.key, choice]));
    const offered = [...this.choices.keys()].join();
    if (this.choice.dataset.offered !== offered) {
      this.choice.dataset.offered = offered;
      this.choice.replaceChildren(...this.groups.map(([label, found]) => el("optgroup", { label }, found.map(({ key, label: text }) => el("option", { value: key, text })))));
    }
    this.two = Math.max(lives ?? 1, arms.length) > 1; // those that are still being made, too
    byId("alone").hidden = !this.two;
    byId("asked").hidden = this.two;
    if (this.two) {
      if (!byId("effect-note").textContent) write(byId("effect"), "");
      this.tell().catch(() => undefined); // the next frame asks again, and says what is wrong
      return;
    }
    const usual = [all[0], all.find(({ key }) => key.startsWith("without_"))].filter(Boolean);
    const busy = (settings.activity ?? []).length > 0;
    write(byId("effect"), `This animal lives alone${busy ? "" : ", at rest"}. Compare with what?`);
    write(byId("effect-note"), "");
    byId("asked").replaceChildren(...usual.map(({ key, label }) => el("button", { type: "button", class: "small", text: label, onclick: () => this.#take(key) })),
      el("button", { type: "button", class: "small", text: "something else…", onclick: () => this.ask() }));
  }

  /** Ask with what to compare. */
  ask() {
    byId("comparing").showModal();
    this.choice.focus();
  }

  #take(key) {
    const choice = this.choices.get(key);
    if (choice) this.#close(() => this.act.compare(choice.changes));
  }

  #close(act) {
    if (byId("comparing").open) byId("comparing").close();
    act();
  }

  /** Say what the second life differs in now. */
  async tell() {
    const session = this.act.session();
    if (!this.two || !session) return;
    const fresh = this.asked.ask();
    const { words, note } = await session.effect();
    if (!this.two || session !== this.act.session() || !fresh() || !words) return;
    write(byId("effect"), words);
    write(byId("effect-note"), note);
  }

  /** The effect as a person reads it now: sentence and note. */
  get words() {
    return [byId("effect").textContent, byId("effect-note").textContent];
  }
}
