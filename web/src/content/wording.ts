/** What an author writes, and asking the server how it looks. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { fetcher } from "@/api/client";
import type { components } from "@/api/schema";

export type Variant = components["schemas"]["VariantOut"];
export type Template = components["schemas"]["TemplateOut"];
export type Problem = components["schemas"]["SourceProblemOut"];
export type Starter = components["schemas"]["StarterOut"];
export type Previewed = components["schemas"]["SourcePreviewOut"];
export type Tongue = "" | "en" | "zh";
export type Format = "mjml" | "html" | "text";

export interface Design {
  starter: string;
  values: Record<string, string>;
}

/** One wording, saved or not. With a design, the body is made of it. */
export interface Wording {
  subject: string;
  body: string;
  format: Format;
  text: string;
  design: Design | null;
}

export interface Place {
  channel: string;
  purpose: string;
  language: Tongue;
}

const TYPING_MS = 300;

export function wordingOf(variant: Variant): Wording {
  return { subject: variant.subject, body: variant.body, format: variant.format, text: variant.text, design: variant.design };
}

/** A starter as it is before anybody has changed a word. */
export function startOf(starter: Starter, language: Tongue): Wording {
  const spoken = language === "zh" ? "zh" : "en";
  const values = Object.fromEntries(starter.fields.map((field) => [field.name, field.default[spoken] ?? ""]));
  return { subject: starter.subject[spoken] ?? "", body: "", format: "mjml", text: "", design: { starter: starter.key, values } };
}

/** What is sent: a design without the body that it makes. */
export function bodyOf(wording: Wording) {
  const { design, ...plain } = wording;
  return design ? { subject: plain.subject, text: plain.text, design } : plain;
}

/** How a wording looks to a customer (undefined: somebody of whom nothing is known), asked while the person types. */
export function useWordingPreview(wording: Wording, place: Place, seen: { customerId?: number | undefined; offerId?: number | undefined }) {
  const body = { ...bodyOf(wording), ...place, customer_id: seen.customerId ?? null, offer_id: seen.offerId ?? null };
  const now = JSON.stringify(body);
  const [asked, ask] = useState(now);
  useEffect(() => {
    const timer = setTimeout(() => ask(now), TYPING_MS);
    return () => clearTimeout(timer);
  }, [now]);
  const answer = useQuery({
    queryKey: ["get", "/api/variants/preview", asked],
    queryFn: async ({ signal }) => (await fetcher.POST("/api/variants/preview", { body: JSON.parse(asked) as never, signal })).data as Previewed,
    placeholderData: keepPreviousData,
    retry: false,
  });
  return { ...answer, isBehind: answer.isFetching || asked !== now };
}
