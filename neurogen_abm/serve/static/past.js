// Looking back at what has been lived: a day of the past on the maps, until one comes back to now. The life itself waits and does not change.

import { readArm, readBlock } from "./decoder.js";
import { byId, write } from "./dom.js";
import { inWords } from "./panels.js";
import { scene } from "./scene.js";

const A_MOMENT = 1e-4; // days
const QUIET = ["pause", "follow"]; // commands that let one go on looking back

export class Past {
  /**
   * @param {object} page its `maps`, `legend` and `timeline`
   * @param {object} act session(), now() the present day, ready(), pause() what plays, deselect(), again() asks for the present frame, rewind(day), fail(error)
   */
  constructor({ maps, legend, timeline }, act) {
    Object.assign(this, { maps, legend, timeline, act, day: null, next: null, visit: 0 });
    byId("to-now").addEventListener("click", () => this.leave());
    byId("live-on").addEventListener("click", () => this.act.rewind(this.day));
  }

  /** Whether a day of the past is shown. */
  get on() {
    return this.day !== null;
  }

  /** Show a day; of days asked for while one is on its way, the last one is. */
  async look(day) {
    if (!this.act.ready()) return;
    if (!this.on) {
      this.act.pause();
      this.act.deselect();
    }
    this.day = Math.max(0, day);
    this.wanted = { day: this.day };
    this.#buttons(true);
    document.documentElement.dataset.past = "yes";
    this.asking ??= this.#ask().finally(() => { this.asking = null; });
    await this.asking;
  }

  #buttons(there) {
    for (const id of ["to-now", "live-on"]) byId(id).hidden = !there;
  }

  async #ask() {
    for (let asked; asked !== this.wanted && this.on;) {
      asked = this.wanted;
      const { visit } = this;
      if (this.maps.look.by.includes(":")) this.maps.colourBy("group"); // stains are seen now only
      try {
        const block = readBlock(await this.act.session().past(asked.day, this.maps.look.by));
        if (visit === this.visit) this.#show(block);
      } catch (error) {
        if (visit === this.visit) {
          this.leave();
          this.act.fail(error);
        }
      }
    }
  }

  #show(block) {
    const { header } = block;
    const arms = header.arms.map((_, k) => readArm(block, k));
    [this.day, this.next] = [header.day, header.next];
    this.maps.show(arms, performance.now(), false);
    this.maps.tell(arms);
    this.legend.show(arms);
    this.timeline.mark(this.day);
    this.tell();
    this.maps.describe(inWords(scene.states, arms, this.day, this.maps.look.view));
    write(byId("status"), `Looking back at day ${this.day.toFixed(1)}.`);
    document.documentElement.dataset.pastDay = String(this.day);
  }

  /** The same day again, as it looks now. */
  again() {
    return this.look(this.day);
  }

  /** The day before. */
  back() {
    return this.#then(() => this.look((this.on ? this.day : this.act.now()) - A_MOMENT));
  }

  /** The day after, or now. */
  onward() {
    return this.#then(() => (this.next === null ? this.leave() : this.look(this.next)));
  }

  /** Go on from the day that is shown, once it is: several such steps are taken one by one. */
  async #then(step) {
    if (!this.act.ready()) return;
    const { visit } = this;
    while (this.asking) await this.asking;
    if (visit === this.visit) await step();
  }

  /** Come back to now. */
  leave() {
    if (!this.on) return;
    this.day = this.next = null;
    this.visit += 1; // what is still on its way belongs to the one before
    this.#buttons(false);
    delete document.documentElement.dataset.past;
    delete document.documentElement.dataset.pastDay;
    this.timeline.mark(null);
    this.act.again();
  }

  /** Commands that change the life bring one back to now. */
  sent(commands) {
    if (commands.some(({ do: what }) => !QUIET.includes(what))) this.leave();
  }

  /** Say which day is seen. */
  tell() {
    write(byId("day"), `Day ${this.day.toFixed(1)}`);
    write(byId("hour"), "as it was");
    byId("hour").dataset.light = "";
  }
}
