/** What the command menu can do: go to a place, begin something, change the look; and the records that were found. */
import { ArrowRightOutlined, PlusOutlined, SettingOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { queries, request } from "@/api/client";
import { LANGUAGES, speak, type Language } from "@/ui/i18n";
import { useMe } from "@/ui/me";
import { useScheme } from "@/ui/scheme";
import { useHasDemo } from "./demo";
import { PLACES } from "./places";

export interface Command {
  id: string;
  label: string;
  detail?: string;
  icon: ReactNode;
  keys?: string;
  run: () => void;
}

const BEGIN = [
  { id: "campaign", to: "/campaigns/new", scope: "campaigns:write", keys: "n" },
  { id: "import", to: "/imports/new", scope: "imports:write" },
  { id: "segment", to: "/segments/new", scope: "segments:write" },
  { id: "template", to: "/templates/new", scope: "content:write" },
  { id: "offer", to: "/offers/new", scope: "content:write" },
  { id: "channel", to: "/channels/new", scope: "delivery:write" },
  { id: "person", to: "/people", scope: "users:write" },
] as const;

/** Leave: the session ends on the server, and nothing that was read stays in the page. */
export async function signOut(): Promise<void> {
  await request("/api/auth/session", { method: "DELETE" }).catch(() => undefined); // allauth answers 401: signed out
  queries.clear();
  window.location.assign("/sign-in");
}

/** Speak another language from now on, here and wherever the person signs in. */
export async function chooseLanguage(language: Language): Promise<void> {
  await speak(language);
  await request("/api/me", { method: "PATCH", body: JSON.stringify({ language }), headers: { "Content-Type": "application/json" } });
  await queries.invalidateQueries();
}

/** Keep the chosen look with the account. */
export async function keepTheme(theme: "system" | "light" | "dark"): Promise<void> {
  await request("/api/me", { method: "PATCH", body: JSON.stringify({ theme }), headers: { "Content-Type": "application/json" } });
}

/** The address and key for beginning a campaign, where the person may. */
export function useBegin(): Command[] {
  const { t } = useTranslation("site");
  const me = useMe();
  const go = useNavigate();
  return BEGIN.filter((one) => me.scopes.includes(one.scope)).map((one) => ({
    id: `begin-${one.id}`,
    label: t(`begin.${one.id}`),
    icon: <PlusOutlined />,
    ...("keys" in one ? { keys: one.keys } : {}),
    run: () => void go(one.to),
  }));
}

function usePlaces(): Command[] {
  const { t } = useTranslation("site");
  const me = useMe();
  const hasDemo = useHasDemo();
  const go = useNavigate();
  return PLACES.filter((place) => me.scopes.includes(place.scope) && (!place.isDemo || hasDemo)).map((place) => ({
    id: `go-${place.name}`,
    label: t("command.goTo", { place: t(`nav.${place.name}`) }),
    icon: <ArrowRightOutlined />,
    ...(place.key ? { keys: `g ${place.key}` } : {}),
    run: () => void go(place.to),
  }));
}

function useChanges(showKeys: () => void): Command[] {
  const { t, i18n } = useTranslation("site");
  const { scheme, choose } = useScheme();
  const go = useNavigate();
  const other: Language = i18n.language === "zh-hans" ? "en" : "zh-hans";
  const next = scheme === "dark" ? "light" : "dark";
  const look = () => {
    choose(next);
    void keepTheme(next);
  };
  const change = (id: string, label: string, run: () => void, keys?: string): Command => ({
    id,
    label,
    icon: <SettingOutlined />,
    run,
    ...(keys ? { keys } : {}),
  });
  return [
    change("start", t("start.title"), () => void go("/start")),
    change("theme", t(`command.${next}`), look),
    change("language", t("command.language", { language: LANGUAGES[other] }), () => void chooseLanguage(other)),
    change("profile", t("account.profile"), () => void go("/profile")),
    change("security", t("account.security"), () => void go("/security")),
    change("keys", t("keys.title"), showKeys, "?"),
    change("leave", t("account.leave"), () => void signOut()),
  ];
}

/** Every command that the person may use now. */
export function useCommands(showKeys: () => void): Command[] {
  return [...useBegin(), ...usePlaces(), ...useChanges(showKeys)];
}
