/** Numbers, money and dates as the reader's language writes them: rounded as a person would say them, exact on demand. */
import { useTranslation } from "react-i18next";
import { useCompany } from "./company";

const DAY_MS = 86_400_000;
const THOUSAND = 10_000;
const LOCALES: Record<string, string> = { en: "en-GB", "zh-hans": "zh-CN" };
const RELATIVE: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", DAY_MS],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

export interface Formats {
  /** 12,345 -> "12,345"; 1,234,567 -> "1.23M" / "123万"; fractions keep two digits below 10. */
  number: (value: number) => string;
  /** Every digit. */
  exact: (value: number) => string;
  /** Money in the main unit of the company's currency. */
  money: (value: number, currency?: string) => string;
  /** Money to the last digit, as small prices need it: €0.0125. */
  price: (value: number, currency?: string) => string;
  /** A share such as 0.1828 -> "18.3 %". */
  percent: (share: number, digits?: number) => string;
  /** Relative up to a week, then the date. */
  when: (moment: string | Date, now?: Date) => string;
  /** Date and time in the company's zone, with the zone. */
  moment: (moment: string | Date) => string;
  date: (moment: string | Date) => string;
  /** Day and month, for axes and other narrow places. */
  day: (moment: string | Date) => string;
  /** Minutes, hours or days, as said. */
  duration: (seconds: number) => string;
}

function relative(locale: string, from: number): string {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, size] of RELATIVE) if (Math.abs(from) >= size) return words.format(Math.round(from / size), unit);
  return words.format(0, "minute");
}

export function formatsOf(language: string, currency: string, timeZone: string): Formats {
  const locale = LOCALES[language] ?? "en-GB";
  const digits = (value: number) => (Math.abs(value) < 10 && !Number.isInteger(value) ? 2 : 0);
  // Whole from a hundred, and where nothing is behind the point; else as the currency is written: ¥35, €56.10.
  const cents = (value: number) => (Math.abs(value) < 100 && !Number.isInteger(value) ? {} : { maximumFractionDigits: 0 });
  const dated = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { timeZone, ...options });
  return {
    number: (value) =>
      Math.abs(value) >= THOUSAND * 10
        ? new Intl.NumberFormat(locale, { notation: "compact", maximumSignificantDigits: 3 }).format(value)
        : new Intl.NumberFormat(locale, { maximumFractionDigits: digits(value) }).format(value),
    exact: (value) => new Intl.NumberFormat(locale, { maximumFractionDigits: 6 }).format(value),
    money: (value, unit = currency) =>
      new Intl.NumberFormat(locale, {
        style: "currency",
        currency: unit,
        currencyDisplay: "narrowSymbol",
        ...cents(value),
      }).format(value),
    price: (value, unit = currency) => new Intl.NumberFormat(locale, { style: "currency", currency: unit, currencyDisplay: "narrowSymbol", maximumFractionDigits: 6 }).format(value),
    percent: (share, precision = Math.abs(share) < 0.1 ? 2 : 1) =>
      new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: precision }).format(share),
    when: (moment, now = new Date()) => {
      const from = new Date(moment).getTime() - now.getTime();
      return Math.abs(from) < 7 * DAY_MS ? relative(locale, from) : dated({ dateStyle: "medium" }).format(new Date(moment));
    },
    moment: (moment) => {
      const at = new Date(moment);
      const zone = dated({ timeZoneName: "short" }).formatToParts(at).find((part) => part.type === "timeZoneName");
      const told = `${dated({ dateStyle: "medium" }).format(at)} ${dated({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at)}`;
      return zone ? `${told} ${zone.value}` : told;
    },
    date: (moment) => dated({ dateStyle: "medium" }).format(new Date(moment)),
    day: (moment) => dated({ day: "numeric", month: "short" }).format(new Date(moment)),
    duration: (seconds) => {
      const [unit, size] = RELATIVE.find(([, ms]) => seconds * 1000 >= ms) ?? ["minute", 60_000];
      return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 1 }).format((seconds * 1000) / size);
    },
  };
}

/** The formats of the reader's language and the company's currency and time zone. */
export function useFormats(): Formats {
  const { i18n } = useTranslation();
  const { currency, timezone } = useCompany();
  return formatsOf(i18n.language, currency, timezone);
}
