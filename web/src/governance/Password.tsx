/** Change one's password; other devices are signed out. */
import { Alert, Button, Form } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { refresh } from "@/api/client";
import { Section } from "@/ui/Page";
import { account } from "./account";
import { GeneralFault, PasswordField } from "./Fields";
import { useAccountForm } from "./useForm";

export function Password() {
  const { t } = useTranslation("governance");
  const [form] = Form.useForm<Record<string, string>>();
  const [isDone, setDone] = useState(false);
  const { faults, isSending, submit } = useAccountForm(async (values) => {
    const answer = await account("POST", "password/change", values);
    setDone(answer.status === 200);
    if (answer.status !== 200) return answer;
    form.resetFields();
    await refresh("/api/sessions");
    return undefined;
  });
  return (
    <Section title={t("password.title")}>
      <Form className="security-form" form={form} layout="vertical" requiredMark={false} onFinish={submit} validateTrigger="onSubmit">
        {isDone && <Alert type="success" showIcon title={t("password.done")} role="status" />}
        <GeneralFault faults={faults} />
        <PasswordField faults={faults} name="current_password" label={t("field.currentPassword")} />
        <PasswordField faults={faults} name="new_password" label={t("field.newPassword")} isNew />
        <Button htmlType="submit" loading={isSending}>
          {t("password.do")}
        </Button>
      </Form>
    </Section>
  );
}
