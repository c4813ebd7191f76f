import { api } from "@/api/client";
import type { components } from "@/api/schema";

export type Vocabulary = components["schemas"]["SegmentVocabularyOut"];
const NOTHING: Vocabulary = { traits: [], events: [], channels: ["email"], purposes: ["marketing"], tags: [] };
const KEPT_MS = 300_000;

/** What conditions can speak of: traits, events, channels and purposes. */
export function useVocabulary(): Vocabulary {
  return api.useQuery("get", "/api/segments/vocabulary", {}, { staleTime: KEPT_MS }).data ?? NOTHING;
}

/** The values that customers have most often. */
export function useCommonValues(trait: string): { value: string; count: number }[] {
  const options = { enabled: trait !== "", staleTime: KEPT_MS };
  return api.useQuery("get", "/api/segments/vocabulary/values", { params: { query: { trait } } }, options).data ?? [];
}

export type KnownProperty = components["schemas"]["KnownPropertyOut"];

/** What the newest events of a name tell: their properties and usual values. */
export function useProperties(event: string): KnownProperty[] {
  const options = { enabled: event !== "", staleTime: KEPT_MS };
  return api.useQuery("get", "/api/segments/vocabulary/properties", { params: { query: { event } } }, options).data ?? [];
}
