/** One time line of two sources, the lake and the ledger: nothing is shown that is older than what either has read so far. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { fetcher } from "@/api/client";
import type { paths } from "@/api/schema";

type Channel = NonNullable<NonNullable<paths["/api/deliveries"]["get"]["parameters"]["query"]>["channel"]>;
export type Kind = "all" | "event" | "consent" | "message";

/** What of a past is looked at; empty for everything. Moments as ISO texts. */
export interface Look {
  kind: Kind;
  who: "" | "human" | "machine";
  channel: string;
  since: string;
  until: string;
}

export const EVERYTHING: Look = { kind: "all", who: "", channel: "", since: "", until: "" };

export interface Entry {
  key: string;
  kind: Exclude<Kind, "all">;
  at: string;
  name: string;
  type: string;
  value: number | null;
  values: Record<string, unknown>;
  isMachine: boolean | null;
}

interface Page {
  entries: Entry[];
  next: string | null;
}

const LIMIT = 40;

export function usePast(id: number, look: Look, mayDeliveries: boolean) {
  const { kind } = look;
  const isSent = mayDeliveries && (kind === "message" || kind === "all") && look.who !== "human";
  const did = useInfiniteQuery({
    queryKey: ["get", "/api/customers/{customer_id}/past", id, look],
    queryFn: ({ pageParam }) => readPast(id, look, pageParam),
    initialPageParam: "",
    getNextPageParam: (page: Page) => page.next,
    enabled: kind !== "message",
  });
  const got = useInfiniteQuery({
    queryKey: ["get", "/api/deliveries", "past", id, look.channel],
    queryFn: ({ pageParam }) => readMessages(id, look.channel, pageParam),
    initialPageParam: "0",
    getNextPageParam: (page: Page) => page.next,
    enabled: isSent,
  });
  const used = [...(kind !== "message" ? [did] : []), ...(isSent ? [got] : [])];
  const reach = used.filter((one) => one.hasNextPage).map((one) => one.data?.pages.at(-1)?.entries.at(-1)?.at ?? "");
  const since = reach.toSorted().at(-1) ?? "";
  const entries = used.flatMap((one) => one.data?.pages.flatMap((page) => page.entries) ?? []).filter((one) => one.at >= since && (!look.since || one.at >= look.since) && (!look.until || one.at < look.until));
  entries.sort((left, right) => right.at.localeCompare(left.at) || left.key.localeCompare(right.key));
  const behind = used.filter((one) => one.hasNextPage && one.data?.pages.at(-1)?.entries.at(-1)?.at === since);
  return {
    entries,
    error: used.find((one) => one.error)?.error ?? null,
    isPending: used.some((one) => one.isPending),
    isFetching: used.some((one) => one.isFetchingNextPage),
    retry: () => used.forEach((one) => void one.refetch()),
    more: behind.length > 0 ? () => behind.forEach((one) => void one.fetchNextPage()) : undefined,
  };
}

async function readPast(id: number, look: Look, before: string): Promise<Page> {
  const { kind, who, channel } = look;
  const period = { ...(look.since && { since: look.since }), ...(look.until && { until: look.until }) };
  const query = { before, kind: kind === "event" || kind === "consent" ? kind : ("" as const), who, channel, ...period, limit: LIMIT };
  const { data } = await fetcher.GET("/api/customers/{customer_id}/past", { params: { path: { customer_id: id }, query } });
  const entries = data?.items.map((one) => ({ ...one, at: new Date(one.at).toISOString(), isMachine: one.is_machine })) ?? [];
  return { entries, next: data?.next ?? null };
}

async function readMessages(id: number, channel: string, after: string): Promise<Page> {
  const query = { customer_id: id, sort: "newest" as const, after: Number(after), limit: LIMIT, ...(channel && { channel: channel as Channel }) };
  const { data } = await fetcher.GET("/api/deliveries", { params: { query } });
  const entries = data?.items.map((one): Entry => {
    const values = { state: one.words, channel: one.channel, variant: one.variant_name, offer: one.offer_name, source: one.source, round: one.round };
    const at = new Date(one.handed_at ?? one.due_at).toISOString();
    return { key: `delivery:${one.id}`, kind: "message", at, name: one.variant_name || one.channel, type: one.state, value: null, values, isMachine: null };
  });
  return { entries: entries ?? [], next: data?.next === null || data?.next === undefined ? null : String(data.next) };
}
