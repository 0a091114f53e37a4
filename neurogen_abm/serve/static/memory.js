// What this tab remembers of itself while it lives, reloads included: its session, the code of its life, its address.

const KEY = "life";

/** What is kept: {left, code, day, hash}, or null. */
export function readSession() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null; // storage may be switched off, or hold what another version wrote
  }
}

/** Remember more, or with null forget all. */
export function keepSession(part) {
  try {
    if (part === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify({ ...readSession(), ...part }));
  } catch {
    // a browser that keeps nothing begins anew after a reload
  }
}
