/** From what kind of source to what, in words. */
import { useTranslation } from "react-i18next";
import type { Listed } from "./types";

export function useWay(): (one: Pick<Listed, "plugin" | "target">) => string {
  const { t } = useTranslation("sources");
  // keys: plugin.* target.*
  return (one) => t("list.brings", { plugin: t(`plugin.${one.plugin}`, { defaultValue: one.plugin }), target: t(`target.${one.target}`) });
}
