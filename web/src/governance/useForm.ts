import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AccountAnswer } from "./account";

const OWN_WORDS = new Set(["email_password_mismatch", "too_many_login_attempts", "incorrect_code", "invalid_password_reset", "enter_current_password"]);

export interface Faults {
  /** What concerns the whole form. */
  general: string | undefined;
  of: (field: string) => string | undefined;
}

/** The state of a form of the account: sending, and what the server found wrong. */
export function useAccountForm(send: (values: Record<string, string>) => Promise<AccountAnswer | undefined>) {
  const { t } = useTranslation("governance");
  const [isSending, setSending] = useState(false);
  const [answer, setAnswer] = useState<AccountAnswer>();
  // keys: fault.*
  const worded = (code: string, message: string) => (OWN_WORDS.has(code) ? t(`fault.${code}`) : message);
  const found = answer?.faults ?? [];
  const general = found.filter((fault) => !fault.param).map((fault) => worded(fault.code, fault.message));
  const status = answer && found.length === 0 ? { 0: t("fault.offline"), 403: t("fault.refused"), 429: t("fault.tooOften") }[answer.status] : undefined;
  const faults: Faults = {
    general: status ?? (general.join(" ") || undefined),
    of: (field) => {
      const own = found.filter((fault) => fault.param === field);
      return own.map((fault) => worded(fault.code, fault.message)).join(" ") || undefined;
    },
  };
  const submit = (values: Record<string, string>) => {
    setSending(true);
    setAnswer(undefined);
    void send(values)
      .then(setAnswer)
      .finally(() => setSending(false));
  };
  return { faults, isSending, submit };
}
