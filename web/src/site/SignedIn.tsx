import { useTranslation } from "react-i18next";
import { Page } from "@/ui/Page";

/** Where signing in beside another tab ends: that tab goes on. */
export function Component() {
  const { t } = useTranslation("site");
  return (
    <Page title={t("signedIn.title")}>
      <p>{t("signedIn.text")}</p>
    </Page>
  );
}
