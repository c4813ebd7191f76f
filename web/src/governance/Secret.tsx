/** A text that is shown to be taken along: a link, a key, codes. */
import { CheckOutlined, CopyOutlined, DownloadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import "./secret.css";

const COPIED_MS = 2_000;

export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useTranslation("governance");
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    void copyText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), COPIED_MS);
    });
  };
  return (
    <Button icon={isCopied ? <CheckOutlined /> : <CopyOutlined />} onClick={copy}>
      <span aria-live="polite">{isCopied ? t("secret.copied") : (label ?? t("secret.copy"))}</span>
    </Button>
  );
}

/** Pages served without TLS have no clipboard of their own; a selection does there. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

export function DownloadButton({ text, file }: { text: string; file: string }) {
  const { t } = useTranslation("governance");
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = file;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <Button icon={<DownloadOutlined />} onClick={save}>
      {t("secret.save")}
    </Button>
  );
}

export function Secret({ text, label }: { text: string; label: string }) {
  return (
    <div className="secret">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a long text scrolls by keyboard too */}
      <pre className="secret-text" tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} />
    </div>
  );
}
