import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useRouteError } from "react-router";
import { Page } from "@/ui/Page";
import { ErrorNote } from "@/ui/States";

/** A page that failed to load or to draw. A new version of the product makes old pieces vanish: loading again mends that. */
export function Broken() {
  const { t } = useTranslation("site");
  const error = useRouteError();
  return (
    <Page title={t("broken.title")} width="narrow">
      <ErrorNote error={error} />
      <p>
        <Button onClick={() => window.location.reload()}>{t("broken.reload")}</Button>
      </p>
    </Page>
  );
}
