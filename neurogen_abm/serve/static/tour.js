// Guided stops: a text that drives the page, step by step. The stops themselves come from the server, as data.

import { byId, el, write } from "./dom.js";

const ROOM = "(min-width: 900px)"; // of page.css, too

export class Tour {
  /** @param {object[]} stops of `about.tour` @param {object} act open(body), goTo(day), look(state), note(), enter(state) begins an entry of the history, shown() the life shown {life} */
  constructor(stops, act) {
    this.stops = stops;
    this.act = act;
    this.at = null; // {stop, step}
    byId("tour").replaceChildren(el("span", { class: "hint", text: "Guided stops" }), ...stops.map(({ key, title }, k) =>
      el("button", { type: "button", class: "small", "data-stop": key, "aria-pressed": "false", text: `${k + 1} ${title}`, onclick: () => this.go(key) })));
    byId("stop-next").addEventListener("click", () => this.onward(1));
    byId("stop-back").addEventListener("click", () => this.onward(-1));
    byId("stop-leave").addEventListener("click", () => this.leave());
    byId("slides").addEventListener("click", () => this.slides(!this.slide));
  }

  /** What the address says of it. */
  state() {
    return { stop: this.at ? `${this.stops[this.at.stop].key}.${this.at.step + 1}` : "", slides: this.slide ? "1" : "" };
  }

  /** Show the text that an address names, or none; the address itself says what the maps show. */
  restore({ stop, slides }) {
    const [key, number] = (stop ?? "").split(".");
    const found = this.stops.findIndex((each) => each.key === key);
    this.at = found < 0 ? null : { stop: found, step: this.#held(found, Number(number || 1) - 1) };
    this.slides(slides === "1", false);
    this.#show();
  }

  #held(stop, step) {
    return Math.min(this.stops[stop].steps.length - 1, Math.max(0, Number.isInteger(step) ? step : 0));
  }

  /** Go to a step of a stop: its life is lived to the day of the step, and the maps look as it says; lives of another plan make room.
   *  @param {boolean} anew whether what is shown is of another address */
  async go(key, number = 1, anew = false) {
    const found = this.stops.findIndex((stop) => stop.key === key);
    if (found < 0) return;
    const before = this.at;
    const at = this.at = { stop: found, step: this.#held(found, Number(number) - 1) };
    this.#show();
    if (!anew) this.act.enter(this.state());
    const { code, steps } = this.stops[found];
    const { day, view, by, bdnf } = steps[at.step];
    const shown = this.act.shown();
    const same = !anew && before?.stop === found && shown && (!shown.life || shown.life === code);
    if (!same) await this.act.open({ share: code, day });
    else await this.act.goTo(day);
    if (this.at === at) this.act.look({ view, by, bdnf });
  }

  /** The step after, or before; beyond the last step comes the next stop. */
  onward(by) {
    if (!this.at) return this.go(this.stops[0].key);
    const { stop, step } = this.at;
    const next = step + by;
    if (next >= 0 && next < this.stops[stop].steps.length) return this.go(this.stops[stop].key, next + 1);
    const other = this.stops[stop + by];
    return other && this.go(other.key, by > 0 ? 1 : other.steps.length);
  }

  /** End the tour; the lives stay as they are. */
  leave() {
    this.at = null;
    this.slides(false);
    this.#show();
    this.act.note();
  }

  /** Slides: 16 to 9, large text, nothing else; a narrow window has no room for them. */
  slides(wanted, told = true) {
    const on = wanted && window.matchMedia(ROOM).matches;
    this.slide = on;
    document.documentElement.toggleAttribute("data-slides", on);
    document.documentElement.style.setProperty("--density", String(Math.min(2, window.devicePixelRatio || 1)));
    byId("slides").setAttribute("aria-pressed", String(on));
    write(byId("slides"), on ? "Leave slides" : "Slides");
    if (on && !this.at) this.go(this.stops[0].key);
    window.dispatchEvent(new Event("resize"));
    if (told) this.act.note();
  }

  #show() {
    byId("stop").hidden = !this.at;
    document.documentElement.toggleAttribute("data-stop", Boolean(this.at));
    for (const button of byId("tour").querySelectorAll("[data-stop]")) {
      button.setAttribute("aria-pressed", String(button.dataset.stop === this.stops[this.at?.stop ?? -1]?.key));
    }
    if (!this.at) return;
    const { title, question, steps, panels } = this.stops[this.at.stop];
    for (const panel of byId("panels").children) panel.classList.toggle("on-slide", panels.includes(panel.dataset.panel));
    write(byId("stop-title"), `${this.at.stop + 1}. ${title}`);
    write(byId("stop-question"), question);
    write(byId("stop-say"), steps[this.at.step].say);
    write(byId("stop-count"), `${this.at.step + 1} of ${steps.length}`);
    byId("stop-back").disabled = this.at.stop === 0 && this.at.step === 0;
    byId("stop-next").disabled = this.at.stop === this.stops.length - 1 && this.at.step === steps.length - 1;
  }
}
