/** The second factor: set up, recovery codes, taking it away. Each step asks for the password first. */
import { CheckCircleFilled, MobileOutlined } from "@ant-design/icons";
import { Alert, Button, Form, Modal } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { refresh } from "@/api/client";
import { useMe } from "@/ui/me";
import { Section } from "@/ui/Page";
import { Loading } from "@/ui/States";
import { account } from "./account";
import { ConfirmPassword } from "./ConfirmPassword";
import { CodeField, GeneralFault } from "./Fields";
import { CopyButton, DownloadButton, Secret } from "./Secret";
import { useAccountForm } from "./useForm";

type Task = "set-up" | "codes" | "remove";

export function SecondFactor() {
  const { t } = useTranslation("governance");
  const me = useMe();
  const [task, setTask] = useState<Task>();
  const close = () => {
    setTask(undefined);
    void refresh("/api/me");
  };
  return (
    <Section title={t("factor.title")}>
      {me.second_factor_required && !me.second_factor && <Alert type="warning" showIcon title={t("factor.asked")} />}
      <div className="security-row">
        <span className="security-icon" data-on={me.second_factor}>
          {me.second_factor ? <CheckCircleFilled /> : <MobileOutlined />}
        </span>
        <div className="security-words">
          <strong>{me.second_factor ? t("factor.on") : t("factor.off")}</strong>
          <span>{me.second_factor ? t("factor.onText") : t("factor.offText")}</span>
        </div>
        <div className="security-actions">
          {me.second_factor ? (
            <>
              <Button onClick={() => setTask("codes")}>{t("factor.newCodes")}</Button>
              <Button danger onClick={() => setTask("remove")}>
                {t("factor.remove")}
              </Button>
            </>
          ) : (
            <Button type="primary" onClick={() => setTask("set-up")}>
              {t("factor.setUp")}
            </Button>
          )}
        </div>
      </div>
      <Modal open={task !== undefined} onCancel={close} footer={null} destroyOnHidden title={task === "set-up" ? t("factor.setUp") : task === "codes" ? t("factor.newCodes") : t("factor.remove")}>
        {task && <Steps task={task} onClose={close} />}
      </Modal>
    </Section>
  );
}

function Steps({ task, onClose }: { task: Task; onClose: () => void }) {
  const [isConfirmed, setConfirmed] = useState(false);
  const [isScanned, setScanned] = useState(false);
  if (!isConfirmed) return <ConfirmPassword onDone={() => setConfirmed(true)} />;
  if (task === "remove") return <Remove onClose={onClose} />;
  if (task === "set-up" && !isScanned) return <Scan onDone={() => setScanned(true)} />;
  return <Codes isNew={task === "codes"} onClose={onClose} />;
}

function Scan({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("governance");
  const [secret, setSecret] = useState<string>();
  useEffect(() => {
    void account("GET", "authenticators/totp").then((answer) => setSecret(String(answer.meta["secret"] ?? "")));
  }, []);
  const { faults, isSending, submit } = useAccountForm(async ({ code = "" }) => {
    const answer = await account("POST", "authenticators/totp", { code: code.replace(/\s/g, "") });
    if (answer.status !== 200) return answer;
    onDone();
    return undefined;
  });
  if (secret === undefined) return <Loading />;
  return (
    <Form layout="vertical" requiredMark={false} onFinish={submit} validateTrigger="onSubmit">
      <p className="soft">{t("factor.scan")}</p>
      <img className="security-code" src="/api/me/second-factor.svg" alt={t("factor.picture")} width="196" height="196" />
      <p className="soft">{t("factor.type")}</p>
      <Secret text={secret} label={t("factor.secret")} />
      <div className="security-gap" />
      <GeneralFault faults={faults} />
      <CodeField faults={faults} />
      <Button type="primary" htmlType="submit" loading={isSending}>
        {t("factor.turnOn")}
      </Button>
    </Form>
  );
}

function Codes({ isNew, onClose }: { isNew: boolean; onClose: () => void }) {
  const { t } = useTranslation("governance");
  const me = useMe();
  const [codes, setCodes] = useState<string[]>();
  useEffect(() => {
    void account(isNew ? "POST" : "GET", "authenticators/recovery-codes").then((answer) => setCodes((answer.data["unused_codes"] ?? []) as string[]));
  }, [isNew]);
  if (!codes) return <Loading />;
  const text = `${t("factor.fileHead", { email: me.email })}\n\n${codes.join("\n")}\n`;
  return (
    <>
      <Alert type="success" showIcon title={isNew ? t("factor.codesMade") : t("factor.isOn")} />
      <p>{t("factor.codesText")}</p>
      <ul className="secret-codes" aria-label={t("factor.codes")}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="secret-actions">
        <CopyButton text={codes.join("\n")} />
        <DownloadButton text={text} file="setpoint-recovery-codes.txt" />
        <Button type="primary" onClick={onClose}>
          {t("factor.kept")}
        </Button>
      </div>
    </>
  );
}

function Remove({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("governance");
  const { faults, isSending, submit } = useAccountForm(async () => {
    const answer = await account("DELETE", "authenticators/totp");
    if (answer.status !== 200) return answer;
    onClose();
    return undefined;
  });
  return (
    <Form onFinish={submit}>
      <GeneralFault faults={faults} />
      <p>{t("factor.removeText")}</p>
      <div className="secret-actions">
        <Button danger type="primary" htmlType="submit" loading={isSending}>
          {t("factor.remove")}
        </Button>
        <Button onClick={onClose}>{t("keep")}</Button>
      </div>
    </Form>
  );
}
