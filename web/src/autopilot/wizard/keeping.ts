/** What was typed while the server could not be reached waits in this browser, under the draft's number. */
import type { Changes, Value } from "./spec";

const key = (id: number) => `setpoint.draft.${id}`;

export function keep(id: number, changes: Changes): void {
  try {
    if (changes.size) localStorage.setItem(key(id), JSON.stringify([...changes]));
    else localStorage.removeItem(key(id));
  } catch {
    // A full or forbidden store: the words stay on the page, and the page says that they are not saved.
  }
}

export function kept(id: number): Changes {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key(id)) ?? "[]");
    return new Map(Array.isArray(found) ? (found as [string, Value][]) : []);
  } catch {
    return new Map();
  }
}
