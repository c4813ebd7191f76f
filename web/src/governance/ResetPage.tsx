/** Choose a new password, by the link of a mail or of an owner. */
import { Button, Form } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { LinkButton } from "@/ui/LinkButton";
import { account } from "./account";
import { AuthFrame } from "./AuthFrame";
import { GeneralFault, PasswordField } from "./Fields";
import { useAccountForm, type Faults } from "./useForm";

export function Component() {
  const { t } = useTranslation("governance");
  const { key = "" } = useParams();
  const [isDone, setDone] = useState(false);
  const { faults, isSending, submit } = useAccountForm(async (values) => {
    const answer = await account("POST", "password/reset", { ...values, key });
    if (answer.status !== 202 && answer.status !== 200) return answer;
    setDone(true);
    return undefined;
  });
  const shown: Faults = { ...faults, general: faults.general ?? faults.of("key") };
  if (isDone)
    return (
      <AuthFrame title={t("reset.done")} lead={t("reset.doneText")}>
        <p>
          <LinkButton type="primary" size="large" to="/sign-in">
            {t("signUp.toSignIn")}
          </LinkButton>
        </p>
      </AuthFrame>
    );
  return (
    <AuthFrame title={t("reset.title")} lead={t("reset.lead")} foot={<Link to="/sign-in">{t("forgot.back")}</Link>}>
      <Form layout="vertical" requiredMark={false} onFinish={submit} validateTrigger="onSubmit">
        <GeneralFault faults={shown} />
        <PasswordField faults={faults} isNew isFirst label={t("field.newPassword")} />
        <Button type="primary" size="large" htmlType="submit" loading={isSending}>
          {t("reset.do")}
        </Button>
      </Form>
    </AuthFrame>
  );
}
