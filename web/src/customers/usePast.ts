/** One time line of two sources, the lake and the ledger: nothing is shown that is older than what either has read so far. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { fetcher } from "@/api/client";

export type Kind = "all" | "event" | "consent" | "message";

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

export function usePast(id: number, kind: Kind, mayDeliveries: boolean) {
  const did = useInfiniteQuery({
    queryKey: ["get", "/api/customers/{customer_id}/past", id, kind],
    queryFn: ({ pageParam }) => readPast(id, kind, pageParam),
    initialPageParam: "",
    getNextPageParam: (page: Page) => page.next,
    enabled: kind !== "message",
  });
  const got = useInfiniteQuery({
    queryKey: ["get", "/api/deliveries", "past", id],
    queryFn: ({ pageParam }) => readMessages(id, pageParam),
    initialPageParam: "0",
    getNextPageParam: (page: Page) => page.next,
    enabled: mayDeliveries && (kind === "message" || kind === "all"),
  });
  const used = [...(kind !== "message" ? [did] : []), ...(mayDeliveries && (kind === "all" || kind === "message") ? [got] : [])];
  const reach = used.filter((one) => one.hasNextPage).map((one) => one.data?.pages.at(-1)?.entries.at(-1)?.at ?? "");
  const since = reach.toSorted().at(-1) ?? "";
  const entries = used.flatMap((one) => one.data?.pages.flatMap((page) => page.entries) ?? []).filter((one) => one.at >= since);
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

async function readPast(id: number, kind: Kind, before: string): Promise<Page> {
  const query = { before, kind: kind === "event" || kind === "consent" ? kind : ("" as const), limit: LIMIT };
  const { data } = await fetcher.GET("/api/customers/{customer_id}/past", { params: { path: { customer_id: id }, query } });
  const entries = data?.items.map((one) => ({ ...one, at: new Date(one.at).toISOString(), isMachine: one.is_machine })) ?? [];
  return { entries, next: data?.next ?? null };
}

async function readMessages(id: number, after: string): Promise<Page> {
  const query = { customer_id: id, sort: "newest" as const, after: Number(after), limit: LIMIT };
  const { data } = await fetcher.GET("/api/deliveries", { params: { query } });
  const entries = data?.items.map((one): Entry => {
    const values = { state: one.words, channel: one.channel, variant: one.variant_name, offer: one.offer_name, source: one.source, round: one.round };
    const at = new Date(one.handed_at ?? one.due_at).toISOString();
    return { key: `delivery:${one.id}`, kind: "message", at, name: `${one.variant_name || one.channel}: ${one.words || one.state}`, type: one.state, value: null, values, isMachine: null };
  });
  return { entries: entries ?? [], next: data?.next === null || data?.next === undefined ? null : String(data.next) };
}
