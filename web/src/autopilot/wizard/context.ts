/** What every part of the wizard reads: the draft being edited, and what is wrong with it. */
import { createContext, useContext } from "react";
import type { Problem } from "./spec";
import type { OwnDraft } from "./useDraft";

export const WizardContext = createContext<OwnDraft | undefined>(undefined);

export function useWizard(): OwnDraft {
  const own = useContext(WizardContext);
  if (!own) throw new Error("useWizard() outside the wizard");
  return own;
}

/** Problems of a field and of what lies within it. */
export function problemsAt(problems: readonly Problem[], path: string): Problem[] {
  return problems.filter((problem) => problem.field === path || problem.field.startsWith(`${path}.`));
}

export const STEPS = ["goal", "audience", "actions", "limits"] as const;
export type Step = (typeof STEPS)[number];
