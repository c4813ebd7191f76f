import { Button, Form } from "antd";
import { useTranslation } from "react-i18next";
import { account } from "./account";
import { EmailField, GeneralFault, NameField, PasswordField } from "./Fields";
import { useAccountForm } from "./useForm";

/** Name, e-mail, password: a new account, as the first person or by an invitation. */
export function SignUpForm({ email, invitation, goTo, action }: { email?: string; invitation?: string; goTo: string; action: string }) {
  const { i18n } = useTranslation();
  const { faults, isSending, submit } = useAccountForm(async (values) => {
    const answer = await account("POST", "signup", { ...values, language: i18n.language, ...(invitation === undefined ? {} : { invitation }) });
    if (answer.status !== 200) return answer;
    window.location.assign(goTo);
    return undefined;
  });
  return (
    <Form layout="vertical" requiredMark={false} onFinish={submit} initialValues={{ email: email ?? "", name: "" }} validateTrigger="onSubmit">
      <GeneralFault faults={faults} />
      <NameField faults={faults} isFirst />
      <EmailField faults={faults} isFixed={email !== undefined} />
      <PasswordField faults={faults} isNew />
      <Button type="primary" size="large" htmlType="submit" loading={isSending}>
        {action}
      </Button>
    </Form>
  );
}
