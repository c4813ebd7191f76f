/** Accept an invitation: who invited whom, then a password. */
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { api } from "@/api/client";
import { Answer } from "@/ui/States";
import { AuthFrame } from "./AuthFrame";
import { SignUpForm } from "./SignUpForm";

export function Component() {
  const { t } = useTranslation("governance");
  const { token = "" } = useParams();
  const invited = api.useQuery("get", "/api/join/{token}", { params: { path: { token } } }, { retry: false });
  const company = invited.data?.company;
  return (
    <AuthFrame title={company === undefined ? t("join.plain") : t("join.title", { company })} lead={invited.data && t("join.lead")}>
      <Answer of={invited}>
        {(found) => (
          <>
            <dl className="auth-invited">
              <dt>{t("join.by")}</dt>
              <dd>{found.invited_by || t("join.someone")}</dd>
              <dt>{t("join.role")}</dt>
              <dd>
                {t(`role.${found.role}`)} <span className="soft">{t(`roleText.${found.role}`)}</span>
              </dd>
            </dl>
            <SignUpForm email={found.email} invitation={token} goTo="/" action={t("join.do")} />
          </>
        )}
      </Answer>
    </AuthFrame>
  );
}
