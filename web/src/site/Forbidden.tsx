import { useTranslation } from "react-i18next";
import { LinkButton } from "@/ui/LinkButton";
import { useMe } from "@/ui/me";
import { Page } from "@/ui/Page";
import { EmptyState } from "@/ui/States";

/** A place that the person's role may not see: says which role they have, and who can change that. */
export function Forbidden() {
  const { t } = useTranslation("site");
  const me = useMe();
  return (
    <Page title={t("forbidden.title")}>
      <EmptyState title={t("forbidden.head")} action={<LinkButton type="primary" to="/">{t("notFound.home")}</LinkButton>}>
        {t("forbidden.text", { role: t(`role.${me.role}`), company: me.company.name })}
      </EmptyState>
    </Page>
  );
}
