/** Whose Setpoint this is, on pages before sign-in. */
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";

type Front = components["schemas"]["FrontOut"];

export function CompanySign({ front }: { front: Front }) {
  const { t } = useTranslation("governance");
  if (front.first_run) return null;
  return (
    <div className="auth-company">
      {front.logo ? <img src="/api/company/logo" alt={front.company} /> : <span>{t("signIn.to", { company: front.company })}</span>}
    </div>
  );
}
