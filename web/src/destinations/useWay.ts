/** What goes to what kind of destination, in words. */
import { useTranslation } from "react-i18next";
import type { Listed } from "./types";

export function useWay(): (one: Pick<Listed, "plugin" | "what">) => string {
  const { t } = useTranslation("destinations");
  // keys: plugin.* what.*
  return (one) => t("list.sends", { what: t(`what.${one.what}`), plugin: t(`plugin.${one.plugin}`, { defaultValue: one.plugin }) });
}
