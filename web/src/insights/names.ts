/** What tags are called: those that Setpoint makes have names in the reader's language. */
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";

export type Tag = components["schemas"]["TagOut"];
export type Cell = components["schemas"]["RfmCellOut"]["key"];
export type Coarse = components["schemas"]["RfmCellOut"]["coarse"];
export type Layer = Tag["layer"];

interface Made {
  name: string;
  how: Record<string, unknown>;
}

/** The words of a group, such as "frequency:high", as one phrase. */
export function useGroupName(): (words: readonly string[]) => string {
  const { t } = useTranslation("insights");
  // keys: word.*
  return (words) => {
    const said = words.map((word) => t(`word.${word.replace(":", ".")}`)).join(t("word.and"));
    return said.charAt(0).toUpperCase() + said.slice(1);
  };
}

export function useTagName(): (tag: Made) => string {
  const { t } = useTranslation("insights");
  const group = useGroupName();
  // keys: cell.*
  return (tag) => {
    if (typeof tag.how["rfm"] === "string") return t(`cell.${tag.how["rfm"] as Cell}`);
    const words = tag.how["words"];
    return Array.isArray(words) ? group(words.map(String)) : tag.name;
  };
}

/** The list of all who have a tag. */
export function customersWith(tag: string): string {
  return `/customers?tag=${encodeURIComponent(tag)}`;
}
