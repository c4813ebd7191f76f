/** How order lines are read: what a person chose, and what the server makes of the first lines with it. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { fetcher } from "@/api/client";
import type { components } from "@/api/schema";
import { useSettled } from "@/segments/usePreview";
import type { Connection, Draft, OrderChoices } from "./types";

export type OrderLook = components["schemas"]["OrderPreviewOut"];
export type OrderLine = OrderLook["lines"][number];
type Mapping = components["schemas"]["ConnectionMapping"];

export function choicesOf(mapping: Mapping): OrderChoices {
  return {
    dates: mapping.dates ?? "auto",
    decimals: mapping.decimals ?? "auto",
    currency: mapping.currency ?? "",
    timezone: mapping.timezone ?? "UTC",
    no_customer: mapping.no_customer ?? "refuse",
    repeats: mapping.repeats ?? "keep",
    charges: mapping.charges ?? [],
  };
}

/** The first lines under a draft; asked anew when the person has paused. */
export function useOrderLook(connection: Connection, draft: Draft) {
  const body = { plugin: connection.plugin, connection_id: connection.id, settings: draft.settings, allow_private: draft.isPrivate, mapping: { columns: draft.columns, ...draft.orders } };
  const asked = useSettled(JSON.stringify(body));
  return useQuery({
    queryKey: ["post", "/api/connections/preview", asked],
    queryFn: async ({ signal }) => {
      const { data } = await fetcher.POST("/api/connections/preview", { body: JSON.parse(asked) as typeof body, signal });
      return data as OrderLook;
    },
    placeholderData: keepPreviousData,
    retry: false,
  });
}
