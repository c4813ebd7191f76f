/** What a file's columns mean, as the page edits it and the server takes it. */
import type { Import, Target } from "./upload";

export interface Plan {
  columns: Record<string, string>;
  event: string;
}

const KEYS = ["user_id", "email", "phone", "anonymous_id", "webhook"] as const;
export const FIELDS: Record<Target, readonly string[]> = {
  customers: [...KEYS, "timestamp", "language", "timezone", "consent:email", "consent:sms"],
  events: [...KEYS, "event", "timestamp", "value"],
};

export function planOf(job: Import): Plan {
  const given = job.mapping as Partial<Plan>;
  const fallback = (column: string) => `${job.target === "customers" ? "trait" : "property"}:${column}`;
  const columns = Object.fromEntries(job.columns.map((column) => [column, given.columns?.[column] ?? fallback(column)]));
  return { columns, event: given.event ?? "" };
}

/** The mapping for the server. A name for all events counts only where no column gives one. */
export function sentOf(plan: Plan): Record<string, unknown> {
  const event = plan.event.trim();
  return event ? { columns: plan.columns, event } : { columns: plan.columns };
}

export function needsEvent(plan: Plan, target: Target): boolean {
  return target === "events" && !Object.values(plan.columns).includes("event");
}
