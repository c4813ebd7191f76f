/** A new template: choose a design to begin with, or an empty page; name it; go on to the editor. */
import { Button, Input, Radio, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, fetcher, refresh } from "@/api/client";
import { Page, Section } from "@/ui/Page";
import { Answer, ErrorNote } from "@/ui/States";
import { StarterThumb } from "./Thumb";
import { bodyOf, startOf, type Starter, type Tongue, type Wording } from "./wording";
import "./content.css";

const BLANK_MJML = `<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text>{{ customer.first_name | default("Hello") }}</mj-text>
        <mj-text><a href="{{ links.unsubscribe }}">Unsubscribe</a></mj-text>
        <mj-text>{{ company.name }}, {{ company.address }}</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
`;
const BLANKS = { mjml: BLANK_MJML, html: "<p>{{ customer.first_name | default(\"Hello\") }}</p>\n", text: "{{ customer.first_name | default(\"Hello\") }}\n" };
type Blank = keyof typeof BLANKS;

export function Component() {
  const { t, i18n } = useTranslation("content");
  const own: Tongue = i18n.language.startsWith("zh") ? "zh" : "en";
  const [name, setName] = useState("");
  const [channel, setChannel] = useState("email");
  const [language, setLanguage] = useState<Tongue>(own);
  const [chosen, choose] = useState<string>("newsletter");
  const starters = api.useQuery("get", "/api/templates/starters", {}, { staleTime: Infinity });
  const channels = api.useQuery("get", "/api/channels", {});
  const { begin, error, isBusy } = useBegin();
  const isMail = channel === "email";
  const blanks: Blank[] = isMail ? ["mjml", "html", "text"] : ["text"];
  const pick = isMail || chosen === "text" ? chosen : "text";
  const wording = (): Wording => {
    const starter = starters.data?.find((one) => one.key === pick);
    if (starter) return startOf(starter, language);
    return { subject: isMail ? t("new.subject") : "", body: BLANKS[pick as Blank], format: pick as Blank, text: "", design: null };
  };
  const names = [...new Set(["email", ...(channels.data ?? []).map((one) => one.name)])];
  const submit = () => begin({ name: name.trim(), channel, language, wording: wording() });
  return (
    <Page title={t("new.title")} lead={t("new.lead")} actions={<Button type="primary" onClick={submit} loading={isBusy} disabled={name.trim() === ""}>{t("new.go")}</Button>}>
      {error !== undefined && <ErrorNote error={error} />}
      <Section title={t("new.about")}>
        <div className="new-about">
          <label>
            <span>{t("new.name")}</span>
            <Input autoFocus value={name} onChange={(event) => setName(event.target.value)} onPressEnter={() => name.trim() && submit()} maxLength={200} placeholder={t("new.namePlaceholder")} />
          </label>
          <label>
            <span>{t("new.channel")}</span>
            <Select value={channel} onChange={setChannel} options={names.map((value) => ({ value, label: value }))} />
          </label>
          <label>
            <span>{t("new.language")}</span>
            <Select<Tongue> value={language} onChange={setLanguage} options={(["en", "zh", ""] as const).map((value) => ({ value, label: t(`tongue.${value || "any"}`) }))} />
          </label>
        </div>
      </Section>
      <Section title={t("new.design")}>
        <Radio.Group value={pick} onChange={(event) => choose(event.target.value as string)} className="starter-choice" aria-label={t("new.design")}>
          {isMail && (
            <Answer of={starters}>
              {(found) => (
                <div className="starters">
                  {found.map((starter) => (
                    <StarterCard key={starter.key} starter={starter} language={language} />
                  ))}
                </div>
              )}
            </Answer>
          )}
          <div className="starters starters-blank">
            {blanks.map((blank) => (
              <Radio key={blank} value={blank} className="starter">
                <strong>{t(`new.blank.${blank}`)}</strong>
                <span className="soft">{t(`new.blankText.${blank}`)}</span>
              </Radio>
            ))}
          </div>
        </Radio.Group>
      </Section>
    </Page>
  );
}

function StarterCard({ starter, language }: { starter: Starter; language: Tongue }) {
  const values = startOf(starter, language).design?.values ?? {};
  return (
    <Radio value={starter.key} className="starter">
      <StarterThumb starter={starter.key} values={values} />
      <strong>{starter.name}</strong>
      <span className="soft">{starter.about}</span>
    </Radio>
  );
}

interface Begun {
  name: string;
  channel: string;
  language: Tongue;
  wording: Wording;
}

/** Make the template and its first variant, then open it. A name that is taken leaves everything as typed. */
function useBegin() {
  const { t } = useTranslation("content");
  const go = useNavigate();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const begin = async ({ name, channel, language, wording }: Begun) => {
    setBusy(true);
    setError(undefined);
    try {
      const { data: template } = await fetcher.POST("/api/templates", { body: { name, channel, purpose: "marketing" } });
      if (!template) return;
      await fetcher.POST("/api/templates/{template_id}/variants", { params: { path: { template_id: template.id } }, body: { ...bodyOf(wording), name: t("new.firstVariant"), language } as never });
      void refresh("/api/templates");
      void go(`/templates/${template.id}`, { replace: true });
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return { begin: (begun: Begun) => void begin(begun), error, isBusy };
}
