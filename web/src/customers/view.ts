/** What of the customers is looked at: kept in the address, so that a view can be linked, saved and gone back to. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Tree } from "@/segments/tree";
import { useCompany } from "@/ui/company";

export const PAGE = 50;
const DAY_MS = 86_400_000;

/** When they last did something: within so many days, or not since. */
export type Active = "any" | "7" | "30" | "90" | "not90";
export const ACTIVES: readonly Active[] = ["any", "7", "30", "90", "not90"];

export interface View {
  q: string;
  tree: string;
  segment: string;
  tag: string;
  active: Active;
  sort: string;
}

export const EVERYBODY: View = { q: "", tree: "", segment: "", tag: "", active: "any", sort: "-created" };
const NAMES = Object.keys(EVERYBODY) as (keyof View)[];

/** Place in the list: behind or before a cursor of the server. */
export interface Place {
  after?: string;
  before?: string;
}

export function useView() {
  const [params, setParams] = useSearchParams();
  const view = useMemo(() => readView(params), [params]);
  const place = useMemo(() => readPlace(params), [params]);
  const show = useCallback(
    (change: Partial<View>, to: Place = {}) => {
      const next = { ...view, ...change };
      const kept = NAMES.filter((name) => next[name] !== EVERYBODY[name]).map((name): [string, string] => [name, next[name]]);
      setParams(new URLSearchParams([...kept, ...Object.entries(to)]), { replace: change.q !== undefined });
    },
    [view, setParams],
  );
  return { view, place, show };
}

function readView(params: URLSearchParams): View {
  const active = ACTIVES.find((one) => one === params.get("active")) ?? "any";
  const text = (name: "q" | "tree" | "segment" | "tag" | "sort") => params.get(name) ?? EVERYBODY[name];
  return { q: text("q"), tree: text("tree"), segment: text("segment"), tag: text("tag"), active, sort: text("sort") };
}

function readPlace(params: URLSearchParams): Place {
  const after = params.get("after");
  const before = params.get("before");
  return { ...(after !== null && { after }), ...(before !== null && { before }) };
}

export interface Filter {
  q?: string;
  tree?: string;
  segment_id?: number;
  tag?: string;
  active_from?: string;
  active_to?: string;
}

/** The view as the server's filter. Days are counted from the start of the day, so that the same view asks the same. */
export function useFilter(view: View): Filter {
  const { now } = useCompany();
  const today = Math.floor(now().getTime() / DAY_MS) * DAY_MS;
  return useMemo(() => filterOf(view, today), [view, today]);
}

function filterOf(view: View, today: number): Filter {
  const days = { any: 0, "7": 7, "30": 30, "90": 90, not90: 90 }[view.active];
  const since = new Date(today - days * DAY_MS).toISOString();
  return {
    ...(view.q.trim() && { q: view.q.trim() }),
    ...(view.tree && { tree: view.tree }),
    ...(view.segment && { segment_id: Number(view.segment) }),
    ...(view.tag && { tag: view.tag }),
    ...(view.active === "not90" ? { active_to: since } : view.active !== "any" && { active_from: since }),
  };
}

export function treeOfView(view: View): Tree | undefined {
  try {
    return view.tree ? (JSON.parse(view.tree) as Tree) : undefined;
  } catch {
    return undefined;
  }
}

/** Is anything narrowed down? */
export function isNarrow(view: View): boolean {
  return NAMES.some((name) => name !== "sort" && view[name] !== EVERYBODY[name]);
}
