/** Sign in: password first, then the second factor where there is one. */
import { Button, Form } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useSearchParams } from "react-router";
import { api } from "@/api/client";
import { Answer } from "@/ui/States";
import { account, destination } from "./account";
import { AuthFrame } from "./AuthFrame";
import { CompanySign } from "./Company";
import { CodeField, EmailField, GeneralFault, PasswordField } from "./Fields";
import { useAccountForm } from "./useForm";

export function Component() {
  const { t } = useTranslation("governance");
  const [search] = useSearchParams();
  const [needsCode, setNeedsCode] = useState(search.has("code"));
  const front = api.useQuery("get", "/api/front");
  const enter = () => window.location.assign(destination(search));
  if (front.data?.first_run) return <Navigate to="/sign-up" replace />;
  return (
    <AuthFrame
      title={needsCode ? t("code.title") : t("signIn.title")}
      lead={needsCode ? t("code.lead") : undefined}
      company={front.data && <CompanySign front={front.data} />}
      foot={needsCode ? <Button type="link" size="small" onClick={() => setNeedsCode(false)}>{t("code.back")}</Button> : t("signIn.noAccount")}
    >
      <Answer of={front}>{() => (needsCode ? <CodeForm onDone={enter} /> : <PasswordForm onDone={enter} onCode={() => setNeedsCode(true)} />)}</Answer>
    </AuthFrame>
  );
}

function PasswordForm({ onDone, onCode }: { onDone: () => void; onCode: () => void }) {
  const { t } = useTranslation("governance");
  const { faults, isSending, submit } = useAccountForm(async (values) => {
    const answer = await account("POST", "login", values);
    if (answer.status === 200 || answer.status === 409) onDone();
    else if (answer.needsCode) onCode();
    else return answer;
    return undefined;
  });
  return (
    <Form layout="vertical" requiredMark={false} onFinish={submit} validateTrigger="onSubmit">
      <GeneralFault faults={faults} />
      <EmailField faults={faults} isFirst />
      <PasswordField faults={faults} extra={<Link to="/forgot-password">{t("signIn.forgot")}</Link>} />
      <Button type="primary" size="large" htmlType="submit" loading={isSending}>
        {t("signIn.do")}
      </Button>
    </Form>
  );
}

function CodeForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("governance");
  const { faults, isSending, submit } = useAccountForm(async ({ code = "" }) => {
    const answer = await account("POST", "2fa/authenticate", { code: code.replace(/\s/g, "") });
    if (answer.status !== 200) return answer;
    onDone();
    return undefined;
  });
  return (
    <Form layout="vertical" requiredMark={false} onFinish={submit} validateTrigger="onSubmit">
      <GeneralFault faults={faults} />
      <CodeField faults={faults} isFirst />
      <Button type="primary" size="large" htmlType="submit" loading={isSending}>
        {t("code.do")}
      </Button>
    </Form>
  );
}
