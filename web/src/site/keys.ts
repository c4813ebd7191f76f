/** Keys for everything: single keys, `g` and a letter, Ctrl/⌘ K. Silent while somebody types. */
import { useEffect, useRef } from "react";

const SEQUENCE_MS = 1_200;

export type KeyMap = Record<string, () => void>;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Is a dialog open? Then its own keys count, not the page's. */
function isDialogOpen(): boolean {
  return document.querySelector(".ant-modal-wrap:not([style*='display: none']), .ant-drawer-open") !== null;
}

/** Call the function of a key (`?`, `n`) or of two in a row (`g c`). Ctrl/⌘ K is `mod+k` and counts while typing too. */
export function useKeys(keys: KeyMap): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    let first = "";
    let at = 0;
    const pressed = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase();
      const run = (name: string): boolean => {
        const act = latest.current[name];
        if (!act) return false;
        event.preventDefault();
        act();
        return true;
      };
      if ((event.ctrlKey || event.metaKey) && key === "k") return void run("mod+k");
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target) || isDialogOpen()) return;
      const isSecond = first !== "" && event.timeStamp - at < SEQUENCE_MS;
      const pair = isSecond ? `${first} ${key}` : "";
      first = "";
      if (pair && run(pair)) return;
      if (key === "g") {
        first = key;
        at = event.timeStamp;
        return;
      }
      run(key);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}
