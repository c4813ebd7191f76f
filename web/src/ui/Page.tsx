/** The frame of every page: title, one line of what it is for, actions, help. */
import { QuestionCircleOutlined } from "@ant-design/icons";
import { Button, Drawer } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import "./page.css";

interface Props {
  title: string;
  /** One line below the title. */
  lead?: ReactNode;
  /** What the page's help drawer says: plain paragraphs, from the catalogue. */
  help?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** Narrow for forms, wide (default) for tables and charts. */
  width?: "narrow" | "wide";
}

export function Page({ title, lead, help, actions, children, width = "wide" }: Props) {
  const { t } = useTranslation("ui");
  const [isHelpOpen, setHelpOpen] = useState(false);
  useEffect(() => {
    document.title = `${title} · Setpoint`;
  }, [title]);
  return (
    <div className={`page page-${width}`}>
      <header className="page-head">
        <div className="page-titles">
          <h1>{title}</h1>
          {lead !== undefined && <p>{lead}</p>}
        </div>
        <div className="page-actions">
          {actions}
          {help !== undefined && (
            <Button type="text" icon={<QuestionCircleOutlined />} onClick={() => setHelpOpen(true)} aria-label={t("help")} title={t("help")} />
          )}
        </div>
      </header>
      {children}
      <Drawer title={t("helpFor", { page: title })} open={isHelpOpen} onClose={() => setHelpOpen(false)}>
        <div className="page-help">{help}</div>
      </Drawer>
    </div>
  );
}

/** A titled block of a page. */
export function Section({ title, extra, children, id }: { title: ReactNode; extra?: ReactNode; children: ReactNode; id?: string }) {
  return (
    <section className="section" id={id}>
      <div className="section-head">
        <h2>{title}</h2>
        {extra}
      </div>
      {children}
    </section>
  );
}
