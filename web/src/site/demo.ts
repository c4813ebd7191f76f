/** The demo company's state, asked once for the whole shell. */
import { api } from "@/api/client";

const BUSY = new Set(["wanted", "making", "unwanted", "removing"]);
const BUSY_MS = 1_000;

export function useDemo() {
  return api.useQuery("get", "/api/demo-company", {}, {
    staleTime: 30_000,
    refetchInterval: (query) => (BUSY.has(query.state.data?.state ?? "") ? BUSY_MS : false),
  });
}

export function useHasDemo(): boolean {
  return useDemo().data?.state === "ready";
}

export function isBusy(state: string): boolean {
  return BUSY.has(state);
}
