/** The demo inbox: every message that the demo's customers received, as they received it. */
import { SearchOutlined } from "@ant-design/icons";
import { Input, Segmented } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { Page } from "@/ui/Page";
import { Answer, EmptyState } from "@/ui/States";
import "./inbox.css";

type Mail = components["schemas"]["DemoMailOut"];

function MailView({ id }: { id: number }) {
  const { t } = useTranslation("site");
  const [form, setForm] = useState<"html" | "text">("html");
  const asked = api.useQuery("get", "/api/demo-inbox/{mail_id}", { params: { path: { mail_id: id } } });
  return (
    <Answer of={asked} rows={8}>
      {(mail) => (
        <article className="inbox-mail">
          <header>
            <h2>{mail.subject}</h2>
            <p className="soft">{t("inbox.to", { address: mail.address })}</p>
            <Segmented value={form} onChange={setForm} options={[{ value: "html", label: t("inbox.html"), disabled: !mail.has_html }, { value: "text", label: t("inbox.text") }]} />
          </header>
          {form === "html" && mail.has_html ? (
            <iframe title={t("inbox.frame", { subject: mail.subject })} src={`/demo-inbox/${mail.id}/html`} sandbox="allow-popups allow-popups-to-escape-sandbox" />
          ) : (
            <pre>{mail.text}</pre>
          )}
        </article>
      )}
    </Answer>
  );
}

function MailRow({ mail, isOpen, onOpen }: { mail: Mail; isOpen: boolean; onOpen: () => void }) {
  const { when } = useFormats();
  return (
    <li>
      <button type="button" className="inbox-row" aria-current={isOpen} onClick={onOpen}>
        <span className="inbox-subject">{mail.subject}</span>
        <span className="inbox-address">{mail.address}</span>
        <time dateTime={mail.at}>{when(mail.at)}</time>
      </button>
    </li>
  );
}

export function Component() {
  const { t } = useTranslation("site");
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<number>();
  const words = useDeferredValue(typed);
  const asked = api.useQuery("get", "/api/demo-inbox", { params: { query: { q: words, limit: 100 } } }, { refetchInterval: 5_000, placeholderData: (last) => last });
  return (
    <Page title={t("nav.demoInbox")} lead={t("inbox.lead")}>
      <Answer of={asked}>
        {({ items, total }) =>
          total === 0 ? (
            <EmptyState title={t("inbox.none")} action={<LinkButton to="/campaigns">{t("inbox.toCampaigns")}</LinkButton>}>
              {t("inbox.noneText")}
            </EmptyState>
          ) : (
            <div className="inbox">
              <div className="inbox-list">
                <Input prefix={<SearchOutlined aria-hidden />} allowClear value={typed} onChange={(event) => setTyped(event.target.value)} placeholder={t("inbox.search")} aria-label={t("inbox.search")} />
                <ul>
                  {items.map((mail) => (
                    <MailRow key={mail.id} mail={mail} isOpen={mail.id === (chosen ?? items[0]?.id)} onOpen={() => setChosen(mail.id)} />
                  ))}
                </ul>
              </div>
              {items[0] && <MailView key={chosen ?? items[0].id} id={chosen ?? items[0].id} />}
            </div>
          )
        }
      </Answer>
    </Page>
  );
}
