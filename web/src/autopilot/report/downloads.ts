/** The forms in which a report can be kept. */
import { createElement } from "react";
import type { MenuProps } from "antd";
import type { TFunction } from "i18next";

const FORMS = ["pdf", "html", "csv"] as const;

export function reportLanguage(language: string): "en" | "zh" {
  return language.startsWith("zh") ? "zh" : "en";
}

/** Menu entries that are true links, in the reader's language. */
export function downloads(id: number, language: string, t: TFunction<"autopilot">): NonNullable<MenuProps["items"]> {
  return FORMS.map((form) => {
    const href = `/api/campaigns/${id}/report?format=${form}&language=${reportLanguage(language)}&download=true`;
    return { key: form, label: createElement("a", { href, download: true }, t(`report.${form}`)) }; // keys: report.*
  });
}
