/** How events come here: an address, a write key, and a few lines for the place they come from. */
import { CheckCircleFilled, ClockCircleOutlined, CopyOutlined } from "@ant-design/icons";
import { App, Button, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { SNIPPETS, type SnippetName } from "./snippets";

export function Connect({ hasArrived }: { hasArrived: boolean }) {
  const { t } = useTranslation("events");
  const { message } = App.useApp();
  const mayKeys = useMay("keys:write");
  const [name, setName] = useState<SnippetName>("curl");
  const text = SNIPPETS[name](window.location.origin);
  const names = (Object.keys(SNIPPETS) as SnippetName[]).map((one) => ({ value: one, label: t(`connect.way.${one}`) }));
  const copy = () => void navigator.clipboard.writeText(text).then(() => message.success(t("connect.copied")));
  return (
    <Section title={t("connect.title")}>
      <p className="events-arrived" data-good={hasArrived} role="status">
        {hasArrived ? <CheckCircleFilled aria-hidden /> : <ClockCircleOutlined aria-hidden />}
        {hasArrived ? t("connect.arrived") : t("connect.waiting")}
      </p>
      <p className="soft">
        {t("connect.key")} {mayKeys && <Link to="/api-keys">{t("connect.makeKey")}</Link>}
      </p>
      <Segmented size="small" value={name} onChange={setName} options={names} aria-label={t("connect.which")} />
      <div className="snippet">
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lines scroll by keyboard too */}
        <pre tabIndex={0}>{text}</pre>
        <Button size="small" icon={<CopyOutlined />} onClick={copy} aria-label={t("connect.copy")} title={t("connect.copy")} />
      </div>
    </Section>
  );
}
