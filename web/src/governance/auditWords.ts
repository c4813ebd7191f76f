import { useTranslation } from "react-i18next";

const slug = (text: string) => text.replace(/\W+/g, "_");

/** What the audit trail says, in the reader's language; what no catalogue knows stays as it was written. */
export function useAuditWords() {
  const { t, i18n } = useTranslation("governance");
  // keys: verb.*
  // keys: kind.*
  const worded = (group: "verb" | "kind", text: string) => {
    const key = `${group}.${slug(text)}`;
    return i18n.exists(key, { ns: "governance" }) ? t(key) : text;
  };
  const verb = (text: string) => worded("verb", text);
  const kind = (text: string) => worded("kind", text.replace(/:$/, ""));
  /** "campaign:5" as "campaign 5". */
  const subject = (text: string) => {
    const [head = "", ...rest] = text.split(":");
    return [kind(head), rest.join(":")].filter(Boolean).join(" ");
  };
  const actor = (text: string) => (text === "system" ? t("audit.system") : text.replace(/^user:\d+ /, ""));
  return { verb, kind, subject, actor };
}
