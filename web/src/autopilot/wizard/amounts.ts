/** Amounts in the unit of the draft's goal. */
import { useFormats } from "@/ui/formats";
import { useWizard } from "./context";

/** Writes a value in the goal's own unit: a count, money, or a share. */
export function useGoalFormat(): (value: number) => string {
  const { spec } = useWizard();
  const formats = useFormats();
  if (spec.goal.metric === "revenue") return (value) => formats.money(value);
  if (spec.goal.metric === "conversion_rate") return (value) => formats.percent(value);
  return (value) => formats.number(Math.abs(value) >= 10 ? Math.round(value) : Number(value.toPrecision(2)));
}
