import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { fetcher } from "@/api/client";
import type { components } from "@/api/schema";
import type { Tree } from "./tree";

export type Preview = components["schemas"]["SegmentPreviewOut"];
const TYPING_MS = 250;

/** A value that stands still while the person is typing. */
export function useSettled<T>(value: T, ms = TYPING_MS): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** Who a tree selects now. A newer tree ends the older question, here and on the server. */
export function usePreview(tree: Tree | undefined) {
  const asked = useSettled(tree === undefined ? undefined : JSON.stringify(tree));
  const ticket = useId().replaceAll(/[^\w-]/g, "") + SESSION;
  const answer = useQuery({
    queryKey: ["get", "/api/segments/preview", asked],
    queryFn: async ({ signal }) => {
      const { data } = await fetcher.POST("/api/segments/preview", { body: { tree: JSON.parse(asked ?? "{}") as Tree, ticket }, signal });
      return data as Preview;
    },
    enabled: asked !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const isBehind = answer.isFetching || (tree !== undefined && asked !== JSON.stringify(tree));
  return { preview: answer.data, error: answer.error, isBehind, retry: answer.refetch };
}

const SESSION = `-${Math.random().toString(36).slice(2, 10)}`;
