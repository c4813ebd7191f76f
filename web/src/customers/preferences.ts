/** What this page remembers of a person: columns and saved views. */
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { View } from "./view";

const KEY = "customers";
const PATH = "/api/me/preferences/{key}";

export interface SavedView {
  name: string;
  view: View;
  columns: string[];
}

export interface Preferences {
  columns?: string[];
  views?: SavedView[];
}

export function usePreferences() {
  const client = useQueryClient();
  const options = { params: { path: { key: KEY } } };
  const kept = api.useQuery("get", PATH, options, { staleTime: Infinity });
  const put = api.useMutation("put", PATH);
  const preferences = (kept.data?.value ?? {}) as Preferences;
  const keep = (change: Partial<Preferences>) => {
    const value = { ...preferences, ...change };
    client.setQueryData(api.queryOptions("get", PATH, options).queryKey, { value });
    put.mutate({ ...options, body: { value } });
  };
  return { preferences, keep };
}
