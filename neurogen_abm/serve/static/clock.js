// Where we are in time: the day, the hour and its light, what plays, and how far a longer run has come.

import { byId, number, write } from "./dom.js";

const RECORDED = "Light or dark by the clock of the scenario; the room of the recording may have been lit otherwise.";

export class Clock {
  constructor() {
    this.moving = false;
  }

  /** Show a header; `clock` is the hour of the day, `settings` are those of the life. */
  show(header, clock, settings) {
    write(byId("day"), `Day ${header.day.toFixed(1)}`);
    const hour = byId("hour");
    write(hour, clock === undefined ? "" : hourText(clock));
    hour.dataset.light = light(clock, settings?.clock);
    hour.title = settings?.activity?.some(({ kind }) => kind === "recording") ? RECORDED : "Light or dark by the clock of the scenario.";
    this.#buttons(header);
    const running = Boolean(header.progress?.cancellable) && header.phase !== "preparing";
    byId("progress").hidden = !running;
    byId("run-to").hidden = running;
    if (running) {
      write(byId("progress-text"), header.progress.text ?? `to day ${number(header.progress.to_day)}`);
      byId("progress-bar").value = header.progress.done ?? 0;
    }
  }

  #buttons(header) {
    const goal = header.progress?.to_day;
    const moving = header.playing || (goal !== undefined && goal !== null);
    const over = header.phase === "over" && !moving;
    write(byId("play-text"), moving ? "Pause" : over ? "The end" : "Play");
    if (this.moving !== moving) {
      this.moving = moving;
      byId("play-icon").setAttribute("href", moving ? "#icon-pause" : "#icon-play");
    }
    for (const id of ["play", "step"]) byId(id).disabled = over;
  }
}

/** "09:30" of 9.5. */
function hourText(clock) {
  const minutes = Math.round(60 * clock) % 1440;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** "day", "night", or "" where the scenario does not say. */
function light(clock, times) {
  if (clock === undefined || typeof times?.lights_on !== "string") return "";
  const hours = (text) => Number(text.slice(0, 2)) + Number(text.slice(3, 5)) / 60;
  const [on, off] = [hours(times.lights_on), hours(times.lights_off)];
  const lit = on < off ? clock >= on && clock < off : clock >= on || clock < off;
  return lit ? "day" : "night";
}
