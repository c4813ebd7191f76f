/** What surrounds the pages before sign-in: the form on one side, the product's one picture on the other. */
import { BulbOutlined, GlobalOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Brand } from "@/ui/Brand";
import { LANGUAGES, speak, type Language } from "@/ui/i18n";
import { useScheme } from "@/ui/scheme";
import { Motif } from "./Motif";
import "./auth-frame.css";

interface Props {
  title: string;
  lead?: ReactNode;
  /** Above the title: whose Setpoint this is. */
  company?: ReactNode;
  children: ReactNode;
  foot?: ReactNode;
}

export function AuthFrame({ title, lead, company, children, foot }: Props) {
  const { t } = useTranslation("governance");
  useEffect(() => {
    document.title = `${title} · Setpoint`;
  }, [title]);
  return (
    <div className="auth">
      <div className="auth-side">
        <header className="auth-top">
          <Brand />
          <Choices />
        </header>
        <main className="auth-main">
          {company}
          <h1>{title}</h1>
          {lead !== undefined && <p className="auth-lead">{lead}</p>}
          {children}
          {foot !== undefined && <div className="auth-foot">{foot}</div>}
        </main>
      </div>
      <aside className="auth-picture" aria-label={t("picture.label")}>
        <figure>
          <Motif />
          <figcaption>
            <strong>{t("picture.head")}</strong>
            <span>{t("picture.text")}</span>
          </figcaption>
        </figure>
      </aside>
    </div>
  );
}

function Choices() {
  const { t, i18n } = useTranslation("governance");
  const { scheme, choose } = useScheme();
  const other: Language = i18n.language === "zh-hans" ? "en" : "zh-hans";
  const dark = scheme === "dark";
  return (
    <div className="auth-choices">
      <Button type="text" icon={<GlobalOutlined />} lang={other} onClick={() => void speak(other)}>
        {LANGUAGES[other]}
      </Button>
      <Button
        type="text"
        icon={<BulbOutlined />}
        aria-label={dark ? t("look.light") : t("look.dark")}
        title={dark ? t("look.light") : t("look.dark")}
        onClick={() => choose(dark ? "light" : "dark")}
      />
    </div>
  );
}
