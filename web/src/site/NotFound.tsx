import { useTranslation } from "react-i18next";
import { LinkButton } from "@/ui/LinkButton";
import { Page } from "@/ui/Page";
import { EmptyState } from "@/ui/States";

export function NotFound() {
  const { t } = useTranslation("site");
  return (
    <Page title={t("notFound.title")}>
      <EmptyState title={t("notFound.head")} action={<LinkButton type="primary" to="/">{t("notFound.home")}</LinkButton>}>
        {t("notFound.text")}
      </EmptyState>
    </Page>
  );
}
