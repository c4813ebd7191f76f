/** The goal chart of a campaign: points from its looks, and the words that say what the picture shows. */
import { useTranslation } from "react-i18next";
import type { GoalPoint } from "@/ui/GoalChart";
import { useAmounts, type Look, type Metric } from "./words";

export interface Aim {
  metric: Metric | null;
  target: number | null;
  incremental: boolean;
  verdict: string;
  estimate: number | null;
  proven_at_least: number | null;
}

/** Every campaign's line begins at nothing gained. */
const ORIGIN: GoalPoint = { at: 0, estimate: 0, proven: 0, upper: 0 };

/** Is what the campaign caused proven? Plain counts need no proof. */
export function isProven(aim: Aim): boolean {
  return !aim.incremental || (aim.verdict === "proven" && (aim.proven_at_least ?? 0) > 0);
}

export function pointsOf(looks: readonly Look[], told?: (look: Look) => string): GoalPoint[] {
  const points = looks.map((look) => ({
    at: look.round,
    estimate: look.estimate,
    proven: look.proven_at_least,
    upper: look.interval?.high ?? null,
    ...(told && { told: told(look) }),
  }));
  return [ORIGIN, ...points];
}

/** Both numbers in one sentence: what the picture says to those who do not see it. */
export function useGoalWords(metric: Metric | null): (aim: Aim) => string {
  const { t } = useTranslation("autopilot");
  const amounts = useAmounts(metric);
  return (aim) => {
    const target = amounts.say(aim.target ?? 0);
    if (aim.estimate === null) return t("goal.notMeasured", { target, unit: amounts.unit });
    const told = { target, unit: amounts.unit, estimate: amounts.say(aim.estimate), proven: amounts.proven(Math.max(aim.proven_at_least ?? 0, 0)) };
    if (!aim.incremental) return t("goal.counted", { target, unit: amounts.unit, estimate: told.estimate });
    return isProven(aim) ? t("goal.said", told) : t("goal.unproven", { target, unit: amounts.unit, estimate: told.estimate });
  };
}
