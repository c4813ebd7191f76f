import { useMemo } from "react";
import { useTranslation } from "react-i18next";

const EXTRA = ["UTC"];

function offsetOf(zone: string, language: string): string {
  const parts = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts(new Date());
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}

/** All time zones with their present distance from UTC, to choose from. */
export function useTimeZones(): { value: string; label: string }[] {
  const { i18n } = useTranslation();
  return useMemo(() => {
    const names = [...EXTRA, ...Intl.supportedValuesOf("timeZone").filter((name) => !EXTRA.includes(name))];
    return names.map((value) => ({ value, label: `${value.replaceAll("_", " ")} (${offsetOf(value, i18n.language)})` }));
  }, [i18n.language]);
}

/** All currencies in the reader's words. */
export function useCurrencies(): { value: string; label: string }[] {
  const { i18n } = useTranslation();
  return useMemo(() => {
    const names = new Intl.DisplayNames([i18n.language], { type: "currency" });
    return Intl.supportedValuesOf("currency").map((value) => ({ value, label: `${value} · ${names.of(value) ?? value}` }));
  }, [i18n.language]);
}
