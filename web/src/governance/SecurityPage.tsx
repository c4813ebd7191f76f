import { useTranslation } from "react-i18next";
import { useMe } from "@/ui/me";
import { Page } from "@/ui/Page";
import { Password } from "./Password";
import { SecondFactor } from "./SecondFactor";
import { Sessions } from "./Sessions";
import "./security.css";

/** Second factor, password, devices: all that protects one's own account. */
export function Component() {
  const { t } = useTranslation("governance");
  const { idle_minutes } = useMe();
  const help = (
    <>
      <p>{t("security.help.factor")}</p>
      <p>{t("security.help.password")}</p>
      <p>{t("security.help.idle", { count: idle_minutes })}</p>
    </>
  );
  return (
    <Page title={t("security.title")} lead={t("security.lead")} width="narrow" help={help}>
      <SecondFactor />
      <Password />
      <Sessions />
    </Page>
  );
}
