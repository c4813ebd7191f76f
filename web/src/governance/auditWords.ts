import { useTranslation } from "react-i18next";

const slug = (text: string) => text.replace(/\W+/g, "_");

/** What the audit trail says, in the reader's language; what no catalogue knows stays as it was written. */
export function useAuditWords() {
  const { t, i18n } = useTranslation("governance");
  // keys: verb.*
  // keys: kind.*
  // keys: audit.who.*
  const worded = (group: "verb" | "kind" | "audit.who", text: string) => {
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
  const actor = (text: string) => {
    const [, kept, name = ""] = /^(user|api-key):\d+ (.*)$/.exec(text) ?? [];
    if (kept === "api-key") return t("audit.key", { name });
    return kept ? name : worded("audit.who", text);
  };
  return { verb, kind, subject, actor };
}
