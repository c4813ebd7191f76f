/** Before something delicate: the password once more. */
import { Button, Form } from "antd";
import { useTranslation } from "react-i18next";
import { account } from "./account";
import { GeneralFault, PasswordField } from "./Fields";
import { useAccountForm } from "./useForm";

export function ConfirmPassword({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("governance");
  const { faults, isSending, submit } = useAccountForm(async (values) => {
    const answer = await account("POST", "reauthenticate", values);
    if (answer.status !== 200) return answer;
    onDone();
    return undefined;
  });
  return (
    <Form layout="vertical" requiredMark={false} onFinish={submit} validateTrigger="onSubmit">
      <p className="soft">{t("confirm.why")}</p>
      <GeneralFault faults={faults} />
      <PasswordField faults={faults} isFirst />
      <Button type="primary" htmlType="submit" loading={isSending}>
        {t("confirm.do")}
      </Button>
    </Form>
  );
}
