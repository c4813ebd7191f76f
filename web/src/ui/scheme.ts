/** Light or dark: what the person chose, or what the machine says. */
import { createContext, useContext, useEffect, useState } from "react";
import { PALETTES, type Palette, type Scheme } from "./theme";

export type SchemeChoice = Scheme | "system";

export interface SchemeFrame {
  scheme: Scheme;
  choice: SchemeChoice;
  choose: (choice: SchemeChoice) => void;
}

export const SchemeContext = createContext<SchemeFrame>({ scheme: "light", choice: "system", choose: () => undefined });

export function useScheme(): SchemeFrame {
  return useContext(SchemeContext);
}

/** The colours of the present scheme, for pictures that we draw. */
export function usePalette(): Palette {
  return PALETTES[useScheme().scheme];
}

const KEPT = "setpoint.scheme";
const machine = window.matchMedia("(prefers-color-scheme: dark)");

function kept(): SchemeChoice {
  const found = localStorage.getItem(KEPT);
  return found === "light" || found === "dark" ? found : "system";
}

/** The state behind SchemeContext; also lays the colours on the document as CSS variables. */
export function useSchemeChoice(): SchemeFrame {
  const [choice, setChoice] = useState<SchemeChoice>(kept);
  const [isMachineDark, setMachineDark] = useState(machine.matches);
  useEffect(() => {
    const follow = (event: MediaQueryListEvent) => setMachineDark(event.matches);
    machine.addEventListener("change", follow);
    return () => machine.removeEventListener("change", follow);
  }, []);
  const scheme: Scheme = choice === "system" ? (isMachineDark ? "dark" : "light") : choice;
  useEffect(() => {
    const style = document.documentElement.style;
    for (const [name, colour] of Object.entries(PALETTES[scheme])) style.setProperty(`--${name}`, colour);
    style.colorScheme = scheme;
  }, [scheme]);
  const choose = (next: SchemeChoice) => {
    localStorage.setItem(KEPT, next);
    setChoice(next);
  };
  return { scheme, choice, choose };
}
