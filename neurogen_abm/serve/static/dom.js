// Elements made in one line, and numbers as people write them.

const SVG = "http://www.w3.org/2000/svg";
const ROOM = 0.38; // of the window, below which a picture is better scrolled to
const CAPTION_PX = 44;

function dressed(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "text") node.textContent = value;
    else if (key === "style") for (const [name, v] of Object.entries(value)) node.style.setProperty(name, v);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An HTML element; `on...` are listeners, `text` its text, `style` a mapping. Children are nodes or text, never markup. */
export function el(tag, attributes = {}, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return dressed(document.createElementNS(SVG, tag), attributes, children);
}

export const byId = (id) => document.getElementById(id);

/** "12,345", "3.14", "0.0021", never an exponent; "–" for what is not a number. */
export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  if (value < 0) return `−${number(-value, digits)}`;
  if (value === 0) return "0"; // minus zero too
  if (Number.isInteger(value) || value >= 10 ** digits) return Math.round(value).toLocaleString("en-GB");
  if (value < 1e-9) return "less than 0.000000001";
  return value.toLocaleString("en-GB", { maximumSignificantDigits: digits, useGrouping: false });
}

/** A count with its sign: "+12", "−3", "0". */
export function signed(value) {
  if (!Number.isFinite(value)) return "–";
  return value === 0 ? "0" : `${value > 0 ? "+" : "−"}${number(Math.abs(value))}`;
}

/** Show a number only when its text changes: layout is not touched for nothing. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Show a value in a field, but not over what somebody is typing into it: what differs from the last value shown, or entered. */
export function fill(field, value) {
  if (field === document.activeElement && field.value !== field.defaultValue) return;
  field.defaultValue = value;
  field.value = value;
}

/** Call `act` once calls have been quiet for `ms`. */
export function settled(act, ms) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...values), ms);
  };
}

/** Whether the page is a slide: large text, and little else. */
export const onSlide = () => document.documentElement.hasAttribute("data-slides");

/** The most height for a picture that stands in a node, in pixels: a share of the window, and where most of what is above it leaves
 *  room enough, no more than is seen of a page that is not scrolled; on a slide, of what its panels leave. */
export function mostHeight(share, node) {
  if (onSlide()) return 0.45 * document.querySelector("main").clientHeight;
  const left = window.innerHeight - (node.getBoundingClientRect().top + window.scrollY) - CAPTION_PX;
  return Math.min(share * Math.max(560, window.innerHeight), left < ROOM * window.innerHeight ? Infinity : left);
}

/** Whether the person asks for less movement. */
export const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
