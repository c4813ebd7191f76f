/** What the server says of a saved draft: counts, overlaps, forecast, judgement. A newer question ends an older one. */
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { ApiError, fetcher } from "@/api/client";
import type { components } from "@/api/schema";
import type { Draft, Spec } from "./spec";

export type ForecastAnswer = components["schemas"]["ForecastView"];
export type Forecast = components["schemas"]["Forecast"];
export type Assumptions = components["schemas"]["Assumptions"];
export type JudgementAnswer = components["schemas"]["PlausibilityView"];
export type Judgement = components["schemas"]["Plausibility"];
export type Alternative = components["schemas"]["Alternative"];
export type AudienceAnswer = components["schemas"]["AudienceView"];
export type OverlapsAnswer = components["schemas"]["OverlapsView"];
export type Asked<T> = UseQueryResult<T>;

const TAB = Math.random().toString(36).slice(2, 10);

function isNewer(error: Error): boolean {
  return error instanceof ApiError && error.status === 409;
}

function useAnswer<T>(id: number, kind: string, key: unknown, ask: (signal: AbortSignal, ticket: string) => Promise<{ data?: T }>): Asked<T> {
  return useQuery<T>({
    queryKey: ["wizard", id, kind, key],
    queryFn: async ({ signal }) => {
      const { data } = await ask(signal, `${kind}-${id}-${TAB}`);
      if (data === undefined) throw new ApiError(0, { code: "offline", message: "offline" });
      return data;
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    retry: (count, error) => isNewer(error) && count < 2,
  });
}

const at = (id: number) => ({ path: { campaign_id: id } });

export function useForecast({ id, version }: Draft): Asked<ForecastAnswer> {
  return useAnswer(id, "forecast", version, (signal, ticket) =>
    fetcher.POST("/api/campaigns/{campaign_id}/forecast", { params: at(id), body: { ticket }, signal }),
  );
}

export function useJudgement({ id, version }: Draft): Asked<JudgementAnswer> {
  return useAnswer(id, "judgement", version, (signal, ticket) =>
    fetcher.POST("/api/campaigns/{campaign_id}/plausibility", { params: at(id), body: { ticket }, signal }),
  );
}

/** Counted anew only when the saved draft is for other people, or on other channels. */
function peopleOf({ spec }: Draft): unknown {
  const { audience, purpose, goal, actions } = spec as unknown as Spec;
  return [audience, purpose, goal.metric === "reactivated" ? [goal.event, goal.dormant_days] : "", actions.variants];
}

export function useAudience(draft: Draft): Asked<AudienceAnswer> {
  return useAnswer(draft.id, "audience", peopleOf(draft), (signal, ticket) =>
    fetcher.POST("/api/campaigns/{campaign_id}/audience", { params: at(draft.id), body: { ticket }, signal }),
  );
}

export function useOverlaps(draft: Draft): Asked<OverlapsAnswer> {
  return useAnswer(draft.id, "overlaps", peopleOf(draft), (signal, ticket) =>
    fetcher.POST("/api/campaigns/{campaign_id}/overlaps", { params: at(draft.id), body: { ticket }, signal }),
  );
}
