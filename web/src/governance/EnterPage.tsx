/** Signing in by a link that is good once. A button, so that whoever fetches links ahead does not use it up. */
import { Button, Form } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { account, destination } from "./account";
import { AuthFrame } from "./AuthFrame";
import { GeneralFault } from "./Fields";
import { useAccountForm } from "./useForm";

export function Component() {
  const { t } = useTranslation("governance");
  const { token = "" } = useParams();
  const [search] = useSearchParams();
  const { faults, isSending, submit } = useAccountForm(async () => {
    const answer = await account("POST", "link", { token });
    if (answer.status !== 200 && !answer.needsCode) return answer;
    window.location.assign(answer.needsCode ? `/sign-in?code=1&next=${encodeURIComponent(destination(search))}` : destination(search));
    return undefined;
  });
  return (
    <AuthFrame title={t("enter.title")} lead={t("enter.lead")} foot={<Link to="/sign-in">{t("enter.password")}</Link>}>
      <Form onFinish={submit}>
        <GeneralFault faults={faults} />
        <Button type="primary" size="large" htmlType="submit" loading={isSending} autoFocus>
          {t("enter.do")}
        </Button>
      </Form>
    </AuthFrame>
  );
}
