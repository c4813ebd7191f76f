/** A draft's specification as the wizard edits it: fields may be empty, changes are told by their path. */
import type { components } from "@/api/schema";

export type Draft = components["schemas"]["DraftOut"];
export type Problem = components["schemas"]["ProblemOut"];
export type Metric = "conversions" | "conversion_rate" | "revenue" | "reactivated";
export type Tree = Record<string, unknown>;
export type Value = string | number | boolean | null | readonly (string | number)[] | Tree;
export type Changes = ReadonlyMap<string, Value>;

export interface ChannelLimits {
  money: number | null;
  messages: number | null;
}

/** All fields; null or empty where a person has not said anything yet. Anything else may stand there while it is wrong. */
export interface Spec {
  goal: { metric: Metric | null; target: number | null; deadline: string | null; event: string; incremental: boolean; dormant_days: number };
  limits: {
    money: number | null;
    messages: number | null;
    hours: number | null;
    per_customer: { messages: number | null; money: number | null; window_days: number };
    per_channel: Record<string, ChannelLimits>;
    warn_at: number;
  };
  actions: { variants: number[]; offers: number[]; slots: string[] };
  audience: Tree;
  guardrails: { unsubscribe_rate: number; complaint_rate: number };
  cadence_days: number;
  window_days: number;
  review: "automatic" | "ask";
  policy: string;
  hold_out: number;
  ghost_share: number;
  futile_below: number;
  alpha: number;
  purpose: string;
  quiet_start: string;
  quiet_end: string;
}


function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path such as "limits.per_customer.messages". */
export function valueAt(spec: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((found, name) => (isTree(found) ? found[name] : undefined), spec);
}

/** A copy with one value changed. */
function withValue(spec: Tree, [name, ...rest]: readonly string[], value: unknown): Tree {
  if (name === undefined) return spec;
  const inner = spec[name];
  return { ...spec, [name]: rest.length === 0 ? value : withValue(isTree(inner) ? inner : {}, rest, value) };
}

/** A specification with changes laid over it. "name" is no part of it. */
export function laidOver(spec: Tree, changes: Changes): Tree {
  let made = spec;
  for (const [path, value] of changes) if (path !== "name") made = withValue(made, path.split("."), value);
  return made;
}

/** The changes as the nested patch that the server merges. */
export function asPatch(changes: Changes): { name?: string; spec?: Tree } {
  const name = changes.get("name");
  const spec = laidOver({}, changes);
  return { ...(typeof name === "string" ? { name } : {}), ...(Object.keys(spec).length ? { spec } : {}) };
}

/** The paths at which an audit entry says something changed. */
export function changedPaths(after: unknown): string[] {
  return isTree(after) ? Object.keys(after).filter((path) => path !== "version") : [];
}

/** Do two paths touch the same words? */
export function touches(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}


export const EVERYONE: Tree = { everyone: true };

export function isEveryone(tree: unknown): boolean {
  return isTree(tree) && tree["everyone"] === true;
}
