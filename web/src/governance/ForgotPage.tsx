/** A forgotten password: a link by mail, or who can give one where mail is not set up. */
import { Alert, Button, Form } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { Answer } from "@/ui/States";
import { account } from "./account";
import { AuthFrame } from "./AuthFrame";
import { EmailField, GeneralFault } from "./Fields";
import { useAccountForm } from "./useForm";

export function Component() {
  const { t } = useTranslation("governance");
  const front = api.useQuery("get", "/api/front");
  const hasMail = front.data?.mail ?? true;
  return (
    <AuthFrame title={t("forgot.title")} lead={hasMail ? t("forgot.lead") : undefined} foot={<Link to="/sign-in">{t("forgot.back")}</Link>}>
      <Answer of={front}>{() => (hasMail ? <MailForm /> : <NoMail />)}</Answer>
    </AuthFrame>
  );
}

function MailForm() {
  const { t } = useTranslation("governance");
  const [isSent, setSent] = useState(false);
  const { faults, isSending, submit } = useAccountForm(async (values) => {
    const answer = await account("POST", "password/request", values);
    if (answer.status !== 200) return answer;
    setSent(true);
    return undefined;
  });
  if (isSent) return <Alert type="success" showIcon title={t("forgot.sent")} description={t("forgot.sentText")} role="status" />;
  return (
    <Form layout="vertical" requiredMark={false} onFinish={submit} validateTrigger="onSubmit">
      <GeneralFault faults={faults} />
      <EmailField faults={faults} isFirst />
      <Button type="primary" size="large" htmlType="submit" loading={isSending}>
        {t("forgot.do")}
      </Button>
    </Form>
  );
}

const COMMAND = "setpoint user reset-link you@example.com";

function NoMail() {
  const { t } = useTranslation("governance");
  return (
    <div className="auth-lead">
      <p>{t("forgot.noMail")}</p>
      <p>{t("forgot.noMailOwner")}</p>
      <pre className="secret-text">{COMMAND}</pre>
    </div>
  );
}
