/** The shapes of sources, as the server declares them. */
import type { components } from "@/api/schema";
import { ApiError } from "@/api/client";

type Schemas = components["schemas"];
export type Connection = Schemas["ConnectionDetail"];
export type Listed = Schemas["ConnectionOut"];
export type Run = Schemas["SourceRunOut"];
export type Setting = Schemas["SourceSettingOut"];
export type RuleKind = Schemas["RuleKindOut"];
export type Rule = Schemas["CleaningRule"];
export type Found = Schemas["ConnectionFoundOut"];
export type Preview = Schemas["CleaningPreviewOut"];
export type Refused = Schemas["RefusedRowOut"];
export type Quality = Schemas["TraitQualityOut"];
export type Cell = string | number | boolean | null;
export type Values = Record<string, Cell>;
export type Target = "customers" | "events" | "orders";

/** How the lines of a file of orders are to be read. */
export type OrderChoices = Required<{ [name in "dates" | "decimals" | "currency" | "timezone" | "no_customer" | "repeats"]: string }> & { charges: string[] };

/** A connection's set-up while somebody changes it. */
export interface Draft {
  settings: Values;
  isPrivate: boolean;
  target: Target;
  columns: Record<string, string>;
  event: string;
  identity: string[];
  minutes: number;
  orders: OrderChoices;
}

/** Kinds that are reached over a network. */
export const NETWORKED: ReadonlySet<string> = new Set(["sql", "http"]);
export const TARGETS: readonly Target[] = ["customers", "events", "orders"];
const OPEN = new Set(["queued", "running", "cancelling"]);

export const isOpen = (run: Pick<Run, "state"> | null | undefined): boolean => run !== null && run !== undefined && OPEN.has(run.state);

/** What the server says of one field of a form. */
export function faultOf(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError) || error.body.field !== field) return undefined;
  return [error.body.message, error.body.remedy].filter(Boolean).join(" ");
}

/** A cell as text. */
export const shown = (cell: unknown): string => (cell === null || cell === undefined ? "" : String(cell));

/** Does a setting matter, given the others? */
export function matters(setting: Setting, values: Values, all: readonly Setting[]): boolean {
  if (!setting.when_setting) return true;
  const other = all.find((one) => one.name === setting.when_setting);
  const value = values[setting.when_setting] ?? other?.default ?? "";
  return (setting.when_values ?? []).includes(String(value));
}
