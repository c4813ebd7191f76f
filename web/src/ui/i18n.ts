/** Languages: one catalogue a folder and language, loaded as one piece a language. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = { en: "English", "zh-hans": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;

const COOKIE = "setpoint_language";
const YEAR_S = 31_536_000;
const pieces = { en: () => import("./words/en"), "zh-hans": () => import("./words/zh") };

export function isLanguage(value: unknown): value is Language {
  return typeof value === "string" && value in LANGUAGES;
}

/** The language the person chose, else the one the browser asks for. */
export function preferredLanguage(): Language {
  const kept = new RegExp(`(?:^|; )${COOKIE}=([^;]+)`).exec(document.cookie)?.[1];
  if (isLanguage(kept)) return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-hans" : "en";
}

/** Load a language and speak it from now on. The cookie tells the server the same. */
export async function speak(language: Language): Promise<void> {
  const { words } = await pieces[language]();
  for (const [namespace, catalogue] of Object.entries(words)) i18next.addResourceBundle(language, namespace, catalogue, true, true);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  document.cookie = `${COOKIE}=${language};path=/;max-age=${YEAR_S};samesite=lax`;
}

/** Start the translations. Missing keys are an error in development and show their key otherwise. */
export async function startLanguages(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: {},
    lng: preferredLanguage(),
    fallbackLng: false,
    defaultNS: "ui",
    lowerCaseLng: true,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await speak(preferredLanguage());
}
